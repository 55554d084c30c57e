import { days, hours } from '../../kernel/clock.ts'
import { LIMITS as FORMAT } from '../contract.ts'

/** Every bound of this interface in one place. Sizes are bytes, times milliseconds unless said otherwise. */
export const LIMITS = {
  /** a JSON body, documents in base64 included */
  body: 12 * 1024 * 1024,
  /** one document as the body */
  document: FORMAT.document,
  /** documents of one verification; a task has as many as tasks.ts allows */
  verified: 20,
  places: 50,
  /** ids in one request about many tasks */
  tasks: 100,
  uploads: { count: 1000, bytes: 2 * 1024 * 1024 * 1024 },
  uploadKept: days(2),
  verificationKept: days(30),
  /** how long a task may be open, and how long unless told; days */
  open: { most: 90, usual: 3 },
  urge: hours(1),
  /** between the first and the last day of a statistic, days */
  span: 366,
  /** times that words are found */
  hits: 200,
  /** tasks whose time is over, in one go */
  news: 50,
  concerned: 1000,
  /** rows on one page */
  page: 100,
  /** under way at a time, of one client and of all */
  underWay: {
    client: { requests: 32, bytes: 128 * 1024 * 1024 },
    all: { requests: 128, bytes: 384 * 1024 * 1024 },
  },
  itemsPerMinute: 6000,
  requestsPerMinute: 1200,
} as const
