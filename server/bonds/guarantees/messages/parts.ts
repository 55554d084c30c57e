import { z } from 'zod'
import { instant } from '../document.ts'

/** What messages about guarantees have in common: in the open only the application's code, all else in the confidential part, filled up so that its length says nothing. */
export const openBody = z.strictObject({ code: z.string().regex(/^[0-9a-f]{32}$/) })

/** ignored: makes parts of one length */
export const filler = z.string().max(8192).optional()

/** What an issuer says of itself in each: its own number of the fact, under which it counts once, and when it happened. */
export const told = { serial: z.string().regex(/^[\x21-\x7e]{4,64}$/), at: instant, filler }

/** the id of a claim or an amendment, as the platform gave it */
export const id = z.string().regex(/^[A-Za-z0-9_-]{8,32}$/)
export const words = (most: number) => z.string().trim().min(1).max(most)

/** The part with a filler that makes every one of one length, in steps of this many bytes of JSON. */
export function filled<Part extends object>(part: Part): Part & { filler: string } {
  const bare = Buffer.byteLength(JSON.stringify({ ...part, filler: '' }))
  return { ...part, filler: ' '.repeat((FILL - (bare % FILL)) % FILL) }
}
const FILL = 4096
