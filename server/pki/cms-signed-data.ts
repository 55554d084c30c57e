/**
 * Owns the structure of signed messages, RFC 5652 5.1 and 5.3 (GB/T 35275 has the same): the fields as they stand in the bytes. cms-judge.ts decides what they are worth.
 */
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import { type Certificate, readCertificate } from './certificate.ts'
import { digestOf, SIGNED_DATA } from './cms-algorithms.ts'
import { Cursor, type Der, elementsOf, onlyElement, readOid, readSmallInteger, TAG } from './der.ts'

/** How many of each a message may have. */
export const MOST = { digestAlgorithms: 16, certificates: 64, crls: 64, signers: 32, attributes: 64 } as const

export const invalid = (facts: string, cause?: unknown): BrokerError =>
  new BrokerError('signature_invalid', facts, cause === undefined ? {} : { cause })

/** SignedData, but for the content, which may be anywhere. */
export interface SignedData {
  /** the object identifier the message begins with: which family it is of */
  type: string
  contentType: string
  /** DER of every AlgorithmIdentifier in digestAlgorithms */
  digestAlgorithms: readonly Buffer[]
  certificates: readonly Certificate[]
  /** DER of the certificates and CRLs as sent, in their order */
  certificateDer: readonly Buffer[]
  crlDer: readonly Buffer[]
  /** DER of each SignerInfo */
  signers: readonly Buffer[]
}

/** @throws BrokerError `signature_invalid`, `certificate_malformed` where it is no DER */
export function readSignedData(der: Buffer): SignedData & { carried: Buffer | undefined; version: number } {
  const outer = new Cursor(onlyElement(der, TAG.sequence))
  const type = readOid(outer.take(TAG.oid))
  if (!SIGNED_DATA.includes(type)) throw invalid('not signed data')
  const body = new Cursor(onlyElement(outer.take(0xa0).content, TAG.sequence))
  outer.end()
  const version = readSmallInteger(body.take(TAG.integer))
  const digestAlgorithms = rawOf(body.take(TAG.set), MOST.digestAlgorithms)
  const inner = new Cursor(body.take(TAG.sequence))
  const contentType = readOid(inner.take(TAG.oid))
  const wrapped = inner.takeIf(0xa0)
  inner.end()
  const certificateDer = rawOf(body.takeIf(0xa0), MOST.certificates)
  const crlDer = rawOf(body.takeIf(0xa1), MOST.crls)
  const signers = rawOf(body.take(TAG.set), MOST.signers)
  body.end()
  const carried = wrapped === undefined ? undefined : onlyElement(wrapped.content, TAG.octets).content
  return { ...readTail({ type, contentType, digestAlgorithms, certificateDer, crlDer, signers }), carried, version }
}

/** The certificates read out of what was sent. @throws BrokerError `certificate_malformed` */
export function readTail(fields: Omit<SignedData, 'certificates'>): SignedData {
  return {
    ...fields,
    // a tag other than SEQUENCE is an attribute certificate or of another kind that is none of X.509's (RFC 5652 10.2.2)
    certificates: fields.certificateDer.filter(each => each[0] === TAG.sequence).map(each => readCertificate(each)),
  }
}

const rawOf = (set: Der | undefined, most: number): Buffer[] => listed(set, most).map(each => each.raw)

/** One value of each signed attribute; of the unsigned ones whatever is there, as DER. */
export type UnsignedAttributes = ReadonlyMap<string, readonly Buffer[]>

export interface SignerInfo {
  /** issuerAndSerialNumber, or [0] subjectKeyIdentifier */
  id: Der
  /** undefined where nobody here knows it */
  digest: string | undefined
  signedAttributes: Der | undefined
  /** the object identifier of signatureAlgorithm */
  named: string
  signature: Buffer
  unsignedAttributes: UnsignedAttributes
}

/** @throws BrokerError `signature_invalid` */
export function readSignerInfo(der: Buffer): SignerInfo {
  try {
    const info = new Cursor(onlyElement(der, TAG.sequence))
    readSmallInteger(info.take(TAG.integer))
    const id = info.take(TAG.sequence, 0x80)
    const digest = digestOf(readOid(new Cursor(info.take(TAG.sequence)).take(TAG.oid)))
    const signedAttributes = info.takeIf(0xa0)
    const named = readOid(new Cursor(info.take(TAG.sequence)).take(TAG.oid))
    const signature = Buffer.from(info.take(TAG.octets).content)
    const unsigned = info.takeIf(0xa1)
    info.end()
    return { id, digest, signedAttributes, named, signature, unsignedAttributes: readUnsigned(unsigned) }
  } catch (thrown) {
    const error = asBrokerError(thrown)
    throw error.code === 'signature_invalid' ? error : invalid('a signer that cannot be read', error)
  }
}

/** Nothing vouches for these: a counter-signature and whatever nobody here knows is carried, and counts for nothing. */
function readUnsigned(set: Der | undefined): UnsignedAttributes {
  const found = new Map<string, Buffer[]>()
  for (const attribute of listed(set, MOST.attributes)) {
    const [type, values] = listed(attribute, 3)
    if (type === undefined || values?.tag !== TAG.set) throw invalid('an unsigned attribute without values')
    const name = readOid(type)
    found.set(name, [...(found.get(name) ?? []), ...listed(values, MOST.attributes).map(value => Buffer.from(value.raw))])
  }
  return found
}

/** Each attribute once, with one value (RFC 5652 11). */
export function readSigned(set: Der): Map<string, Der> {
  const found = new Map<string, Der>()
  for (const attribute of listed(set, MOST.attributes)) {
    const [type, values, more] = listed(attribute, 3)
    if (type === undefined || values?.tag !== TAG.set || more !== undefined || found.has(readOid(type))) {
      throw invalid('a signed attribute twice or without value')
    }
    const [value, another] = listed(values, 2)
    if (value !== undefined && another === undefined) found.set(readOid(type), value)
  }
  return found
}

function listed(set: Der | undefined, most: number): Der[] {
  const found: Der[] = []
  for (const element of set === undefined ? [] : elementsOf(set)) {
    if (found.push(element) > most) throw invalid(`more than ${most} elements in a set`)
  }
  return found
}
