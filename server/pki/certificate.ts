/**
 * Owns reading one X.509 certificate: exact on the bytes that are signed, tolerant of the oddities real CAs put into them. It judges nothing; path.ts
 * does. RFC 5280 4.1.
 */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { BrokerError } from '../kernel/errors.ts'
import type { CertificateFacts } from '../kernel/identity.ts'
import { Recent } from '../kernel/recent.ts'
import { type KeyName, keyName } from './algorithms.ts'
import { type DistributionPoint, readDistributionPoints } from './crl-scope.ts'
import { Cursor, onlyElement, readBits, readOid, readSmallInteger, readTime, TAG } from './der.ts'
import {
  type BasicConstraints,
  EXTENSION,
  type Extension,
  type KeyUsage,
  readAuthorityKeyId,
  readBasicConstraints,
  readCrlUrls,
  readExtensions,
  readKeyUsage,
  readObjectIds,
  readOcspUrls,
} from './extensions.ts'
import { type GeneralName, readAltNames } from './general-names.ts'
import { type Name, readName } from './names.ts'
import { pemBlocks, toDer } from './pem.ts'
import { type PolicyExtensions, readPolicyExtensions } from './policy.ts'
import { readSerial } from './serial.ts'
import { sm3 } from './sm2.ts'

export { pem } from './pem.ts'
export { readSerial } from './serial.ts'

export const CERTIFICATE_LIMIT = 64 * 1024

/** Extensions path.ts understands; any other that is critical refuses the path (RFC 5280 4.2). */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  EXTENSION.subjectKeyId,
  EXTENSION.keyUsage,
  EXTENSION.subjectAltName,
  EXTENSION.basicConstraints,
  EXTENSION.nameConstraints,
  EXTENSION.crlDistributionPoints,
  EXTENSION.certificatePolicies,
  EXTENSION.policyMappings,
  EXTENSION.authorityKeyId,
  EXTENSION.policyConstraints,
  EXTENSION.extendedKeyUsage,
  EXTENSION.freshestCrl,
  EXTENSION.inhibitAnyPolicy,
  EXTENSION.authorityInfoAccess,
  EXTENSION.ocspNoCheck,
])

/** A certificate as read. Immutable; what is costly is computed when first asked for. */
export class Certificate {
  readonly der: Buffer
  /** the exact bytes the issuer signed */
  readonly tbs: Buffer
  readonly signature: Buffer
  /** object identifier of the signature algorithm; the inner and outer one agree to the byte */
  readonly algorithm: string
  /** the whole AlgorithmIdentifier */
  readonly algorithmDer: Buffer
  readonly version: number
  /** lower-case hexadecimal, whole octets, without the octet that only keeps it positive; see serial.ts for negative ones */
  readonly serial: string
  readonly issuer: Name
  readonly subject: Name
  readonly notBefore: Date
  readonly notAfter: Date
  /** SubjectPublicKeyInfo */
  readonly spki: Buffer
  readonly extensions: ReadonlyMap<string, Extension>
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined
  readonly basicConstraints: BasicConstraints | undefined
  readonly extKeyUsage: ReadonlySet<string> | undefined
  readonly subjectKeyId: string | undefined
  readonly authorityKeyId: string | undefined
  readonly crlUrls: readonly string[]
  readonly ocspUrls: readonly string[]
  /** critical extensions nobody here understands */
  readonly criticalUnknown: readonly string[]
  #publicKey: KeyObject | undefined
  #thumbprint: string | undefined
  #altNames: readonly GeneralName[] | undefined
  #policyExtensions: PolicyExtensions | undefined
  #distributionPoints: readonly DistributionPoint[] | undefined

  constructor(der: Buffer) {
    this.der = der
    const outer = new Cursor(onlyElement(der, TAG.sequence))
    const tbs = outer.take(TAG.sequence)
    const algorithm = outer.take(TAG.sequence)
    this.signature = readBits(outer.take(TAG.bits))
    outer.end()
    this.tbs = tbs.raw
    this.algorithmDer = algorithm.raw
    this.algorithm = readOid(new Cursor(algorithm).take(TAG.oid))

    const inner = new Cursor(tbs)
    const version = inner.takeIf(0xa0)
    this.version = version === undefined ? 1 : readSmallInteger(onlyElement(version.content)) + 1
    this.serial = readSerial(inner.take(TAG.integer))
    if (!inner.take(TAG.sequence).raw.equals(algorithm.raw)) throw malformed('the signature algorithm inside and outside differ')
    this.issuer = readName(inner.take(TAG.sequence))
    const validity = new Cursor(inner.take(TAG.sequence))
    this.notBefore = readTime(validity.take())
    this.notAfter = readTime(validity.take())
    validity.end()
    this.subject = readName(inner.take(TAG.sequence))
    this.spki = inner.take(TAG.sequence).raw
    inner.takeIf(0x81, 0xa1)
    inner.takeIf(0x82, 0xa2)
    const list = inner.takeIf(0xa3)
    inner.end()
    if (this.version > 3 || (list !== undefined && this.version !== 3)) throw malformed(`extensions in version ${this.version}`)

    this.extensions = list === undefined ? new Map() : readExtensions(onlyElement(list.content, TAG.sequence))
    this.keyUsage = this.#read(EXTENSION.keyUsage, readKeyUsage)
    this.basicConstraints = this.#read(EXTENSION.basicConstraints, readBasicConstraints)
    this.extKeyUsage = this.#read(EXTENSION.extendedKeyUsage, readObjectIds)
    this.subjectKeyId = this.#tolerate(EXTENSION.subjectKeyId, value => onlyElement(value, TAG.octets).content.toString('hex'))
    this.authorityKeyId = this.#tolerate(EXTENSION.authorityKeyId, readAuthorityKeyId)
    this.crlUrls = this.#tolerate(EXTENSION.crlDistributionPoints, readCrlUrls) ?? []
    this.ocspUrls = this.#tolerate(EXTENSION.authorityInfoAccess, readOcspUrls) ?? []
    this.criticalUnknown = [...this.extensions.values()].filter(({ oid, critical }) => critical && !UNDERSTOOD.has(oid)).map(({ oid }) => oid)
  }

  /** @throws BrokerError `algorithm_refused` for a key of another kind or size than algorithms.ts accepts */
  get publicKey(): KeyObject {
    this.#publicKey ??= importKey(this.spki)
    return this.#publicKey
  }

  get keyName(): KeyName {
    return keyName(this.publicKey)
  }

  /** SM3 over the DER, lower-case hexadecimal */
  get thumbprint(): string {
    this.#thumbprint ??= sm3(this.der)
    return this.#thumbprint
  }

  /** Subject alternative names, none without the extension. @throws BrokerError `certificate_malformed`, when asked for: real ones are odd, and few ask */
  get altNames(): readonly GeneralName[] {
    this.#altNames ??= this.#read(EXTENSION.subjectAltName, readAltNames) ?? []
    return this.#altNames
  }

  /** What it says about policies. @throws BrokerError `certificate_malformed` */
  get policyExtensions(): PolicyExtensions {
    this.#policyExtensions ??= readPolicyExtensions(this.extensions)
    return this.#policyExtensions
  }

  /** Where its lists are and what for. What cannot be read points nowhere, and the answer is then not known. */
  get distributionPoints(): readonly DistributionPoint[] {
    this.#distributionPoints ??= this.#tolerate(EXTENSION.crlDistributionPoints, value => readDistributionPoints(value, this.issuer)) ?? []
    return this.#distributionPoints
  }

  /** Subject and issuer are the same name (RFC 5280 3.2); whether it signed itself is for path.ts to see. */
  get selfIssued(): boolean {
    return this.subject.key === this.issuer.key
  }

  /** The raw value of an extension. */
  extension(oid: string): Buffer | undefined {
    return this.extensions.get(oid)?.value
  }

  #read<T>(oid: string, read: (value: Buffer) => T): T | undefined {
    const value = this.extension(oid)
    return value === undefined ? undefined : read(value)
  }

  #tolerate<T>(oid: string, read: (value: Buffer) => T): T | undefined {
    try {
      return this.#read(oid, read)
    } catch {
      return undefined
    }
  }
}

const malformed = (facts: string): BrokerError => new BrokerError('certificate_malformed', facts)

function importKey(spki: Buffer): KeyObject {
  // before OpenSSL sees it: an oversized exponent holds the process up for a second, and leaves an error behind that the next key import would throw. RSA of 8,192 bits takes 1,070 octets
  if (spki.length > MOST_KEY) throw new BrokerError('algorithm_refused', `a public key of ${spki.length} octets`)
  try {
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' })
    keyName(key)
    // verifying costs as many multiplications as the exponent has bits: one as long as the modulus would make a path of such keys take seconds
    if ((key.asymmetricKeyDetails?.publicExponent ?? 0n) >= 1n << 64n) throw new BrokerError('algorithm_refused', 'an RSA exponent beyond 64 bits')
    return key
  } catch (cause) {
    if (cause instanceof BrokerError) throw cause
    throw new BrokerError('algorithm_refused', 'the certificate’s public key cannot be used', { cause })
  }
}

/** octets */
const MOST_KEY = 2048

/** Certificates read lately, by their bytes: a shield's comes at every login, and its key need not be imported each time. */
const recent = new Recent<Certificate>(2000)

/**
 * Reads one certificate of at most 64 KiB of DER. Equal bytes may answer with the same object: a Certificate does not change.
 * @param input DER, PEM or base64
 * @throws BrokerError `certificate_malformed`
 */
export function readCertificate(input: Uint8Array | string): Certificate {
  const der = toDer(input, CERTIFICATE_LIMIT)
  return recent.get(der.toString('latin1'), () => new Certificate(der))
}

/** Every certificate of a PEM bundle, in order. @throws BrokerError `certificate_malformed` */
export function readPemBundle(text: string | Uint8Array): Certificate[] {
  return pemBlocks(text, CERTIFICATE_LIMIT).map(der => new Certificate(der))
}

/** What other rooms keep of a certificate. */
export function certificateFacts(certificate: Certificate): CertificateFacts {
  return {
    issuer: certificate.issuer.text,
    subject: certificate.subject.text,
    serial: certificate.serial,
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    thumbprint: certificate.thumbprint,
    algorithm: certificate.keyName,
  }
}
