import { createHash } from 'node:crypto'
import { type ConfidentialDeps, confidentialWrite } from '../channel/confidential-write.ts'
import type { Effect, Write } from '../storage/stores-effects.ts'
import type { CaseState, Financing, FinancingCase, FinancingLine, FinancingRow, FinancingStore } from '../storage/stores-financing.ts'
import type { Tell } from './messages/outgoing.ts'
import { financingOf, type Hiding, lineOf, nextRow } from './rows.ts'
import type { FinancingEvent } from './state/events.ts'
import { step } from './state/step.ts'

/** What follows from an event, as one effect: the application, its line, and what banks are told of it. Owns that all of it is stored together; it only reads. */
export interface PlanDeps extends Hiding, ConfidentialDeps {
  store: FinancingStore
}

export interface Planned extends Effect {
  /** as it will be */
  financing: Financing
  /** what is added to its evidence; none where it was told before */
  lines: readonly FinancingLine[]
}

/** @throws BrokerError those of state/step.ts; `financing_bank_unavailable` */
export async function planEvent(
  deps: PlanDeps,
  { row, event, trace }: { row: FinancingRow; event: FinancingEvent; trace: string },
): Promise<Planned> {
  const before = financingOf(row, deps)
  const { financing, repeated } = step(before, event, deps.clock.now())
  if (repeated) return { lock: before.id, writes: [], financing: before, lines: [] }
  const lines = [lineOf(before, event, deps)]
  const changed = financing.cases.filter(one => one.state !== before.cases.find(each => each.bank === one.bank)?.state)
  const told = changed.flatMap(one => {
    const tell = toldOf(one, event.at)
    return tell === undefined ? [] : [message(deps, { bank: one.bank, code: one.code, key: event.key }, tell, trace)]
  })
  return { lock: before.id, writes: [deps.store.write(nextRow(row, financing, deps), lines), ...(await Promise.all(told))], financing, lines }
}

/** What a bank hears where the company's act changed its part. */
function toldOf({ state, offer }: FinancingCase, at: string): Tell | undefined {
  if (state === 'accepted' && offer !== undefined) return { type: 'financing.accepted', part: { at, offer: offer.serial, fen: Number(offer.fen) } }
  const why = CLOSED[state]
  return why === undefined ? undefined : { type: 'financing.closed', part: { at, why } }
}
const CLOSED: Partial<Record<CaseState, 'other-offer' | 'withdrawn'>> = { closed: 'other-offer', withdrawn: 'withdrawn' }

/** A message to a bank, all but the code in its confidential part. */
export const message = (
  deps: ConfidentialDeps,
  { bank, code, key }: { bank: string; code: string; key: string },
  { type, part }: Tell,
  trace: string,
): Promise<Write> =>
  confidentialWrite(
    deps,
    { receiver: bank, type, trace, open: { code }, part, key: createHash('sm3').update(`${type}/${code}/${key}`).digest('hex') },
    'financing_bank_unavailable',
  )
