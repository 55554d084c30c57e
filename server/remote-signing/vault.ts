import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, scrypt } from 'node:crypto'
import { z } from 'zod'
import { BrokerError } from '../kernel/errors.ts'
import type { Sealing } from '../kernel/sealing.ts'

/**
 * A person's private key at rest: AES-256-GCM under a key that is derived from both the signing PIN (scrypt, RFC 7914) and the platform's sealing key. Who has the database alone has nothing to guess against; who has
 * the sealing key beside it must still guess the PIN, at the full cost for each guess. Owns that, and no count of tries.
 */
export interface Vault {
  /** @param label whose it is: authenticated, so that one person's text cannot be put in another's place */
  close(secret: VaultSecret, pin: string, label: string): Promise<string>
  /** undefined where the PIN is not the right one (or the text was changed). @throws BrokerError too_many_requests where too many wait already */
  open(text: string, pin: string, label: string): Promise<VaultSecret | undefined>
}

/** base64 each */
interface VaultSecret {
  /** PKCS#8 */
  key: string
  /** of the time-based codes */
  totp?: string
}

/** RFC 7914: memory is 128 * n * r bytes. */
export interface PinCost {
  n: number
  r: number
  p: number
}
/** 128 MiB and some 0.3 seconds of one core for each guess. */
export const PIN_COST: PinCost = { n: 2 ** 17, r: 8, p: 1 }

/** derivations that wait for the one under way: each takes a fraction of a second */
const MOST_WAITING = 32

const kept = z.strictObject({
  v: z.literal(1),
  cost: z.strictObject({
    n: z
      .int()
      .min(2)
      .max(2 ** 20),
    r: z.int().min(1).max(32),
    p: z.int().min(1).max(16),
  }),
  salt: z.string(),
  nonce: z.string(),
  data: z.string(),
  tag: z.string(),
})
const secretOf = z.strictObject({ key: z.string(), totp: z.string().optional() })

export function createVault({ sealing, cost = PIN_COST }: { sealing: Pick<Sealing, 'code'>; cost?: PinCost }): Vault {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0

  /** One at a time: whoever sends many PINs at once gets no more memory of this process than one does. */
  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (waiting >= MOST_WAITING) throw new BrokerError('too_many_requests', `${waiting} PINs are being looked at`)
    waiting += 1
    const mine = last.then(work, work)
    last = mine.catch(() => undefined)
    try {
      return await mine
    } finally {
      waiting -= 1
    }
  }

  async function keyFor(pin: string, salt: Buffer, label: string, { n, r, p }: PinCost): Promise<Buffer> {
    const stretched = await inTurn(() => stretch(pin, salt, { N: n, r, p, maxmem: 256 * n * r }))
    const ours = Buffer.from(sealing.code(salt.toString('base64'), `remote-key:${label}`), 'base64url')
    try {
      return Buffer.from(hkdfSync('sha256', Buffer.concat([stretched, ours]), salt, 'remote signing key 1', 32))
    } finally {
      stretched.fill(0)
      ours.fill(0)
    }
  }

  return {
    async close(secret, pin, label) {
      const [salt, nonce] = [randomBytes(32), randomBytes(12)]
      const key = await keyFor(pin, salt, label, cost)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(label))
      const data = Buffer.concat([cipher.update(JSON.stringify(secret), 'utf8'), cipher.final()])
      key.fill(0)
      const [s, o, d, t] = [salt, nonce, data, cipher.getAuthTag()].map(part => part.toString('base64url'))
      return JSON.stringify({ v: 1, cost, salt: s, nonce: o, data: d, tag: t })
    },
    async open(text, pin, label) {
      const { cost: paid, salt, nonce, data, tag } = kept.parse(JSON.parse(text))
      const key = await keyFor(pin, Buffer.from(salt, 'base64url'), label, paid)
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), { authTagLength: 16 }).setAAD(Buffer.from(label))
      decipher.setAuthTag(Buffer.from(tag, 'base64url'))
      try {
        const plain = Buffer.concat([decipher.update(Buffer.from(data, 'base64url')), decipher.final()])
        const { key: own, totp } = secretOf.parse(JSON.parse(plain.toString('utf8')))
        plain.fill(0)
        return { key: own, ...(totp === undefined ? {} : { totp }) }
      } catch {
        return undefined
      } finally {
        key.fill(0)
      }
    },
  }
}

const stretch = (pin: string, salt: Buffer, options: { N: number; r: number; p: number; maxmem: number }): Promise<Buffer> =>
  new Promise((resolve, reject) => scrypt(pin.normalize('NFC'), salt, 32, options, (error, key) => (error === null ? resolve(key) : reject(error))))

/** What is too easily guessed by who has both the database and the sealing key. @throws BrokerError remote_pin_weak */
export function demandStrongPin(pin: string): void {
  const letters = [...pin.normalize('NFC')]
  const varied = new Set(letters).size >= 5
  if (letters.length < 8 || letters.length > 64 || !varied || !/\d/.test(pin) || !/\p{L}/u.test(pin))
    throw new BrokerError('remote_pin_weak', `a PIN of ${letters.length} characters that is too easily guessed`)
}
