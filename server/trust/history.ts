/** Owns the versions in memory: loading one, keeping those asked for lately, and sharing the certificates they have in common. */
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { Certificate } from '../pki/certificate.ts'
import type { TrustStore } from '../storage/stores-trust.ts'
import { parseEntry } from './entry.ts'
import { compileSnapshot, type TrustSnapshot } from './snapshot.ts'

export interface History {
  /** the version that the database says is in force */
  newest(): Promise<TrustSnapshot>
  /** @param version one that was in force once */
  version(version: number): Promise<TrustSnapshot>
  /** the version in force at a time; the very first where there was none yet */
  at(time: Date): Promise<TrustSnapshot>
}

const MOST_KEPT = 16

export function createHistory(store: TrustStore, clock: Clock): History {
  const kept = new Map<number, TrustSnapshot>()
  let known = new Map<string, Certificate>()
  /** newest answer of `at`, so that a thousand signatures of one day ask the database once */
  const times = new Map<string, { number: number; askedAt: number }>()

  async function load(version?: number): Promise<TrustSnapshot> {
    // one that is still to be made must not be remembered as empty
    if (version !== undefined && version > (await store.head()).version)
      throw new BrokerError('trust_not_found', `version ${version} is not made yet`)
    const found = await store.rows(version)
    const before = kept.get(found.version)
    if (before !== undefined) return before
    const snapshot = compileSnapshot(
      found.version,
      found.rows.map(row => parseEntry(row.body)),
      known,
    )
    known = new Map([...known].slice(-5000))
    for (const certificate of [...snapshot.roots, ...snapshot.intermediates]) known.set(certificate.der.toString('base64'), certificate)
    kept.set(found.version, snapshot)
    if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value ?? -1)
    return snapshot
  }

  const version = async (number: number): Promise<TrustSnapshot> => kept.get(number) ?? (await load(number))

  return {
    newest: () => load(),
    version,
    async at(time) {
      const now = clock.now().getTime()
      const key = time.toISOString()
      const before = times.get(key)
      // a version made now is of now: what was in force at a past moment does not change, a moment to come may
      if (before !== undefined && time.getTime() < before.askedAt) return await version(before.number)
      const number = (await store.versionAt(time)) ?? 1
      if (number > (await store.head()).version) return await load()
      if (times.size >= 1000) times.clear()
      times.set(key, { number, askedAt: now })
      return await version(number)
    },
  }
}
