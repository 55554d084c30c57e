import type { Source } from '../pki/cms-bytes.ts'
import type { Bid } from '../storage/stores-bids.ts'
import { shieldCertificate } from './custody.ts'
import type { WrappedPart } from './envelope/header.ts'
import { inspect } from './envelope/open.ts'
import { KIND } from './envelope/part.ts'

/** What a page asks a shield to decrypt, and what it has to find within: the browser compares, before the opening, and sends nothing on. */
export interface PartsForShield {
  /** `part`: as the header has it, by which an answer is told apart; `value` and `padding`: as SOF_PriKeyDecrypt takes them */
  parts: { part: string; value: string; padding?: 'oaep-sha256' }[]
  /** octets that begin and end the secret: docs/bid-envelopes.md, 4 */
  expected: { kind: number; place: number; binding: string }
}

export const forShield = ({ algorithm, value }: WrappedPart): PartsForShield['parts'][number] => ({
  part: value,
  value: Buffer.from(value, 'base64url').toString('base64'),
  ...(algorithm === 'SM2' ? {} : { padding: 'oaep-sha256' }),
})

/** The same as an app takes it: which part its answer is of is seen from the answer. */
export const forApp = (part: WrappedPart): Omit<PartsForShield['parts'][number], 'part'> => {
  const { part: _, ...rest } = forShield(part)
  return rest
}

/** SM3 of the certificate that a part of the header is for; undefined where the envelope has no such part. */
export async function certificateOf(envelope: Source, { certificates }: Bid, part: string): Promise<string | undefined> {
  const { header } = await inspect(envelope)
  return certificates[header.keys.findIndex(({ value }) => value === part)]?.thumbprint
}

/**
 * The bidder's parts, the one for the named certificate first.
 * @param certificate DER in base64, of the shield in hand
 * @throws BrokerError certificate_wrong_use, algorithm_refused for a shield that cannot decrypt this
 */
export async function partsOf(envelope: Source, { certificates }: Bid, certificate: string): Promise<PartsForShield> {
  const { thumbprint } = shieldCertificate(certificate)
  const { header, binding } = await inspect(envelope)
  const own = certificates.findIndex(each => each.thumbprint === thumbprint)
  const order = [...header.keys.keys()].sort((a, b) => Number(b === own) - Number(a === own))
  const parts = order.flatMap(i => header.keys[i] ?? [])
  return { parts: parts.map(forShield), expected: { kind: KIND.bidKey, place: 0, binding: binding.toString('base64') } }
}
