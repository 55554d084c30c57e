/** Owns what the keys on a phone do once the PIN opened them: sign words, sign the lines of a list, decrypt, show that they can. */
import { readFile } from 'node:fs/promises'
import { asBrokerError } from '../../server/kernel/errors.ts'
import { readCertificate } from '../../server/pki/certificate.ts'
import { signCms } from '../../server/pki/cms.ts'
import { decryptSm2, sm3 } from '../../server/pki/sm2.ts'
import { type OpenedKeys, openShieldFile, readShieldFile, type ShieldFile } from '../shield-agent/shield-file.ts'
import { signWithKey } from '../shield-agent/software-driver.ts'
import type { IssuedShield } from './shields.ts'

export interface PhoneKeys {
  /** the words, signed twice: bare, and as SignedData with the words inside */
  sign(words: string): Record<string, string>
  /** base64 of each signature, with commas between */
  signLines(lines: readonly Buffer[]): string
  /** base64 of what the first part that is for this key decrypts to; undefined where none is */
  decrypt(parts: readonly { value: string }[]): string | undefined
  /** the same, but a digest of it is all that leaves: whatever was sent as a test, its secret stays here */
  tested(parts: readonly { value: string }[]): string | undefined
}

/** DER of the certificate to which a bid is encrypted; undefined where the phone has none. */
export async function encryptionCertificateOf({ path }: IssuedShield): Promise<Buffer | undefined> {
  const { encryptCertificate } = readShieldFile(await readFile(path, 'utf8'))
  return encryptCertificate === undefined ? undefined : Buffer.from(encryptCertificate, 'base64')
}

/** @returns undefined where the PIN opens nothing */
export async function openPhoneKeys({ path }: IssuedShield, pin: string): Promise<PhoneKeys | undefined> {
  const file = readShieldFile(await readFile(path, 'utf8'))
  try {
    return keysOf(file, openShieldFile(file, pin))
  } catch (thrown) {
    if (asBrokerError(thrown).code !== 'shield_pin_wrong') throw thrown
    return undefined
  }
}

function keysOf(file: ShieldFile, { sign, encrypt }: OpenedKeys): PhoneKeys {
  const certificate = readCertificate(Buffer.from(file.signCertificate, 'base64'))
  function plainOf(parts: readonly { value: string }[]): Buffer | undefined {
    if (encrypt === undefined) return undefined
    for (const { value } of parts) {
      try {
        return Buffer.from(decryptSm2(encrypt, Buffer.from(value, 'base64')))
      } catch {
        // for another key
      }
    }
    return undefined
  }
  return {
    sign(words) {
      const content = Buffer.from(words, 'utf8')
      return {
        certificate: file.signCertificate,
        signature: signWithKey(sign, content, file.kind).toString('base64'),
        algorithm: 'SM2',
        cms: signCms({ content, certificate, privateKey: sign, detached: false }).toString('base64'),
      }
    },
    signLines: lines => lines.map(line => signWithKey(sign, line, file.kind).toString('base64')).join(','),
    decrypt: parts => plainOf(parts)?.toString('base64'),
    tested(parts) {
      const plain = plainOf(parts)
      return plain && Buffer.from(sm3(plain), 'hex').toString('base64')
    },
  }
}
