/** Owns what `--key FILE` means to a command: a PFX, an SM2 file or a private key, whatever its ending; the password comes out of a file, never off the command line. */
import type { KeyObject } from 'node:crypto'
import { BrokerError } from '../kernel/errors.ts'
import type { Certificate } from '../pki/certificate.ts'
import { readPrivateKey } from '../pki/pkcs8.ts'
import { PFX_LIMIT, type Pfx, readPfx } from '../pki/pkcs12.ts'
import { readSm2File } from '../pki/pkcs12-sm2.ts'
import { readBounded } from './files.ts'

export interface KeyFile {
  privateKey: KeyObject
  /** where the file brings it */
  certificate: Certificate | undefined
  /** certificates that came along */
  chain: readonly Certificate[]
}

const RSA_DATA = Buffer.from('06092a864886f70d010701', 'hex')
const SM_DATA = Buffer.from('060a2a811ccf550601040201', 'hex')

/**
 * @param passphraseFile its first line is the password
 * @throws BrokerError `config_invalid`, `key_password_wrong`, `key_file_malformed`, `algorithm_refused`
 */
export async function readKeyFile(path: string, passphraseFile: string | undefined): Promise<KeyFile> {
  const found = await readAny(path, passphraseFile)
  return 'keys' in found ? first(found) : found
}

/** Every key of a PFX or SM2 file. @throws as readKeyFile, and `key_file_malformed` for a key by itself, which says not whose it is */
export async function readKeys(path: string, passphraseFile: string | undefined): Promise<Pfx> {
  const found = await readAny(path, passphraseFile)
  if ('keys' in found) return found
  throw new BrokerError('key_file_malformed', `${path} holds a key and no certificate`)
}

/** The first line of a small file: a password or PIN. @throws BrokerError `config_invalid` */
export const firstLineOf = async (path: string): Promise<string> => firstLine(await readBounded(path, 64 * 1024))

async function readAny(path: string, passphraseFile: string | undefined): Promise<KeyFile | Pfx> {
  const bytes = await readBounded(path, 2 * PFX_LIMIT)
  const password = passphraseFile === undefined ? undefined : await firstLineOf(passphraseFile)
  const text = bytes.subarray(0, 32 * 1024).toString('latin1')
  if (text.includes('PRIVATE KEY-----')) return alone(await readPrivateKey(bytes, password))
  if (text.includes('-----BEGIN CFCA KEY-----') || startsWith(bytes, 0x01, SM_DATA)) return await readSm2File(bytes, password ?? '')
  if (startsWith(bytes, 0x03, RSA_DATA) || startsWith(bytes, 0x03, SM_DATA)) return await readPfx(bytes, password ?? '')
  return alone(await readPrivateKey(bytes, password))
}

/** SEQUENCE { version, { type of data ... } ... }: how a PFX and an SM2 file begin, whichever way their lengths are written. */
function startsWith(bytes: Buffer, version: number, type: Buffer): boolean {
  const at = bytes.subarray(0, 12).indexOf(Buffer.of(0x02, 0x01, version))
  return bytes[0] === 0x30 && at > 0 && bytes.subarray(at, at + 24).includes(type)
}

const firstLine = (bytes: Buffer): string => bytes.toString('utf8').split(/\r?\n/)[0] ?? ''
const alone = (privateKey: KeyObject): KeyFile => ({ privateKey, certificate: undefined, chain: [] })

function first({ keys, certificates }: Pfx): KeyFile {
  const signing = keys.find(({ certificate }) => certificate?.keyUsage?.has('digitalSignature') ?? true) ?? keys[0]
  if (signing === undefined) throw new BrokerError('key_file_malformed', 'the file holds no private key')
  return { privateKey: signing.privateKey, certificate: signing.certificate, chain: certificates.filter(each => each !== signing.certificate) }
}
