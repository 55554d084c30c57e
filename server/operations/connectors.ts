import type { Clock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { Meter } from '../kernel/meter.ts'

/**
 * Knows of each bank whether it answers: from the calls that logins make anyway, and from a light probe while there are none. The chooser warns by it, health and
 * metrics show it; nothing is ever refused by it, for it may be wrong.
 */
export interface ConnectorState {
  bank: string
  up: boolean
  /** ISO 8601: since when it has been so */
  since: string
  /** of the last call that was answered */
  latencyMs?: number
}

export interface Connectors {
  /** what became of one call; `ok` is false only where the bank could not be reached or failed by itself, not where it refused a person */
  report(bank: string, ok: boolean, seconds: number): void
  /** true for a bank not heard of yet */
  isUp(bank: string): boolean
  states(): readonly ConnectorState[]
  /** @returns stops the probing */
  startProbes(options: { everyMs: number; probe: (bank: string) => Promise<void> }): () => void
}

/** One lost packet is no outage: so many calls in a row have to fail. */
const FAILURES_UNTIL_DOWN = 2

export function createConnectors(deps: { banks: readonly string[]; clock: Clock; meter: Meter; log: Log }): Connectors {
  const now = () => deps.clock.now().toISOString()
  const known = new Map(deps.banks.map(bank => [bank, { state: { bank, up: true, since: now() } as ConnectorState, failures: 0, heardAt: 0 }]))

  const connectors: Connectors = {
    report(bank, ok, seconds) {
      const entry = known.get(bank)
      if (entry === undefined) return
      deps.meter.connector(bank, ok, seconds)
      entry.heardAt = performance.now()
      entry.failures = ok ? 0 : entry.failures + 1
      const up = entry.failures < FAILURES_UNTIL_DOWN && (ok || entry.state.up)
      if (up !== entry.state.up) deps.log.warn({ bank, up }, up ? 'bank answers again' : 'bank does not answer')
      entry.state = {
        ...entry.state,
        ...(up === entry.state.up ? {} : { up, since: now() }),
        ...(ok ? { latencyMs: Math.round(seconds * 1000) } : {}),
      }
    },
    isUp: bank => known.get(bank)?.state.up ?? true,
    states: () => [...known.values()].map(entry => entry.state),
    startProbes({ everyMs, probe }) {
      const timer = setInterval(() => {
        for (const [bank, entry] of known) {
          // calls that logins make say more than a probe does
          if (performance.now() - entry.heardAt >= everyMs) void tryOnce(bank, probe)
        }
      }, everyMs)
      timer.unref()
      return () => clearInterval(timer)
    },
  }

  const probing = new Set<string>()
  async function tryOnce(bank: string, probe: (bank: string) => Promise<void>): Promise<void> {
    if (probing.has(bank)) return
    probing.add(bank)
    const began = performance.now()
    const heard = known.get(bank)?.heardAt
    try {
      await probe(bank)
      // a probe through a fetch that reports by itself must not count twice
      if (known.get(bank)?.heardAt === heard) connectors.report(bank, true, (performance.now() - began) / 1000)
    } catch {
      if (known.get(bank)?.heardAt === heard) connectors.report(bank, false, (performance.now() - began) / 1000)
    } finally {
      probing.delete(bank)
    }
  }
  return connectors
}
