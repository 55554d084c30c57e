import type { KeyObject } from 'node:crypto'
import { BrokerError } from '../../server/kernel/errors.ts'
import { type Certificate, readCertificate } from '../../server/pki/certificate.ts'
import { sm3 } from '../../server/pki/sm2.ts'

/** Owns who may sign for a party, since when and until when. Keys follow one another with an overlap in which both count; retired ones still verify what they signed in their time. */
export interface PartyKey {
  /** first 32 digits of the SM3 of the certificate: nobody can give two keys one name */
  id: string
  use: 'sign' | 'encrypt'
  certificate: Certificate
  /** ISO 8601; from then on it counts */
  from: string
  /** ISO 8601; what is signed later does not count */
  until?: string
  /** ISO 8601; nothing that arrives later counts, whenever it was signed */
  revokedAt?: string
}

export interface Party {
  /** short, lower case, stable; a bank's is that of its data file */
  name: string
  keys: readonly PartyKey[]
  /** algorithms whose signatures count: one alone of another is a downgrade */
  algorithms: readonly ('SM2' | 'RSA')[]
}

/** A key whose private half is held here. */
export interface OwnKey {
  key: PartyKey
  privateKey: KeyObject
}

const keyIdOf = (certificate: Certificate): string => sm3(certificate.der).slice(0, 32)

/** A key as registered: its certificate, in force from `from`, or from the certificate's own beginning. @throws BrokerError when it is no certificate, or its key may not serve */
export function partyKey(input: {
  certificate: Uint8Array | string
  use: PartyKey['use']
  from?: string | undefined
  until?: string | undefined
  revokedAt?: string | undefined
}): PartyKey {
  const certificate = readCertificate(input.certificate)
  const { use, from = certificate.notBefore.toISOString(), until, revokedAt } = input
  return {
    id: keyIdOf(certificate),
    use,
    certificate,
    from,
    ...(until === undefined ? {} : { until }),
    ...(revokedAt === undefined ? {} : { revokedAt }),
  }
}

/**
 * Whether the key counts for what was signed then and arrives now; its certificate's own validity binds too.
 * @throws BrokerError channel_key_not_in_force
 */
export function demandInForce(key: PartyKey, signedAt: Date, now: Date): void {
  const fault =
    key.revokedAt !== undefined && now >= new Date(key.revokedAt)
      ? `revoked at ${key.revokedAt}`
      : signedAt < new Date(key.from)
        ? `in force only from ${key.from}`
        : key.until !== undefined && signedAt >= new Date(key.until)
          ? `retired at ${key.until}`
          : signedAt < key.certificate.notBefore || signedAt > key.certificate.notAfter
            ? 'outside the validity of its certificate'
            : undefined
  if (fault === undefined) return
  throw new BrokerError('channel_key_not_in_force', `key ${key.id} is not in force`, { received: `${key.id}: ${fault}`, expected: 'a key in force' })
}

/** The key to encrypt to now: the newest in force; undefined where none is. */
export function newestEncryptionKey({ keys }: Party, now: Date): PartyKey | undefined {
  return keys.filter(key => key.use === 'encrypt' && isInForce(key, now)).sort((a, b) => (a.from < b.from ? 1 : -1))[0]
}

/** The same, for whoever cannot do without. @throws BrokerError channel_key_unknown */
export function encryptionKeyOf(party: Party, now: Date): PartyKey {
  const newest = newestEncryptionKey(party, now)
  if (newest === undefined) throw new BrokerError('channel_key_unknown', `${party.name} has no encryption key in force`)
  return newest
}

export function isInForce(key: PartyKey, at: Date): boolean {
  try {
    demandInForce(key, at, at)
    return true
  } catch {
    return false
  }
}
