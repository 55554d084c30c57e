import { onlyElement, TAG } from './der.ts'
import { integer, sequence } from './der-write.ts'
import { N, toInteger } from './sm2-key.ts'

/**
 * Owns the forms of an SM2 signature. Written as DER of SEQUENCE { r, s } (GM/T 0009-2012 7.3) and nothing else; read also in the two forms that real signers emit:
 * the bare 64 bytes r || s (seals, SKF drivers), and integers of 32 bytes whose leading zero octet was forgotten, so that they look negative. Everything else is
 * refused, and so is r or s outside 1..n-1 and r + s = n, whatever the form. A signature is not unique: never use one as a key.
 * @returns r || s, 64 bytes; undefined when it is not a signature
 */
export function readSignature(bytes: Uint8Array): Buffer | undefined {
  const plain = readDer(Buffer.from(bytes)) ?? (bytes.length === 64 ? Buffer.from(bytes) : undefined)
  if (plain === undefined) return undefined
  const r = toInteger(plain.subarray(0, 32))
  const s = toInteger(plain.subarray(32))
  return r >= 1n && r < N && s >= 1n && s < N && r + s !== N ? plain : undefined
}

export const writeSignature = (plain: Uint8Array): Buffer => sequence(integer(plain.subarray(0, 32)), integer(plain.subarray(32, 64)))

function readDer(bytes: Buffer): Buffer | undefined {
  // SEQUENCE of two integers of at most 33 bytes: no length needs more than one octet
  if (bytes.length < 8 || bytes.length > 72 || bytes[0] !== TAG.sequence || bytes[1] !== bytes.length - 2) return undefined
  const rLength = bytes[3] ?? 0
  const r = readInteger(bytes.subarray(2, 4 + rLength))
  const s = readInteger(bytes.subarray(4 + rLength))
  return r && s ? Buffer.concat([r, s]) : undefined
}

function readInteger(bytes: Buffer): Buffer | undefined {
  if (bytes[0] !== TAG.integer || bytes.length < 3 || bytes[1] !== bytes.length - 2) return undefined
  const value = onlyElement(bytes, TAG.integer).content
  const high = ((value[0] ?? 0) & 0x80) !== 0
  if (value[0] === 0 && (value.length === 1 || ((value[1] ?? 0) & 0x80) === 0)) return undefined
  // the forgotten zero octet can only be told from a negative number at full length
  if (high && value.length !== 32) return undefined
  const plain = value[0] === 0 ? value.subarray(1) : value
  return plain.length > 32 ? undefined : Buffer.concat([Buffer.alloc(32 - plain.length), plain])
}
