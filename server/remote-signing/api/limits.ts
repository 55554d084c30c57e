/** Every bound of this interface in one place. Sizes are bytes. */
export const LIMITS = {
  /** a JSON body, documents in base64 included */
  body: 16 * 1024 * 1024,
  /** how long a request may be open, and how long unless told; days */
  open: { most: 30, usual: 3 },
  /** rows on one page */
  page: 100,
  /** webhooks that one thing is told to */
  concerned: 200,
  /** requests, and keys, whose time is over, ended in one go */
  ended: 500,
  underWay: {
    client: { requests: 16, bytes: 64 * 1024 * 1024 },
    all: { requests: 64, bytes: 256 * 1024 * 1024 },
  },
  itemsPerMinute: 1200,
  requestsPerMinute: 600,
} as const
