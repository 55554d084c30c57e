import { BrokerError } from '../kernel/errors.ts'
import { MAX_SHARES } from '../kernel/shamir.ts'
import { Certificate } from '../pki/certificate.ts'
import { requireUse } from '../pki/dual-certificate.ts'
import type { Opening } from '../storage/stores-bids.ts'

/** Owns the certificates that are handed in at the doors: whose secrets shields have to open again. SM2 or RSA: other keys cannot be encrypted to. */

/** @throws BrokerError certificate_malformed, certificate_wrong_use, algorithm_refused */
export function shieldCertificate(base64: string): Certificate {
  const certificate = new Certificate(Buffer.from(base64, 'base64'))
  requireUse(certificate, 'encrypt')
  if (certificate.keyName !== 'SM2' && certificate.keyName !== 'RSA')
    throw new BrokerError('algorithm_refused', 'a key that nothing can be encrypted to', { received: certificate.keyName, expected: 'SM2 or RSA' })
  return certificate
}

/** Who rescues an opening's bids, as its announcement says it. @throws BrokerError bad_request, and those of shieldCertificate */
export function custodyOf(custodians: readonly string[], threshold: number, platform: Certificate): NonNullable<Opening['rescue']> {
  const read = custodians.map(shieldCertificate)
  const names = read.map(({ thumbprint }) => thumbprint)
  if (new Set(names).size !== names.length || names.includes(platform.thumbprint) || names.length > MAX_SHARES || threshold > names.length)
    throw new BrokerError('bad_request', 'custodians are different persons, and as many as it takes', { expected: `2 to ${MAX_SHARES}, each once` })
  return {
    custodians: names,
    threshold,
    platform: platform.thumbprint,
    certificates: [...read, platform].map(({ der }) => der.toString('base64')),
  }
}

/** The certificates of an announced rescue; undefined for an opening without one, or one whose certificates are not kept. */
export function keepersOf({ rescue }: Opening): { custodians: Certificate[]; threshold: number; platform: Certificate } | undefined {
  const read = (rescue?.certificates ?? []).map(der => new Certificate(Buffer.from(der, 'base64')))
  const platform = read.at(-1)
  if (rescue === undefined || platform === undefined) return undefined
  return { custodians: read.slice(0, -1), threshold: rescue.threshold, platform }
}
