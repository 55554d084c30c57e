import { randomBytes } from 'node:crypto'

/** Letters a person can read out on the phone: no I, L, O, U, 0 or 1. */
const SPEAKABLE = '23456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A random identifier of 160 bits, safe in a URL. */
export const newId = (): string => randomBytes(20).toString('base64url')

/** A random secret of 256 bits, safe in a URL. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** A trace code such as `K7QM-3F9T`: short enough to read out, one in 6.5e11, unique enough for the weeks a trace is kept. */
export function newTraceCode(): string {
  let code = ''
  while (code.length < 8) {
    for (const byte of randomBytes(16)) {
      if (byte < 240 && code.length < 8) code += SPEAKABLE[byte % 30]
    }
  }
  return `${code.slice(0, 4)}-${code.slice(4)}`
}

/** Reads a trace code as a person types it (any case, with or without the dash); undefined when it cannot be one. */
export function readTraceCode(text: string): string | undefined {
  const letters = text.toUpperCase().replaceAll(/[\s-]/g, '')
  return /^[2-9A-HJKMNP-TV-Z]{8}$/.test(letters) ? `${letters.slice(0, 4)}-${letters.slice(4)}` : undefined
}
