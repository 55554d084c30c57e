import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { Bond } from '../storage/stores-bonds.ts'
import type { EffectStore, Write } from '../storage/stores-effects.ts'
import { settlesOn } from './calendar/bank-times.ts'
import { type Day, dayOf } from './calendar/day.ts'
import type { ToBank } from './messages/to-bank.ts'
import type { BondParameters } from './parameters.ts'
import type { Register } from './register.ts'
import type { Movement } from './state/movements.ts'

/** Orders to pay back (原路退回). Owns that an order, the message that brings it to the bank and the hold in the ledger are written together, once a task. */
export interface Refunds {
  /**
   * @param id of the task: it names the order, so that one that is tried again orders nothing twice
   * @param done the write that ends the task
   * @throws BrokerError those of state/refund.ts
   */
  order(task: { bondId: string; trace: string }, id: string, done: Write): Promise<void>
}

export function createRefunds(deps: {
  register: Register
  bondOf(id: string): Promise<Bond | undefined>
  effects: EffectStore
  toBank: ToBank
  parameters: BondParameters
  clock: Clock
}): Refunds {
  const { register, effects, toBank, parameters, clock } = deps

  /** The day the bank has it through; without entered hours, today. */
  async function valueDay(bank: string): Promise<Day> {
    const [times, calendar] = await Promise.all([parameters.bankTimes(bank), parameters.calendar()])
    return times === undefined ? dayOf(clock.now()) : settlesOn(times, clock.now(), calendar)
  }

  return {
    async order({ bondId, trace }, id, done) {
      const bond = await deps.bondOf(bondId)
      const end = () => effects.apply(async () => ({ lock: bondId, writes: [done] }))
      if (bond?.state !== 'refund-due' || bond.receipt === undefined || bond.payer === undefined) return void (await end())
      const { receipt, payer } = bond
      const order = `${bondId}.${id}`
      const event = {
        kind: 'refund-ordered' as const,
        key: `order/${order}`,
        at: clock.now().toISOString(),
        evidence: [{ kind: 'refund-order' as const, ref: order }],
        ...{ order, valueDay: await valueDay(receipt.bank), toAccount: payer.account },
      }
      const planned = await register.happened(bondId, event, trace, async ({ movements }) => {
        const ordered = movements.find(isOrder)
        return ordered === undefined ? [done] : [done, toBank.refund({ bank: receipt.bank, ...ordered, valueDay: event.valueDay, trace })]
      })
      if (planned.repeated) await end()
    },
  }
}

const isOrder = (movement: Movement): movement is Extract<Movement, { kind: 'refund-ordered' }> => movement.kind === 'refund-ordered'

/** @throws BrokerError `bond_unknown` for what is no order of ours */
export function bondOfOrder(order: string): string {
  const [bondId = '', task] = order.split('.')
  if (task === undefined || bondId === '') throw new BrokerError('bond_unknown', 'no order of ours', { received: order.slice(0, 60) })
  return bondId
}
