/** Owns the verdict on an electronic seal's signature (SES_Signature): every rule of GM/T 0031-2014 6.2.3 (GB/T 38540-2020 has the same) in its order, each as a check of the report. The seal in it is seal-judge.ts's. */
import type { SignatureAlgorithm } from '../../pki/algorithms.ts'
import { type Certificate, certificateFacts } from '../../pki/certificate.ts'
import { readTimestampToken } from '../../pki/timestamp-token.ts'
import type { JudgedValue, JudgeQuestion } from '../contract.ts'
import type { JudgeDeps, SealVerdict } from '../ports.ts'
import type { Answer, Check } from '../report.ts'
import { isHolder } from '../ses/holders.ts'
import { readSesSignature, type SesSignature } from '../ses/signature.ts'
import { isGoodNow, judgeCertificate } from './certificate-checks.ts'
import { type Carried, carriedIn } from './evidence.ts'
import { certificateIn, extensionChecks, judgeSeal, sealFacts, sealTimeChecks, signatureHolds } from './seal-judge.ts'
import { isTimeless, type SealingTime, sealingTime, timeCheck } from './time-checks.ts'
import { check } from './words.ts'

/** @throws BrokerError `seal_malformed` where it is none; else only what verdictOf throws */
export async function judgeSes(value: Uint8Array, content: JudgeQuestion, deps: JudgeDeps): Promise<JudgedValue> {
  const read = readSesSignature(value)
  const { seal } = read
  const carried = carriedIn(content.evidence)
  const certificate = certificateIn(read.signer.certificate)
  const signed = signatureHolds(certificate, read.signer)
  const time = await sealingTime({
    claimedAt: claimedTime(read),
    stamps: read.stamp === undefined ? [] : [read.stamp],
    signature: read.signer.signature,
    now: deps.clock.now(),
    stampVerdictOf: deps.stampVerdictOf,
    evidence: carried.evidence,
  })
  const checks: Check[] = [
    check('format', 'yes', `SES ${read.version}, ${seal.vid}`),
    check('signature', signed.answer, signed.facts),
    check('signer-list', isHolder(seal.holders, read.signer.certificate), `${seal.holders.list.length} ${seal.holders.kind}`),
    ...(await judgeSeal(seal, time, carried, deps)),
    ...extensionChecks([...seal.extensions, ...read.extensions]),
    ...sealTimeChecks(seal, time),
  ]
  const signer = certificate === undefined ? undefined : await judgeSigner(certificate, time, carried, deps)
  const inForceNow = time.now >= seal.validFrom && time.now <= seal.validUntil
  const isGood = async () => certificate !== undefined && inForceNow && (await isGoodNow(certificate, time.now, carried.certificates, deps.verdictOf))
  checks.push(
    ...(signer?.checks ?? [check('signer-chain', 'unknown')]),
    ...time.checks,
    await timeCheck(time, isGood),
    check('digest', digestAnswer(read, content, signed.row), read.dataHash.toString('hex')),
    propertyCheck(read.property, content.property),
  )
  return {
    kind: 'ses',
    seal: sealFacts(seal),
    checks,
    embeddedSeal: seal.der,
    ...(time.claimedAt === undefined ? {} : { claimedAt: time.claimedAt.toISOString() }),
    ...(time.provenAt === undefined ? {} : { provenAt: time.provenAt.toISOString() }),
    certificates: [certificate, certificateIn(seal.maker.certificate)].filter(each => each !== undefined),
    ...(certificate === undefined || signer === undefined ? {} : { signer: signerFacts(certificate, signer.verdict) }),
  }
}

function judgeSigner(certificate: Certificate, time: SealingTime, { certificates: chain, evidence }: Carried, { verdictOf }: JudgeDeps) {
  const { at, provenAt } = time
  return judgeCertificate({ role: 'signer', certificate, at, timeless: isTimeless(time), provenAt, chain, evidence }, verdictOf)
}

function digestAnswer({ dataHash }: SesSignature, content: JudgeQuestion, row: SignatureAlgorithm | undefined): Answer {
  // without an algorithm the length tells too little, but for the national one, which is what seals use
  const own = Buffer.from(content.digestOf(row?.digest ?? 'sm3'))
  if (own.equals(dataHash)) return 'yes'
  return row === undefined && own.length !== dataHash.length ? 'unknown' : 'no'
}

/** Real signers write the path with and without its first slash. */
function propertyCheck(stated: string, expected: string | undefined): Check {
  const plain = (path: string) => (path.startsWith('/') ? path.slice(1) : path)
  return expected === undefined ? check('property-stated', 'yes', stated) : check('property', plain(stated) === plain(expected), stated)
}

/** In version 1 a token may stand where the time does: stated by the signer, as what it stamps is not the signature. */
function claimedTime({ time }: SesSignature): Date | undefined {
  if ('at' in time) return time.at
  try {
    return readTimestampToken(time.token).info.genTime
  } catch {
    return undefined
  }
}

export const signerFacts = (certificate: Certificate, { name, uscc, government }: SealVerdict): NonNullable<JudgedValue['signer']> => ({
  certificate: certificateFacts(certificate),
  ...(name === undefined ? {} : { name }),
  ...(uscc === undefined ? {} : { uscc }),
  ...(government === undefined ? {} : { government }),
})
