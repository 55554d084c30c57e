import { generateKeyPairSync } from 'node:crypto'
import { type OwnKey, type Party, type PartyKey, partyKey } from '../../../bank-adapters/channel/keys.ts'
import { issueCertificate } from '../../../server/pki/issue.ts'
import { generateSm2 } from '../../../server/pki/sm2.ts'

/** Parties of the channel with keys of their own, made for a test. */
export const START = new Date('2026-11-29T02:00:00.000Z')

type Kind = 'SM2' | 'RSA'

export function ownKey(name: string, how: { kind?: Kind; use?: PartyKey['use']; from?: string; until?: string; revokedAt?: string } = {}): OwnKey {
  const { kind = 'SM2', use = 'sign', ...times } = how
  const pair = kind === 'SM2' ? generateSm2() : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const der = issueCertificate({
    subject: [
      ['C', 'CN'],
      ['CN', `${name} ${use}`],
    ],
    issuer: { self: pair.privateKey },
    publicKey: pair.publicKey,
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2028-01-01T00:00:00Z'),
    profile: use,
  })
  return { key: partyKey({ certificate: der, use, ...times }), privateKey: pair.privateKey }
}

export const partyOf = (name: string, keys: readonly OwnKey[], algorithms: Party['algorithms'] = ['SM2']): Party => ({
  name,
  keys: keys.map(({ key }) => key),
  algorithms,
})
