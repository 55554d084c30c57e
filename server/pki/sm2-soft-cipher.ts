import { sm2 } from 'sm-crypto'

/** SM2 encryption in JavaScript by sm-crypto: where OpenSSL does not multiply points, and the second opinion in tests. C1 || C3 || C2, C1 without its leading 04; forms and ranges are checked in sm2-cipher.ts. */
const C1C3C2 = 1

/** @param point x and y, 64 octets */
export const softEncrypt = (point: Buffer, plain: Uint8Array): Buffer =>
  Buffer.from(sm2.doEncrypt(Array.from(plain), `04${point.toString('hex')}`, C1C3C2), 'hex')

/** @returns nothing at all where C3 does not fit */
export function softDecrypt(scalar: Buffer, bare: Buffer): Buffer {
  // its types promise a text; with `output: 'array'` it is a list of octets
  const answer: unknown = sm2.doDecrypt(bare.toString('hex'), scalar.toString('hex'), C1C3C2, { output: 'array' })
  return Buffer.from(Array.isArray(answer) ? answer : [])
}
