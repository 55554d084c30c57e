/**
 * Owns writing signed messages, RFC 5652 5 and GB/T 35275: DER, attributes always signed. The parts are here for cms-sign-stream.ts too, which writes around a content
 * that it never holds.
 */
import { createHash, type KeyObject } from 'node:crypto'
import { BrokerError } from '../kernel/errors.ts'
import { type KeyName, keyName } from './algorithms.ts'
import type { Certificate } from './certificate.ts'
import { ATTRIBUTE, digestOid, FAMILIES, type FamilyName, writtenBy } from './cms-algorithms.ts'
import { retagged } from './cms-judge.ts'
import { context, integer, nothing, octets, oid, sequence, setOf, time } from './der-write.ts'

export interface CmsSigner extends SigningParty {
  privateKey: KeyObject
}

/** Whose signature it is to be and what is said with it, wherever the key is. */
export interface SigningParty {
  certificate: Certificate
  /** CA certificates to send along */
  chain?: readonly Certificate[]
  /** signed, where given; it proves nothing about when */
  signingTime?: Date
  /** further signed attributes */
  attributes?: readonly Attribute[]
}

export interface Attribute {
  type: string
  /** DER of its one value */
  value: Uint8Array
}

/** Digests of one content, by the names of node:crypto. */
export type Digests = ReadonlyMap<string, Uint8Array>

export interface Naming {
  /** the national object identifiers or those of PKCS#7; unless told, the national ones when every signer's key is SM2 */
  family?: FamilyName
  /** what the content is; plain data unless told */
  contentType?: string
}

export interface CmsByRequest extends Naming {
  signers: readonly CmsSigner[]
  /** the content, or for a detached message its digests alone */
  content: Uint8Array | Digests
  /** leave the content out */
  detached: boolean
}

/**
 * Signs a content by one or several, beside each other.
 * @returns DER of a ContentInfo with SignedData
 * @throws BrokerError `bad_request` without signer, for a digest that is not given, or for digests where the content is to be sent; `algorithm_refused`
 */
export function signCmsBy({ content, detached, signers, ...naming }: CmsByRequest): Buffer {
  const names = namesOf(signers, naming)
  if (!detached && !(content instanceof Uint8Array)) throw refused('digests alone, where the content is to be sent')
  const digests = content instanceof Uint8Array ? digestsOf(content, signers) : content
  return writeSignedData({
    ...names,
    signers: signers.map(signer => signerInfo(signer, names.contentType, digests)),
    digestAlgorithms: digestAlgorithms(signers),
    certificates: certificatesOf(signers),
    content: detached || !(content instanceof Uint8Array) ? undefined : content,
  })
}

/** What a message names itself and its content. */
export interface Names {
  type: string
  contentType: string
}

export function namesOf(signers: readonly CmsSigner[], { family, contentType }: Naming): Names {
  if (signers.length === 0) throw refused('nobody to sign')
  const { signedData, data } = FAMILIES[family ?? (signers.every(({ privateKey }) => keyName(privateKey) === 'SM2') ? 'gm' : 'pkcs7')]
  return { type: signedData, contentType: contentType ?? data }
}

/** The digests these signers need, each made once. */
export const digestNames = (signers: readonly CmsSigner[]): Set<string> =>
  new Set(signers.map(({ privateKey }) => writtenBy(keyName(privateKey)).digest))

export function digestsOf(content: Uint8Array, signers: readonly CmsSigner[]): Digests {
  return new Map([...digestNames(signers)].map(name => [name, createHash(name).update(content).digest()]))
}

/** AlgorithmIdentifier of a digest, by its name in node:crypto. */
export const digestAlgorithm = (digest: string): Buffer => sequence(oid(digestOid(digest)), nothing())
export const digestAlgorithms = (signers: readonly CmsSigner[]): Buffer[] => [...digestNames(signers)].map(digestAlgorithm)

/** Each certificate once, whoever brought it. */
export function certificatesOf(signers: readonly SigningParty[]): Buffer[] {
  const all = signers.flatMap(({ certificate, chain = [] }) => [certificate, ...chain])
  return [...new Map(all.map(each => [each.thumbprint, each.der])).values()]
}

/** How long the signature may come out: as it does, or always the same, so that lengths can be written before it is made. */
type SignatureLength = 'any' | 'constant'

/** @throws BrokerError `bad_request`, `algorithm_refused` */
export function signerInfo(signer: CmsSigner, contentType: string, digests: Digests, length: SignatureLength = 'any'): Buffer {
  const { certificate, privateKey } = signer
  const kind = keyName(privateKey)
  const { digest, row } = writtenBy(kind)
  const value = digests.get(digest)
  if (value === undefined) throw refused(`no ${digest} digest of the content is given`)
  const signed = signedAttributes(signer, contentType, value)
  const sign = () => row.sign(privateKey, signed)
  return writeSignerInfo({ certificate, kind, signed, signature: length === 'any' ? sign() : constant(sign, privateKey) })
}

/**
 * What a signer signs, RFC 5652 5.4: the attributes as DER of a SET OF.
 * @param digest of the content
 */
export function signedAttributes({ signingTime, attributes = [] }: SigningParty, contentType: string, digest: Uint8Array): Buffer {
  return setOf(
    attribute(ATTRIBUTE.contentType, oid(contentType)),
    attribute(ATTRIBUTE.messageDigest, octets(digest)),
    ...(signingTime === undefined ? [] : [attribute(ATTRIBUTE.signingTime, time(signingTime))]),
    ...attributes.map(({ type, value }) => attribute(type, value)),
  )
}

/**
 * DER of a SignerInfo around a signature made anywhere.
 * @param parts.signed as signedAttributes gave them
 * @param parts.unsigned attributes that nothing vouches for, such as a time stamp of the signature
 */
export function writeSignerInfo(parts: {
  certificate: Certificate
  kind: KeyName
  signed: Buffer
  signature: Uint8Array
  unsigned?: readonly Attribute[]
}): Buffer {
  const { certificate, kind, signed, signature, unsigned = [] } = parts
  const { digest, named } = writtenBy(kind)
  return sequence(
    integer(1),
    sequence(certificate.issuer.der, integer(Buffer.from(certificate.serial, 'hex'))),
    digestAlgorithm(digest),
    retagged(signed, 0xa0),
    kind === 'RSA' ? sequence(oid(named), nothing()) : sequence(oid(named)),
    octets(signature),
    ...(unsigned.length === 0 ? [] : [retagged(setOf(...unsigned.map(({ type, value }) => attribute(type, value))), 0xa1)]),
  )
}

const attribute = (type: string, value: Uint8Array): Buffer => sequence(oid(type), setOf(value))

/**
 * Signs again until the signature has its most frequent length. RSA's never varies; of the two integers of the others each needs a leading zero every other time, so
 * it takes two attempts. What is thrown away is as public as what is kept, and made with a number of its own: neither tells anything about the key.
 */
function constant(sign: () => Buffer, key: KeyObject): Buffer {
  const width = { secp384r1: 48, secp521r1: 66 }[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? 32
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const signature = sign()
    const [most, head] = width === 66 ? [2 * (width + 2), 3] : [2 * (width + 2) + 1, 2]
    if (keyName(key) === 'RSA' || signature.length === most + head) return signature
  }
  throw new BrokerError('internal', 'the signature never came out at its usual length')
}

export interface Fields extends Names {
  signers: readonly Uint8Array[]
  digestAlgorithms: readonly Uint8Array[]
  certificates: readonly Uint8Array[]
  crls?: readonly Uint8Array[]
  content: Uint8Array | undefined
  version?: number
}

/** RFC 5652 5.1: 3 where the content is no plain data or somebody before wrote so. */
export const versionOf = ({ contentType, version = 1 }: { contentType: string; version?: number }): number =>
  contentType === FAMILIES.gm.data || contentType === FAMILIES.pkcs7.data ? version : Math.max(3, version)

export function writeSignedData(fields: Fields): Buffer {
  const { type, contentType, content, crls = [] } = fields
  const signedData = sequence(
    integer(versionOf(fields)),
    setOf(...fields.digestAlgorithms),
    sequence(oid(contentType), ...(content === undefined ? [] : [context(0, octets(content))])),
    ...(fields.certificates.length === 0 ? [] : [retagged(setOf(...fields.certificates), 0xa0)]),
    ...(crls.length === 0 ? [] : [retagged(setOf(...crls), 0xa1)]),
    setOf(...fields.signers),
  )
  return sequence(oid(type), context(0, signedData))
}

const refused = (facts: string): BrokerError => new BrokerError('bad_request', facts)
