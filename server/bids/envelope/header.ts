/**
 * Owns what stands in an envelope before anything is decrypted, and its one way to be written: canonical JSON (RFC 8785, of texts, small integers, objects and lists). It names the opening and those
 * who can rescue, never the bidder: who holds envelopes before the opening must not learn who bids (law on bidding, article 22). The bidder stands in the cover (cover.ts), which is encrypted.
 */
import { z } from 'zod'
import { BrokerError } from '../../kernel/errors.ts'
import { MAX_SHARES } from '../../kernel/shamir.ts'
import { digest, MAGIC, malformed, SIZES, uint32, VERSION } from './format.ts'
import type { Pieces } from './pieces.ts'

const wellFormed = (text: string): boolean => text.isWellFormed() && !text.includes('\0')
/** names and numbers as centers give them */
export const shortText = z.string().min(1).max(200).refine(wellFormed)
export const hexDigest = z.string().regex(/^[0-9a-f]{64}$/)
const encoded = z
  .string()
  .max(1400)
  .regex(/^[A-Za-z0-9_-]+$/)
/** Four digits of the year: longer ones begin with a sign, and would not compare as texts. */
export const isoTime = z.string().refine(text => {
  const time = new Date(text)
  return text.length === 24 && !Number.isNaN(time.getTime()) && time.toISOString() === text
}, 'a time such as 2027-06-01T01:30:00.000Z')

/** A secret encrypted to one certificate; base64url. */
const part = z.strictObject({ algorithm: z.enum(['SM2', 'RSA-OAEP-SHA256']), value: encoded })
export type WrappedPart = z.infer<typeof part>

const keeper = z.strictObject({ certificate: hexDigest, commitment: hexDigest, part })
const rescue = z
  .strictObject({
    /** the share of the nth one belongs to place n, counted from 1 */
    custodians: z.array(keeper).min(2).max(MAX_SHARES),
    platform: keeper,
    threshold: z.int().min(2).max(MAX_SHARES),
    wrapped: encoded,
  })
  .refine(({ custodians, threshold }) => threshold <= custodians.length, 'a threshold that cannot be reached')
  .refine(({ custodians }) => new Set(custodians.map(each => each.certificate)).size === custodians.length, 'one custodian twice')
  // the platform among the custodians would hold both locks
  .refine(({ custodians, platform }) => custodians.every(each => each.certificate !== platform.certificate), 'the platform as a custodian')
export type RescueHeader = z.infer<typeof rescue>

const facts = z.strictObject({
  center: shortText,
  /** a rehearsal: never taken for a bid */
  drill: z.literal(true).optional(),
  id: z.string().regex(/^[A-Za-z0-9_-]{16,64}$/),
  /** nobody but the bidder opens it before */
  opening: isoTime,
  project: shortText,
  section: shortText.optional(),
})
/** Which opening the envelope is for. */
export type EnvelopeFacts = z.infer<typeof facts>

const header = facts.extend({
  cipher: z.literal('SM4-CTR-HMAC-SM3'),
  /** to the bidder's encryption certificates, which are not named */
  keys: z.array(part).min(1).max(8),
  rescue: rescue.optional(),
})
export type EnvelopeHeader = z.infer<typeof header>

export interface EnvelopeHead {
  header: EnvelopeHeader
  /** everything from the first octet to the header's last */
  bytes: Buffer
  /** what every secret in the header is tied to */
  binding: Buffer
}

/** @throws BrokerError `bad_request` for facts that are none, or too many recipients for 64 KiB */
export function writeHead(content: EnvelopeHeader): EnvelopeHead {
  const parsed = header.safeParse(content)
  if (!parsed.success) throw new BrokerError('bad_request', 'an envelope cannot say this of itself', { cause: parsed.error })
  const json = Buffer.from(canonicalJson(parsed.data))
  if (json.length > SIZES.header) throw new BrokerError('bad_request', 'more recipients than the header has room for')
  const bytes = Buffer.concat([MAGIC, Buffer.of(VERSION), uint32(json.length), json])
  return { header: parsed.data, bytes, binding: bindingOf(parsed.data, keepersOf(parsed.data.rescue)) }
}

/** Reads the beginning of an envelope. No key is needed. @throws BrokerError `bid_envelope_malformed` */
export async function readHead(pieces: Pieces): Promise<EnvelopeHead> {
  const start = await pieces.exactly(MAGIC.length + 5, 'its first octets')
  if (!start.subarray(0, MAGIC.length).equals(MAGIC)) throw malformed('no bid envelope, or one that a transfer as text has changed')
  const version = start[MAGIC.length]
  if (version !== VERSION) throw malformed(`version ${version} where ${VERSION} is known`)
  const length = start.readUInt32BE(MAGIC.length + 1)
  if (length > SIZES.header) throw malformed(`a header of ${length} octets`)
  const json = await pieces.exactly(length, 'its header')
  const parsed = header.safeParse(parseJson(json))
  // written another way it would have another digest, and two programs could read two things
  if (!parsed.success || !Buffer.from(canonicalJson(parsed.data)).equals(json)) throw malformed('a header that is not as it has to be')
  return { header: parsed.data, bytes: Buffer.concat([start, json]), binding: bindingOf(parsed.data, keepersOf(parsed.data.rescue)) }
}

/** Certificates of those who can rescue, by thumbprint. */
export interface Keepers {
  custodians: readonly string[]
  platform: string
  threshold: number
}

const keepersOf = (of: RescueHeader | undefined): Keepers | undefined =>
  of && { custodians: of.custodians.map(each => each.certificate), platform: of.platform.certificate, threshold: of.threshold }

/** The digest that goes with every secret into its encryption: a header that says another opening, time or custodian has another one, and no honest holder hands a secret out under it. */
export function bindingOf({ center, drill, id, opening, project, section }: EnvelopeFacts, keepers: Keepers | undefined): Buffer {
  return digest('binding', Buffer.from(canonicalJson({ center, drill, id, keepers, opening, project, section })))
}

/** RFC 8785 for what we write: no fractions, no numbers above 2^53, texts without lone surrogates. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return `{${fields
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`)
    .join(',')}}`
}

/** @returns undefined for what is no JSON in UTF-8 */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return undefined
  }
}
