import { minutes, seconds } from '../kernel/clock.ts'
import { CERTIFICATE_LIMIT } from '../pki/certificate.ts'

/**
 * Every bound of this room in one place. Sizes are bytes unless said otherwise.
 *
 * A body of 10 MiB holds 7.8 MiB in base64, so data ends at 7 MiB: what is larger is signed by its digest.
 */
export const LIMITS = {
  body: 10 * 1024 * 1024,
  certificate: CERTIFICATE_LIMIT,
  data: 7 * 1024 * 1024,
  /** a signed message, with the data in it */
  message: 7 * 1024 * 1024,
  /** a bare signature: RSA of 8192 bits is 1 KiB */
  signature: 2048,
  /** items in one batch */
  items: 1000,
  /** items of a batch under way at a time */
  atOnce: 16,
  /** signers of one message that are judged */
  signers: 32,
  /** milliseconds until an answer stands */
  answer: seconds(20),
  /** milliseconds of a challenge's life */
  challenge: minutes(5),
  /** under way at a time, of one client and of all: requests, and what their bodies hold in memory */
  underWay: {
    client: { requests: 64, bytes: 40 * 1024 * 1024 },
    all: { requests: 256, bytes: 160 * 1024 * 1024 },
  },
  /** certificates, signatures and challenges a minute for each client */
  itemsPerMinute: 30_000,
  requestsPerMinute: 3000,
} as const

/** Characters of base64, with room for the line ends and the header of PEM. */
export const textLimit = (bytes: number): number => Math.ceil(bytes / 3) * 4 + Math.ceil(bytes / 24) + 256
