import { days } from '../kernel/clock.ts'

/** Every bound of the bid room's doors in one place. Sizes are octets, times milliseconds. The format's own bounds stand in envelope/format.ts. */
export const LIMITS = {
  /** one envelope */
  envelope: 16 * 1024 ** 3,
  /** one piece of an upload */
  piece: 8 * 1024 * 1024,
  /** what a company may have under way for one opening */
  uploads: 48 * 1024 ** 3,
  /** after the opening, for a bid that was on its way at the deadline */
  uploadKept: days(1),
  /** how far ahead an opening is announced, and how long decrypting may take */
  ahead: days(400),
  window: days(7),
  /** rows on one page */
  page: 100,
  /** a JSON body: sixteen certificates */
  body: 256 * 1024,
  requestsPerMinute: 600,
  itemsPerMinute: 6000,
  /** under way at a time, of one client and of all */
  underWay: { client: { requests: 16, bytes: 4 * 1024 * 1024 }, all: { requests: 128, bytes: 32 * 1024 * 1024 } },
} as const
