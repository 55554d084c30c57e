import type { Trail } from '../audit/events.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { Random, Share } from '../kernel/shamir.ts'
import type { BondProject, BondSection, BondStore } from '../storage/stores-bonds.ts'
import { makeSectionKey, unlockSectionKey } from './secrecy/section-key.ts'

/** Projects and their sections, as a center announces them. Owns that every section has a key of its own, made before anybody bids, and that its names open once, with time and custodians. */
export interface Sections {
  announceProject(facts: Omit<BondProject, 'id' | 'createdAt'>): Promise<BondProject>
  /** The shares are handed out once and kept nowhere here. A section that is tendered anew is announced anew. */
  announce(
    project: BondProject,
    facts: SectionFacts,
    custody: { custodians: number; threshold: number },
    trace: string,
  ): Promise<{ section: BondSection; shares: Share[] }>
  /**
   * @param opensAt the latest announced opening time; undefined while none is announced, and everything stays closed
   * @throws BrokerError `bond_unknown`, `bond_wrong_state`
   */
  postpone(asked: Whose, opensAt: string | undefined, trace: string): Promise<BondSection>
  /** @throws BrokerError `bond_unknown`, `bond_wrong_state` */
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
  store: BondStore
  sealing: Sealing
  random: Random
  clock: Clock
  audit: Trail
}

export function createSections({ store, sealing, random, clock, audit }: Deps): Sections {
  async function mine({ sectionId, center }: Whose): Promise<BondSection> {
    const section = await store.section(sectionId)
    if (section?.center !== center) throw new BrokerError('bond_unknown', 'no section of this center')
    return section
  }
  async function change(section: BondSection, what: string, trace: string): Promise<BondSection> {
    const saved = await store.changeSection(section)
    if (saved === undefined) throw new BrokerError('bond_wrong_state', 'the section changed at the same moment')
    await audit.append({ code: 'bond.section-changed', trace, facts: { section: section.id, center: section.center, what } })
    return saved
  }
  function tendered(section: BondSection): BondSection {
    if (section.state !== 'open') throw new BrokerError('bond_wrong_state', 'the section is abandoned')
    return section
  }

  return {
    async announceProject(facts) {
      const project = { ...facts, id: newId(), createdAt: clock.now().toISOString() }
      if (!(await store.announceProject(project))) throw new BrokerError('bond_wrong_state', 'the center has a project of this code')
      return project
    },
    async announce({ id: projectId, center, law }, facts, { custodians, threshold }, trace) {
      const id = newId()
      const { shares, ...keys } = makeSectionKey(id, custodians, threshold, { sealing, random })
      const section: BondSection = { id, projectId, center, law, ...facts, state: 'open', version: 1, ...keys }
      await store.announceSection(section)
      await audit.append({ code: 'bond.section-changed', trace, facts: { section: id, center, what: 'announced' } })
      return { section, shares }
    },
    async postpone(asked, opensAt, trace) {
      const { opensAt: _, ...section } = tendered(await mine(asked))
      // names that are open stay known: a time behind the opening changes nothing for them
      return await change({ ...section, ...(opensAt === undefined ? {} : { opensAt }) }, 'postponed', trace)
    },
    abandon: async (asked, trace) => await change({ ...tendered(await mine(asked)), state: 'abandoned' }, 'abandoned', trace),
    async release(asked, shares, trace) {
      const section = await mine(asked)
      const key = unlockSectionKey(section, shares, { sealing, now: clock.now() })
      if (section.releasedKey !== undefined) return
      if ((await store.changeSection({ ...section, releasedKey: sealing.seal(key, `bond-released:${section.id}`) })) === undefined)
        throw new BrokerError('bond_wrong_state', 'the section changed at the same moment')
      await audit.append({ code: 'bond.key-released', trace, facts: { section: section.id, shares: shares.length } })
    },
  }
}
