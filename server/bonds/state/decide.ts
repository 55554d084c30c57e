import { BrokerError } from '../../kernel/errors.ts'
import type { Bond } from '../../storage/stores-bonds.ts'
import { type Cause, causes } from './causes.ts'
import { type Context, isOpened } from './context.ts'
import type { BondEvent } from './events.ts'
import { grounds } from './grounds.ts'
import { validityEnd } from './guarantee.ts'
import { balanceOf, type Movement } from './movements.ts'

/** How a bond ends, in one decision: what is kept on which ground, what moves to the performance bond, what is charged; everything else goes back. Owns that the parts add up, and when each may be decided. */
export type Decided = Extract<BondEvent, { kind: 'decided' }>

/** @throws BrokerError `bond_before_opening`, `bond_withdrawal_late`, `bond_wrong_state`, `bond_ground_missing`, `bond_parts_wrong` */
export function decide(bond: Bond, event: Decided, context: Context): { bond: Bond; movements: Movement[] } {
  const cause = causes[event.cause]
  const law = context.section?.law ?? 'bidding'
  requireTime(cause, event, context)
  requireMoney(cause, bond)
  requireParts(bond, event, law)
  const rule = cause.rule[law]
  const decided: Bond = {
    ...bond,
    decision: { cause: event.cause, ...(rule === undefined ? {} : { rule }), at: event.at, law, performanceFen: event.performanceFen },
  }
  return bond.guarantee === undefined ? ofMoney(decided, event) : ofGuarantee(decided, event)
}

function ofMoney(bond: Bond, { forfeits, feeFen, performanceFen }: Decided): { bond: Bond; movements: Movement[] } {
  const forfeited = sumOf(forfeits)
  const totals = { ...bond.totals, forfeited, fee: feeFen, toPerformance: performanceFen }
  const left = balanceOf(totals)
  const movements: Movement[] = [
    ...forfeits.map(({ ground, fen }) => ({ kind: 'forfeited' as const, ground, article: grounds[ground].article, fen })),
    ...(feeFen > 0n ? [{ kind: 'fee' as const, fen: feeFen }] : []),
    ...(performanceFen > 0n ? [{ kind: 'to-performance' as const, fen: performanceFen }] : []),
  ]
  // what moved to the performance bond has earned interest until now, which goes back even where nothing else does
  const state = bond.receipt === undefined ? 'released' : left > 0n || performanceFen > 0n ? 'refund-due' : 'forfeited'
  return { bond: { ...bond, state, totals }, movements }
}

/** A guarantee is let go, or claimed: there is no money to return. */
function ofGuarantee(bond: Bond, { forfeits }: Decided): { bond: Bond; movements: Movement[] } {
  return {
    bond: { ...bond, state: forfeits.length === 0 ? 'released' : 'forfeited' },
    movements: forfeits.map(({ ground, fen }) => ({ kind: 'claimed', ground, article: grounds[ground].article, fen })),
  }
}

function requireTime({ when }: Cause, { cause, at }: Decided, { section, now }: Context): void {
  // money that nobody could assign to a section betrays none
  if (section === undefined || when === 'any-time') return
  if (when === 'before-deadline') {
    if (Date.parse(at) >= Date.parse(section.deadline))
      throw new BrokerError('bond_withdrawal_late', 'the withdrawal came at the deadline or later', {
        received: at,
        expected: `before ${section.deadline}`,
      })
    return
  }
  if (!isOpened(section, now)) throw new BrokerError('bond_before_opening', `${cause} before the opening`)
  if (cause === 'validity-ended' && now < validityEnd(section))
    throw new BrokerError('bond_wrong_state', 'the validity of bids is not over', { expected: `from ${validityEnd(section).toISOString()}` })
}

function requireMoney({ of }: Cause, bond: Bond): void {
  const counts = bond.guarantee !== undefined || bond.finding === 'matched'
  if (
    bond.receipt === undefined && bond.guarantee === undefined ? of !== 'any-money' : (of === 'bonds' && !counts) || (of === 'other-money' && counts)
  )
    throw new BrokerError('bond_wrong_state', 'the cause does not fit what came', { received: bond.finding ?? 'nothing', expected: of })
}

function requireParts(bond: Bond, { cause, winner, forfeits, feeFen, performanceFen }: Decided, law: 'bidding' | 'procurement'): void {
  if (cause === 'contract' && law === 'procurement' && !winner)
    throw new BrokerError('bond_wrong_state', 'in procurement those who lost are refunded by the award notice', { expected: 'lost' })
  if ((cause === 'forfeiture') !== forfeits.length > 0) throw new BrokerError('bond_ground_missing', `${forfeits.length} grounds for ${cause}`)
  if (performanceFen !== 0n && !(cause === 'contract' && winner))
    throw new BrokerError('bond_ground_missing', 'only the bond of a winner with a contract becomes a performance bond')
  const unfounded = forfeits.find(({ ground }) => grounds[ground].winnerOnly && !winner)
  if (unfounded !== undefined) throw new BrokerError('bond_ground_missing', `${unfounded.ground} is a ground against the winner alone`)
  const parts = sumOf(forfeits) + feeFen + performanceFen
  const most = bond.guarantee?.fen ?? bond.totals.in
  const onlyClaims = bond.guarantee === undefined || (feeFen === 0n && performanceFen === 0n)
  if (feeFen < 0n || performanceFen < 0n || forfeits.some(({ fen }) => fen <= 0n) || parts > most || !onlyClaims)
    throw new BrokerError('bond_parts_wrong', 'the parts do not fit the bond', { received: `${parts} fen`, expected: `0 to ${most} fen` })
}

const sumOf = (forfeits: Decided['forfeits']): bigint => forfeits.reduce((sum, { fen }) => sum + fen, 0n)
