import { z } from 'zod'

/** What messages about deals and financing have in common: in the open only a random code, all else in the confidential part. */
export const openBody = z.strictObject({ code: z.string().regex(/^[0-9a-f]{32}$/) })
export const instant = z.iso.datetime({ precision: 3 })
export const fen = z.int().positive()
export const words = (most: number) => z.string().trim().min(1).max(most)
/** What a bank says of itself in each: its own number of the fact, under which it counts once, and when it happened. */
export const told = { serial: z.string().regex(/^[\x21-\x7e]{4,64}$/), at: instant }
/** the longest term that is asked for or offered */
export const MOST_DAYS = 3660
export const termDays = z.int().min(1).max(MOST_DAYS)
