import type { Clock } from '../../kernel/clock.ts'
import { BrokerError } from '../../kernel/errors.ts'
import type { BondStore } from '../../storage/stores-bonds.ts'
import { bondWrite } from '../../storage/writes.ts'
import type { BondParameters } from '../parameters.ts'
import { keptOf, lineOf, sealKept } from '../rows.ts'
import { step } from '../state/step.ts'
import type { BondPlan } from './plan.ts'
import type { Hiding } from './rows.ts'

/** The bond's part of an effect, by the machine of bonds/state/. Owns nothing but the reading: what is possible is the machine's, that nobody else was faster the database's. */
export function createBondPlan({
  bonds,
  parameters,
  clock,
  ...hiding
}: Hiding & { bonds: BondStore; parameters: BondParameters; clock: Clock }): BondPlan {
  const { sealing, tags } = hiding
  return async (bondId, event) => {
    const row = await bonds.forStep(bondId)
    if (row === undefined) throw new BrokerError('bond_unknown', 'no such bond')
    const kept = keptOf(row, sealing)
    const section = kept.bond.sectionId === undefined ? undefined : await bonds.section(kept.bond.sectionId)
    const [calendar, depositRates, loanRates] = await Promise.all([parameters.calendar(), parameters.depositRates(), parameters.loanRates()])
    // only arrivals of money ask whether the account is occupied
    const context = { ...(section === undefined ? {} : { section }), occupied: false, calendar, depositRates, loanRates, now: clock.now() }
    const taken = step(kept.bond, event, context)
    if (taken.repeated) return { lock: bondId, writes: [] }
    const next = { ...row, sealed: sealKept({ ...kept, bond: taken.bond }, sealing) }
    return { lock: bondId, writes: [bondWrite(next, lineOf(bondId, event, { sealing, tags }))] }
  }
}
