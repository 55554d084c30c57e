import type { Trail } from '../audit/events.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { Random, Share } from '../kernel/shamir.ts'
import type { BondProject, BondSection, BondStore } from '../storage/stores-bonds.ts'
import type { EffectStore, Write } from '../storage/stores-effects.ts'
import { sectionWrite } from '../storage/writes.ts'
import { makeSectionKey, unlockSectionKey } from './secrecy/section-key.ts'
import { isOpened } from './state/context.ts'
import { validityEnd } from './state/guarantee.ts'
import type { TaskWrites } from './task-writes.ts'
import { WRITING } from './told-after.ts'

/**
 * Projects and their sections, as a center announces them. Owns that every section has a key of its own, made before anybody bids, that its names open once, with time and custodians, and that what an opening, an
 * abandonment and the end of validity bring about is written down to be done with the section itself.
 */
export interface Sections {
  /** Once for a center's code; told again in the same words it is the answer. @throws BrokerError `bond_wrong_state` */
  announceProject(facts: Omit<BondProject, 'id' | 'createdAt'>): Promise<BondProject>
  /** The shares are handed out once and kept nowhere here. A section that is tendered anew is announced anew. */
  announce(
    project: BondProject,
    facts: SectionFacts,
    custody: { custodians: number; threshold: number },
    trace: string,
  ): Promise<{ section: BondSection; shares: Share[] }>
  /** A section of this center. @throws BrokerError `bond_unknown`, for another's too */
  mine(asked: Whose): Promise<BondSection>
  /**
   * @param opensAt the latest announced opening time; undefined while none is announced, and everything stays closed
   * @throws BrokerError `bond_unknown`, `bond_wrong_state`
   */
  postpone(asked: Whose, opensAt: string | undefined, trace: string): Promise<BondSection>
  /** Everything goes back at once. A section that was not opened stays closed for good; one that is abandoned already is the answer. @throws BrokerError `bond_unknown`, `bond_wrong_state` */
  abandon(asked: Whose, trace: string): Promise<BondSection>
  /** @throws BrokerError `bond_unknown`, `bond_before_opening`, `bond_custodians_missing` */
  release(asked: Whose, shares: readonly Share[], trace: string): Promise<void>
}

export interface Whose {
  sectionId: string
  center: string
}
export type SectionFacts = Pick<BondSection, 'name' | 'demandedFen' | 'deadline' | 'opensAt' | 'validityDays'>

interface Deps {
  store: Pick<BondStore, 'section' | 'announceProject' | 'projectByCode'>
  effects: EffectStore
  tasks: TaskWrites
  sealing: Sealing
  random: Random
  clock: Clock
  audit: Trail
}

export function createSections({ store, effects, tasks, sealing, random, clock, audit }: Deps): Sections {
  async function mine({ sectionId, center }: Whose): Promise<BondSection> {
    const section = await store.section(sectionId)
    if (section?.center !== center) throw new BrokerError('bond_unknown', 'no section of this center')
    return section
  }

  async function write(section: BondSection, more: readonly Write[], what: string, trace: string): Promise<BondSection> {
    let tries = 0
    await effects.apply(async () => {
      if (tries++ > 0) throw new BrokerError('bond_wrong_state', 'the section changed at the same moment')
      return { lock: section.id, writes: [sectionWrite(section), ...more] }
    })
    await audit.append({ code: 'bond.section-changed', trace, facts: { section: section.id, center: section.center, what } })
    return { ...section, version: section.version + 1 }
  }

  function tendered(section: BondSection): BondSection {
    if (section.state !== 'open') throw new BrokerError('bond_wrong_state', 'the section is abandoned')
    return section
  }

  const opening = ({ id, opensAt }: BondSection): Write[] =>
    opensAt === undefined ? [] : [tasks.sectionTask({ do: 'opened', sectionId: id, at: opensAt }, opensAt)]

  return {
    mine,
    async announceProject(facts) {
      const project = { ...facts, id: newId(), createdAt: clock.now().toISOString() }
      if (await store.announceProject(project)) return project
      // told once more, since the answer was lost
      const there = await store.projectByCode(facts.center, facts.code)
      if (there?.title === facts.title && there.law === facts.law) return there
      throw new BrokerError('bond_wrong_state', 'the center has a project of this code')
    },
    async announce({ id: projectId, center, law }, facts, { custodians, threshold }, trace) {
      const id = newId()
      const { shares, ...keys } = makeSectionKey(id, custodians, threshold, { sealing, random })
      const section: BondSection = { id, projectId, center, law, ...facts, state: 'open', version: 0, ...keys }
      const ends = validityEnd(section).toISOString()
      const more = [...opening(section), tasks.sectionTask({ do: 'validity-ended', sectionId: id, at: ends }, ends)]
      return { section: await write(section, more, 'announced', trace), shares }
    },
    async postpone(asked, opensAt, trace) {
      const { opensAt: _, ...section } = tendered(await mine(asked))
      // names that are open stay known: a time behind the opening changes nothing for them
      const postponed = { ...section, ...(opensAt === undefined ? {} : { opensAt }) }
      return await write(postponed, opening(postponed), 'postponed', trace)
    },
    async abandon(asked, trace) {
      const there = await mine(asked)
      if (there.state === 'abandoned') return there
      const { opensAt, ...section } = there
      const now = clock.now()
      const opened = opensAt !== undefined && isOpened({ opensAt }, now)
      // and once more, for money that was judged before and is written after the first
      const todo = [now, new Date(now.getTime() + WRITING)].map(each => {
        const at = each.toISOString()
        return tasks.sectionTask({ do: 'abandoned', sectionId: section.id, at }, at)
      })
      return await write({ ...section, ...(opened ? { opensAt } : {}), state: 'abandoned' }, todo, 'abandoned', trace)
    },
    async release(asked, shares, trace) {
      const section = await mine(asked)
      const key = unlockSectionKey(section, shares, { sealing, now: clock.now() })
      if (section.releasedKey !== undefined) return
      await effects.apply(async () => {
        const now = await mine(asked)
        const at = clock.now().toISOString()
        const told = tasks.sectionTask({ do: 'conduct', sectionId: section.id, at }, at)
        const writes =
          now.releasedKey === undefined ? [sectionWrite({ ...now, releasedKey: sealing.seal(key, `bond-released:${section.id}`) }), told] : []
        return { lock: section.id, writes }
      })
      await audit.append({ code: 'bond.key-released', trace, facts: { section: section.id, shares: shares.length } })
    },
  }
}
