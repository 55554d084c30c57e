import type { MessageType } from '../channel/types.ts'
import { BrokerError } from '../kernel/errors.ts'
import { type ApplicationDeps, type Applications, createApplications } from './applications.ts'
import { createDeals, type DealDeps, type Deals } from './deals.ts'
import { incomingTypes, type TakeFact } from './messages/incoming.ts'
import { planEvent } from './plan.ts'
import { codeTag, financingOf } from './rows.ts'

/** Deals and what banks lend on them, or on a bond before the bid. Owns who is told what of them, and the way from an application to the loan; the loan itself is between the company and its bank. */
export interface FinancingRoom {
  deals: Deals
  applications: Applications
  /** what banks may say, for the data channel */
  types: MessageType[]
}

export function createFinancing(deps: Omit<ApplicationDeps, 'deals'> & DealDeps): FinancingRoom {
  const takeFact: TakeFact = async ({ sender, trace, code, serial, at }, factOf) => {
    const row = await deps.store.forBank(codeTag(deps, code))
    const part = row === undefined ? undefined : financingOf(row, deps).cases.find(each => each.code === code)
    if (row === undefined || part?.bank !== sender) throw new BrokerError('financing_unknown', 'no application of this code to this bank')
    return await planEvent(deps, { row, event: { key: `${sender}/${serial}`, at, ...factOf(sender) }, trace })
  }
  const deals = createDeals(deps)
  return { deals, applications: createApplications({ ...deps, deals }), types: incomingTypes(takeFact) }
}
