import { BrokerError } from './errors.ts'

/** Unified social credit code (统一社会信用代码), GB 32100-2015: 18 characters, the last a check character. */
export type Uscc = string & { readonly brand: 'Uscc' }

const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const WEIGHTS = Array.from({ length: 17 }, (_, i) => 3 ** i % 31)

/** The check character that belongs to the first 17 characters; undefined when they are not of the alphabet. GB 32100-2015, 5.6. */
export function usccCheckCharacter(first17: string): string | undefined {
  if (first17.length !== 17) return undefined
  let sum = 0
  for (const [i, weight] of WEIGHTS.entries()) {
    const value = ALPHABET.indexOf(first17.charAt(i))
    if (value < 0) return undefined
    sum += value * weight
  }
  return ALPHABET[(31 - (sum % 31)) % 31]
}

export function isUscc(text: string): text is Uscc {
  return text.length === 18 && usccCheckCharacter(text.slice(0, 17)) === text.charAt(17)
}

/**
 * Reads a USCC, refusing a wrong length, alphabet or check character.
 * @throws BrokerError `uscc_invalid`
 */
export function readUscc(text: string): Uscc {
  const code = text.trim().toUpperCase()
  if (!isUscc(code)) throw new BrokerError('uscc_invalid', `"${code.slice(0, 24)}" fails the check character of GB 32100`)
  return code
}
