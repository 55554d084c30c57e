type Who = 'clerk' | 'bank' | 'center' | 'operator'
/** How one code is answered, who can mend it, and what the person is told. */
export interface Failure {
  status: number
  who: Who
  zh: string
  en: string
}

export const row = (status: number, who: Who, zh: string, en: string): Failure => ({ status, who, zh, en })
