/** Owns reading an OCSP answer and deciding whether it may be believed about one certificate: RFC 6960 3.2 and 4.2.2. Asking is revocation.ts. */
import { BrokerError } from '../kernel/errors.ts'
import { type Certificate, readCertificate } from './certificate.ts'
import { SKEW } from './crl.ts'
import { Cursor, children, type Der, onlyElement, readBits, readOid, readSmallInteger, readTime, TAG } from './der.ts'
import { EXTENSION, readExtensions } from './extensions.ts'
import { type CertificateId, certificateId, ID_HASH, readCertificateId } from './ocsp-id.ts'
import { isSignedFor, type ResponderId, readResponderId } from './ocsp-signer.ts'

const LIMIT = 256 * 1024
/** An answer without nextUpdate says "ask again any time" (2.4); this is how long ours is worth. */
const WITHOUT_NEXT = 5 * 60_000
/** How old an answer may be that carries no nonce: within it, somebody in between may send an old answer again. */
const AHEAD_OF_TIME = 24 * 3_600_000

type Status = 'good' | 'revoked' | 'unknown'

interface Single {
  id: CertificateId
  status: Status
  revokedAt: Date | undefined
  reason: number | undefined
  thisUpdate: Date
  nextUpdate: Date | undefined
}

export interface OcspVerdict {
  status: Status
  revokedAt: Date | undefined
  /** CRLReason, RFC 5280 5.3.1 */
  reason: number | undefined
  thisUpdate: Date
  /** until when it may be used again */
  until: Date
}

export class OcspResponse {
  readonly nonce: Buffer | undefined
  readonly #tbs: Buffer
  readonly #algorithm: Buffer
  readonly #signature: Buffer
  readonly #responder: ResponderId
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
            .flatMap(each => readable(each.raw))

    const data = new Cursor(tbs)
    data.takeIf(0xa0)
    this.#responder = readResponderId(data.take(0xa1, 0xa2))
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
   * What this answer says of a certificate. Of several words about it, revoked counts first, then the youngest.
   * @param nonce the one that was sent; undefined for an answer that came another way, such as in a message
   * @param without whether an answer may lack it: RFC 5019 4 knows responders that sign ahead of time. Another nonce than ours always refuses
   * @throws BrokerError `revocation_unknown` with the reason it cannot be believed
   */
  verdict(certificate: Certificate, issuer: Certificate, at: Date, nonce?: Uint8Array, without: 'refused' | 'accepted' = 'refused'): OcspVerdict {
    const bare = nonce !== undefined && this.nonce === undefined
    if (nonce !== undefined && (bare ? without === 'refused' : !this.nonce?.equals(nonce))) throw unknown('the answer does not carry our nonce')
    if (!this.#signedFor(issuer, at)) throw unknown('the answer is not signed by the issuer or a responder it named')
    const [single] = this.#answers
      .filter(({ id }) => matches(id, certificate, issuer))
      .sort((a, b) => Number(b.status === 'revoked') - Number(a.status === 'revoked') || b.thisUpdate.getTime() - a.thisUpdate.getTime())
    if (single === undefined) throw unknown('the answer is about other certificates')
    const { status, revokedAt, reason, thisUpdate, nextUpdate } = single
    const until = nextUpdate ?? new Date(thisUpdate.getTime() + WITHOUT_NEXT)
    if (thisUpdate.getTime() > at.getTime() + SKEW || at > until)
      throw unknown(`the answer was good from ${thisUpdate.toISOString()} to ${until.toISOString()}`)
    // who is revoked stays so: only good news has to be young
    if (bare && status !== 'revoked' && at.getTime() - thisUpdate.getTime() > AHEAD_OF_TIME)
      throw unknown(`the answer of ${thisUpdate.toISOString()} carries no nonce and is too old for one made ahead of time`)
    return { status, revokedAt, reason, thisUpdate, until }
  }

  /** The youngest time of what it says about this certificate, believed or not; undefined where it is about others. */
  issuedAbout(certificate: Certificate, issuer: Certificate): Date | undefined {
    const times = this.#answers.filter(({ id }) => matches(id, certificate, issuer)).map(({ thisUpdate }) => thisUpdate)
    return times.toSorted((a, b) => b.getTime() - a.getTime())[0]
  }

  #signedFor(issuer: Certificate, at: Date): boolean {
    const [tbs, algorithm, signature, responder, certificates] = [this.#tbs, this.#algorithm, this.#signature, this.#responder, this.#certificates]
    return isSignedFor({ tbs, algorithm, signature, responder, certificates }, issuer, at)
  }
}

function matches(id: CertificateId, certificate: Certificate, issuer: Certificate): boolean {
  if (id.serial !== certificate.serial || !ID_HASH.has(id.hash)) return false
  const ours = certificateId(issuer, certificate.serial, id.hash)
  return ours.issuerNameHash.equals(id.issuerNameHash) && ours.issuerKeyHash.equals(id.issuerKeyHash)
}

/** A certificate nobody can read is nobody's responder; the answer may be signed by another. */
function readable(der: Buffer): Certificate[] {
  try {
    return [readCertificate(der)]
  } catch {
    return []
  }
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
    ...readStatus(status),
    thisUpdate,
    nextUpdate: next === undefined ? undefined : readTime(onlyElement(next.content, TAG.generalizedTime)),
  }
}

/** CertStatus, 4.2.1: good [0] NULL, revoked [1] { time, reason }, unknown [2] NULL. */
function readStatus(element: Der): Pick<Single, 'status' | 'revokedAt' | 'reason'> {
  if (element.tag !== 0xa1) return { status: element.tag === 0x80 ? 'good' : 'unknown', revokedAt: undefined, reason: undefined }
  const cursor = new Cursor(element)
  const revokedAt = readTime(cursor.take(TAG.generalizedTime))
  const reason = cursor.takeIf(0xa0)
  cursor.end()
  return { status: 'revoked', revokedAt, reason: reason === undefined ? undefined : readSmallInteger(onlyElement(reason.content), TAG.enumerated) }
}

const malformed = (facts: string): BrokerError => new BrokerError('certificate_malformed', facts)
const unknown = (facts: string): BrokerError => new BrokerError('revocation_unknown', facts)

/** Reads an OCSP answer of at most 256 KiB. @throws BrokerError `certificate_malformed`, also for one that only carries an error */
export function readOcspResponse(der: Uint8Array): OcspResponse {
  if (der.length > LIMIT) throw malformed(`${der.length} bytes are too many`)
  return new OcspResponse(Buffer.from(der))
}
