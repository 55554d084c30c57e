/**
 * Owns reading a certificate revocation list, RFC 5280 5: full, delta, indirect, and of chosen reasons or certificates. What several lists say together about one certificate
 * is crl-judge.ts.
 */
import { BrokerError } from '../kernel/errors.ts'
import type { Certificate } from './certificate.ts'
import { CrlEntries } from './crl-entries.ts'
import { coverage, type DistributionPoint, type IssuingPoint, readIssuingPoint } from './crl-scope.ts'
import { Cursor, children, onlyElement, readBits, readSmallInteger, readTime, TAG } from './der.ts'
import { EXTENSION, type Extension, readAuthorityKeyId, readExtensions } from './extensions.ts'
import { type Name, readName } from './names.ts'
import { toDer } from './pem.ts'
import { readSerial, serialContents } from './serial.ts'
import { isMadeBy, type SignatureChecks } from './signed-by.ts'

/** A CRL of 200,000 entries takes about 8 MB. */
export const CRL_LIMIT = 16 * 1024 * 1024
/** How far an issuer's clock may run ahead of ours. */
export const SKEW = 60_000

/** The reason that takes an entry off again, in delta lists only. */
export const REMOVED = 8

export interface RevokedEntry {
  at: Date
  /** reasonCode, RFC 5280 5.3.1 */
  reason: number | undefined
}

/** Critical extensions of a list that are understood; any other makes it unusable (5.2). */
const UNDERSTOOD: readonly string[] = [
  EXTENSION.authorityKeyId,
  EXTENSION.crlNumber,
  EXTENSION.deltaCrl,
  EXTENSION.issuingDistributionPoint,
  EXTENSION.freshestCrl,
]
const MAX_ANSWERS = 16

export class Crl {
  readonly der: Buffer
  readonly issuer: Name
  readonly thisUpdate: Date
  readonly nextUpdate: Date | undefined
  readonly authorityKeyId: string | undefined
  /** crlNumber, as hexadecimal of whole octets: longer or greater is newer */
  readonly number: string | undefined
  /** a delta list: the number of the full list it changes, in the same form (deltaCRLIndicator, 5.2.4) */
  readonly base: string | undefined
  /** what it limits itself to (issuingDistributionPoint, 5.2.5); undefined when it covers all its issuer's certificates */
  readonly scope: IssuingPoint | undefined
  /** why it says nothing about anybody; undefined when it does */
  readonly unusable: string | undefined
  /** entries */
  readonly size: number
  readonly #tbs: Buffer
  readonly #signature: Buffer
  readonly #algorithm: Buffer
  readonly #entries: CrlEntries
  readonly #answers = new Map<string, boolean>()

  constructor(der: Buffer) {
    this.der = der
    const outer = new Cursor(onlyElement(der, TAG.sequence))
    const tbs = outer.take(TAG.sequence)
    const algorithm = outer.take(TAG.sequence)
    this.#signature = readBits(outer.take(TAG.bits))
    outer.end()
    this.#tbs = tbs.raw
    this.#algorithm = algorithm.raw

    const inner = new Cursor(tbs)
    const version = inner.takeIf(TAG.integer)
    if (version !== undefined && readSmallInteger(version) !== 1) throw malformed('a CRL of an unknown version')
    if (!inner.take(TAG.sequence).raw.equals(algorithm.raw)) throw malformed('the signature algorithm inside and outside differ')
    this.issuer = readName(inner.take(TAG.sequence))
    this.thisUpdate = readTime(inner.take())
    const next = inner.takeIf(TAG.utcTime, TAG.generalizedTime)
    this.nextUpdate = next === undefined ? undefined : readTime(next)
    const revoked = inner.takeIf(TAG.sequence)
    const list = inner.takeIf(0xa0)
    inner.end()

    const extensions = list === undefined ? new Map<string, Extension>() : readExtensions(onlyElement(list.content, TAG.sequence))
    const value = (oid: string) => extensions.get(oid)?.value
    const keyId = value(EXTENSION.authorityKeyId)
    this.authorityKeyId = keyId === undefined ? undefined : readAuthorityKeyId(keyId)
    this.number = readNumber(value(EXTENSION.crlNumber))
    this.base = readNumber(value(EXTENSION.deltaCrl))
    const point = value(EXTENSION.issuingDistributionPoint)
    this.scope = point === undefined ? undefined : readIssuingPoint(point, this.issuer)
    this.#entries = new CrlEntries(revoked?.content ?? Buffer.alloc(0), this.scope?.entries ?? 'own', this.issuer.key)
    this.size = this.#entries.count
    const strange = [...extensions.values()].find(({ oid, critical }) => critical && !UNDERSTOOD.includes(oid))
    this.unusable = strange === undefined ? this.#entries.strange : `CRL extension ${strange.oid}`
  }

  /**
   * The entry of a serial, however old the list is. Of several words about one certificate a removal counts last.
   * @param serial as Certificate has it
   * @param issuer key of the name of the certificate's issuer, when it is not the list's own
   */
  entry(serial: string, issuer = this.issuer.key): RevokedEntry | undefined {
    const found = this.#entries.find(serialContents(serial), issuer)
    if (found.length === 0) return undefined
    const read = found.map(entry => this.#readEntry(entry))
    return read.find(({ reason }) => reason !== REMOVED) ?? read[0]
  }

  /**
   * Serials, as Certificate has them, that stand here and not in the list before: what is news to whoever heard of that one. Only where to look; whether a certificate is revoked is `entry`'s and the judge's to say.
   * @param before undefined: everything is news
   */
  *serialsSince(before: Crl | undefined): Generator<string> {
    for (const content of this.#entries.serials()) {
      const serial = readSerial({ content })
      if (before?.entry(serial) === undefined) yield serial
    }
  }

  /** Whoever is on the list is on the list: a date or reason that nobody can read does not take him off. */
  #readEntry(entry: Buffer): RevokedEntry {
    try {
      const [, at, more] = children(entry)
      const reason = more === undefined ? undefined : readExtensions(more).get(EXTENSION.reasonCode)?.value
      return {
        at: at === undefined ? this.thisUpdate : readTime(at),
        reason: reason === undefined ? undefined : readSmallInteger(onlyElement(reason, TAG.enumerated), TAG.enumerated),
      }
    } catch {
      return { at: this.thisUpdate, reason: undefined }
    }
  }

  /** Whether this signer's key signed the list. Remembered, as a list is asked about many certificates. */
  signedBy(signer: Certificate, checks?: SignatureChecks): boolean {
    const spki = signer.spki.toString('latin1')
    const before = checks === undefined ? this.#answers.get(spki) : undefined
    if (before !== undefined) return before
    const good = isMadeBy(signer, this.#algorithm, this.#tbs, this.#signature, checks)
    if (checks !== undefined) return good
    if (this.#answers.size >= MAX_ANSWERS) this.#answers.clear()
    this.#answers.set(spki, good)
    return good
  }

  /** Whether `signedBy` costs nothing. */
  isKnown(signer: Certificate): boolean {
    return this.#answers.has(signer.spki.toString('latin1'))
  }

  isFresh(at: Date): boolean {
    return this.thisUpdate.getTime() <= at.getTime() + SKEW && this.nextUpdate !== undefined && at <= this.nextUpdate
  }

  /** Which reasons the list covers for a certificate at one of its distribution points (bits of crl-scope.ts), or why it does not. */
  coverage(certificate: Certificate, point: DistributionPoint | undefined): number | string {
    return this.unusable ?? coverage(this, certificate, point)
  }

  /** Why this signer may not have signed it; undefined when all is well. Whether the signer himself is to be trusted is the caller's to know. */
  unfitSigner(signer: Certificate, checks?: SignatureChecks): string | undefined {
    if (signer.subject.key !== this.issuer.key) return 'it is another issuer’s'
    if (signer.keyUsage !== undefined && !signer.keyUsage.has('cRLSign')) return 'its issuer may not sign CRLs'
    return this.signedBy(signer, checks) ? undefined : 'its signature does not verify'
  }

  /**
   * Why this full list says nothing about a certificate of this issuer; undefined when it does, be it for some reasons only. Freshness is not part of it: an old list that
   * names a serial still says that it was revoked.
   * @param signer who signs the list, when it is not the issuer: an indirect list, or another key of the same CA
   */
  unfitFor(certificate: Certificate, issuer: Certificate, signer = issuer): string | undefined {
    if (certificate.issuer.key !== issuer.subject.key) return 'it is another issuer’s'
    if (this.base !== undefined) return 'it is a delta list'
    let unfit: string | undefined
    for (const point of [...certificate.distributionPoints, undefined]) {
      const covered = this.coverage(certificate, point)
      if (typeof covered === 'number') return this.unfitSigner(signer)
      unfit ??= covered
    }
    return unfit
  }
}

const malformed = (facts: string): BrokerError => new BrokerError('certificate_malformed', facts)

const readNumber = (value: Buffer | undefined): string | undefined => (value === undefined ? undefined : readSerial(onlyElement(value, TAG.integer)))

/** Whether one crlNumber is as great as another. */
export const isAtLeast = (one: string, other: string): boolean => (one.length === other.length ? one >= other : one.length > other.length)

/**
 * @param input DER, PEM or bare base64, at most 16 MiB of DER
 * @throws BrokerError `certificate_malformed`
 */
export function readCrl(input: Uint8Array | string): Crl {
  return new Crl(toDer(input, CRL_LIMIT))
}
