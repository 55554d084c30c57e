/**
 * Owns reading RC2 with 40 and 128 bits, RFC 2268: Windows and openssl before 3.0 hid the certificates (not the keys) of a PFX under it, and OpenSSL 3 no longer offers it.
 * It protects nothing; it is read so that old files open, and never written.
 */
import { wrongPassword } from './pkcs8-pbes2.ts'

const PI = Buffer.from(
  'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82' +
    '54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb6266fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7' +
    '08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ecc2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731' +
    '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a90d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad',
  'hex',
)
const pi = (index: number): number => PI[index & 0xff] ?? 0
const SHIFTS = [1, 2, 3, 5] as const

/** Section 2: the key to 64 words. The bits that count are as many as the key has. */
function expand(key: Uint8Array): Uint16Array {
  const l = new Uint8Array(128)
  l.set(key)
  for (let i = key.length; i < 128; i++) l[i] = pi((l[i - 1] ?? 0) + (l[i - key.length] ?? 0))
  l[128 - key.length] = pi(l[128 - key.length] ?? 0)
  for (let i = 127 - key.length; i >= 0; i--) l[i] = pi((l[i + 1] ?? 0) ^ (l[i + key.length] ?? 0))
  return Uint16Array.from({ length: 64 }, (_, i) => (l[2 * i] ?? 0) | ((l[2 * i + 1] ?? 0) << 8))
}

/** Section 4: the steps of encryption backwards. */
function decryptBlock(block: Buffer, k: Uint16Array): Buffer {
  const r = Uint16Array.from({ length: 4 }, (_, i) => block.readUInt16LE(2 * i))
  const at = (i: number): number => r[(i + 4) & 3] ?? 0
  let j = 63
  const mix = (): void => {
    for (let i = 3; i >= 0; i--, j--) {
      const s = SHIFTS[i] ?? 1
      const rotated = ((at(i) >> s) | (at(i) << (16 - s))) & 0xffff
      r[i] = rotated - (k[j] ?? 0) - (at(i - 1) & at(i - 2)) - (~at(i - 1) & at(i - 3))
    }
  }
  const mash = (): void => {
    for (let i = 3; i >= 0; i--) r[i] = at(i) - (k[at(i - 1) & 63] ?? 0)
  }
  for (const rounds of [5, 6, 5]) {
    for (let round = 0; round < rounds; round++) mix()
    if (j >= 0) mash()
  }
  const plain = Buffer.alloc(8)
  for (let i = 0; i < 4; i++) plain.writeUInt16LE(at(i), 2 * i)
  return plain
}

/** CBC with padding. @throws BrokerError `key_password_wrong` */
export function decipherRc2(key: Uint8Array, iv: Uint8Array, encrypted: Uint8Array): Buffer {
  if (encrypted.length === 0 || encrypted.length % 8 !== 0) throw wrongPassword()
  const words = expand(key)
  const plain = Buffer.alloc(encrypted.length)
  let before = Buffer.from(iv)
  for (let offset = 0; offset < encrypted.length; offset += 8) {
    const block = Buffer.from(encrypted.subarray(offset, offset + 8))
    const out = decryptBlock(block, words)
    for (let i = 0; i < 8; i++) plain[offset + i] = (out[i] ?? 0) ^ (before[i] ?? 0)
    before = block
  }
  const padding = plain.at(-1) ?? 0
  if (padding < 1 || padding > 8 || !plain.subarray(-padding).every(octet => octet === padding)) throw wrongPassword()
  return plain.subarray(0, -padding)
}
