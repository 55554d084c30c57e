/** Owns what a leaf must be good for: key usage (RFC 5280 4.2.1.3), extended key usage (4.2.1.12), and what our own purposes ask of both. */
import type { Certificate } from './certificate.ts'
import { EXTENSION, type KeyUsage } from './extensions.ts'

/** What a certificate is wanted for here. */
export type Purpose = 'login' | 'seal' | 'encryption' | 'ocsp' | 'timestamp'

const ANY = '2.5.29.37.0'
const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9'
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8'
/** Of servers, programs and services. A person's certificate names others, vendors' own among them, or none. */
const OF_MACHINES: ReadonlySet<string> = new Set(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.3', TIME_STAMPING, OCSP_SIGNING])

interface Row {
  /** one of these, where the certificate limits its key at all */
  keyUsage: readonly KeyUsage[]
  /** `person`: not for machines only, where it says what it is for; otherwise this very purpose must be named, and any is not enough */
  extended: 'person' | { named: string; alone: 'critical' | 'any' }
}

const SIGNING = ['digitalSignature', 'nonRepudiation'] as const
const rows: Readonly<Record<Purpose, Row>> = {
  login: { keyUsage: SIGNING, extended: 'person' },
  seal: { keyUsage: SIGNING, extended: 'person' },
  encryption: { keyUsage: ['keyEncipherment', 'dataEncipherment', 'keyAgreement'], extended: 'person' },
  // RFC 6960 4.2.2.2
  ocsp: { keyUsage: ['digitalSignature'], extended: { named: OCSP_SIGNING, alone: 'any' } },
  // RFC 3161 2.3: this purpose alone, and critical
  timestamp: { keyUsage: SIGNING, extended: { named: TIME_STAMPING, alone: 'critical' } },
}

export interface Uses {
  purpose?: Purpose
  /** the leaf must allow one of these */
  keyUsage?: readonly KeyUsage[]
  /** the leaf, and every CA that limits itself, must allow all of these object identifiers, where they limit at all */
  extendedKeyUsage?: readonly string[]
}

export type Objection = { clause: string; facts: string } | undefined

export function objectionToKeyUsage({ keyUsage }: Certificate, demands: Uses): Objection {
  const wanted = [
    ...(demands.keyUsage === undefined ? [] : [demands.keyUsage]),
    ...(demands.purpose === undefined ? [] : [rows[demands.purpose].keyUsage]),
  ]
  const missing = wanted.find(each => keyUsage !== undefined && !each.some(usage => keyUsage.has(usage)))
  return missing === undefined ? undefined : { clause: '4.2.1.3', facts: `its key is not for ${missing.join(' or ')}` }
}

/** @param place what a CA says binds the leaf's uses too, as every validator in the field has it; RFC 5280 leaves it open */
export function objectionToExtended(certificate: Certificate, { purpose, extendedKeyUsage = [] }: Uses, place: 'leaf' | 'above'): Objection {
  const { extKeyUsage } = certificate
  const refused = (facts: string): Objection => ({ clause: '4.2.1.12', facts })
  const missing = extendedKeyUsage.find(each => extKeyUsage !== undefined && !extKeyUsage.has(each) && !extKeyUsage.has(ANY))
  if (missing !== undefined) return refused(`it is not for ${missing}`)
  if (purpose === undefined || place === 'above') return undefined
  const { extended } = rows[purpose]
  if (extended === 'person')
    return extKeyUsage !== undefined && [...extKeyUsage].every(each => OF_MACHINES.has(each)) ? refused('it is for machines only') : undefined
  if (extKeyUsage?.has(extended.named) !== true) return refused(`it is not for ${extended.named} by name`)
  if (extended.alone === 'critical' && (extKeyUsage.size > 1 || certificate.extensions.get(EXTENSION.extendedKeyUsage)?.critical !== true))
    return refused(`it is for more than ${extended.named}, or does not say so critically`)
  return undefined
}
