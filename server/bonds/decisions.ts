import type { Clock } from '../kernel/clock.ts'
import type { Planned, Register } from './register.ts'
import type { Decided } from './state/decide.ts'
import type { TaskWrites } from './task-writes.ts'

/** Decisions about a bond. Owns that what goes back is written down to be ordered with the decision itself. */
export interface Decisions {
  /** @throws BrokerError those of state/decide.ts, `bond_unknown` */
  decide(bondId: string, event: Decided, trace: string): Promise<Planned>
}

export function createDecisions({ register, tasks, clock, wake }: { register: Register; tasks: TaskWrites; clock: Clock; wake(): void }): Decisions {
  return {
    async decide(bondId, event, trace) {
      const planned = await register.happened(bondId, event, trace, async ({ bond }) =>
        bond.state === 'refund-due' ? [tasks.refundTask(bondId, clock.now().toISOString(), trace)] : [],
      )
      if (planned.bond.state === 'refund-due') wake()
      return planned
    },
  }
}
