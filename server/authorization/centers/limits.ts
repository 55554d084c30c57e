import { days, hours, seconds } from '../../kernel/clock.ts'

/** Every bound of this interface in one place. Sizes are bytes, times milliseconds unless said otherwise. */
export const LIMITS = {
  body: 128 * 1024,
  /** questions in one batch */
  items: 100,
  /** of a batch under way at a time */
  atOnce: 16,
  answer: seconds(20),
  /** how long an idempotency key is remembered with its answer */
  key: days(1),
  concerned: 1000,
  below: 200,
  /** deliveries on one page */
  page: 100,
  /** under way at a time, of one client and of all */
  underWay: {
    client: { requests: 64, bytes: 4 * 1024 * 1024 },
    all: { requests: 256, bytes: 16 * 1024 * 1024 },
  },
  /** decisions a minute for each client; anything else counts one */
  itemsPerMinute: 30_000,
  requestsPerMinute: 3000,
} as const

/** seconds; a receiver refuses what was signed longer ago (Standard Webhooks: five minutes) */
export const KEY_HOURS = LIMITS.key / hours(1)
