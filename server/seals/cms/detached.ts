/**
 * Signatures beside files of any size: a detached message (RFC 5652; GB/T 35275 for SM2) in a file of its own. Owns how a file that nobody holds in memory is sealed and verified: it flows by once for each, a piece at a time. The
 * message's bytes are values/ and pki's; whether the signer may be trusted is the judge's.
 */
import { BrokerError } from '../../kernel/errors.ts'
import { certificateFacts } from '../../pki/certificate.ts'
import { TIME_STAMP_TOKEN } from '../../pki/cms-amend.ts'
import { bytesOf, Passing, type Source } from '../../pki/cms-bytes.ts'
import type { GoodSigner, SignerVerdict } from '../../pki/cms-judge.ts'
import { addRevocationInfo, readRevocationInfo } from '../../pki/cms-revocation-info.ts'
import { readSignedData, readSignerInfo } from '../../pki/cms-signed-data.ts'
import { type DigestedContent, type JudgedStream, judgeCmsStream, type Opening } from '../../pki/cms-verify-stream.ts'
import { namesSigner } from '../../pki/signing-certificate.ts'
import type { Evidence, SealJudge, SealOrder, SignatureValue, SignerQuestion, Stamp } from '../contract.ts'
import { answerOf, type Check, type DocumentReport, type SealReport } from '../report.ts'
import { check } from './checks.ts'

/** What of a file is kept between preparing and building: with the order, all that it takes. */
export interface DetachedDigest {
  digest: Buffer
  /** octets */
  size: number
}

type DetachedOrder = Pick<SealOrder, 'at'>

/**
 * Reads the file to its end.
 * @returns what the shield signs, and what `buildDetached` needs instead of the file
 * @throws BrokerError bad_request for a value that is no message; whatever the source fails with
 */
export async function prepareDetached(content: Source, { at }: DetachedOrder, value: SignatureValue): Promise<DetachedDigest & { toSign: Buffer }> {
  requireMessage(value)
  const passing = new Passing([value.digest])
  for await (const piece of bytesOf(content)) passing.update(piece)
  const digest = passing.digests().get(value.digest)
  if (digest === undefined) throw new BrokerError('internal', `no ${value.digest} of the content`)
  return { digest, size: passing.total, toSign: value.toSign({ digest, property: '', at }) }
}

/**
 * The same digest, order and signature give the same message.
 * @returns DER, to be kept beside the file (.p7s). The signature is believed: whoever calls verifies the result
 * @throws BrokerError bad_request for a value that is no message, and what the value refuses with
 */
export async function buildDetached(
  { digest }: Pick<DetachedDigest, 'digest'>,
  { at }: DetachedOrder,
  value: SignatureValue,
  signature: Uint8Array,
  stamp?: Stamp,
): Promise<Buffer> {
  requireMessage(value)
  const of = { digest, property: '', at }
  const message = value.write(of, signature)
  if (stamp === undefined) return message
  // RFC 3161 appendix A: the stamp is over the signature as it stands in the message, which may have another form than the shield gave it
  const [signer] = readSignedData(message).signers
  if (signer === undefined) throw new BrokerError('internal', 'a message without signer')
  const written = readSignerInfo(signer).signature
  return value.write(of, written, await stamp(written))
}

/**
 * The message with what it needs to be verified when certificates are over and their lists are gone.
 * @param message DER, as buildDetached made it
 */
export const addDetachedEvidence = (message: Buffer, evidence: Evidence): Buffer => addRevocationInfo(message, evidence)

export function requireMessage({ kind }: SignatureValue): void {
  if (kind !== 'cms') throw new BrokerError('bad_request', `a ${kind} value cannot stand beside a file`)
}

/**
 * @param question.cms DER, BER, PEM or base64
 * @param question.content the file, or what is known of it where it is elsewhere; left out where the message carries it
 * @returns one report for each signer, in the message's order
 * @throws BrokerError seal_document_unusable when there is no message to judge, or the file and the message do not go together; `internal` when a source fails
 */
export async function verifyDetached(question: { cms: Opening; content?: Opening | DigestedContent; judge: SealJudge }): Promise<DocumentReport> {
  const { judge, ...asked } = question
  const judged = await read(asked)
  const seals: SealReport[] = []
  for (const [i, verdict] of judged.signers.entries()) seals.push(await reportOf(verdict, `signer-${i + 1}`, judged, judge))
  return { format: 'cms', seals, findings: typeof asked.content === 'object' ? [check('file-elsewhere', true)] : [] }
}

async function read(question: { cms: Opening; content?: Opening | DigestedContent }): Promise<JudgedStream> {
  try {
    return await judgeCmsStream(question)
  } catch (cause) {
    if (!(cause instanceof BrokerError) || cause.code === 'internal') throw cause
    throw new BrokerError('seal_document_unusable', cause.facts, { cause, received: cause.facts })
  }
}

async function reportOf(
  verdict: SignerVerdict,
  id: string,
  { certificates, revocationInfo, form, size }: JudgedStream,
  judge: SealJudge,
): Promise<SealReport> {
  const { certificate } = verdict
  const algorithmRefused = !verdict.ok && verdict.code === 'algorithm_refused'
  const own: Check[] = [
    check('certificate', certificate !== undefined || algorithmRefused),
    check('algorithm', !algorithmRefused, verdict.ok ? verdict.digest : algorithmRefused ? verdict.facts : undefined),
    signatureCheck(verdict, size),
    ...(verdict.ok ? namedCertificate(verdict) : []),
  ]
  const holds = answerOf(own, 'intact') === 'yes'
  const claimed = verdict.ok && holds ? verdict.signingTime : undefined
  const judged = verdict.ok && holds ? await judge.signer?.(questionOf(verdict, certificates, revocationInfo)) : undefined
  const checks = [...own, ...(judged?.checks ?? [check('signer-trust', 'unknown')])]
  return {
    id,
    kind: 'cms',
    ...(certificate === undefined ? {} : { signer: judged?.signer ?? { certificate: certificateFacts(certificate) } }),
    ...(claimed === undefined ? {} : { claimedAt: claimed.toISOString() }),
    ...(judged?.provenAt === undefined ? {} : { provenAt: judged.provenAt }),
    covers: { whole: holds, parts: [form] },
    intact: answerOf(checks, 'intact'),
    trusted: answerOf(checks, 'trusted'),
    valid: answerOf(checks, 'valid'),
    checks,
  }
}

/** What could not be compared is told apart from what was, and differs. */
function signatureCheck(verdict: SignerVerdict, size: number): Check {
  if (verdict.ok) return check('signature', true, `${size}`)
  if (verdict.lacks === undefined) return check('signature', false, verdict.facts)
  return verdict.lacks === 'content' ? check('content-needed', 'unknown') : check('digest-needed', 'unknown', verdict.lacks)
}

/** RFC 5035; without the attribute nothing is said. Another certificate of the same key could otherwise take the signer's place. */
function namedCertificate({ signedAttributes, certificate }: GoodSigner): Check[] {
  try {
    const named = namesSigner(signedAttributes, certificate)
    return named === undefined ? [] : [check('signing-certificate', named)]
  } catch (thrown) {
    if (thrown instanceof BrokerError) return [check('signing-certificate', false, thrown.facts)]
    throw thrown
  }
}

function questionOf(verdict: GoodSigner, certificates: JudgedStream['certificates'], infos: readonly Buffer[]): SignerQuestion {
  const { certificate, signingTime, signature, unsignedAttributes } = verdict
  const token = unsignedAttributes.get(TIME_STAMP_TOKEN)?.[0]
  return {
    certificate,
    chain: certificates.filter(each => each.thumbprint !== certificate.thumbprint),
    ...(signingTime === undefined ? {} : { claimedAt: signingTime }),
    evidence: { certificates: [], ...readRevocationInfo(infos) },
    ...(token === undefined ? {} : { stamp: { token, over: signature } }),
  }
}
