import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'

/** Keeps private keys at rest under the configuration's sealing key. `label` (what and whose) is authenticated, so that a sealed key cannot be put in another's place. */
export interface Sealing {
  seal(plain: string, label: string): string
  /** @throws Error when the text was changed, was sealed under another key, or carries another label */
  open(sealed: string, label: string): string
  /** a code over a text that stays readable: whoever changes the row that holds both cannot make it anew */
  code(text: string, label: string): string
}

/**
 * AES-256-GCM with a random 96-bit nonce; text form `v1.<nonce>.<ciphertext>.<tag>` in base64url.
 * @param key 32 bytes
 */
export function createSealing(key: Uint8Array): Sealing {
  if (key.length !== 32) throw new Error('the sealing key has 32 bytes')
  // Node takes five times as long over the key when it comes as bytes each time, and thousands of codes are made for one page
  const secret = createSecretKey(key)
  let codeKey: KeyObject | undefined
  return {
    seal(plain, label) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(Buffer.from(label))
      const data = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return ['v1', ...[nonce, data, cipher.getAuthTag()].map(part => part.toString('base64url'))].join('.')
    },
    open(sealed, label) {
      const [version, nonce, data, tag] = sealed.split('.')
      if (version !== 'v1' || nonce === undefined || data === undefined || tag === undefined) throw new Error('not a sealed text')
      const decipher = createDecipheriv('aes-256-gcm', secret, Buffer.from(nonce, 'base64url'), { authTagLength: 16 }).setAAD(Buffer.from(label))
      decipher.setAuthTag(Buffer.from(tag, 'base64url'))
      return Buffer.concat([decipher.update(Buffer.from(data, 'base64url')), decipher.final()]).toString('utf8')
    },
    code(text, label) {
      codeKey ??= createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'integrity code', 32)))
      return createHmac('sha256', codeKey).update(`${label}\0${text}`).digest('base64url')
    },
  }
}
