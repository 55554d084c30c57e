/**
 * Owns which signature algorithms exist for us: one row each, chosen by the object identifier of a certificate, CRL, OCSP answer or message. Unknown is refused, and so
 * are SHA-1, MD5 and short RSA keys. Consumers get the row, not the name.
 */
import { createSign, createVerify, type KeyObject } from 'node:crypto'
import { BrokerError } from '../kernel/errors.ts'
import { children, onlyElement, readOid, TAG } from './der.ts'
import { nothing, oid, sequence } from './der-write.ts'
import { signSm2, verifySm2 } from './sm2.ts'
import { isSm2, SM2_CURVE } from './sm2-key.ts'

export type KeyName = 'SM2' | 'RSA' | 'ECDSA'

export interface SignatureAlgorithm {
  name: KeyName
  oid: string
  digest: string
  /** AlgorithmIdentifier as we write it; RSA carries NULL (RFC 4055 5), the others nothing */
  identifier: Buffer
  /**
   * Whether `signature` is by this key over `data`; false too for a key of another kind.
   * @throws BrokerError `algorithm_refused` for a key too weak to say anything
   */
  verify(publicKey: KeyObject, data: Uint8Array, signature: Uint8Array): boolean
  sign(privateKey: KeyObject, data: Uint8Array): Buffer
}

const sm2Row = (dotted: string): SignatureAlgorithm => ({
  name: 'SM2',
  oid: dotted,
  digest: 'sm3',
  identifier: sequence(oid(dotted)),
  verify: (key, data, signature) => isSm2(key) && verifySm2(key, data, signature),
  sign: (key, data) => signSm2(key, data),
})

const row = (name: 'RSA' | 'ECDSA', dotted: string, digest: string): SignatureAlgorithm => ({
  name,
  oid: dotted,
  digest,
  identifier: name === 'RSA' ? sequence(oid(dotted), nothing()) : sequence(oid(dotted)),
  verify: (key, data, signature) => keyName(key) === name && createVerify(digest).update(data).verify(key, signature),
  sign: (key, data) => createSign(digest).update(data).sign(key),
})

const rows: ReadonlyMap<string, SignatureAlgorithm> = new Map(
  [
    sm2Row('1.2.156.10197.1.501'),
    row('RSA', '1.2.840.113549.1.1.11', 'sha256'),
    row('RSA', '1.2.840.113549.1.1.12', 'sha384'),
    row('RSA', '1.2.840.113549.1.1.13', 'sha512'),
    row('ECDSA', '1.2.840.10045.4.3.2', 'sha256'),
    row('ECDSA', '1.2.840.10045.4.3.3', 'sha384'),
    row('ECDSA', '1.2.840.10045.4.3.4', 'sha512'),
  ].map(entry => [entry.oid, entry]),
)

/** @throws BrokerError `algorithm_refused` */
export function algorithmOf(dotted: string): SignatureAlgorithm {
  const found = rows.get(dotted)
  if (found === undefined) throw refused(`signature algorithm ${dotted} is not accepted`, dotted)
  return found
}

/**
 * The row of an AlgorithmIdentifier. Parameters must be absent or NULL: both are seen with every algorithm here, and neither means anything.
 * @throws BrokerError `algorithm_refused`
 */
export function algorithmIn(identifier: Buffer): SignatureAlgorithm {
  const [name, parameters, more] = children(onlyElement(identifier, TAG.sequence))
  if (name === undefined || more !== undefined) throw refused('an algorithm identifier that is none')
  const found = algorithmOf(readOid(name))
  if (parameters !== undefined && (parameters.tag !== TAG.null || parameters.content.length > 0)) throw refused(`parameters with ${found.oid}`)
  return found
}

/** The row with which a private key of this kind signs. */
export function algorithmFor(key: KeyObject): SignatureAlgorithm {
  return algorithmOf({ SM2: '1.2.156.10197.1.501', RSA: '1.2.840.113549.1.1.11', ECDSA: '1.2.840.10045.4.3.2' }[keyName(key)])
}

const EC_CURVES = new Set(['prime256v1', 'secp384r1', 'secp521r1'])

/** What kind of key it is. @throws BrokerError `algorithm_refused` for any other, and for RSA outside 2048..8192 bits or with an exponent below 3 */
export function keyName(key: KeyObject): KeyName {
  if (isSm2(key)) return 'SM2'
  const details = key.asymmetricKeyDetails
  if (key.asymmetricKeyType === 'rsa') {
    const length = details?.modulusLength ?? 0
    // an exponent of 1 makes every signature verify; a huge modulus makes verifying a way to stop us
    if (length < 2048 || length > 8192 || (details?.publicExponent ?? 0n) < 3n) throw refused(`an RSA key of ${length} bits`)
    return 'RSA'
  }
  if (key.asymmetricKeyType === 'ec' && EC_CURVES.has(details?.namedCurve ?? '')) return 'ECDSA'
  throw refused(`a key of type ${key.asymmetricKeyType ?? 'unknown'} ${details?.namedCurve ?? ''}`, undefined)
}

function refused(facts: string, received?: string): BrokerError {
  return new BrokerError('algorithm_refused', facts, {
    ...(received === undefined ? {} : { received }),
    expected: `SM2 (${SM2_CURVE}) with SM3, RSA >= 2048 or ECDSA on a NIST curve, with SHA-256 or better`,
  })
}
