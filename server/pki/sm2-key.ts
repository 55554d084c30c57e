/**
 * Owns SM2 keys: making, importing, exporting, and the ZA that binds a signature to its signer. GB/T 32918.1 and .5 (curve), .2 5.5 (ZA).
 *
 * The trap of this file: a key that generateKeyPairSync hands out is an "EC" key to OpenSSL and signs ECDSA; only a key imported from DER is an SM2 key.
 * So every key passes through here once and is remembered.
 */
import { createECDH, createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { BrokerError } from '../kernel/errors.ts'
import { elementAt, onlyElement, TAG } from './der.ts'
import { bits, context, integer, octets, oid, sequence } from './der-write.ts'

export const SM2_CURVE = '1.2.156.10197.1.301'
/** GB/T 35276 10: the signer id where nobody agreed on another. */
export const DEFAULT_ID = '1234567812345678'

const hex = (text: string): bigint => BigInt(`0x${text}`)
export const P = hex('FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF')
export const N = hex('FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123')
export const A = P - 3n
export const B = hex('28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93')
/** the base point, x and y */
export const G = Buffer.from(
  '32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0',
  'hex',
)
const CURVE = Buffer.concat([to32(A), to32(B), G])
const ALGORITHM = sequence(oid('1.2.840.10045.2.1'), oid(SM2_CURVE))
const SPKI_HEAD = Buffer.concat([Buffer.of(0x30, 0x59), ALGORITHM, Buffer.of(0x03, 0x42, 0x00, 0x04)])

export function to32(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
}
export const toInteger = (bytes: Uint8Array): bigint => hex(Buffer.from(bytes).toString('hex') || '0')

const refused = (facts: string): BrokerError => new BrokerError('algorithm_refused', facts)

/** y^2 = x^3 + ax + b, with both coordinates below p. The cofactor is 1, so a point on the curve is in the group. */
export function onCurve(point: Uint8Array): boolean {
  const x = toInteger(point.subarray(0, 32))
  const y = toInteger(point.subarray(32, 64))
  return point.length === 64 && x < P && y < P && (y * y - (x * x * x + A * x + B)) % P === 0n
}

interface Known {
  /** the key as OpenSSL knows it for SM2 */
  key: KeyObject
  /** x and y, 64 bytes */
  point: Buffer
  za: Map<string, Buffer>
}
const known = new WeakMap<KeyObject, Known>()

/** Whether a key, public or private, lies on the SM2 curve. */
export function isSm2(key: KeyObject): boolean {
  if (known.has(key)) return true
  if (key.type === 'secret' || (key.asymmetricKeyType !== undefined && key.asymmetricKeyType !== 'ec')) return false
  // cheap for the other curves; an imported SM2 key has neither type nor details
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve !== 'SM2') return false
  const before = judged.get(key)
  if (before !== undefined) return before
  const found = isOfCurve(key)
  judged.set(key, found)
  return found
}
const judged = new WeakMap<KeyObject, boolean>()

function isOfCurve(key: KeyObject): boolean {
  try {
    return spkiOf(key).subarray(0, SPKI_HEAD.length).equals(SPKI_HEAD)
  } catch {
    return false
  }
}

const spkiOf = (key: KeyObject): Buffer => (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' })

/** The key as this module's own: imported anew, point checked. @throws BrokerError `algorithm_refused` */
export function sm2Key(key: KeyObject): Known {
  const before = known.get(key)
  if (before !== undefined) return before
  if (!isSm2(key)) throw refused('not a key on the SM2 curve with an uncompressed point')
  const point = spkiOf(key).subarray(SPKI_HEAD.length)
  if (!onCurve(point)) throw refused('the SM2 public key is not a point of the curve')
  const imported =
    key.type === 'private'
      ? createPrivateKey({ key: key.export({ type: 'pkcs8', format: 'der' }), format: 'der', type: 'pkcs8' })
      : createPublicKey({ key: key.export({ type: 'spki', format: 'der' }), format: 'der', type: 'spki' })
  const entry = { key: imported, point, za: new Map<string, Buffer>() }
  known.set(key, entry)
  known.set(imported, entry)
  return entry
}

/**
 * ZA = SM3(ENTL || ID || a || b || xG || yG || xA || yA), GB/T 32918.2 5.5. Computed once for each key and id.
 * @param id the signer's id, at most 8191 bytes (ENTL counts bits in two octets)
 */
export function za(key: KeyObject, id: string = DEFAULT_ID): Buffer {
  const entry = sm2Key(key)
  const cached = entry.za.get(id)
  if (cached !== undefined) return cached
  const bytes = Buffer.from(id, 'utf8')
  if (bytes.length > 8191) throw refused('a signer id longer than ENTL can say')
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length * 8)
  const made = createHash('sm3').update(length).update(bytes).update(CURVE).update(entry.point).digest()
  if (entry.za.size < 16) entry.za.set(id, made)
  return made
}

export interface KeyPair {
  publicKey: KeyObject
  privateKey: KeyObject
}

/** A new SM2 key pair, ready to sign. */
export function generateSm2(): KeyPair {
  const made = generateKeyPairSync('ec', { namedCurve: 'SM2' })
  return { publicKey: sm2Key(made.publicKey).key, privateKey: sm2Key(made.privateKey).key }
}

/** The key pair of a private scalar. @param scalar 32 bytes, 1 <= d <= n-2 (n-1 cannot sign: 1+d would be n) */
export function keyFromScalar(scalar: Uint8Array): KeyPair {
  const d = toInteger(scalar)
  if (scalar.length !== 32 || d < 1n || d > N - 2n) throw refused('an SM2 private key out of its range')
  const ecdh = createECDH('SM2')
  ecdh.setPrivateKey(scalar)
  const point = ecdh.getPublicKey()
  const inner = sequence(integer(1), octets(scalar), context(1, bits(point)))
  return { privateKey: importPrivateSm2(sequence(integer(0), ALGORITHM, octets(inner))), publicKey: publicFromPoint(point) }
}

/** A public key from its point. @param point x and y, 64 bytes, or the same after 04 */
export function publicFromPoint(point: Uint8Array): KeyObject {
  const plain = point.length === 65 && point[0] === 4 ? point.subarray(1) : point
  if (!onCurve(plain)) throw refused('not a point of the SM2 curve')
  return importPublicSm2(Buffer.concat([SPKI_HEAD, plain]))
}

/** @param der SubjectPublicKeyInfo. @throws BrokerError `algorithm_refused` */
export function importPublicSm2(der: Uint8Array): KeyObject {
  return sm2Key(parsed(() => createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' }))).key
}

/** @param der PKCS#8 PrivateKeyInfo. @throws BrokerError `algorithm_refused` */
export function importPrivateSm2(der: Uint8Array): KeyObject {
  return sm2Key(parsed(() => createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' }))).key
}

function parsed(read: () => KeyObject): KeyObject {
  try {
    return read()
  } catch (cause) {
    throw new BrokerError('algorithm_refused', 'the key cannot be imported', { cause })
  }
}

export const exportPublic = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' })
export const exportPrivate = (key: KeyObject): Buffer => key.export({ type: 'pkcs8', format: 'der' })

/** The private scalar, 32 bytes: for decryption and the sm-crypto fallback only; it never leaves server/pki. */
export function scalarOf(privateKey: KeyObject): Buffer {
  const [, , wrapped] = [...childrenOf(exportPrivate(sm2Key(privateKey).key))]
  const [, scalar] = [...childrenOf(wrapped ?? Buffer.alloc(0))]
  if (scalar === undefined || scalar.length > 32) throw refused('the SM2 private key cannot be read')
  return Buffer.concat([Buffer.alloc(32 - scalar.length), scalar])
}

function* childrenOf(der: Buffer): Generator<Buffer> {
  const { content } = onlyElement(der, TAG.sequence)
  for (let offset = 0; offset < content.length; ) {
    const element = elementAt(content, offset)
    offset += element.raw.length
    yield element.content
  }
}
