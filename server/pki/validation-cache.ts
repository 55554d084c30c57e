/**
 * Owns the verdicts on certificate paths that were reached already, so that a login costs one signature. A verdict belongs to one certificate (thumbprint), one use and one
 * version of one scope's trust list; under another version it does not exist. Revocation is no part of it: that is asked every time.
 */
import type { Certificate } from './certificate.ts'

/** A good path, and the time in which no certificate of it begins or ends. */
export interface PathVerdict {
  path: readonly Certificate[]
  from: Date
  until: Date
}

export interface VerdictKey {
  /** whose trust list, such as a bank */
  scope: string
  version: string | number
  use: string
  thumbprint: string
}

export interface ValidationCacheState {
  entries: number
  hits: number
  misses: number
}

export interface ValidationCache {
  find(key: VerdictKey, at: Date): PathVerdict | undefined
  keep(key: VerdictKey, verdict: PathVerdict): void
  /** Forgets all, a scope, or every verdict whose path holds this certificate. */
  forget(what?: { scope?: string; thumbprint?: string }): void
  state(): ValidationCacheState
}

/** @param most entries; the one used longest ago goes first */
export function createValidationCache(most: number, onLookup?: (outcome: 'hit' | 'miss') => void): ValidationCache {
  const verdicts = new Map<string, { scope: string; verdict: PathVerdict }>()
  const versions = new Map<string, string | number>()
  let [hits, misses] = [0, 0]

  /** Verdicts under the version before can never be asked again. */
  function follow({ scope, version }: VerdictKey): void {
    const before = versions.get(scope)
    if (before === version) return
    versions.set(scope, version)
    if (before !== undefined) drop(entry => entry.scope === scope)
  }

  function drop(fits: (entry: { scope: string; verdict: PathVerdict }) => boolean): void {
    for (const [key, entry] of verdicts) if (fits(entry)) verdicts.delete(key)
  }

  return {
    find(wanted, at) {
      follow(wanted)
      const key = textOf(wanted)
      const found = verdicts.get(key)
      const holds = found !== undefined && found.verdict.from <= at && at <= found.verdict.until
      if (holds) {
        hits++
        // the one used last stands last
        verdicts.delete(key)
        verdicts.set(key, found)
      } else misses++
      onLookup?.(holds ? 'hit' : 'miss')
      return holds ? found.verdict : undefined
    },

    keep(wanted, verdict) {
      follow(wanted)
      verdicts.set(textOf(wanted), { scope: wanted.scope, verdict })
      if (verdicts.size > most) verdicts.delete(verdicts.keys().next().value ?? '')
    },

    forget({ scope, thumbprint } = {}) {
      drop(
        entry =>
          (scope === undefined || entry.scope === scope) &&
          (thumbprint === undefined || entry.verdict.path.some(each => each.thumbprint === thumbprint)),
      )
    },

    state: () => ({ entries: verdicts.size, hits, misses }),
  }
}

/** The length keeps a version and a scope apart, whatever stands in them. */
const textOf = ({ scope, version, use, thumbprint }: VerdictKey): string => `${thumbprint} ${use} ${String(version).length} ${version} ${scope}`
