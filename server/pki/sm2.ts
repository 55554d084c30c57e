/**
 * Owns SM2 signatures with SM3, GB/T 32918.2, natively by OpenSSL. Keys are sm2-key.ts, the forms of a signature sm2-signature.ts, encryption sm2-cipher.ts.
 *
 * The trap: the one-shot crypto.verify('sm3', ...) computes ZA with an EMPTY id and is wrong. The streaming classes hash exactly what they are fed, so feeding ZA
 * first gives e = SM3(ZA || M). selfTest() proves it at start, against the published vector; where it does not hold, sm-crypto takes over.
 */
import { createHash, createSign, createVerify, type KeyObject } from 'node:crypto'
import { BrokerError } from '../kernel/errors.ts'
import { generateSm2, keyFromScalar, publicFromPoint, sm2Key, za } from './sm2-key.ts'
import { readSignature, writeSignature } from './sm2-signature.ts'
import { softSign, softVerify } from './sm2-soft.ts'

export { decryptSm2, encryptSm2 } from './sm2-cipher.ts'
export {
  exportPrivate,
  exportPublic,
  generateSm2,
  importPrivateSm2,
  importPublicSm2,
  type KeyPair,
  keyFromScalar,
  publicFromPoint,
} from './sm2-key.ts'

interface Options {
  /** the signer's id; the standard one unless both sides agreed on another */
  id?: string
}

/** SM3 of some bytes, lower-case hexadecimal. GB/T 32905. */
export const sm3 = (bytes: Uint8Array): string => createHash('sm3').update(bytes).digest('hex')

/** @returns DER of SEQUENCE { r, s }. @throws BrokerError `algorithm_refused` when the key is not an SM2 key */
export function signSm2(privateKey: KeyObject, data: Uint8Array, { id }: Options = {}): Buffer {
  return engine() === 'openssl' ? nativeSign(privateKey, data, id) : softSign(privateKey, data, id)
}

/**
 * Whether `signature` is the key holder's over `data`. Never throws on a hostile signature.
 * @param signature DER, or one of the two other forms that sm2-signature.ts reads
 * @throws BrokerError `algorithm_refused` when the key is not an SM2 key
 */
export function verifySm2(publicKey: KeyObject, data: Uint8Array, signature: Uint8Array, { id }: Options = {}): boolean {
  return engine() === 'openssl' ? nativeVerify(publicKey, data, signature, id) : softVerify(publicKey, data, signature, id)
}

function nativeSign(privateKey: KeyObject, data: Uint8Array, id?: string): Buffer {
  return createSign('sm3').update(za(privateKey, id)).update(data).sign(sm2Key(privateKey).key)
}

function nativeVerify(publicKey: KeyObject, data: Uint8Array, signature: Uint8Array, id?: string): boolean {
  const plain = readSignature(signature)
  const { key } = sm2Key(publicKey)
  return plain !== undefined && createVerify('sm3').update(za(publicKey, id)).update(data).verify(key, writeSignature(plain))
}

// GB/T 32918.5-2017, annex A.2
const SAMPLE = {
  scalar: Buffer.from('3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8', 'hex'),
  point: Buffer.from(
    '09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13',
    'hex',
  ),
  message: Buffer.from('message digest'),
  signature: Buffer.from(
    'F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA',
    'hex',
  ),
}
/** GB/T 32905-2016, annex A.1: SM3 of "abc" */
const SM3_ABC = '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0'

type Engine = 'openssl' | 'sm-crypto'
let chosen: Engine | undefined

/** Which implementation serves, found out once by the known answer. */
export function engine(): Engine {
  chosen ??= knowsTheAnswer(nativeSign, nativeVerify) ? 'openssl' : 'sm-crypto'
  return chosen
}

function knowsTheAnswer(sign: typeof nativeSign, verify: typeof nativeVerify): boolean {
  try {
    const publicKey = publicFromPoint(SAMPLE.point)
    const other = Buffer.from('message digest.')
    if (!verify(publicKey, SAMPLE.message, SAMPLE.signature) || verify(publicKey, other, SAMPLE.signature)) return false
    const made = sign(keyFromScalar(SAMPLE.scalar).privateKey, SAMPLE.message)
    const fresh = generateSm2()
    const freshMade = sign(fresh.privateKey, other)
    return verify(publicKey, SAMPLE.message, made) && verify(fresh.publicKey, other, freshMade) && !verify(publicKey, other, freshMade)
  } catch {
    return false
  }
}

/**
 * Known answers for SM3 and SM2, to be run before the first request is served.
 * @returns which implementation of SM2 serves
 * @throws BrokerError `self_test_failed`
 */
export function selfTest(): Engine {
  if (sm3(Buffer.from('abc')) !== SM3_ABC) throw new BrokerError('self_test_failed', 'SM3 does not give the answer of GB/T 32905 A.1')
  if (engine() === 'sm-crypto' && !knowsTheAnswer(softSign, softVerify)) {
    throw new BrokerError('self_test_failed', 'neither OpenSSL nor sm-crypto gives the answer of GB/T 32918.5 A.2 for SM2')
  }
  return engine()
}

/** Both implementations' word on one signature. @throws BrokerError `self_test_failed` when they differ */
export function crossCheck(publicKey: KeyObject, data: Uint8Array, signature: Uint8Array): boolean {
  const native = nativeVerify(publicKey, data, signature)
  if (native !== softVerify(publicKey, data, signature)) throw new BrokerError('self_test_failed', 'OpenSSL and sm-crypto differ on an SM2 signature')
  return native
}
