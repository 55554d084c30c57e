/** Owns the verdict on a seal itself (SESeal), GM/T 0031-2014 6.1.2: its form, its maker's signature, the maker's certificate when the seal was made, and whether the seal is in force. */
import { createHash } from 'node:crypto'
import { asBrokerError } from '../../kernel/errors.ts'
import { Recent } from '../../kernel/recent.ts'
import { algorithmOf, type SignatureAlgorithm } from '../../pki/algorithms.ts'
import { type Certificate, readCertificate } from '../../pki/certificate.ts'
import { rowFor } from '../../pki/cms-algorithms.ts'
import type { JudgedValue } from '../contract.ts'
import type { JudgeDeps } from '../ports.ts'
import type { Answer, Check } from '../report.ts'
import type { SealExtension } from '../ses/fields.ts'
import { readSeal, type Seal } from '../ses/seal.ts'
import { judgeCertificate } from './certificate-checks.ts'
import { type Carried, carriedIn } from './evidence.ts'
import { isTimeless, judgeStamps, type SealingTime, SKEW } from './time-checks.ts'
import { check } from './words.ts'

/**
 * A seal that stands by itself, as of now: nobody has set it.
 * @param der of SESeal
 * @throws BrokerError `seal_malformed` where it is none; else only what verdictOf throws
 */
export async function judgeBareSeal(
  der: Uint8Array,
  deps: JudgeDeps,
): Promise<Pick<JudgedValue, 'checks'> & { seal: NonNullable<JudgedValue['seal']> }> {
  const seal = readSeal(der)
  const now = deps.clock.now()
  const time: SealingTime = { at: now, claimedAt: now, provenAt: undefined, now, checks: [] }
  const checks = [
    check('format', 'yes', `SES ${seal.version}, ${seal.vid}`),
    ...(await judgeSeal(seal, time, carriedIn(undefined), deps)),
    ...extensionChecks(seal.extensions),
    ...sealTimeChecks(seal, time),
  ]
  return { seal: sealFacts(seal), checks }
}

/** A seal's own part: its maker's signature, and who the maker is at the time the seal was made. */
export async function judgeSeal(seal: Seal, time: SealingTime, carried: Carried, { verdictOf, stampVerdictOf }: JudgeDeps): Promise<Check[]> {
  const { maker } = seal
  const { certificates: chain, evidence } = carried
  const certificate = certificateIn(maker.certificate)
  const held = makerHolds(certificate, maker)
  const stamps = seal.stamp === undefined ? [] : [seal.stamp]
  const stamped = await judgeStamps('seal-timestamp', stamps, token => stampVerdictOf(token, maker.signature, evidence))
  const made = check('maker-signature', held.answer, held.facts)
  if (certificate === undefined) return [made, check('maker-chain', 'unknown')]
  // a stamp of the seal or of what it signed: either shows that the seal existed then
  const provenAt = earlier(stamped.provenAt, time.provenAt)
  const question = { role: 'maker', certificate, at: stamped.provenAt ?? seal.createdAt, provenAt, chain, evidence } as const
  return [made, ...(await judgeCertificate(question, verdictOf)).checks, ...stamped.checks]
}

/** One seal stands in many documents: by all that goes into the answer. */
const makers = new Recent<Held>(1000)

function makerHolds(certificate: Certificate | undefined, maker: Seal['maker']): Held {
  const { algorithm, signature, signed } = maker
  if (certificate === undefined) return signatureHolds(certificate, maker)
  const asked = createHash('sha256').update(JSON.stringify([algorithm, certificate.thumbprint, signature.toString('base64')]))
  return makers.get(asked.update(signed).digest('base64'), () => signatureHolds(certificate, maker))
}

const earlier = (one: Date | undefined, other: Date | undefined): Date | undefined =>
  one === undefined || (other !== undefined && other < one) ? other : one

/** What is critical and unknown limits the seal in a way that nobody here knows. */
export function extensionChecks(extensions: readonly SealExtension[]): Check[] {
  const critical = extensions.filter(each => each.critical).map(({ oid }) => oid)
  return critical.length === 0 ? [] : [check('seal-extensions', 'unknown', critical.join(' '))]
}

/** Whether it was made by then, and in force. */
export function sealTimeChecks({ createdAt, validFrom, validUntil }: Seal, time: SealingTime): Check[] {
  const { at } = time
  const within = at >= validFrom && at <= validUntil
  return [
    check('seal-created', at.getTime() >= createdAt.getTime() - SKEW, createdAt.toISOString()),
    check('seal-period', within ? 'yes' : isTimeless(time) ? 'unknown' : 'no', `${validFrom.toISOString()}/${validUntil.toISOString()}`),
  ]
}

/** A certificate that can be read and whose key is accepted; anything else verifies nothing. */
export function certificateIn(der: Uint8Array): Certificate | undefined {
  try {
    const certificate = readCertificate(der)
    return certificate.der.equals(der) && certificate.keyName !== undefined ? certificate : undefined
  } catch {
    return undefined
  }
}

export interface Held {
  answer: Answer
  facts: string
  row?: SignatureAlgorithm
}

/** Whether the key made this signature over the exact bytes; an algorithm that nobody accepts says nothing. */
export function signatureHolds(certificate: Certificate | undefined, by: { algorithm: string; signature: Buffer; signed: Buffer }): Held {
  if (certificate === undefined) return { answer: 'unknown', facts: 'certificate' }
  try {
    const kind = certificate.keyName
    // SM2 goes by several names; of the others the name says the digest
    const row = kind === 'SM2' ? rowFor(kind, 'sm3', by.algorithm) : algorithmOf(by.algorithm)
    const good = row.verify(certificate.publicKey, by.signed, by.signature)
    return { answer: good ? 'yes' : 'no', facts: by.algorithm, row }
  } catch (thrown) {
    return { answer: 'unknown', facts: asBrokerError(thrown).facts }
  }
}

export const sealFacts = ({ id, name, version, type, validFrom, validUntil, picture }: Seal): NonNullable<JudgedValue['seal']> => ({
  id,
  name,
  version,
  type,
  validFrom: validFrom.toISOString(),
  validUntil: validUntil.toISOString(),
  picture: { type: picture.type, width: picture.width, height: picture.height },
})
