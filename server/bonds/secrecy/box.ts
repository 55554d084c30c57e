import { type KeyObject, randomBytes } from 'node:crypto'
import { fill } from '../../kernel/fill.ts'
import { createSealing } from '../../kernel/sealing.ts'
import { decryptSm2, encryptSm2, importPublicSm2 } from '../../pki/sm2.ts'

/** A text sealed to a key that its writer cannot open: a fresh key under SM2, the text under that. Owns that every box of a kind has one length, whatever is in it. */

/** characters to which a text is filled up; JSON does not mind */
const STEP = 1024

/**
 * @param publicKey base64 DER of an SM2 key
 * @param label what and whose; the box opens under no other
 */
export const sealTo = (publicKey: string, text: string, label: string): string => sealInto(prepareBox(publicKey), text, label)

/** A box without its text: most of the work of one, done ahead. Whoever has it can seal one text, and open that; so it is kept no longer than until then. */
export interface PreparedBox {
  head: string
  key: string
}

/** @param publicKey base64 DER of an SM2 key */
export function prepareBox(publicKey: string): PreparedBox {
  const key = randomBytes(32)
  const wrapped = encryptSm2(importPublicSm2(Buffer.from(publicKey, 'base64')), key)
  // DER drops leading zeros of its integers: the length goes in front and the rest is filled up
  const fixed = Buffer.alloc(WRAPPED)
  fixed.writeUInt16BE(wrapped.length)
  wrapped.copy(fixed, 2)
  return { head: fixed.toString('base64url'), key: key.toString('base64url') }
}

export const sealInto = ({ head, key }: PreparedBox, text: string, label: string): string =>
  `${head}.${createSealing(Buffer.from(key, 'base64url')).seal(fill(text, STEP), label)}`

/** @throws Error for a box of another key or label, or one that was changed */
export function openBox(privateKey: KeyObject, box: string, label: string): string {
  const [head = '', ...sealed] = box.split('.')
  const fixed = Buffer.from(head, 'base64url')
  const key = decryptSm2(privateKey, fixed.subarray(2, 2 + fixed.readUInt16BE()))
  return createSealing(key).open(sealed.join('.'), label).trimEnd()
}

/** octets; two for the length, and an SM2Cipher of 32 octets takes 141 at most */
const WRAPPED = 160
