/**
 * Owns what `--trust DIR` means to a command. Below a folder named `roots`, self-signed certificates are trust anchors, as for `shield trust check`; where DIR has no such
 * folder, all its self-signed certificates are: whoever names a folder of their own trusts what lies in it. All other certificates are candidates for a path.
 */
import { basename, relative, resolve, sep } from 'node:path'
import { systemClock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { type Certificate, readPemBundle } from '../pki/certificate.ts'
import { CRL_LIMIT, type Crl, readCrl } from '../pki/crl.ts'
import { isSelfSigned } from '../pki/signed-by.ts'
import type { Asked } from './command.ts'
import { filesBelow, readBounded } from './files.ts'

export interface Trust {
  roots: Certificate[]
  intermediates: Certificate[]
  crls: Crl[]
}

/** @throws BrokerError `config_invalid` where the folder is missing or holds no root */
export async function readTrust(folder: string): Promise<Trust> {
  const trust: Trust = { roots: [], intermediates: [], crls: [] }
  const files = await filesBelow(folder)
  const inRoots = (file: string) => [basename(resolve(folder)), ...relative(folder, file).split(sep).slice(0, -1)].includes('roots')
  const limited = files.some(inRoots)
  for (const file of files) {
    const bytes = await readBounded(file, CRL_LIMIT)
    const certificates = certificatesIn(bytes)
    if (certificates === undefined) trust.crls.push(...crlsIn(bytes))
    for (const certificate of certificates ?? []) {
      const isRoot = isSelfSigned(certificate) && (!limited || inRoots(file))
      ;(isRoot ? trust.roots : trust.intermediates).push(certificate)
    }
  }
  if (trust.roots.length === 0) throw new BrokerError('config_invalid', `${folder} holds no self-signed certificate that could be a root`)
  return trust
}

/** @param files as `--crl` names them. @throws BrokerError `certificate_malformed`, `config_invalid` */
export async function readCrlFiles(files: readonly string[]): Promise<Crl[]> {
  return await Promise.all(files.map(async file => readCrl(await readBounded(file, 2 * CRL_LIMIT))))
}

function certificatesIn(bytes: Buffer): Certificate[] | undefined {
  try {
    const found = readPemBundle(bytes)
    return found.length === 0 ? undefined : found
  } catch {
    return undefined
  }
}

function crlsIn(bytes: Buffer): Crl[] {
  try {
    return [readCrl(bytes)]
  } catch {
    // a README beside the certificates is no reason to stop
    return []
  }
}

/** `--at`, or now. @throws BrokerError `config_invalid` */
export function timeAsked({ options }: Pick<Asked, 'options'>): Date {
  const [text] = options['at'] ?? []
  if (text === undefined) return systemClock.now()
  const time = new Date(text)
  if (Number.isNaN(time.getTime())) throw new BrokerError('config_invalid', `--at ${text} is no time; write it as 2027-06-01T12:00:00Z`)
  return time
}
