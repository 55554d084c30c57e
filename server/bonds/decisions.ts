import type { Clock } from '../kernel/clock.ts'
import type { FollowBond } from './guarantees/follow.ts'
import type { Planned, Register } from './register.ts'
import type { Decided } from './state/decide.ts'
import type { TaskWrites } from './task-writes.ts'

/** Decisions about a bond. Owns that what goes back is written down to be ordered with the decision itself, and that a guarantee is claimed or released with it. */
export interface Decisions {
  /** @throws BrokerError those of state/decide.ts, and where a guarantee stands for the bond those of guarantees/follow.ts; `bond_unknown` */
  decide(bondId: string, event: Decided, trace: string): Promise<Planned>
}

export function createDecisions({
  register,
  tasks,
  follow,
  clock,
  wake,
}: {
  register: Register
  tasks: TaskWrites
  follow: FollowBond
  clock: Clock
  wake(): void
}): Decisions {
  return {
    async decide(bondId, event, trace) {
      let told = false
      const planned = await register.happened(bondId, event, trace, async ({ bond }) => {
        const refund = bond.state === 'refund-due' ? [tasks.refundTask(bondId, clock.now().toISOString(), trace)] : []
        // money that came for it leaves no guarantee to stand
        const issuers = bond.receipt === undefined ? await follow(bondId, event, trace) : []
        told = refund.length + issuers.length > 0
        return [...refund, ...issuers]
      })
      if (told) wake()
      return planned
    },
  }
}
