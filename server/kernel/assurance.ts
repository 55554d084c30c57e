/**
 * How strongly the bank proved the person, weakest first. The words are the `acr` values that centers see:
 * a session at the bank (password, SMS or app), a shield's signature, and a shield's signature with a check of the person behind it.
 */
export const ASSURANCE = ['bank-session', 'shield', 'shield-person'] as const
export type Assurance = (typeof ASSURANCE)[number]

export const isAssurance = (text: string): text is Assurance => (ASSURANCE as readonly string[]).includes(text)

export function meets(has: Assurance, needs: Assurance): boolean {
  return ASSURANCE.indexOf(has) >= ASSURANCE.indexOf(needs)
}
