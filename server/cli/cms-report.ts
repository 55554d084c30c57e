/** Owns what `shield cms` says of a judged message: every signer by itself, and with a trust folder whether its certificate leads to a root of it. */
import type { FailureCode } from '../kernel/errors.ts'
import { failures } from '../kernel/failures.ts'
import type { Certificate } from '../pki/certificate.ts'
import { TIME_STAMP_TOKEN } from '../pki/cms-amend.ts'
import type { SignerVerdict } from '../pki/cms-judge.ts'
import type { JudgedStream } from '../pki/cms-verify-stream.ts'
import { type PathResult, verifyChain } from '../pki/path.ts'
import { printable } from './cert-report.ts'
import { EXIT, type Outcome } from './command.ts'
import type { Trust } from './trust-folder.ts'

type TrustAt = Trust & { at: Date }

export const describeParty = (certificate: Certificate) => ({
  subject: printable(certificate.subject.text),
  issuer: printable(certificate.issuer.text),
  serial: certificate.serial,
  thumbprint: certificate.thumbprint,
})

/** Whether every signer is good, and trusted where a folder says whom to trust. */
export function isGood({ signers, certificates }: JudgedStream, trust?: TrustAt): boolean {
  return signers.every(each => each.ok && (trust === undefined || pathOf(each.certificate, certificates, trust).ok))
}

function pathOf(leaf: Certificate, along: readonly Certificate[], { roots, intermediates, crls, at }: TrustAt): PathResult {
  return verifyChain({ leaf, roots, intermediates: [...intermediates, ...along], crls, at, keyUsage: ['digitalSignature', 'nonRepudiation'] })
}

interface SignerReport extends Partial<ReturnType<typeof describeParty>> {
  ok: boolean
  algorithm?: string
  digest?: string
  /** claimed, ISO 8601 */
  signingTime?: string
  timeStamps?: number
  /** subjects from the signer to the root, where trust was asked */
  path?: string[]
  code?: FailureCode
  facts?: string
}

/** The report; good only when all of it is. */
export function reportOf(judged: JudgedStream, trust?: TrustAt): Outcome {
  const good = isGood(judged, trust)
  const signers = judged.signers.map(each => describeSigner(each, judged, trust))
  const json = { ok: good, form: judged.form, contentType: judged.contentType, size: judged.size, trustAsked: trust !== undefined, signers }
  const head = good ? `GOOD: ${signers.length} ${signers.length === 1 ? 'signer' : 'signers'}` : 'NOT GOOD'
  const unasked = trust === undefined ? 'Whether the signers are trusted was not asked: --trust DIR does.\n' : ''
  const text = `${head}; ${judged.form}, ${judged.size} octets of content\n${signers.map(lines).join('')}${unasked}`
  return { exit: good ? EXIT.ok : EXIT.found, json, text }
}

function describeSigner(verdict: SignerVerdict, { certificates }: JudgedStream, trust: TrustAt | undefined): SignerReport {
  const party = verdict.certificate === undefined ? {} : describeParty(verdict.certificate)
  if (!verdict.ok) return { ok: false, ...party, code: verdict.code, facts: printable(verdict.facts) }
  const stamps = verdict.unsignedAttributes.get(TIME_STAMP_TOKEN)?.length ?? 0
  const claimed = verdict.signingTime === undefined ? {} : { signingTime: verdict.signingTime.toISOString() }
  const signed = { ...party, algorithm: verdict.certificate.keyName, digest: verdict.digest, ...claimed, timeStamps: stamps }
  if (trust === undefined) return { ok: true, ...signed }
  const path = pathOf(verdict.certificate, certificates, trust)
  if (path.ok) return { ok: true, ...signed, path: path.path.map(each => printable(each.subject.text)) }
  return { ok: false, ...signed, code: path.code, facts: printable(`${path.facts} (${path.clause})`) }
}

function lines(signer: SignerReport): string {
  const rows = [`${signer.ok ? 'good' : 'BAD '}  ${signer.subject ?? 'a signer whose certificate is not there'}`]
  if (signer.issuer !== undefined) rows.push(`issued by ${signer.issuer}, serial ${signer.serial}`)
  if (signer.algorithm !== undefined) {
    const claimed = signer.signingTime === undefined ? 'no time claimed' : `claims ${signer.signingTime}`
    const stamped = (signer.timeStamps ?? 0) > 0 ? '; time-stamped (not checked here)' : ''
    rows.push(`${signer.algorithm} with ${signer.digest}; ${claimed}${stamped}`)
  }
  if (signer.path !== undefined) rows.push(signer.path.map(subject => `< ${subject}`).join('  '))
  if (signer.code !== undefined) rows.push(`${signer.code}: ${signer.facts}`, failures[signer.code].zh, failures[signer.code].en)
  return `${rows.map((row, i) => (i === 0 ? row : `      ${row}`)).join('\n')}\n`
}
