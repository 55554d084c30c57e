import type { Clock } from '../kernel/clock.ts'
import { type KeyUnderOwnRoot, makeUnderOwnRoot, readUnderOwnRoot } from '../pki/own-root.ts'
import { generateSm2, importPrivateSm2 } from '../pki/sm2.ts'
import { holdSealedKey, type SealedKeyDeps } from '../storage/sealed-keys.ts'
import { holderOf, type KeyHolder } from './envelope/part.ts'

/**
 * The platform's half of every rescue: the key that releases, kept sealed at rest, and its certificate, to which bidders encrypt. Made once for all processes. What it opens alone is nothing (envelope/rescue.ts).
 */
export interface ReleaseKey {
  /** @throws Error when it was sealed under another sealing key */
  key(): Promise<KeyUnderOwnRoot>
  holder: KeyHolder
}

const YEARS = 20

export function createReleaseKey(deps: SealedKeyDeps): ReleaseKey {
  const key = holdSealedKey(deps, {
    kid: 'bid-release-sm2-1',
    use: 'bid-release',
    make: async () => make(deps.clock),
    read: text => readUnderOwnRoot(text, importPrivateSm2),
  })
  return { key, holder: { open: async part => holderOf((await key()).privateKey).open(part) } }
}

const make = (clock: Clock): string =>
  makeUnderOwnRoot(
    { root: generateSm2().privateKey, holder: generateSm2().privateKey },
    { root: 'Bid Release Root SM2', holder: 'Bid Release SM2' },
    { from: clock.now(), years: YEARS },
    [],
    'encrypt',
  )
