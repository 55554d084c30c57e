/**
 * Owns key transport: the content's key encrypted to one certificate, RFC 5652 6.2.1. One row each for SM2 (GB/T 35275, the cipher as GM/T 0009 writes it), RSA-OAEP
 * (RFC 3560, RFC 8017) and, for reading only, RSA PKCS#1 v1.5.
 *
 * The trap: whatever tells why a key did not come out is an oracle (Bleichenbacher, Manger). So unwrapping never fails here: where it does inside, another key comes
 * out, and the content does not decrypt (RFC 3218 2.3.2).
 */
import { constants, createHash, createHmac, type KeyObject, privateDecrypt, publicEncrypt, randomBytes } from 'node:crypto'
import { BrokerError } from '../kernel/errors.ts'
import { keyName } from './algorithms.ts'
import type { Certificate } from './certificate.ts'
import { isNamed } from './cms-judge.ts'
import { Cursor, children, type Der, onlyElement, readOid, readSmallInteger, TAG } from './der.ts'
import { context, integer, nothing, octets, oid, sequence } from './der-write.ts'
import { decryptSm2Aside } from './key-work.ts'
import { encryptSm2 } from './sm2.ts'

const SM2_WRITTEN = '1.2.156.10197.1.301.3'
/** 301.2 is GmSSL's, the bare curve and the key's own identifier are others' */
const SM2_READ = [SM2_WRITTEN, '1.2.156.10197.1.301.2', '1.2.156.10197.1.301', '1.2.840.10045.2.1']
const RSA_V15 = '1.2.840.113549.1.1.1'
const RSA_OAEP = '1.2.840.113549.1.1.7'
const MGF1 = '1.2.840.113549.1.1.8'
const SHA256 = '2.16.840.1.101.3.4.2.1'
const OAEP_HASH: ReadonlyMap<string, string> = new Map([
  ['1.3.14.3.2.26', 'sha1'],
  [SHA256, 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
])

/** Where there are no more of these, RFC 5652 would let a message be all recipients. */
export const MAX_RECIPIENTS = 1000

/**
 * The content's key for one recipient.
 * @param version 1 in GB/T 35275, 0 in RFC 5652
 * @returns DER of a RecipientInfo
 * @throws BrokerError `certificate_wrong_use` for a certificate that is not for encryption, `algorithm_refused` for a key that cannot encrypt
 */
export function recipientInfo(certificate: Certificate, contentKey: Buffer, version: 0 | 1): Buffer {
  const usage = certificate.keyUsage
  if (usage !== undefined && !usage.has('keyEncipherment') && !usage.has('dataEncipherment') && !usage.has('keyAgreement')) {
    throw new BrokerError('certificate_wrong_use', `certificate ${certificate.serial} is not for encryption`)
  }
  const { algorithm, encrypted } = wrap(certificate.publicKey, contentKey)
  const id = sequence(certificate.issuer.der, integer(Buffer.from(certificate.serial, 'hex')))
  return sequence(integer(version), id, algorithm, octets(encrypted))
}

function wrap(key: KeyObject, contentKey: Buffer): { algorithm: Buffer; encrypted: Buffer } {
  const kind = keyName(key)
  switch (kind) {
    case 'SM2':
      return { algorithm: sequence(oid(SM2_WRITTEN)), encrypted: encryptSm2(key, contentKey) }
    case 'RSA': {
      const hash = sequence(oid(SHA256), nothing())
      const parameters = sequence(context(0, hash), context(1, sequence(oid(MGF1), hash)))
      const encrypted = publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, contentKey)
      return { algorithm: sequence(oid(RSA_OAEP), parameters), encrypted }
    }
    case 'ECDSA':
      throw new BrokerError('algorithm_refused', 'a key on a NIST curve encrypts to nobody here', { received: 'ECDSA', expected: 'SM2 or RSA' })
  }
}

type Transport = { kind: 'SM2' | 'v1.5' } | { kind: 'OAEP'; hash: string }

export interface Recipient {
  /** issuerAndSerialNumber, or [0] subjectKeyIdentifier */
  id: Der
  transport: Transport | undefined
  encryptedKey: Buffer
}

/**
 * @returns undefined for a recipient of another kind than key transport, such as key agreement or a password (RFC 5652 6.2.2 to 6.2.5)
 * @throws BrokerError `certificate_malformed` where it is no DER
 */
export function readRecipient(der: Buffer): Recipient | undefined {
  if (der[0] !== TAG.sequence) return undefined
  const fields = new Cursor(onlyElement(der))
  readSmallInteger(fields.take(TAG.integer))
  const id = fields.take(TAG.sequence, 0x80)
  const transport = readTransport(fields.take(TAG.sequence))
  const encryptedKey = fields.take(TAG.octets).content
  fields.end()
  return { id, transport, encryptedKey }
}

/** Whether it is for this certificate, named either way: CFCA's tools write the subject key identifier. */
export function isFor({ id }: Recipient, certificate: Certificate): boolean {
  return id.tag === 0x80 ? certificate.subjectKeyId === id.content.toString('hex') : isNamed(id, certificate)
}

/** @returns undefined for what nobody here knows; whether that matters depends on whom it is for */
function readTransport(algorithm: Der): Transport | undefined {
  const [name, parameters] = children(algorithm)
  const named = name === undefined ? '' : readOid(name)
  if (SM2_READ.includes(named)) return { kind: 'SM2' }
  if (named === RSA_V15) return { kind: 'v1.5' }
  const hash = named === RSA_OAEP ? oaepHash(parameters) : undefined
  return hash === undefined ? undefined : { kind: 'OAEP', hash }
}

/** RSAES-OAEP-params (RFC 8017 A.2.1): one hash for both, no label. Absent means SHA-1, which is no weakness here. */
function oaepHash(parameters: Der | undefined): string | undefined {
  let hash = 'sha1'
  let mask = 'sha1'
  for (const field of parameters === undefined ? [] : children(parameters)) {
    const [name, inner] = children(onlyElement(field.content, TAG.sequence))
    if (name === undefined) return undefined
    if (field.tag === 0xa0) hash = OAEP_HASH.get(readOid(name)) ?? ''
    else if (field.tag === 0xa1 && readOid(name) === MGF1 && inner !== undefined) mask = OAEP_HASH.get(readOid(children(inner)[0] ?? inner)) ?? ''
    else return undefined
  }
  return hash !== '' && hash === mask ? hash : undefined
}

export interface Unwrapped {
  key: Buffer
  /** `random`: it is not the content's key, and nobody may learn so before the content was read to its end */
  is: 'unwrapped' | 'random'
}

/**
 * The content's key. Never throws and never tells why.
 * @param length octets of the key the content's cipher needs
 */
export async function unwrap({ transport, encryptedKey }: Recipient, privateKey: KeyObject, length: number): Promise<Unwrapped> {
  const other = transport?.kind === 'v1.5' ? impliedKey(privateKey, encryptedKey, length) : randomBytes(length)
  const key = await attempt(() => open(transport, privateKey, encryptedKey))
  if (key?.length === length) return { key, is: 'unwrapped' }
  return { key: other, is: transport?.kind === 'v1.5' ? 'unwrapped' : 'random' }
}

/**
 * The key that a v1.5 block which is none stands for: always the same for the same block, and treated like any other. Were it fresh each time, or refused at the end,
 * asking often enough with other contents would tell good blocks from bad ones.
 */
function impliedKey(privateKey: KeyObject, encryptedKey: Buffer, length: number): Buffer {
  const secret = createHash('sha256')
    .update(privateKey.export({ type: 'pkcs8', format: 'der' }))
    .digest()
  return createHmac('sha256', secret).update(encryptedKey).digest().subarray(0, length)
}

async function open(transport: Transport | undefined, key: KeyObject, encrypted: Buffer): Promise<Buffer | undefined> {
  const kind = keyName(key)
  switch (transport?.kind) {
    case 'SM2':
      return kind === 'SM2' ? await decryptSm2Aside(key, encrypted) : undefined
    case 'OAEP':
      return kind === 'RSA' ? privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: transport.hash }, encrypted) : undefined
    case 'v1.5':
      // OpenSSL answers bad padding with a message made from key and ciphertext (implicit rejection); a Node without that refuses the padding altogether
      return kind === 'RSA' ? privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, encrypted) : undefined
    default:
      return undefined
  }
}

async function attempt(open: () => Promise<Buffer | undefined>): Promise<Buffer | undefined> {
  try {
    return await open()
  } catch {
    return undefined
  }
}
