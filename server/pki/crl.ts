/**
 * Owns reading a certificate revocation list and what it says about one serial, RFC 5280 5 and 6.3. Full CRLs of the certificate's own issuer; delta, indirect and
 * reason-partitioned lists are read as unusable, never as good news.
 */
import type { KeyObject } from 'node:crypto'
import { BrokerError } from '../kernel/errors.ts'
import { algorithmIn } from './algorithms.ts'
import { type Certificate, readSerial } from './certificate.ts'
import { Cursor, children, type Der, elementsOf, onlyElement, readBits, readSmallInteger, readTime, TAG } from './der.ts'
import { EXTENSION, readAuthorityKeyId, readExtensions } from './extensions.ts'
import { type Name, readName } from './names.ts'
import { toDer } from './pem.ts'

/** A CRL of 200,000 entries takes about 8 MB. */
export const CRL_LIMIT = 16 * 1024 * 1024
/** How far an issuer's clock may run ahead of ours. */
export const SKEW = 60_000

export interface RevokedEntry {
  at: Date
  /** reasonCode, RFC 5280 5.3.1 */
  reason: number | undefined
}

/** What a full CRL limits itself to (issuingDistributionPoint, 5.2.5). */
interface Scope {
  usersOnly: boolean
  authoritiesOnly: boolean
  urls: readonly string[] | undefined
}

export class Crl {
  readonly issuer: Name
  readonly thisUpdate: Date
  readonly nextUpdate: Date | undefined
  readonly authorityKeyId: string | undefined
  /** crlNumber, as hexadecimal of even length: longer or greater is newer */
  readonly number: string | undefined
  readonly size: number
  readonly #tbs: Buffer
  readonly #signature: Buffer
  readonly #algorithm: Buffer
  /** the extensions of an entry are read when somebody asks for it */
  readonly #entries = new Map<string, Buffer>()
  readonly #scope: Scope | undefined
  readonly #unusable: string | undefined
  #verifiedBy: string | undefined

  constructor(der: Buffer) {
    const outer = new Cursor(onlyElement(der, TAG.sequence))
    const tbs = outer.take(TAG.sequence)
    const algorithm = outer.take(TAG.sequence)
    this.#signature = readBits(outer.take(TAG.bits))
    outer.end()
    this.#tbs = tbs.raw
    this.#algorithm = algorithm.raw

    const inner = new Cursor(tbs)
    inner.takeIf(TAG.integer)
    if (!inner.take(TAG.sequence).raw.equals(algorithm.raw)) throw malformed('the signature algorithm inside and outside differ')
    this.issuer = readName(inner.take(TAG.sequence))
    this.thisUpdate = readTime(inner.take())
    const next = inner.takeIf(TAG.utcTime, TAG.generalizedTime)
    this.nextUpdate = next === undefined ? undefined : readTime(next)
    const revoked = inner.takeIf(TAG.sequence)
    const list = inner.takeIf(0xa0)
    inner.end()

    let unusable: string | undefined
    for (const entry of revoked === undefined ? [] : elementsOf(revoked)) {
      const fields = new Cursor(entry)
      this.#entries.set(readSerial(fields.take(TAG.integer)), entry.content)
      fields.take(TAG.utcTime, TAG.generalizedTime)
      const more = fields.takeIf(TAG.sequence)
      if (more !== undefined) unusable ??= strangeEntry(more)
    }
    this.size = this.#entries.size
    const extensions = list === undefined ? new Map() : readExtensions(onlyElement(list.content, TAG.sequence))
    const known: string[] = [EXTENSION.authorityKeyId, EXTENSION.crlNumber, EXTENSION.issuingDistributionPoint]
    for (const { oid, critical } of extensions.values()) {
      if (oid === EXTENSION.deltaCrl || (critical && !known.includes(oid))) unusable ??= `CRL extension ${oid}`
    }
    const keyId = extensions.get(EXTENSION.authorityKeyId)?.value
    this.authorityKeyId = keyId === undefined ? undefined : readAuthorityKeyId(keyId)
    const number = extensions.get(EXTENSION.crlNumber)?.value
    this.number = number === undefined ? undefined : readSerial(onlyElement(number, TAG.integer))
    const point = extensions.get(EXTENSION.issuingDistributionPoint)?.value
    const scope = point === undefined ? undefined : readScope(point)
    if (scope === 'partial') unusable ??= 'it covers some reasons, or other issuers, only'
    this.#scope = scope === 'partial' ? undefined : scope
    this.#unusable = unusable
  }

  /** The entry of a serial (as Certificate has it), whoever issued it and however old the list is. */
  entry(serial: string): RevokedEntry | undefined {
    const found = this.#entries.get(serial)
    if (found === undefined) return undefined
    const [, at, more] = children(found)
    const reason = more === undefined ? undefined : readExtensions(more).get('2.5.29.21')?.value
    return {
      at: at === undefined ? this.thisUpdate : readTime(at),
      reason: reason === undefined ? undefined : readSmallInteger(onlyElement(reason, TAG.enumerated), TAG.enumerated),
    }
  }

  /** Whether this issuer signed the list. Remembered, as a list is asked about many certificates. */
  signedBy(issuer: Certificate): boolean {
    const spki = issuer.spki.toString('latin1')
    if (this.#verifiedBy === spki) return true
    if (!verified(this.#algorithm, issuer.publicKey, this.#tbs, this.#signature)) return false
    this.#verifiedBy = spki
    return true
  }

  isFresh(at: Date): boolean {
    return this.thisUpdate.getTime() <= at.getTime() + SKEW && this.nextUpdate !== undefined && at <= this.nextUpdate
  }

  /**
   * Why this list says nothing about a certificate of this issuer; undefined when it does. Freshness is not part of it: an old list that names a serial still
   * says that it was revoked.
   */
  unfitFor(certificate: Certificate, issuer: Certificate): string | undefined {
    if (this.issuer.key !== certificate.issuer.key || this.issuer.key !== issuer.subject.key) return 'it is another issuer’s'
    if (this.#unusable !== undefined) return this.#unusable
    if (issuer.keyUsage !== undefined && !issuer.keyUsage.has('cRLSign')) return 'its issuer may not sign CRLs'
    const authority = certificate.basicConstraints?.ca === true
    if (this.#scope?.usersOnly && authority) return 'it is for end entities only'
    if (this.#scope?.authoritiesOnly && !authority) return 'it is for CAs only'
    const urls = this.#scope?.urls
    if (urls !== undefined && !urls.some(url => certificate.crlUrls.includes(url))) return 'it is for another distribution point'
    return this.signedBy(issuer) ? undefined : 'its signature does not verify'
  }
}

const malformed = (facts: string): BrokerError => new BrokerError('certificate_malformed', facts)

function verified(algorithm: Buffer, key: KeyObject, tbs: Buffer, signature: Buffer): boolean {
  try {
    return algorithmIn(algorithm).verify(key, tbs, signature)
  } catch {
    return false
  }
}

/** A critical entry extension may give the entry to another issuer (certificateIssuer, 5.3.3): nobody then knows whose serials these are. */
function strangeEntry(list: Der): string | undefined {
  for (const { oid, critical } of readExtensions(list).values()) {
    if ((critical && oid !== '2.5.29.21') || oid === '2.5.29.29') return `CRL entry extension ${oid}`
  }
  return undefined
}

function readScope(value: Buffer): Scope | 'partial' {
  let [usersOnly, authoritiesOnly]: [boolean, boolean] = [false, false]
  let urls: string[] | undefined
  for (const part of elementsOf(onlyElement(value, TAG.sequence))) {
    const on = part.content[0] !== 0
    if (part.tag === 0xa0)
      urls = children(part).flatMap(full => (full.tag === 0xa0 ? children(full).map(name => name.content.toString('latin1')) : []))
    else if (part.tag === 0x81) usersOnly = on
    else if (part.tag === 0x82) authoritiesOnly = on
    // onlySomeReasons, indirectCRL, onlyContainsAttributeCerts
    else if (part.tag === 0x83 || on) return 'partial'
  }
  return { usersOnly, authoritiesOnly, urls }
}

/**
 * @param input DER, PEM or bare base64, at most 16 MiB of DER
 * @throws BrokerError `certificate_malformed`
 */
export function readCrl(input: Uint8Array | string): Crl {
  return new Crl(toDer(input, CRL_LIMIT))
}
