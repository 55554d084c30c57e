import type { Trail } from '../../audit/events.ts'
import type { Clock } from '../../kernel/clock.ts'
import { fill } from '../../kernel/fill.ts'
import { newTraceCode } from '../../kernel/ids.ts'
import { pagesOf } from '../../kernel/pages.ts'
import type { Sealing } from '../../kernel/sealing.ts'
import { readJson } from '../../storage/json.ts'
import type { BondAlertStore, BondIdentity, BondRow, BondStore } from '../../storage/stores-bonds.ts'
import type { Readings } from '../readings.ts'
import { keptOf } from '../rows.ts'
import type { Tags } from '../secrecy/tags.ts'
import type { Whose } from '../sections.ts'
import { isOpened } from '../state/context.ts'
import { createFinding, type Found, SIGNALS, type Signal, type Source, type Strength } from './finding.ts'

/**
 * Signals of collusion (串标线索) for a center's supervisor. Owns that nothing is looked for, kept or told before the latest announced opening time, and that names come with the custodians' release alone. A signal is no
 * proof: what follows from it people decide.
 */
export interface Alerts {
  /** Looks through the section's bonds and writes down what it finds; again, it writes the same. Nothing before the opening. */
  look(sectionId: string): Promise<void>
  /**
   * From the latest announced opening time on, the strongest first.
   * @throws BrokerError `bond_unknown`, `bond_before_opening`
   */
  forSupervisor(asked: Whose, after: string, limit: number): Promise<Alert[]>
}

interface Alert {
  id: string
  signal: Signal
  strength: Strength
  foundAt: string
  rivals: { bondId: string; bidder?: BondIdentity }[]
  records: Source[]
}

type Stored = Pick<Alert, 'signal' | 'records'> & { rivals: string[] }

/** bonds read at once */
const PAGE = 100
/** characters to which an alert is filled up */
const STEP = 1024

export function createAlerts(deps: {
  store: Pick<BondStore, 'section' | 'inPlaces'>
  alerts: BondAlertStore
  readings: Pick<Readings, 'ofSection'>
  sealing: Sealing
  tags: Tags
  clock: Clock
  audit: Trail
}): Alerts {
  const { store, alerts, readings, sealing, tags, clock, audit } = deps

  /** the same for the same, however often it is looked; in the order of the ids the strongest come first */
  const idOf = (sectionId: string, { signal, common }: Found): string =>
    `${Object.keys(SIGNALS).indexOf(signal)}${tags.key(sectionId, `alert/${signal}/${common}`).slice(0, 26)}`

  /** no more bonds than the section has, in parts */
  async function namesOf(asked: Whose, bonds: readonly string[]): Promise<Map<string, BondIdentity>> {
    const reading = readings.ofSection(asked)
    const names = new Map<string, BondIdentity>()
    for (let from = 0; from < bonds.length; from += PAGE)
      for (const { bond, bidder } of await reading.some(bonds.slice(from, from + PAGE))) if (bidder !== undefined) names.set(bond.id, bidder)
    return names
  }

  return {
    async look(sectionId) {
      const section = await store.section(sectionId)
      if (section === undefined || section.state !== 'open' || !isOpened(section, clock.now())) return
      const finding = createFinding()
      const places = tags.places(sectionId)
      for await (const rows of pagesOf<BondRow>(after => store.inPlaces(places, after?.id ?? '', PAGE), PAGE))
        for (const row of rows) {
          const kept = keptOf(row, sealing)
          // money that came without its section's account stands in the places of its section once it is assigned, and of nobody before
          if (kept.bond.bidder !== undefined || kept.bond.receipt !== undefined) finding.add({ ...kept, companyTag: row.companyTag })
        }
      const found = finding.found()
      const foundAt = clock.now().toISOString()
      const rows = found.map(each => {
        const id = idOf(sectionId, each)
        const body: Stored = { signal: each.signal, records: each.records, rivals: [...new Set(each.rivals.map(({ bondId }) => bondId))] }
        return { id, sectionId, foundAt, sealed: sealing.seal(fill(JSON.stringify(body), STEP), `bond-alert:${id}`) }
      })
      const fresh = await alerts.put(rows)
      const [first] = found
      if (fresh === 0 || first === undefined) return
      const facts = { section: sectionId, alerts: fresh, strongest: SIGNALS[first.signal].strength }
      await audit.append({ code: 'bond.alerted', trace: newTraceCode(), facts })
    },
    async forSupervisor(asked, after, limit) {
      const rows = await alerts.forSupervisor({ ...asked, now: clock.now() }, after, limit)
      if (rows.length === 0) return []
      const released = (await store.section(asked.sectionId))?.releasedKey !== undefined
      const stored = rows.map(({ id, foundAt, sealed }) => ({ id, foundAt, ...readJson<Stored>(sealing.open(sealed, `bond-alert:${id}`)) }))
      const names = released ? await namesOf(asked, [...new Set(stored.flatMap(({ rivals }) => rivals))]) : new Map<string, BondIdentity>()
      return stored.map(({ id, foundAt, signal, records, rivals }) => {
        return {
          ...{ id, signal, strength: SIGNALS[signal].strength, foundAt, records },
          rivals: rivals.map(bondId => {
            const bidder = names.get(bondId)
            return bidder === undefined ? { bondId } : { bondId, bidder }
          }),
        }
      })
    },
  }
}
