import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newTraceCode } from '../kernel/ids.ts'
import { pagesOf } from '../kernel/pages.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { Bond, BondRow, BondSection, BondStore } from '../storage/stores-bonds.ts'
import type { Decisions } from './decisions.ts'
import { keptOf } from './rows.ts'
import type { Tags } from './secrecy/tags.ts'
import { causes } from './state/causes.ts'
import { isOpened } from './state/context.ts'
import type { Decided } from './state/decide.ts'
import type { SectionTask } from './task-writes.ts'

/** What befalls a whole section, decided for each of its bonds. Owns which bonds a cause concerns; cut short, it goes on where it is not done yet, since each bond is decided once. */
export interface SectionWork {
  /** @param id of the task: it names each decision. @throws BrokerError what is not a bond's own refusal */
  work(task: SectionTask, id: string): Promise<void>
}

/** bonds read at once */
const PAGE = 100

type Parts = Pick<Decided, 'cause' | 'winner' | 'performanceFen'>

export function createSectionWork(deps: {
  store: Pick<BondStore, 'section' | 'inPlaces' | 'forStep'>
  decisions: Decisions
  sealing: Sealing
  tags: Tags
  clock: Clock
}): SectionWork {
  const { store, decisions, sealing, tags, clock } = deps

  async function* rowsFor(task: SectionTask): AsyncGenerator<readonly BondRow[]> {
    if ('bondId' in task && task.bondId !== undefined) {
      const row = await store.forStep(task.bondId)
      return yield row === undefined ? [] : [row]
    }
    const places = tags.places(task.sectionId)
    yield* pagesOf<BondRow>(after => store.inPlaces(places, after?.id ?? '', PAGE), PAGE)
  }

  return {
    async work(task, id) {
      const section = await store.section(task.sectionId)
      if (section === undefined || !applies(task, section, clock.now())) return
      let failed: { thrown: unknown } | undefined
      for await (const rows of rowsFor(task))
        for (const row of rows) {
          const { bond } = keptOf(row, sealing)
          const parts = partsFor(bond, task, section)
          if (parts === undefined || !LIVE.has(bond.state)) continue
          const evidence = [{ kind: causes[parts.cause].evidence, ref: 'ref' in task ? task.ref : `section/${section.id}` }]
          const event = { kind: 'decided' as const, key: `${task.do}/${id}`, at: task.at, evidence, forfeits: [], feeFen: 0n, ...parts }
          try {
            await decisions.decide(bond.id, event, newTraceCode())
          } catch (thrown) {
            // somebody decided it otherwise meanwhile; what one bond's issuer is in the way of is no hindrance to others, and is tried again
            if (!(thrown instanceof BrokerError && thrown.code === 'bond_wrong_state')) failed ??= { thrown }
          }
        }
      if (failed !== undefined) throw failed.thrown
    },
  }
}

const LIVE = new Set<Bond['state']>(['expected', 'received', 'held'])

/** An opening that was put off, and the validity of a section that is abandoned, bring nothing about. */
function applies({ do: what }: SectionTask, section: BondSection, now: Date): boolean {
  if (what === 'abandoned') return section.state === 'abandoned'
  return section.state === 'open' && isOpened(section, now)
}

function partsFor(bond: Bond, task: SectionTask, { law }: BondSection): Parts | undefined {
  const counts = bond.finding === 'matched' || bond.guarantee !== undefined
  const plain = (cause: Parts['cause']): Parts => ({ cause, winner: false, performanceFen: 0n })
  switch (task.do) {
    case 'opened':
      return bond.receipt !== undefined && !counts ? plain('no-bond') : undefined
    case 'abandoned':
      return plain('abandoned')
    case 'validity-ended':
      return counts ? plain('validity-ended') : undefined
    case 'awarded':
      return counts && !task.winners.includes(bond.id) ? plain('lost') : undefined
    default: {
      const winner = task.winners.find(({ bondId }) => bondId === bond.id)
      if (winner !== undefined) return { cause: 'contract', winner: true, performanceFen: winner.performanceFen }
      return counts && law === 'bidding' ? plain('contract') : undefined
    }
  }
}
