import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { Trail } from '../audit/events.ts'
import type { Clock } from '../kernel/clock.ts'
import { newTraceCode } from '../kernel/ids.ts'
import { oid, sequence } from '../pki/der-write.ts'
import { EXTENSION } from '../pki/extensions.ts'
import { type KeyUnderOwnRoot, makeUnderOwnRoot, readUnderOwnRoot } from '../pki/own-root.ts'
import { generateSm2, importPrivateSm2 } from '../pki/sm2.ts'
import { createKeyLine, type KeyLine } from '../storage/key-line.ts'
import type { SealedKeyDeps } from '../storage/sealed-keys.ts'

/**
 * The keys and certificates of each of our time-stamp authorities, and the root above each. One stamps for two years, the next is published a month before; a new one has a new root, and all stay published.
 */
export const FAMILIES = ['sm2', 'rsa'] as const
export type Family = (typeof FAMILIES)[number]
export type AuthorityKey = KeyUnderOwnRoot

const YEARS = 10
/** RFC 3161 2.3: this purpose alone, and critical */
const TIME_STAMPING = { oid: EXTENSION.extendedKeyUsage, der: sequence(oid('1.3.6.1.5.5.7.3.8')), critical: true }

/** Its keys throw Error when one was sealed under another sealing key. */
export const authorityLine = (family: Family, deps: SealedKeyDeps & { trail: Trail }): KeyLine<AuthorityKey> =>
  createKeyLine(deps, {
    line: `timestamp-${family}`,
    use: 'timestamp',
    make: () => make(family, deps.clock),
    read: text => readUnderOwnRoot(text, family === 'sm2' ? importPrivateSm2 : der => createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })),
    changed: facts => deps.trail.append({ code: 'keys.rotated', trace: newTraceCode(), facts }),
  })

async function make(family: Family, clock: Clock): Promise<string> {
  const keys = { root: await newKey(family), holder: await newKey(family) }
  const kind = family.toUpperCase()
  const names = { root: `Time Stamp Root ${kind}`, holder: `Time Stamp Authority ${kind}` }
  return makeUnderOwnRoot(keys, names, { from: clock.now(), years: YEARS }, [TIME_STAMPING])
}

const newRsa = promisify(generateKeyPair)
const newKey = async (family: Family): Promise<KeyObject> =>
  family === 'sm2' ? generateSm2().privateKey : (await newRsa('rsa', { modulusLength: 3072 })).privateKey
