import { BrokerError } from '../../kernel/errors.ts'
import type { Bond } from '../../storage/stores-bonds.ts'
import { type Day, dayOf, daysBetween } from '../calendar/day.ts'
import { deadlineOf } from '../calendar/deadline.ts'
import { accrue, accrueLate, toFen } from '../calendar/interest.ts'
import { type DeadlineRule, type DeadlineRuleId, deadlineRules } from '../calendar/rules.ts'
import type { Context } from './context.ts'
import type { BondEvent } from './events.ts'
import { balanceOf, type Movement } from './movements.ts'

/** The way back (原路退回). Owns that a refund is ordered only to the account that paid, with the interest of its whole time, and that what the bank reports is held against the order. */
type Ordered = Extract<BondEvent, { kind: 'refund-ordered' }>
type Paid = Extract<BondEvent, { kind: 'refund-paid' }>
type Result = { bond: Bond; movements: Movement[] }

/**
 * @throws BrokerError `bond_not_the_payer`; `bond_parts_wrong` for a value day before the money came or was decided about; `bond_rate_missing`; `calendar_not_covered` where lateness cannot be told without a
 * day that is not covered: a refund that is early enough by plain days asks no calendar
 */
export function orderRefund(bond: Bond, event: Ordered, context: Context): Result {
  const { receipt, payer, decision } = bond
  if (receipt === undefined || payer === undefined || decision === undefined)
    throw new BrokerError('internal', 'a refund is due and nothing was received')
  if (event.toAccount !== payer.account) throw new BrokerError('bond_not_the_payer', 'the account is not the one that paid')
  const came = dayOf(new Date(receipt.at))
  if (event.valueDay < came || event.valueDay < dayOf(new Date(decision.at)))
    throw new BrokerError('bond_parts_wrong', 'a value day before the money came or before the decision', { received: event.valueDay })
  const earned = interestOf(bond, came, event.valueDay, context)
  // after an order that the bank could not pay, only what has been added since is new
  const deposit = more(earned.deposit, bond.totals.interest - bond.lateFen)
  const late = more(earned.late, bond.lateFen)
  const interestFen = bond.totals.interest + deposit + late
  const lateFen = bond.lateFen + late
  const totals = { ...bond.totals, interest: interestFen }
  const fen = balanceOf(totals) - interestFen
  const movements: Movement[] = [
    ...(deposit > 0n ? [{ kind: 'interest' as const, of: 'deposit' as const, fen: deposit }] : []),
    ...(late > 0n ? [{ kind: 'interest' as const, of: 'late' as const, fen: late }] : []),
  ]
  const { refundFailure: _, ...rest } = bond
  if (fen + interestFen === 0n) return { bond: { ...rest, state: 'to-performance', totals, lateFen }, movements }
  const { bank, serial } = receipt
  return {
    bond: { ...rest, state: 'returning', totals, lateFen, order: { id: event.order, valueDay: event.valueDay, fen, interestFen } },
    movements: [
      ...movements,
      { kind: 'refund-ordered', order: event.order, receipt: { bank, serial }, toAccount: event.toAccount, fen, interestFen },
    ],
  }
}

/** What the bank says it paid is never refused: a payment that was not ordered so is kept for the worklist, and the bond waits for the ordered one. */
export function paidRefund(bond: Bond, event: Paid): Result {
  const { order, payer, state } = bond
  const fen = (order?.fen ?? 0n) + (order?.interestFen ?? 0n)
  if (state !== 'returning' || order === undefined || event.order !== order.id || event.fen !== fen || event.toAccount !== payer?.account)
    return {
      bond: { ...bond, unexplained: `${event.bank}/${event.serial}` },
      movements: [{ kind: 'unexplained', fen: event.fen, toAccount: event.toAccount }],
    }
  return {
    bond: { ...bond, state: 'returned', totals: { ...bond.totals, returned: fen } },
    movements: [{ kind: 'returned', order: order.id, toAccount: event.toAccount, fen: order.fen, interestFen: order.interestFen }],
  }
}

/** Deposit interest on what goes back, until it goes, and on what became a performance bond, until it did; rounded once. Interest for lateness where the law sets it: in procurement. */
function interestOf(bond: Bond, came: Day, goes: Day, { calendar, depositRates, loanRates }: Context): { deposit: bigint; late: bigint } {
  const { decision } = bond
  const principal = balanceOf({ ...bond.totals, interest: 0n })
  if (decision === undefined) return { deposit: 0n, late: 0n }
  const moved = dayOf(new Date(decision.at))
  const onMoved = decision.performanceFen === 0n || moved <= came ? 0n : accrue(decision.performanceFen, came, moved, depositRates)
  const deposit = toFen(accrue(principal, came, goes, depositRates) + onMoved)
  const lastDay = decision.law === 'procurement' ? overdueSince(decision, goes, calendar) : undefined
  return { deposit, late: lastDay === undefined ? 0n : toFen(accrueLate(principal, lastDay, goes, loanRates)) }
}

/** The last day in time, where that is over. No deadline ends earlier than its plain days: until then no calendar is asked. */
function overdueSince(decision: NonNullable<Bond['decision']>, goes: Day, calendar: Context['calendar']): Day | undefined {
  if (decision.rule === undefined || !isRule(decision.rule)) return undefined
  const { count }: DeadlineRule = deadlineRules[decision.rule]
  const event = new Date(decision.at)
  if (count === 'validity' || daysBetween(dayOf(event), goes) <= count) return undefined
  const { day } = deadlineOf(decision.rule, event, calendar)
  return goes > day ? day : undefined
}

const more = (now: bigint, before: bigint): bigint => (now > before ? now - before : 0n)
const isRule = (id: string): id is DeadlineRuleId => Object.hasOwn(deadlineRules, id)
