/**
 * Owns the software shield: one JSON file that holds a shield's certificates in the clear and its private keys under the PIN. It does not count wrong PINs
 * (software-driver.ts does) and judges no certificate (the broker does).
 *
 * A file can be copied, a USB shield cannot: the retry counter inside stops a person at the keyboard, not somebody who took the file away. What stands
 * against that one is the cost of a guess (PBKDF2) and the length of the PIN. So: for demonstrations, tests and people without a USB port.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  pbkdf2Sync,
  randomBytes,
  X509Certificate,
} from 'node:crypto'
import { z } from 'zod'
import { BrokerError } from '../../server/kernel/errors.ts'
import { newId } from '../../server/kernel/ids.ts'

/** Wrong PINs in a row before a shield locks, as the banks' own shields have it. */
export const PIN_TRIES = 6
/** OWASP's figure for PBKDF2 with SHA-256; a test or demonstration may ask for fewer. */
const ITERATIONS = 600_000
const FILE_LIMIT = 64 * 1024

const base64 = (limit: number) =>
  z
    .string()
    .max(limit)
    .regex(/^[A-Za-z0-9+/]*={0,2}$/)
const sealedKey = z.strictObject({ iv: base64(16).length(16), tag: base64(24).length(24), data: base64(8192) })

const shieldFile = z.strictObject({
  version: z.literal(1),
  /** random; the container name that SOF_GetUserList hands out */
  id: z.string().regex(/^[A-Za-z0-9_-]{8,64}$/),
  /** how a person tells the shield from others; never trusted */
  label: z.string().min(1).max(200),
  bank: z.string().max(40),
  kind: z.enum(['SM2-dual', 'RSA-single']),
  pin: z.strictObject({
    salt: base64(64).min(20),
    /** bounded above as well: a planted file must not keep the agent busy for minutes */
    iterations: z.number().int().min(10_000).max(2_000_000),
    retriesLeft: z.number().int().min(0).max(PIN_TRIES),
    retriesMax: z.literal(PIN_TRIES),
  }),
  signCertificate: base64(16_384),
  encryptCertificate: base64(16_384).optional(),
  keys: z.strictObject({ sign: sealedKey, encrypt: sealedKey.optional() }),
})

export type ShieldFile = z.infer<typeof shieldFile>
/** One certificate with its private key; DER and PKCS#8 DER. */
export interface ShieldKey {
  certificate: Buffer
  privateKeyPkcs8: Buffer
}
export interface OpenedKeys {
  sign: KeyObject
  encrypt?: KeyObject
}

/**
 * Reads the text of a shield file.
 * @throws BrokerError `shield_file_malformed`
 */
export function readShieldFile(text: string): ShieldFile {
  if (text.length > FILE_LIMIT) throw new BrokerError('shield_file_malformed', `${text.length} characters, at most ${FILE_LIMIT}`)
  try {
    return shieldFile.parse(JSON.parse(text))
  } catch (cause) {
    throw new BrokerError('shield_file_malformed', 'not a shield file of version 1', { cause })
  }
}

/**
 * Makes a shield: what a bank's counter does when it hands one over.
 * @param input.pin 6 to 16 characters
 * @param input.iterations of PBKDF2, 10,000 to 2,000,000
 * @throws BrokerError `shield_pin_unfit` · `shield_key_mismatch` when a certificate is not for its key
 */
export function sealShieldFile(input: {
  label: string
  bank: string
  kind: ShieldFile['kind']
  pin: string
  iterations?: number
  sign: ShieldKey
  encrypt?: ShieldKey | undefined
}): ShieldFile {
  const id = newId()
  const keys: { sign: ShieldKey; encrypt?: ShieldKey | undefined } = { sign: input.sign, encrypt: input.encrypt }
  for (const key of [keys.sign, keys.encrypt]) if (key !== undefined) mustBelongTogether(key)
  return shieldFile.parse({
    version: 1,
    id,
    label: input.label,
    bank: input.bank,
    kind: input.kind,
    ...underPin(id, input.pin, input.iterations ?? ITERATIONS, input.sign.privateKeyPkcs8, input.encrypt?.privateKeyPkcs8),
    signCertificate: input.sign.certificate.toString('base64'),
    ...(input.encrypt === undefined ? {} : { encryptCertificate: input.encrypt.certificate.toString('base64') }),
  })
}

/**
 * Opens the private keys. It neither looks at nor changes the retry counter.
 * @throws BrokerError `shield_pin_wrong`, also when the keys were tampered with: GCM cannot tell one from the other
 */
export function openShieldFile(file: ShieldFile, pin: string): OpenedKeys {
  const { sign, encrypt } = privateKeysOf(file, pin)
  return { sign: importKey(sign), ...(encrypt === undefined ? {} : { encrypt: importKey(encrypt) }) }
}

/**
 * The same shield under a new PIN, with all tries restored.
 * @throws BrokerError `shield_pin_wrong` (the old one) · `shield_pin_unfit` (the new one)
 */
export function changeShieldPin(file: ShieldFile, oldPin: string, newPin: string): ShieldFile {
  const { sign, encrypt } = privateKeysOf(file, oldPin)
  return { ...file, ...underPin(file.id, newPin, file.pin.iterations, sign, encrypt) }
}

function underPin(id: string, pin: string, iterations: number, sign: Buffer, encrypt: Buffer | undefined): Pick<ShieldFile, 'pin' | 'keys'> {
  if (pin.length < 6 || pin.length > 16) throw new BrokerError('shield_pin_unfit', `${pin.length} characters`)
  const salt = randomBytes(16)
  const key = pbkdf2Sync(pin, salt, iterations, 32, 'sha256')
  return {
    pin: { salt: salt.toString('base64'), iterations, retriesLeft: PIN_TRIES, retriesMax: PIN_TRIES },
    keys: {
      sign: sealKey(key, sign, `${id}:sign`),
      ...(encrypt === undefined ? {} : { encrypt: sealKey(key, encrypt, `${id}:encrypt`) }),
    },
  }
}

function privateKeysOf(file: ShieldFile, pin: string): { sign: Buffer; encrypt: Buffer | undefined } {
  const key = pbkdf2Sync(pin, Buffer.from(file.pin.salt, 'base64'), file.pin.iterations, 32, 'sha256')
  try {
    return {
      sign: openKey(key, file.keys.sign, `${file.id}:sign`),
      encrypt: file.keys.encrypt === undefined ? undefined : openKey(key, file.keys.encrypt, `${file.id}:encrypt`),
    }
  } catch (cause) {
    throw new BrokerError('shield_pin_wrong', 'the keys do not open under this PIN', { cause })
  }
}

type SealedKey = z.infer<typeof sealedKey>

/** The label is authenticated: a key cannot be moved to the other use, or into another shield. */
function sealKey(key: Buffer, plain: Buffer, label: string): SealedKey {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(label))
  const data = Buffer.concat([cipher.update(plain), cipher.final()])
  return { iv: iv.toString('base64'), tag: cipher.getAuthTag().toString('base64'), data: data.toString('base64') }
}

function openKey(key: Buffer, sealed: SealedKey, label: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.iv, 'base64'), { authTagLength: 16 }).setAAD(Buffer.from(label))
  decipher.setAuthTag(Buffer.from(sealed.tag, 'base64'))
  return Buffer.concat([decipher.update(Buffer.from(sealed.data, 'base64')), decipher.final()])
}

const importKey = (pkcs8: Buffer): KeyObject => createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })

function mustBelongTogether({ certificate, privateKeyPkcs8 }: ShieldKey): void {
  const spki = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' })
  if (!spki(createPublicKey(importKey(privateKeyPkcs8))).equals(spki(new X509Certificate(certificate).publicKey)))
    throw new BrokerError('shield_key_mismatch', 'the certificate is for another key')
}
