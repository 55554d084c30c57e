import { generateKeyPairSync } from 'node:crypto'
import { BrokerError, type FailureCode } from '../../server/kernel/errors.ts'
import { Certificate } from '../../server/pki/certificate.ts'
import { type CertificateRequest, issueCertificate } from '../../server/pki/issue.ts'
import type { NameParts } from '../../server/pki/names.ts'
import { generateSm2, type KeyPair } from '../../server/pki/sm2.ts'

/** Certificates made for one test: a root, an issuing CA under it, and whatever a test asks for. */
export const from = new Date('2026-01-01T00:00:00Z')
export const to = new Date('2036-01-01T00:00:00Z')
export const at = new Date('2027-06-01T12:00:00Z')

export interface Party extends KeyPair {
  certificate: Certificate
}

export const newKey = {
  SM2: generateSm2,
  RSA: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ECDSA: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
}
export type Algorithm = keyof typeof newKey

export const name = (common: string): NameParts => [
  ['C', 'CN'],
  ['O', '演示银行'],
  ['CN', common],
]

type Wishes = Partial<Omit<CertificateRequest, 'issuer' | 'publicKey' | 'subject'>> & { keys?: KeyPair; subject?: NameParts }

export function makeRoot(common = 'Root', wishes: Wishes = {}, algorithm: Algorithm = 'SM2'): Party {
  const keys = wishes.keys ?? newKey[algorithm]()
  const der = issueCertificate({
    subject: name(common),
    notBefore: from,
    notAfter: to,
    profile: 'root',
    ...wishes,
    issuer: { self: keys.privateKey },
    publicKey: keys.publicKey,
  })
  return { ...keys, certificate: new Certificate(der) }
}

export function makeUnder(issuer: Party, common: string, wishes: Wishes = {}, algorithm: Algorithm = 'SM2'): Party {
  const keys = wishes.keys ?? newKey[algorithm]()
  const der = issueCertificate({
    subject: name(common),
    notBefore: from,
    notAfter: to,
    profile: 'sign',
    ...wishes,
    issuer,
    publicKey: keys.publicKey,
  })
  return { ...keys, certificate: new Certificate(der) }
}

/** The code a call refuses with; `accepted` when it does not. */
export function codeOf(call: () => unknown): FailureCode | 'accepted' {
  try {
    call()
    return 'accepted'
  } catch (thrown) {
    if (thrown instanceof BrokerError) return thrown.code
    throw thrown
  }
}

export async function codeOfAsync(call: () => Promise<unknown>): Promise<FailureCode | 'accepted'> {
  try {
    await call()
    return 'accepted'
  } catch (thrown) {
    if (thrown instanceof BrokerError) return thrown.code
    throw thrown
  }
}
