/**
 * Owns the verdict on each signer of a message, by itself: whose certificate, which algorithm, and whether the signature is over this content (RFC 5652 5.4 to 5.6).
 * Whether that certificate is trusted is never decided here.
 */
import { asBrokerError, BrokerError, type FailureCode } from '../kernel/errors.ts'
import type { SignatureAlgorithm } from './algorithms.ts'
import { type Certificate, readSerial } from './certificate.ts'
import { ATTRIBUTE, DATA, rowFor } from './cms-algorithms.ts'
import { invalid, readSigned, readSignerInfo, type SignerInfo, type UnsignedAttributes } from './cms-signed-data.ts'
import { children, type Der, readOid, readTime, TAG } from './der.ts'
import { oid } from './der-write.ts'

export interface GoodSigner {
  ok: true
  /** whose key signed; not yet trusted */
  certificate: Certificate
  /** what the signer claims */
  signingTime: Date | undefined
  /** with what was hashed, as node:crypto names it */
  digest: string
  /** the value that a time stamp of this signature covers (RFC 3161 appendix A) */
  signature: Buffer
  /** DER of the one value of each; empty for a signature without attributes */
  signedAttributes: ReadonlyMap<string, Buffer>
  /** what somebody added afterwards, by type; nothing vouches for it */
  unsignedAttributes: UnsignedAttributes
}

export interface BadSigner {
  ok: false
  code: FailureCode
  facts: string
  /** undefined when it is not there or the signer cannot be read */
  certificate: Certificate | undefined
  /** what of a content that is elsewhere would have to be known to judge: `content` for all of it, or a digest's name; undefined where the signature is judged and bad */
  lacks?: string
}

export type SignerVerdict = GoodSigner | BadSigner

/** A signer whose certificate and algorithm are known; what remains is the content. */
export interface OpenSigner {
  info: SignerInfo
  certificate: Certificate
  row: SignatureAlgorithm
}

/** What was learnt of the content while it went by. */
export interface SeenContent {
  type: string
  /** by the names of node:crypto */
  digests: Pick<ReadonlyMap<string, Buffer>, 'get'>
  /** the content is, or may be, a set of signed attributes: a signature directly over it may have been made for another message */
  looksSigned: boolean
  /** whether this signer signed the content itself, without attributes */
  signedDirectly(signer: OpenSigner): boolean
}

/**
 * @param known where the certificate may be
 * @throws BrokerError `signature_invalid`, `algorithm_refused`, `certificate_wrong_use`
 */
export function openSigner(der: Buffer, known: readonly Certificate[]): OpenSigner {
  const info = readSignerInfo(der)
  const certificate = findSigner(info.id, known)
  const usage = certificate.keyUsage
  const row = rowFor(certificate.keyName, info.digest, info.named)
  if (usage !== undefined && !usage.has('digitalSignature') && !usage.has('nonRepudiation')) {
    throw new BrokerError('certificate_wrong_use', `signed with certificate ${certificate.serial}, which is not for signing`)
  }
  return { info, certificate, row }
}

/** @throws BrokerError `signature_invalid` */
export function judgeSigner(signer: OpenSigner, content: SeenContent): GoodSigner {
  const { info, certificate, row } = signer
  const verdict = { ok: true, certificate, digest: row.digest, signature: info.signature, unsignedAttributes: info.unsignedAttributes } as const
  if (info.signedAttributes === undefined) {
    // a message with attributes, sent again as one without them whose content is the attribute set, would verify
    if (content.looksSigned) throw invalid('the content is a set of signed attributes')
    if (!DATA.includes(content.type)) throw invalid(`content of type ${content.type} without signed attributes`)
    if (!content.signedDirectly(signer)) throw invalid('the signature is not over this content')
    return { ...verdict, signingTime: undefined, signedAttributes: new Map() }
  }
  // RFC 5652 5.4: signed is the SET, not the [0] it is sent as; and without messageDigest the signature would say nothing about the content
  const attributes = readSigned(info.signedAttributes)
  const claimedType = attributes.get(ATTRIBUTE.contentType)
  const claimedDigest = attributes.get(ATTRIBUTE.messageDigest)
  if (claimedType === undefined || readOid(claimedType) !== content.type) throw invalid('the signed content type is another')
  if (claimedDigest?.tag !== TAG.octets || content.digests.get(row.digest)?.equals(claimedDigest.content) !== true) {
    throw invalid('the signed digest is not the content’s')
  }
  if (!row.verify(certificate.publicKey, retagged(info.signedAttributes.raw, TAG.set), info.signature)) {
    throw invalid('the signature is not over these attributes')
  }
  const claimedTime = attributes.get(ATTRIBUTE.signingTime)
  return {
    ...verdict,
    signingTime: claimedTime === undefined ? undefined : readTime(claimedTime),
    signedAttributes: new Map([...attributes].map(([type, value]) => [type, Buffer.from(value.raw)])),
  }
}

/** What went wrong with one signer, as a verdict: the others stand. */
export function badSigner(thrown: unknown, certificate?: Certificate): BadSigner {
  const { code, facts } = asBrokerError(thrown)
  const hidden = code === 'internal' || code === 'certificate_malformed' || code === 'message_malformed'
  return { ok: false, code: hidden ? 'signature_invalid' : code, facts, certificate }
}

const MESSAGE_DIGEST = oid(ATTRIBUTE.messageDigest)
/** How much of the content is looked at for that. */
export const HEAD = 1024 * 1024

/**
 * Whether content may be a set of signed attributes.
 * @param head its first octets, at most HEAD
 * @param total its length
 */
export function looksSigned(head: Buffer, total: number): boolean {
  if (head[0] !== TAG.set) return false
  if (total <= HEAD) return head.includes(MESSAGE_DIGEST)
  // longer than can be looked through: a set that fills it to the last octet
  const octets = (head[1] ?? 0) & 0x7f
  return (head[1] ?? 0) > 0x80 && octets <= 6 && 2 + octets + head.readUIntBE(2, octets) === total
}

export const retagged = (element: Buffer, tag: number): Buffer => Buffer.concat([Buffer.of(tag), element.subarray(1)])

function findSigner(id: Der, known: readonly Certificate[]): Certificate {
  const found = id.tag === 0x80 ? known.find(each => each.subjectKeyId === id.content.toString('hex')) : known.find(each => isNamed(id, each))
  if (found === undefined) throw invalid('the signer’s certificate is not there')
  return found
}

/** Whether an IssuerAndSerialNumber is this certificate's. */
export function isNamed(id: Der, certificate: Certificate): boolean {
  const [issuer, serial] = children(id)
  return issuer !== undefined && serial !== undefined && certificate.issuer.der.equals(issuer.raw) && certificate.serial === readSerial(serial)
}
