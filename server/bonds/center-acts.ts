import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { Bond, BondSection, BondStore } from '../storage/stores-bonds.ts'
import type { EffectStore } from '../storage/stores-effects.ts'
import type { Decisions } from './decisions.ts'
import { keptOf } from './rows.ts'
import type { Sections, Whose } from './sections.ts'
import { isOpened } from './state/context.ts'
import type { GroundId } from './state/grounds.ts'
import type { SectionTask, TaskWrites } from './task-writes.ts'

/** What a center decides after the opening. Owns that nothing of it is possible before, in the same words whatever there is, and that what concerns a whole section is done for all of it, however often it is cut short. */
export interface CenterActs {
  /**
   * The award notice: in procurement those who lost are refunded now; in bidding where the center wants it so, ahead of the contract.
   * @throws BrokerError `bond_unknown`, `bond_before_opening`, `bond_wrong_state`
   */
  award(asked: Whose, what: { winners: string[]; at: string; ref: string; refundLosers: boolean }): Promise<void>
  /** The written contract. @throws BrokerError as `award`, `bond_parts_wrong` for more to performance than a bond has */
  contract(asked: Whose, what: { winners: { bondId: string; performanceFen: bigint }[]; at: string; ref: string }): Promise<void>
  /** One bond is kept, in whole or in part, on a ground of the law; the rest goes back. @throws BrokerError those of state/decide.ts */
  forfeit(
    asked: Whose,
    what: { bondId: string; ground: GroundId; fen: bigint; winner: boolean; at: string; ref: string },
    trace: string,
  ): Promise<Bond>
  /** A refund that the bank could not pay is ordered once more; one that is under way or paid is left as it is. @throws BrokerError `bond_wrong_state` */
  retryRefund(asked: Whose, bondId: string, trace: string): Promise<void>
}

export function createCenterActs(deps: {
  store: Pick<BondStore, 'forStep'>
  sections: Pick<Sections, 'mine'>
  decisions: Decisions
  effects: EffectStore
  tasks: TaskWrites
  sealing: Sealing
  clock: Clock
  wake(): void
}): CenterActs {
  const { store, sections, decisions, effects, tasks, sealing, clock, wake } = deps

  async function opened(asked: Whose): Promise<BondSection> {
    const section = await sections.mine(asked)
    if (!isOpened(section, clock.now())) throw new BrokerError('bond_before_opening', 'an act of the center before the opening')
    if (section.state !== 'open') throw new BrokerError('bond_wrong_state', 'the section is abandoned')
    return section
  }

  /** @throws BrokerError bond_unknown for one of another section, or beside a bond */
  async function bondIn(section: BondSection, bondId: string): Promise<Bond> {
    const row = await store.forStep(bondId)
    const bond = row === undefined ? undefined : keptOf(row, sealing).bond
    if (bond?.sectionId !== section.id) throw new BrokerError('bond_unknown', 'no bond of this section')
    return bond
  }

  async function toDo(task: SectionTask): Promise<void> {
    const now = clock.now().toISOString()
    await effects.apply(async () => ({ lock: task.sectionId, writes: [tasks.sectionTask(task, now)] }))
    wake()
  }

  return {
    async award(asked, { winners, at, ref, refundLosers }) {
      const section = await opened(asked)
      for (const bondId of winners) await bondIn(section, bondId)
      if (section.law === 'procurement' || refundLosers) await toDo({ do: 'awarded', sectionId: section.id, at, winners, ref })
    },
    async contract(asked, { winners, at, ref }) {
      const section = await opened(asked)
      for (const { bondId, performanceFen } of winners) {
        const { totals } = await bondIn(section, bondId)
        if (performanceFen > totals.in)
          throw new BrokerError('bond_parts_wrong', 'more becomes the performance bond than there is', {
            received: `${performanceFen}`,
            expected: `0 to ${totals.in}`,
          })
      }
      await toDo({ do: 'contracted', sectionId: section.id, at, winners, ref })
    },
    async forfeit(asked, { bondId, ground, fen, winner, at, ref }, trace) {
      await bondIn(await opened(asked), bondId)
      const decided = { kind: 'decided' as const, cause: 'forfeiture' as const, winner, forfeits: [{ ground, fen }], feeFen: 0n, performanceFen: 0n }
      const told = { key: `forfeiture/${ref}`, at, evidence: [{ kind: 'forfeiture-decision' as const, ref }] }
      const { bond } = await decisions.decide(bondId, { ...decided, ...told }, trace)
      const now = clock.now().toISOString()
      await effects.apply(async () => ({ lock: bondId, writes: [tasks.sectionTask({ do: 'conduct', sectionId: asked.sectionId, at: now }, now)] }))
      wake()
      return bond
    },
    async retryRefund(asked, bondId, trace) {
      const bond = await bondIn(await opened(asked), bondId)
      // asked once more, since the answer was lost: the order is out
      if (bond.state === 'returning' || bond.state === 'returned') return
      if (bond.state !== 'refund-due') throw new BrokerError('bond_wrong_state', `no refund is due in ${bond.state}`)
      await effects.apply(async () => ({ lock: bondId, writes: [tasks.refundTask(bondId, clock.now().toISOString(), trace)] }))
      wake()
    },
  }
}
