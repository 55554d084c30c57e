import type { KeyObject } from 'node:crypto'
import { sm2 } from 'sm-crypto'
import { DEFAULT_ID, scalarOf, sm2Key } from './sm2-key.ts'
import { readSignature, writeSignature } from './sm2-signature.ts'

/**
 * SM2 in JavaScript by sm-crypto: the fallback where OpenSSL's SM2 does not pass its known answer, and the second opinion in tests. About fifty times
 * slower than sm2.ts. sm-crypto hands a malformed signature on to its big numbers, so the form is checked here first.
 */
export function softSign(privateKey: KeyObject, data: Uint8Array, id: string = DEFAULT_ID): Buffer {
  const publicKey = `04${sm2Key(privateKey).point.toString('hex')}`
  const plain = sm2.doSignature(Array.from(data), scalarOf(privateKey).toString('hex'), { hash: true, publicKey, userId: id })
  return writeSignature(Buffer.from(plain, 'hex'))
}

export function softVerify(publicKey: KeyObject, data: Uint8Array, signature: Uint8Array, id: string = DEFAULT_ID): boolean {
  const plain = readSignature(signature)
  const point = `04${sm2Key(publicKey).point.toString('hex')}`
  return plain !== undefined && sm2.doVerifySignature(Array.from(data), plain.toString('hex'), point, { hash: true, userId: id })
}
