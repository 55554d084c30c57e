/** Owns the cover of an envelope: what only those may read who can open it. It always has the same length. */
import { z } from 'zod'
import { BrokerError } from '../../kernel/errors.ts'
import { isUscc } from '../../kernel/uscc.ts'
import { malformed, SIZES } from './format.ts'
import { canonicalJson, hexDigest, isoTime, parseJson, shortText } from './header.ts'

const cover = z.strictObject({
  bidder: z.strictObject({ name: shortText, uscc: z.string().refine((text): boolean => isUscc(text)) }),
  /** SM3 of the certificates it is encrypted to, in the order of the header's keys */
  certificates: z.array(hexDigest).min(1).max(8),
  content: z.strictObject({ name: shortText, size: z.int().min(0), sm3: hexDigest }),
  madeAt: isoTime,
})
export type Cover = z.infer<typeof cover>

/** @returns exactly SIZES.cover octets: the JSON's length in two octets, the JSON, zeros. @throws BrokerError `bad_request` */
export function writeCover(content: Cover): Buffer {
  const parsed = cover.safeParse(content)
  if (!parsed.success) throw new BrokerError('bad_request', 'a cover cannot say this', { cause: parsed.error })
  const json = Buffer.from(canonicalJson(parsed.data))
  if (json.length > SIZES.cover - 2) throw new BrokerError('bad_request', `a cover of ${json.length} octets; names may be shorter`)
  const padded = Buffer.alloc(SIZES.cover)
  padded.writeUInt16BE(json.length)
  json.copy(padded, 2)
  return padded
}

/** @throws BrokerError `bid_envelope_malformed` */
export function readCover(padded: Buffer): Cover {
  const length = padded.readUInt16BE()
  const json = padded.subarray(2, 2 + length)
  const parsed = cover.safeParse(parseJson(json))
  if (length > SIZES.cover - 2 || !parsed.success || !writeCover(parsed.data).equals(padded)) throw malformed('a cover that is not as it has to be')
  return parsed.data
}
