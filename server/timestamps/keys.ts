import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { Clock } from '../kernel/clock.ts'
import { oid, sequence } from '../pki/der-write.ts'
import { EXTENSION } from '../pki/extensions.ts'
import { type KeyUnderOwnRoot, makeUnderOwnRoot, readUnderOwnRoot } from '../pki/own-root.ts'
import { generateSm2, importPrivateSm2 } from '../pki/sm2.ts'
import { obtainSealedKey, type SealedKeyDeps } from '../storage/sealed-keys.ts'

/**
 * The key and certificate of each of our time-stamp authorities, and the root above it. Made once for all processes. A new authority has a new root.
 */
export const FAMILIES = ['sm2', 'rsa'] as const
export type Family = (typeof FAMILIES)[number]
export type AuthorityKey = KeyUnderOwnRoot

const YEARS = 10
/** RFC 3161 2.3: this purpose alone, and critical */
const TIME_STAMPING = { oid: EXTENSION.extendedKeyUsage, der: sequence(oid('1.3.6.1.5.5.7.3.8')), critical: true }

/** @throws Error when it was sealed under another sealing key */
export async function obtainAuthority(family: Family, deps: SealedKeyDeps): Promise<AuthorityKey> {
  const text = await obtainSealedKey(deps, { kid: `timestamp-${family}-1`, use: 'timestamp' }, () => make(family, deps.clock))
  return readUnderOwnRoot(text, family === 'sm2' ? importPrivateSm2 : der => createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
}

async function make(family: Family, clock: Clock): Promise<string> {
  const keys = { root: await newKey(family), holder: await newKey(family) }
  const kind = family.toUpperCase()
  const names = { root: `Time Stamp Root ${kind}`, holder: `Time Stamp Authority ${kind}` }
  return makeUnderOwnRoot(keys, names, { from: clock.now(), years: YEARS }, [TIME_STAMPING])
}

const newRsa = promisify(generateKeyPair)
const newKey = async (family: Family): Promise<KeyObject> =>
  family === 'sm2' ? generateSm2().privateKey : (await newRsa('rsa', { modulusLength: 3072 })).privateKey
