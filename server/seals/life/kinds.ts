import type { SealKind } from '../../storage/stores-seals.ts'

/** The seals a company may have here, a row each: what it is called, how it is drawn, and how GB/T 38540-2020 numbers it (`type`: 1 of an organisation, 2 of a person). */
interface KindRow {
  zh: string
  en: string
  type: 1 | 2
  shape: 'round' | 'chop'
  /** below the star unless the applicant says otherwise */
  under?: string
  /** on paper: how wide an uploaded picture is taken to be */
  millimetres: number
}

export const KINDS = {
  company: { zh: '公章', en: 'Company seal', type: 1, shape: 'round', millimetres: 40 },
  contract: { zh: '合同专用章', en: 'Contract seal', type: 1, shape: 'round', under: '合同专用章', millimetres: 40 },
  bid: { zh: '投标专用章', en: 'Bid seal', type: 1, shape: 'round', under: '投标专用章', millimetres: 40 },
  finance: { zh: '财务专用章', en: 'Finance seal', type: 1, shape: 'round', under: '财务专用章', millimetres: 38 },
  'legal-representative': { zh: '法定代表人章', en: 'Legal representative’s chop', type: 2, shape: 'chop', millimetres: 20 },
  person: { zh: '个人名章', en: 'Name chop', type: 2, shape: 'chop', millimetres: 18 },
} as const satisfies Record<SealKind, KindRow>

export const kindOf = (kind: SealKind): KindRow => KINDS[kind]

/** What the seal itself says whose it is: a company's seal carries its purpose behind the name. */
export const nameInSeal = ({ name, under }: { name: string; under?: string }): string => `${name}${under ?? ''}`
