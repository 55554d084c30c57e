/** Owns the key derivation of PKCS#12 itself, RFC 7292 annex B: for the MAC that every file still has, and for the ciphers of old files. */
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { Budget } from './pkcs8-pbes2.ts'

/** What the octets are for, B.3. */
const PURPOSE = { key: 1, iv: 2, mac: 3 } as const

const BLOCK: Readonly<Record<string, number>> = { sha384: 128, sha512: 128 }
/** How long the event loop waits at the most: about 20 ms. */
const SLICE = 20_000

/** A password as B.1 wants it: UTF-16, big-endian, with a zero character at its end. */
export const bmpPassword = (password: string): Buffer => Buffer.concat([Buffer.from(password, 'utf16le').swap16(), Buffer.of(0, 0)])

export interface Derivation {
  digest: string
  /** as bmpPassword makes it; some tools use no octets at all for an empty password */
  password: Uint8Array
  salt: Uint8Array
  iterations: number
  budget: Budget
}

/** @returns `length` octets. @throws BrokerError `key_file_malformed` where the budget is used up */
export async function deriveKey12(
  { digest, password, salt, iterations, budget }: Derivation,
  purpose: keyof typeof PURPOSE,
  length: number,
): Promise<Buffer> {
  const v = BLOCK[digest] ?? 64
  const input = Buffer.concat([filled(salt, v), filled(password, v)])
  const head = Buffer.alloc(v, PURPOSE[purpose])
  const parts: Buffer[] = []
  for (let made = 0; made < length; ) {
    const part = await rounds(digest, Buffer.concat([head, input]), budget.spend(iterations))
    parts.push(part)
    made += part.length
    if (made < length) addToBlocks(input, filled(part, v).subarray(0, v))
  }
  return Buffer.concat(parts).subarray(0, length)
}

async function rounds(digest: string, first: Buffer, iterations: number): Promise<Buffer> {
  let value = createHash(digest).update(first).digest()
  for (let round = 1; round < iterations; round++) {
    value = createHash(digest).update(value).digest()
    if (round % SLICE === 0) await setImmediate()
  }
  return value
}

/** Repeated up to a whole number of blocks; nothing stays nothing. */
function filled(bytes: Uint8Array, v: number): Buffer {
  return bytes.length === 0 ? Buffer.of() : Buffer.alloc(v * Math.ceil(bytes.length / v), bytes)
}

/** B.2 6 C: each block becomes itself plus B plus 1, modulo 2 to the power of its bits. */
function addToBlocks(blocks: Buffer, addend: Buffer): void {
  for (let start = 0; start < blocks.length; start += addend.length) {
    let carry = 1
    for (let i = addend.length - 1; i >= 0; i--) {
      carry += (blocks[start + i] ?? 0) + (addend[i] ?? 0)
      blocks[start + i] = carry & 0xff
      carry >>= 8
    }
  }
}
