/** Owns what `--cert` and `--key` say together: whose key it is, asked of our own files before anything is signed or opened. */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { BrokerError } from '../kernel/errors.ts'
import { CERTIFICATE_LIMIT, type Certificate, readPemBundle } from '../pki/certificate.ts'
import { wrong } from './asked.ts'
import { readBounded } from './files.ts'
import { readKeyFile } from './key-file.ts'

export interface Pair {
  certificate: Certificate
  privateKey: KeyObject
  /** CA certificates that came along */
  chain: readonly Certificate[]
}

/**
 * @param certificate where the key file brings none, or another is meant
 * @param passphrase its first line opens the key
 * @throws BrokerError `bad_request` without a certificate, `shield_key_mismatch`, `certificate_malformed`, and as readKeyFile
 */
export async function pair(certificate: string | undefined, key: string, passphrase: string | undefined): Promise<Pair> {
  const { privateKey, certificate: brought, chain } = await readKeyFile(key, passphrase)
  const [first = brought, ...rest] = certificate === undefined ? [] : await certificatesIn(certificate)
  if (first === undefined) throw wrong(`${key} brings no certificate: give it with --cert`)
  const [own, theirs] = [createPublicKey(privateKey), first.publicKey].map(each => each.export({ type: 'spki', format: 'der' }))
  if (own === undefined || theirs?.equals(own) !== true)
    throw new BrokerError('shield_key_mismatch', `${key} is not the key of certificate ${first.serial}`)
  return { certificate: first, privateKey, chain: [...rest, ...(certificate === undefined ? chain : [])] }
}

/** PEM or DER, one at least. @throws BrokerError `certificate_malformed`, `config_invalid` where there is no such file */
export async function certificatesIn(path: string): Promise<Certificate[]> {
  const found = readPemBundle(await readBounded(path, 64 * CERTIFICATE_LIMIT))
  if (found.length === 0) throw new BrokerError('certificate_malformed', `${path} holds no certificate`)
  return found
}
