/**
 * Owns signed messages: PKCS#7 / CMS SignedData as RFC 5652 5 and, for SM2, GB/T 35275 (the same structure under other object identifiers). One signer, DER only.
 * Whose certificate it is and whether it is trusted is checker.ts's to decide, always after this.
 */
import { createHash, type KeyObject } from 'node:crypto'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import { algorithmOf, type KeyName, keyName, type SignatureAlgorithm } from './algorithms.ts'
import { Certificate, readSerial } from './certificate.ts'
import { Cursor, children, type Der, onlyElement, readOid, readSmallInteger, readTime, TAG } from './der.ts'
import { context, integer, nothing, octets, oid, sequence, setOf, time } from './der-write.ts'
import { toDer } from './pem.ts'

/** Object identifiers of the two families; written by the key's kind, read from either. */
const GM = { data: '1.2.156.10197.6.1.4.2.1', signedData: '1.2.156.10197.6.1.4.2.2' }
const RSA = { data: '1.2.840.113549.1.7.1', signedData: '1.2.840.113549.1.7.2' }
const DATA = [GM.data, RSA.data]
const SIGNED_DATA = [GM.signedData, RSA.signedData]
const ATTRIBUTE = { contentType: '1.2.840.113549.1.9.3', messageDigest: '1.2.840.113549.1.9.4', signingTime: '1.2.840.113549.1.9.5' }

const DIGESTS = new Map([
  ['1.2.156.10197.1.401', 'sm3'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
])
const digestOid = (digest: string): string => [...DIGESTS].find(([, name]) => name === digest)?.[0] ?? ''

/** How each kind of key names its signature; the first is written. The row of algorithms.ts follows from key and digest. */
const SIGNATURE: Record<KeyName, { written: string; bare: string[]; rows: Record<string, string> }> = {
  SM2: {
    written: '1.2.156.10197.1.301.1',
    bare: ['1.2.156.10197.1.301.1', '1.2.156.10197.1.301', '1.2.840.10045.2.1'],
    rows: { sm3: '1.2.156.10197.1.501' },
  },
  RSA: {
    written: '1.2.840.113549.1.1.1',
    bare: ['1.2.840.113549.1.1.1'],
    rows: { sha256: '1.2.840.113549.1.1.11', sha384: '1.2.840.113549.1.1.12', sha512: '1.2.840.113549.1.1.13' },
  },
  ECDSA: {
    written: '1.2.840.10045.4.3.2',
    bare: [],
    rows: { sha256: '1.2.840.10045.4.3.2', sha384: '1.2.840.10045.4.3.3', sha512: '1.2.840.10045.4.3.4' },
  },
}

const LIMIT = 16 * 1024 * 1024
const invalid = (facts: string, cause?: unknown): BrokerError => new BrokerError('signature_invalid', facts, cause === undefined ? {} : { cause })

export interface CmsRequest {
  content: Uint8Array
  certificate: Certificate
  privateKey: KeyObject
  /** leave the content out */
  detached: boolean
  /** CA certificates to send along */
  chain?: readonly Certificate[]
  /** signed, where given; it proves nothing about when */
  signingTime?: Date
}

/** @returns DER of a ContentInfo with SignedData, attributes signed */
export function signCms({ content, certificate, privateKey, detached, chain = [], signingTime }: CmsRequest): Buffer {
  const kind = keyName(privateKey)
  const family = kind === 'SM2' ? GM : RSA
  const digest = kind === 'SM2' ? 'sm3' : 'sha256'
  const digestAlgorithm = sequence(oid(digestOid(digest)), nothing())
  const { rows, written } = SIGNATURE[kind]
  const attributes = setOf(
    sequence(oid(ATTRIBUTE.contentType), setOf(oid(family.data))),
    sequence(oid(ATTRIBUTE.messageDigest), setOf(octets(createHash(digest).update(content).digest()))),
    ...(signingTime === undefined ? [] : [sequence(oid(ATTRIBUTE.signingTime), setOf(time(signingTime)))]),
  )
  const signer = sequence(
    integer(1),
    sequence(certificate.issuer.der, integer(Buffer.from(certificate.serial, 'hex'))),
    digestAlgorithm,
    retagged(attributes, 0xa0),
    kind === 'RSA' ? sequence(oid(written), nothing()) : sequence(oid(written)),
    octets(algorithmOf(rows[digest] ?? '').sign(privateKey, attributes)),
  )
  const signedData = sequence(
    integer(1),
    setOf(digestAlgorithm),
    sequence(oid(family.data), ...(detached ? [] : [context(0, octets(content))])),
    retagged(setOf(certificate.der, ...chain.map(each => each.der)), 0xa0),
    setOf(signer),
  )
  return sequence(oid(family.signedData), context(0, signedData))
}

const retagged = (element: Buffer, tag: number): Buffer => Buffer.concat([Buffer.of(tag), element.subarray(1)])

export interface VerifiedCms {
  content: Buffer
  /** whose key signed; not yet trusted */
  signer: Certificate
  /** every certificate in the message: candidates for a path, nothing more */
  certificates: Certificate[]
  /** what the signer claims */
  signingTime: Date | undefined
}

/**
 * Verifies the one signature of a message, attached or detached.
 * @param input.cms DER, PEM or base64, at most 16 MiB
 * @param input.content what was signed, for a detached one; where the message carries content too, both must be the same
 * @param input.certificates where the signer's certificate is to be found when the message has none
 * @throws BrokerError `signature_invalid`, `algorithm_refused`, `certificate_wrong_use`
 */
export function verifyCms(input: { cms: Uint8Array | string; content?: Uint8Array; certificates?: readonly Certificate[] }): VerifiedCms {
  try {
    return verify(toDer(input.cms, LIMIT), input.content, input.certificates ?? [])
  } catch (thrown) {
    const error = asBrokerError(thrown)
    if (error.code === 'certificate_malformed' || error.code === 'internal') throw invalid('the message cannot be read', error)
    throw error
  }
}

function verify(der: Buffer, given: Uint8Array | undefined, known: readonly Certificate[]): VerifiedCms {
  const outer = new Cursor(onlyElement(der, TAG.sequence))
  if (!SIGNED_DATA.includes(readOid(outer.take(TAG.oid)))) throw invalid('not signed data')
  const body = new Cursor(onlyElement(outer.take(0xa0).content, TAG.sequence))
  outer.end()
  readSmallInteger(body.take(TAG.integer))
  body.take(TAG.set)
  const inner = new Cursor(body.take(TAG.sequence))
  const contentType = readOid(inner.take(TAG.oid))
  if (!DATA.includes(contentType)) throw invalid(`content of type ${contentType}`)
  const carried = inner.takeIf(0xa0)
  inner.end()
  const content = contentOf(carried, given)
  const certificates = children(body.takeIf(0xa0)?.content ?? Buffer.of())
    .slice(0, 32)
    .map(each => new Certificate(Buffer.from(each.raw)))
  body.takeIf(0xa1)
  const [signer, another] = children(body.take(TAG.set))
  body.end()
  if (signer === undefined || another !== undefined) throw invalid('not exactly one signer')
  return verifySigner(signer, content, contentType, [...certificates, ...known], certificates)
}

function contentOf(carried: Der | undefined, given: Uint8Array | undefined): Buffer {
  const inside = carried === undefined ? undefined : onlyElement(carried.content, TAG.octets).content
  if (inside !== undefined && given !== undefined && !inside.equals(given)) throw invalid('the message carries other content than was given')
  const content = inside ?? (given === undefined ? undefined : Buffer.from(given))
  if (content === undefined) throw invalid('a detached signature without its content')
  return content
}

function verifySigner(element: Der, content: Buffer, contentType: string, known: readonly Certificate[], certificates: Certificate[]): VerifiedCms {
  const info = new Cursor(element)
  readSmallInteger(info.take(TAG.integer))
  const signer = findSigner(info.take(TAG.sequence, 0x80), known)
  const digest = DIGESTS.get(readOid(new Cursor(info.take(TAG.sequence)).take(TAG.oid)))
  const attributes = info.takeIf(0xa0)
  const named = readOid(new Cursor(info.take(TAG.sequence)).take(TAG.oid))
  const signature = info.take(TAG.octets).content
  info.takeIf(0xa1)
  info.end()

  const row = rowFor(signer, digest, named)
  const usage = signer.keyUsage
  if (usage !== undefined && !usage.has('digitalSignature') && !usage.has('nonRepudiation')) {
    throw new BrokerError('certificate_wrong_use', `signed with certificate ${signer.serial}, which is not for signing`)
  }
  if (attributes === undefined) {
    // a message with attributes, sent again as one without them whose content is the attribute set, would verify
    if (content[0] === TAG.set && content.includes(oid(ATTRIBUTE.messageDigest))) throw invalid('the content is a set of signed attributes')
    if (!row.verify(signer.publicKey, content, signature)) throw invalid('the signature is not over this content')
    return { content, signer, certificates, signingTime: undefined }
  }
  // RFC 5652 5.4: signed is the SET, not the [0] it is sent as; and without messageDigest the signature would say nothing about the content
  const signedAttributes = readAttributes(attributes)
  const claimedType = signedAttributes.get(ATTRIBUTE.contentType)
  const claimedDigest = signedAttributes.get(ATTRIBUTE.messageDigest)
  if (claimedType === undefined || readOid(claimedType) !== contentType) throw invalid('the signed content type is another')
  if (claimedDigest?.tag !== TAG.octets || !createHash(row.digest).update(content).digest().equals(claimedDigest.content)) {
    throw invalid('the signed digest is not the content’s')
  }
  if (!row.verify(signer.publicKey, retagged(attributes.raw, TAG.set), signature)) throw invalid('the signature is not over these attributes')
  const claimedTime = signedAttributes.get(ATTRIBUTE.signingTime)
  return { content, signer, certificates, signingTime: claimedTime === undefined ? undefined : readTime(claimedTime) }
}

/** Each attribute once, with one value (RFC 5652 11). */
function readAttributes(set: Der): Map<string, Der> {
  const found = new Map<string, Der>()
  for (const attribute of children(set)) {
    const [type, values] = children(attribute)
    if (type === undefined || values === undefined || found.has(readOid(type))) throw invalid('a signed attribute twice or without value')
    const [value, another] = children(values)
    if (value !== undefined && another === undefined) found.set(readOid(type), value)
  }
  return found
}

function findSigner(id: Der, known: readonly Certificate[]): Certificate {
  const found = id.tag === 0x80 ? known.find(each => each.subjectKeyId === id.content.toString('hex')) : findByIssuer(id, known)
  if (found === undefined) throw invalid('the signer’s certificate is not there')
  return found
}

function findByIssuer(id: Der, known: readonly Certificate[]): Certificate | undefined {
  const [issuer, serial] = children(id)
  return known.find(each => issuer !== undefined && serial !== undefined && each.issuer.der.equals(issuer.raw) && each.serial === readSerial(serial))
}

function rowFor(signer: Certificate, digest: string | undefined, named: string): SignatureAlgorithm {
  const { bare, rows } = SIGNATURE[signer.keyName]
  const row = rows[digest ?? '']
  if (row === undefined || (named !== row && !bare.includes(named))) {
    throw new BrokerError('algorithm_refused', `a ${signer.keyName} key with ${digest ?? 'an unknown digest'} and ${named}`)
  }
  return algorithmOf(row)
}
