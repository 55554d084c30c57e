import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { SigningKey, SigningKeyStore } from './stores-keys.ts'

/** What a room needs to keep keys of its own at rest. */
export interface SealedKeyDeps {
  store: SigningKeyStore
  sealing: Sealing
  clock: Clock
}

/**
 * The stored key of a fixed kid, made first where there is none. Of several processes that start together one inserts and the others read.
 * @param make the text to keep: private JWK, PEM or what else its owner reads back
 * @throws Error when it was sealed under another sealing key
 */
export async function obtainSealedKey(
  { store, sealing, clock }: SealedKeyDeps,
  { kid, use }: Pick<SigningKey, 'kid' | 'use'>,
  make: () => Promise<string>,
): Promise<string> {
  const label = `signing-key:${use}:${kid}`
  const find = async () => (await store.list(use)).find(key => key.kid === kid)
  const known = await find()
  if (known !== undefined) return sealing.open(known.sealed, label)
  const at = clock.now().toISOString()
  await store.insert({ kid, use, state: 'active', sealed: sealing.seal(await make(), label), createdAt: at, activeFrom: at })
  // whoever inserted first: the stored one counts
  const stored = await find()
  if (stored === undefined) throw new BrokerError('internal', `key ${kid} was stored and is not there`)
  return sealing.open(stored.sealed, label)
}

/**
 * The same, read once by each process: a failure is tried again at the next call.
 * @param key.read makes of the kept text what its owner works with
 */
export function holdSealedKey<Key>(
  deps: SealedKeyDeps,
  { make, read, ...name }: Pick<SigningKey, 'kid' | 'use'> & { make: () => Promise<string>; read: (text: string) => Key | Promise<Key> },
): () => Promise<Key> {
  let held: Promise<Key> | undefined
  return () => {
    held ??= obtainSealedKey(deps, name, make)
      .then(read)
      .catch((error: unknown) => {
        held = undefined
        throw error
      })
    return held
  }
}
