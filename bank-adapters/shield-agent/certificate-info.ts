/** Owns the information types of SOF_GetCertInfo, numbered as GM/T 0006 has them (FJCA and BJCA number some differently). All for showing; nobody decides by it. */
import { BrokerError } from '../../server/kernel/errors.ts'
import type { Certificate } from '../../server/pki/certificate.ts'
import { type Name, valuesOf } from '../../server/pki/names.ts'

/** Ours, above the standard's range: which of our algorithms the key is for, SM2 or RSA. */
export const KEY_ALGORITHM = 0x101

const joined = (name: Name, type: string): string => valuesOf(name, type).join(',')

const TYPES: Record<number, (certificate: Certificate) => string> = {
  1: ({ version }) => String(version),
  2: ({ serial }) => serial,
  5: ({ issuer }) => issuer.text,
  6: ({ notBefore, notAfter }) => `${notBefore.toISOString()}-${notAfter.toISOString()}`,
  7: ({ subject }) => subject.text,
  8: ({ spki }) => spki.toString('base64'),
  9: ({ extensions }) => [...extensions.keys()].join(','),
  17: ({ authorityKeyId }) => authorityKeyId ?? '',
  18: ({ subjectKeyId }) => subjectKeyId ?? '',
  19: ({ keyUsage }) => [...(keyUsage ?? [])].join(','),
  33: ({ issuer }) => joined(issuer, 'CN'),
  34: ({ issuer }) => joined(issuer, 'O'),
  35: ({ issuer }) => joined(issuer, 'OU'),
  49: ({ subject }) => joined(subject, 'CN'),
  50: ({ subject }) => joined(subject, 'O'),
  51: ({ subject }) => joined(subject, 'OU'),
  52: ({ subject }) => joined(subject, 'emailAddress'),
  53: ({ notBefore }) => notBefore.toISOString(),
  54: ({ notAfter }) => notAfter.toISOString(),
  [KEY_ALGORITHM]: ({ keyName }) => keyName,
}

/** @throws BrokerError `shield_request_refused` for a type that is none of these */
export function certificateInfo(certificate: Certificate, type: number): string {
  const read = TYPES[type]
  if (read === undefined) throw new BrokerError('shield_request_refused', `certificate information type ${type}`)
  return read(certificate)
}
