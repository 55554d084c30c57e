/** Owns reading an OCSP answer and deciding whether it may be believed about one certificate: RFC 6960 3.2 and 4.2.2. Asking is revocation.ts. */
import { BrokerError } from '../kernel/errors.ts'
import { algorithmIn } from './algorithms.ts'
import { Certificate } from './certificate.ts'
import { SKEW } from './crl.ts'
import { Cursor, children, type Der, onlyElement, readBits, readOid, readSmallInteger, readTime, TAG } from './der.ts'
import { EXTENSION, readExtensions } from './extensions.ts'
import { type CertificateId, certificateId, ID_HASH, readCertificateId } from './ocsp-id.ts'

const LIMIT = 256 * 1024
const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9'
/** An answer without nextUpdate says "ask again any time" (2.4); this is how long ours is worth. */
const WITHOUT_NEXT = 5 * 60_000

type Status = 'good' | 'revoked' | 'unknown'

interface Single {
  id: CertificateId
  status: Status
  revokedAt: Date | undefined
  thisUpdate: Date
  nextUpdate: Date | undefined
}

export interface OcspVerdict {
  status: Status
  revokedAt: Date | undefined
  /** until when it may be used again */
  until: Date
}

export class OcspResponse {
  readonly nonce: Buffer | undefined
  readonly #tbs: Buffer
  readonly #algorithm: Buffer
  readonly #signature: Buffer
  readonly #answers: readonly Single[]
  readonly #certificates: readonly Certificate[]

  constructor(der: Buffer) {
    const outer = new Cursor(onlyElement(der, TAG.sequence))
    const status = readSmallInteger(outer.take(TAG.enumerated), TAG.enumerated)
    if (status !== 0) throw malformed(`the responder answered with error ${status}`)
    const body = new Cursor(onlyElement(outer.take(0xa0).content, TAG.sequence))
    if (readOid(body.take(TAG.oid)) !== '1.3.6.1.5.5.7.48.1.1') throw malformed('not a basic OCSP response')
    const basic = new Cursor(onlyElement(body.take(TAG.octets).content, TAG.sequence))
    const tbs = basic.take(TAG.sequence)
    this.#tbs = tbs.raw
    this.#algorithm = basic.take(TAG.sequence).raw
    this.#signature = readBits(basic.take(TAG.bits))
    const certificates = basic.takeIf(0xa0)
    basic.end()
    body.end()
    outer.end()
    this.#certificates =
      certificates === undefined
        ? []
        : children(onlyElement(certificates.content, TAG.sequence))
            .slice(0, 8)
            .map(each => new Certificate(each.raw))

    const data = new Cursor(tbs)
    data.takeIf(0xa0)
    data.take(0xa1, 0xa2)
    readTime(data.take(TAG.generalizedTime))
    this.#answers = children(data.take(TAG.sequence)).slice(0, 64).map(readSingle)
    const list = data.takeIf(0xa1)
    data.end()
    const extensions = list === undefined ? undefined : readExtensions(onlyElement(list.content, TAG.sequence))
    const nonce = extensions?.get(EXTENSION.ocspNonce)?.value
    this.nonce = nonce === undefined ? undefined : onlyElement(nonce, TAG.octets).content
    for (const { oid, critical } of extensions?.values() ?? []) {
      if (critical && oid !== EXTENSION.ocspNonce) throw malformed(`critical extension ${oid}`)
    }
  }

  /**
   * What this answer says of a certificate.
   * @param nonce the one that was sent; the answer must then carry it
   * @throws BrokerError `revocation_unknown` with the reason it cannot be believed
   */
  verdict(certificate: Certificate, issuer: Certificate, at: Date, nonce?: Uint8Array): OcspVerdict {
    if (nonce !== undefined && !this.nonce?.equals(nonce)) throw unknown('the answer does not carry our nonce')
    if (!this.#signedFor(issuer, at)) throw unknown('the answer is not signed by the issuer or a responder it named')
    const single = this.#answers.find(({ id }) => matches(id, certificate, issuer))
    if (single === undefined) throw unknown('the answer is about other certificates')
    const until = single.nextUpdate ?? new Date(single.thisUpdate.getTime() + WITHOUT_NEXT)
    if (single.thisUpdate.getTime() > at.getTime() + SKEW || at > until)
      throw unknown(`the answer was good from ${single.thisUpdate.toISOString()} to ${until.toISOString()}`)
    return { status: single.status, revokedAt: single.revokedAt, until }
  }

  /** 4.2.2.2: the issuer itself, or whom it gave a certificate for this and nothing else. */
  #signedFor(issuer: Certificate, at: Date): boolean {
    try {
      const row = algorithmIn(this.#algorithm)
      const signedBy = (signer: Certificate) => row.verify(signer.publicKey, this.#tbs, this.#signature)
      return signedBy(issuer) || this.#certificates.some(responder => isDelegate(responder, issuer, at) && signedBy(responder))
    } catch {
      return false
    }
  }
}

/**
 * A delegated responder: issued directly by this CA, for OCSP signing, valid now, and free of revocation checks of its own (id-pkix-ocsp-nocheck), since there
 * is nobody left to ask about it.
 */
function isDelegate(responder: Certificate, issuer: Certificate, at: Date): boolean {
  return (
    responder.issuer.key === issuer.subject.key &&
    responder.extKeyUsage?.has(OCSP_SIGNING) === true &&
    (responder.keyUsage?.has('digitalSignature') ?? true) &&
    responder.extensions.has(EXTENSION.ocspNoCheck) &&
    responder.criticalUnknown.length === 0 &&
    responder.notBefore <= at &&
    at <= responder.notAfter &&
    algorithmIn(responder.algorithmDer).verify(issuer.publicKey, responder.tbs, responder.signature)
  )
}

function matches(id: CertificateId, certificate: Certificate, issuer: Certificate): boolean {
  if (id.serial !== certificate.serial || !ID_HASH.has(id.hash)) return false
  const ours = certificateId(issuer, certificate.serial, id.hash)
  return ours.issuerNameHash.equals(id.issuerNameHash) && ours.issuerKeyHash.equals(id.issuerKeyHash)
}

function readSingle(element: Der): Single {
  const cursor = new Cursor(element)
  const id = readCertificateId(cursor.take(TAG.sequence).raw)
  const status = cursor.take(0x80, 0xa1, 0x82)
  const thisUpdate = readTime(cursor.take(TAG.generalizedTime))
  const next = cursor.takeIf(0xa0)
  const list = cursor.takeIf(0xa1)
  cursor.end()
  for (const { oid, critical } of list === undefined ? [] : readExtensions(onlyElement(list.content, TAG.sequence)).values()) {
    if (critical) throw malformed(`critical extension ${oid}`)
  }
  return {
    id,
    status: status.tag === 0x80 ? 'good' : status.tag === 0xa1 ? 'revoked' : 'unknown',
    revokedAt: status.tag === 0xa1 ? readTime(new Cursor(status).take(TAG.generalizedTime)) : undefined,
    thisUpdate,
    nextUpdate: next === undefined ? undefined : readTime(onlyElement(next.content, TAG.generalizedTime)),
  }
}

const malformed = (facts: string): BrokerError => new BrokerError('certificate_malformed', facts)
const unknown = (facts: string): BrokerError => new BrokerError('revocation_unknown', facts)

/** Reads an OCSP answer of at most 256 KiB. @throws BrokerError `certificate_malformed`, also for one that only carries an error */
export function readOcspResponse(der: Uint8Array): OcspResponse {
  if (der.length > LIMIT) throw malformed(`${der.length} bytes are too many`)
  return new OcspResponse(Buffer.from(der))
}
