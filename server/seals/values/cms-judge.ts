/**
 * Owns the verdict on a signed message as the signature in a document: RFC 5652 and GB/T 35275, detached, or carrying the digest of what it is about (GM/T 0099-2020 7.2.2: SM3 of Signature.xml). The signature and
 * the document's digest are told apart, as a document changed afterwards is another thing than a forged signature.
 */
import { createHash } from 'node:crypto'
import { asBrokerError } from '../../kernel/errors.ts'
import { ATTRIBUTE, DATA } from '../../pki/cms-algorithms.ts'
import { TIME_STAMP_TOKEN } from '../../pki/cms-amend.ts'
import { type GoodSigner, judgeSigner, looksSigned, type OpenSigner, openSigner } from '../../pki/cms-judge.ts'
import { readRevocationInfo } from '../../pki/cms-revocation-info.ts'
import { readSigned, readSignedData } from '../../pki/cms-signed-data.ts'
import { TAG } from '../../pki/der.ts'
import { namesSigner } from '../../pki/signing-certificate.ts'
import type { JudgedValue, JudgeQuestion } from '../contract.ts'
import type { JudgeDeps } from '../ports.ts'
import type { Answer, Check } from '../report.ts'
import { malformed, readingSeal } from '../ses/fields.ts'
import { isGoodNow, judgeCertificate } from './certificate-checks.ts'
import { archivedIn, carriedIn } from './evidence.ts'
import { signerFacts } from './ses-judge.ts'
import { isTimeless, sealingTime, timeCheck } from './time-checks.ts'
import { check } from './words.ts'

type Message = ReturnType<typeof readSignedData>
/** bytes; a message about a document carries certificates, lists and answers, never the document */
const MESSAGE_LIMIT = 5 * 1024 * 1024

/** @throws BrokerError `seal_malformed` where it is none; else only what verdictOf throws */
export async function judgeCms(value: Uint8Array, content: JudgeQuestion, deps: JudgeDeps): Promise<JudgedValue> {
  const message = readingSeal('a signed message', value, MESSAGE_LIMIT, readSignedData)
  if (!DATA.includes(message.contentType)) throw malformed(`content of type ${message.contentType}`)
  const [der, another] = message.signers
  if (der === undefined || another !== undefined) throw malformed(`${message.signers.length} signers`)
  const format = check('format', 'yes', `CMS ${message.type}`)
  const certificates = message.certificates
  const opened = open(der, certificates)
  if ('refusal' in opened) return { kind: 'cms', checks: [format, ...opened.refusal], certificates }

  const { certificate, info } = opened
  const inMessage = readRevocationInfo(message.crlDer)
  const archived = archivedIn(info.signedAttributes)
  const { certificates: chain, evidence } = carriedIn(content.evidence, {
    certificates,
    crls: [...inMessage.crls, ...archived.crls],
    ocsps: [...inMessage.ocsps, ...archived.ocsps],
  })
  const about = aboutOf(opened, message, content)
  const { good, checks, unseen } = checksOnSignature(opened, message, about)
  const time = await sealingTime({
    claimedAt: good?.signingTime ?? content.at,
    stamps: info.unsignedAttributes.get(TIME_STAMP_TOKEN) ?? [],
    signature: info.signature,
    now: deps.clock.now(),
    stampVerdictOf: deps.stampVerdictOf,
    evidence,
  })
  const { at, provenAt } = time
  const asked = { role: 'signer', certificate, at, timeless: isTimeless(time), provenAt, chain, evidence } as const
  const signer = await judgeCertificate(asked, deps.verdictOf)
  const when = await timeCheck(time, () => isGoodNow(certificate, time.now, chain, deps.verdictOf))
  return {
    kind: 'cms',
    signer: signerFacts(certificate, signer.verdict),
    certificates,
    checks: [format, ...checks, ...signer.checks, ...time.checks, when, check('digest', unseen ? 'unknown' : about.answer)],
    ...(time.claimedAt === undefined ? {} : { claimedAt: time.claimedAt.toISOString() }),
    ...(provenAt === undefined ? {} : { provenAt: provenAt.toISOString() }),
  }
}

function open(der: Buffer, known: Message['certificates']): OpenSigner | { refusal: Check[] } {
  try {
    return openSigner(der, known)
  } catch (thrown) {
    const { code, facts } = asBrokerError(thrown)
    const wrongUse = code === 'certificate_wrong_use' ? [check('signer-usage', 'no', facts)] : []
    return { refusal: [check('signature', 'unknown', facts), ...wrongUse] }
  }
}

/** What the message is about, and whether that is this document. */
interface About {
  answer: Answer
  /** its digest as the message should state it */
  digest: Buffer
  /** the content itself, where it is known */
  bytes: Buffer | undefined
}

function aboutOf({ row, info }: OpenSigner, { carried }: Message, content: JudgeQuestion): About {
  const own = Buffer.from(content.digestOf(row.digest))
  const hash = (bytes: Buffer): Buffer => createHash(row.digest).update(bytes).digest()
  const stated = statedDigest(info.signedAttributes)
  if (carried !== undefined) {
    const digest = hash(carried)
    // SHA-1 of the document (a PDF's adbe.pkcs7.sha1) is accepted from nobody: it says nothing
    if (carried.length === 20) return { answer: 'unknown', digest, bytes: carried }
    // carried is the digest (OFD), or the document itself
    return {
      answer: (carried.equals(own) || digest.equals(own)) && (stated === undefined || stated.equals(digest)) ? 'yes' : 'no',
      digest,
      bytes: carried,
    }
  }
  // detached from the digest, which was what was signed (OFD), or from the document
  const ofDigest = hash(own)
  if (stated === undefined) return { answer: 'yes', digest: ofDigest, bytes: own }
  if (stated.equals(own) || stated.equals(ofDigest)) return { answer: 'yes', digest: stated, bytes: undefined }
  return { answer: 'no', digest: own, bytes: undefined }
}

function statedDigest(attributes: OpenSigner['info']['signedAttributes']): Buffer | undefined {
  try {
    const value = attributes === undefined ? undefined : readSigned(attributes).get(ATTRIBUTE.messageDigest)
    return value?.tag === TAG.octets ? value.content : undefined
  } catch {
    return undefined
  }
}

interface SignatureJudged {
  good: GoodSigner | undefined
  checks: Check[]
  /** it may be over the document itself, of which only the digest is known here */
  unseen: boolean
}

/** The signature over what is signed; that the digest in it is this document's is a check of its own. */
function checksOnSignature(signer: OpenSigner, message: Message, about: About): SignatureJudged {
  const { row, certificate, info } = signer
  try {
    const good = judgeSigner(signer, {
      type: message.contentType,
      // the digest stated is compared by itself; here it is taken at its word
      digests: new Map([[row.digest, statedDigest(info.signedAttributes) ?? about.digest]]),
      looksSigned: about.bytes !== undefined && looksSigned(about.bytes, about.bytes.length),
      signedDirectly: () => about.bytes !== undefined && row.verify(certificate.publicKey, about.bytes, info.signature),
    })
    return { good, checks: [check('signature', 'yes', row.oid), ...namedChecks(good)], unseen: false }
  } catch (thrown) {
    const unseen = info.signedAttributes === undefined && message.carried === undefined
    return {
      good: undefined,
      checks: [unseen ? check('signature', 'unknown', 'no signed attributes') : check('signature', 'no', asBrokerError(thrown).facts)],
      unseen,
    }
  }
}

function namedChecks({ signedAttributes, certificate }: GoodSigner): Check[] {
  try {
    const named = namesSigner(signedAttributes, certificate)
    return named === undefined ? [] : [check('signing-certificate', named)]
  } catch (thrown) {
    return [check('signing-certificate', 'unknown', asBrokerError(thrown).facts)]
  }
}
