/**
 * Owns opening an envelope without its bidder: after the opening time, by t of n custodians of the center AND the platform.
 *
 * The bid key is masked under a key made of two secrets: R, which is split among the custodians, and P, which only the platform can decrypt. So all custodians together lack P, 256 bits that nothing
 * else in the envelope depends on; the platform with t - 1 custodians lacks R, of which t - 1 shares say nothing. Commitments to the shares and to P let a wrong one be named before anything is tried;
 * they are digests of 256 random bits.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { later } from '../../kernel/clock.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { combineShares, type Random, splitSecret } from '../../kernel/shamir.ts'
import type { Certificate } from '../../pki/certificate.ts'
import { derive, digest, malformed, SIZES } from './format.ts'
import type { EnvelopeHead, RescueHeader } from './header.ts'
import { type KeyHolder, KIND, unwrapPart, wrapTo } from './part.ts'

/** Who can rescue together. */
export interface RescueRecipients {
  /** encryption certificates, each of another person of the center: 2 to 16 */
  custodians: readonly Certificate[]
  /** how many of them it takes: 2 or more */
  threshold: number
  /** the platform's certificate for releases */
  platform: Certificate
}

/** What one custodian's shield gave for one envelope. Secret until the rescue is done. */
export interface RescueShare {
  /** the custodian's certificate */
  custodian: string
  place: number
  value: Buffer
}

/** What the platform gave for one envelope. Secret until the rescue is done. */
export interface RescueRelease {
  value: Buffer
}

/** @throws BrokerError `bad_request` for a threshold below 2 or beyond the custodians; `certificate_wrong_use`, `algorithm_refused` */
export function makeRescue(bidKey: Buffer, { custodians, threshold, platform }: RescueRecipients, binding: Buffer, random: Random): RescueHeader {
  const [shared, locked] = [random(SIZES.secret), random(SIZES.secret)]
  const shares = splitSecret(shared, threshold, custodians.length, random)
  return {
    threshold,
    custodians: shares.flatMap(({ x: place, value }, i) => {
      const certificate = custodians[i]
      return certificate === undefined ? [] : [keeperOf(certificate, { kind: KIND.share, place, value }, binding)]
    }),
    platform: keeperOf(platform, { kind: KIND.release, place: 0, value: locked }, binding),
    wrapped: maskKey(bidKey, shared, locked, binding).toString('base64url'),
  }
}

function keeperOf(certificate: Certificate, secret: Parameters<typeof wrapTo>[1], binding: Buffer): RescueHeader['platform'] {
  return { certificate: certificate.thumbprint, commitment: commitmentOf(secret, binding), part: wrapTo(certificate, secret, binding) }
}

/**
 * A custodian's share, by the custodian's key. It opens nothing without the platform.
 * @param custodian thumbprint of the custodian's certificate
 * @throws BrokerError `bid_not_for_this_key` for somebody who is no custodian of this envelope, or another key; `bid_envelope_malformed` when the header was edited or the share is of another envelope
 */
export async function openShare(head: EnvelopeHead, custodian: string, holder: KeyHolder): Promise<RescueShare> {
  const { custodians } = rescueOf(head)
  const index = custodians.findIndex(each => each.certificate === custodian)
  const entry = custodians[index]
  if (entry === undefined)
    throw new BrokerError('bid_not_for_this_key', 'the certificate is of no custodian of this envelope', { received: custodian })
  const place = index + 1
  const value = await unwrapPart(entry.part, holder, { kind: KIND.share, place }, head.binding)
  if (value === undefined) throw new BrokerError('bid_not_for_this_key', `the key is not that of custodian ${place}`, { received: custodian })
  return { custodian, place, value }
}

/**
 * The platform's half: given to nobody before the opening. The time in the header cannot be edited (the binding would not be the one P is tied to), and the announced one may only be later.
 * @param times.announced the latest announced opening time; unknown means closed
 * @throws BrokerError `bid_before_opening`; `bid_not_for_this_key` for another platform's envelope; `bid_envelope_malformed` when the header was edited
 */
export async function releaseRescue(
  head: EnvelopeHead,
  holder: KeyHolder,
  times: { now: Date; announced: Date | undefined },
): Promise<RescueRelease> {
  const { platform } = rescueOf(head)
  const opening = new Date(head.header.opening)
  if (times.announced === undefined || times.now < times.announced || times.now < opening) {
    throw new BrokerError('bid_before_opening', 'nothing is released before the opening', {
      received: times.now.toISOString(),
      expected: times.announced === undefined ? 'an announced opening' : later(times.announced, opening).toISOString(),
    })
  }
  const value = await unwrapPart(platform.part, holder, { kind: KIND.release, place: 0 }, head.binding)
  if (value === undefined) throw new BrokerError('bid_not_for_this_key', 'the envelope is locked for another platform key')
  return { value }
}

/**
 * The bid key, from shares and release.
 * @throws BrokerError `bid_before_opening` without a release, `bid_rescue_part_wrong` naming every wrong share or the release, `bid_custodians_missing` when fewer custodians gave theirs than it takes
 */
export function rescueKey(head: EnvelopeHead, shares: readonly RescueShare[], release: RescueRelease | undefined): Buffer {
  const rescue = rescueOf(head)
  if (release === undefined) throw new BrokerError('bid_before_opening', 'the platform has released nothing for this envelope')
  const wrong = wrongParts(head, rescue, shares, release)
  if (wrong.length > 0)
    throw new BrokerError('bid_rescue_part_wrong', `of another envelope or changed: ${wrong.join(', ')}`, { received: wrong.join(', ') })
  const distinct = [...new Map(shares.map(share => [share.place, share])).values()]
  if (distinct.length < rescue.threshold) {
    throw new BrokerError('bid_custodians_missing', 'fewer custodians than it takes', {
      received: String(distinct.length),
      expected: String(rescue.threshold),
    })
  }
  const shared = combineShares(distinct.slice(0, rescue.threshold).map(({ place: x, value }) => ({ x, value })))
  return unmaskKey(Buffer.from(rescue.wrapped, 'base64url'), shared, release.value, head.binding)
}

/** Names a wrong share when it is handed in. @throws BrokerError `bid_rescue_part_wrong` */
export function requireShare(head: EnvelopeHead, share: RescueShare): void {
  if (!isShare(head, rescueOf(head), share))
    throw new BrokerError('bid_rescue_part_wrong', `of another envelope or changed: custodian ${share.place}`)
}

function isShare(head: EnvelopeHead, { custodians }: RescueHeader, { place, custodian, value }: RescueShare): boolean {
  const entry = custodians[place - 1]
  return entry?.certificate === custodian && entry.commitment === commitmentOf({ kind: KIND.share, place, value }, head.binding)
}

/** Every share that is not what the envelope committed to, by its custodian's place, and the release. */
function wrongParts(head: EnvelopeHead, rescue: RescueHeader, shares: readonly RescueShare[], release: RescueRelease): string[] {
  const wrong = shares.filter(share => !isShare(head, rescue, share))
  const released = rescue.platform.commitment === commitmentOf({ kind: KIND.release, place: 0, value: release.value }, head.binding)
  return [...wrong.map(({ place }) => `custodian ${place}`), ...(released ? [] : ['the platform'])]
}

/** @throws BrokerError `bid_custodians_missing` for an envelope made without rescue */
function rescueOf({ header }: EnvelopeHead): RescueHeader {
  if (header.rescue === undefined) throw new BrokerError('bid_custodians_missing', 'the envelope was made without custodians')
  return header.rescue
}

const commitmentOf = ({ kind, place, value }: Parameters<typeof wrapTo>[1], binding: Buffer): string =>
  digest('commitment', binding, Buffer.of(kind, place), value).toString('hex')

function maskKey(bidKey: Buffer, shared: Buffer, locked: Buffer, binding: Buffer): Buffer {
  const keys = derive(Buffer.concat([shared, locked]), binding, 'rescue', 2 * 32)
  const masked = xor(bidKey, keys.subarray(0, 32))
  return Buffer.concat([masked, createHmac('sm3', keys.subarray(32)).update(masked).digest()])
}

function unmaskKey(wrapped: Buffer, shared: Buffer, locked: Buffer, binding: Buffer): Buffer {
  const keys = derive(Buffer.concat([shared, locked]), binding, 'rescue', 2 * 32)
  const [masked, tag] = [wrapped.subarray(0, 32), wrapped.subarray(32)]
  const expected = createHmac('sm3', keys.subarray(32)).update(masked).digest()
  if (tag.length !== expected.length || !timingSafeEqual(tag, expected))
    throw malformed('its rescue does not open: the shares were made for another key')
  return xor(masked, keys.subarray(0, 32))
}

const xor = (a: Buffer, b: Buffer): Buffer => Buffer.from(a.map((octet, i) => octet ^ (b[i] ?? 0)))
