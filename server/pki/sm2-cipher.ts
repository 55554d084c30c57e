/**
 * Owns SM2 public key encryption, GB/T 32918.4, in the form GM/T 0009 7.2 gives it: SM2Cipher ::= SEQUENCE { x, y, C3 (32 octets), C2 }. Node reaches neither OpenSSL's SM2 encryption nor its ECDH on this curve, but OpenSSL
 * multiplies points (sm2-multiply.ts); where it does not, sm-crypto computes, some eight times slower.
 */
import { createECDH, createHash, type KeyObject, timingSafeEqual } from 'node:crypto'
import { BrokerError } from '../kernel/errors.ts'
import { Cursor, type Der, onlyElement, TAG } from './der.ts'
import { integer, octets, sequence } from './der-write.ts'
import { onCurve, scalarOf, sm2Key, to32 } from './sm2-key.ts'
import { canMultiply, multiply } from './sm2-multiply.ts'
import { softDecrypt, softEncrypt } from './sm2-soft-cipher.ts'

/** What one SM2 encryption may carry: it is for keys and short texts, the rest goes into an envelope. */
const LIMIT = 64 * 1024

interface Parts {
  c1: Buffer
  c3: Buffer
  c2: Buffer
}

/**
 * @param plain 1 byte to 64 KiB
 * @returns DER of SM2Cipher
 * @throws BrokerError `too_large`, `algorithm_refused` when the key is not an SM2 key
 */
export function encryptSm2(publicKey: KeyObject, plain: Uint8Array): Buffer {
  if (plain.length === 0 || plain.length > LIMIT) throw new BrokerError('too_large', 'SM2 encrypts 1 byte to 64 KiB')
  const { point } = sm2Key(publicKey)
  for (;;) {
    const { c1, c3, c2 } = canMultiply() ? encrypt(point, plain) : split(softEncrypt(point, plain))
    // 6.1 A5: a key stream of zeros would leave the text in the clear
    if (c2.equals(plain)) continue
    return sequence(integer(c1.subarray(0, 32)), integer(c1.subarray(32)), octets(c3), octets(c2))
  }
}

/**
 * @param cipher DER of SM2Cipher; also C1 || C3 || C2 with or without the leading 04, as SDKs write it
 * @throws BrokerError `signature_invalid` with one and the same text for every reason, so that nobody learns the key by asking
 */
export function decryptSm2(privateKey: KeyObject, cipher: Uint8Array): Buffer {
  const parts = cipher.length <= LIMIT + 200 ? readCipher(Buffer.from(cipher)) : undefined
  if (parts !== undefined && onCurve(parts.c1)) {
    const plain = canMultiply() ? decrypt(privateKey, parts) : softDecrypt(scalarOf(privateKey), Buffer.concat([parts.c1, parts.c3, parts.c2]))
    if (plain?.length === parts.c2.length && !plain.equals(parts.c2)) return plain
  }
  throw new BrokerError('signature_invalid', 'the ciphertext is not for this key')
}

/** 6.1, A1 to A7 */
function encrypt(point: Buffer, plain: Uint8Array): Parts {
  const ephemeral = createECDH('SM2')
  const c1 = ephemeral.generateKeys().subarray(1)
  const shared = multiply(point, to32(BigInt(`0x${ephemeral.getPrivateKey('hex')}`)))
  return { c1, c3: checkOf(shared, plain), c2: masked(shared, plain) }
}

/** 7.1, B1 to B7. @returns undefined where C3 does not fit */
function decrypt(privateKey: KeyObject, { c1, c3, c2 }: Parts): Buffer | undefined {
  const shared = multiply(c1, scalarOf(privateKey))
  const plain = masked(shared, c2)
  return timingSafeEqual(checkOf(shared, plain), c3) ? plain : undefined
}

/** C3: SM3 of x2, the text, y2 */
const checkOf = (shared: Buffer, plain: Uint8Array): Buffer =>
  createHash('sm3').update(shared.subarray(0, 32)).update(plain).update(shared.subarray(32)).digest()

/** The octets under the key stream: 5.4.3, SM3 of x2, y2 and a counter from 1. */
function masked(shared: Buffer, bytes: Uint8Array): Buffer {
  const out = Buffer.from(bytes)
  const counter = Buffer.alloc(4)
  for (let at = 0, n = 1; at < out.length; n++) {
    counter.writeUInt32BE(n)
    const stream = createHash('sm3').update(shared).update(counter).digest()
    for (let i = 0; i < stream.length && at < out.length; i++, at++) out[at] = (out[at] ?? 0) ^ (stream[i] ?? 0)
  }
  return out
}

const split = (bare: Buffer): Parts => ({ c1: bare.subarray(0, 64), c3: bare.subarray(64, 96), c2: bare.subarray(96) })

function readCipher(bytes: Buffer): Parts | undefined {
  const bare = bytes[0] === 4 && onCurve(bytes.subarray(1, 65)) ? bytes.subarray(1) : bytes
  return readSequence(bytes) ?? (bare.length > 96 ? split(bare) : undefined)
}

function readSequence(bytes: Buffer): Parts | undefined {
  try {
    const cursor = new Cursor(onlyElement(bytes, TAG.sequence))
    const c1 = Buffer.concat([coordinate(cursor.take(TAG.integer)), coordinate(cursor.take(TAG.integer))])
    const c3 = cursor.take(TAG.octets).content
    const c2 = cursor.take(TAG.octets).content
    cursor.end()
    return c1.length === 64 && c3.length === 32 && c2.length > 0 ? { c1, c3, c2 } : undefined
  } catch {
    return undefined
  }
}

/** An integer of at most 32 octets; one whose zero octet was forgotten is taken as what was meant. */
function coordinate({ content }: Der): Buffer {
  const plain = content.length > 32 && content[0] === 0 ? content.subarray(1) : content
  return Buffer.concat([Buffer.alloc(Math.max(0, 32 - plain.length)), plain])
}
