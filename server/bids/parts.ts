import type { Source } from '../pki/cms-bytes.ts'
import type { Bid } from '../storage/stores-bids.ts'
import { shieldCertificate } from './custody.ts'
import { inspect } from './envelope/open.ts'
import { KIND } from './envelope/part.ts'

/** What a page asks a shield to decrypt, and what it has to find within: the browser compares, before the opening, and sends nothing on. */
export interface PartsForShield {
  /** `part`: as the header has it, by which an answer is told apart; `value`: the same in base64, as SOF_PriKeyDecrypt takes it */
  parts: { part: string; value: string }[]
  /** octets that begin and end the secret: docs/bid-envelopes.md, 4 */
  expected: { kind: number; place: number; binding: string }
}

export const forShield = (part: string): PartsForShield['parts'][number] => ({ part, value: Buffer.from(part, 'base64url').toString('base64') })

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
  const parts = order.flatMap(i => header.keys[i] ?? []).filter(({ algorithm }) => algorithm === 'SM2')
  return { parts: parts.map(({ value }) => forShield(value)), expected: { kind: KIND.bidKey, place: 0, binding: binding.toString('base64') } }
}
