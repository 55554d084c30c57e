import { BrokerError } from '../../kernel/errors.ts'
import { unreachable } from '../../kernel/unreachable.ts'
import type { Bond, BondState } from '../../storage/stores-bonds.ts'
import { takeIn } from './arrival.ts'
import { causes } from './causes.ts'
import type { Context } from './context.ts'
import { decide } from './decide.ts'
import { type BondEvent, type BondEventKind, digestOf, type EvidenceKind, keyOf } from './events.ts'
import { followGuarantee, requireFit } from './guarantee.ts'
import { type Movement, NOTHING } from './movements.ts'
import { orderRefund, paidRefund } from './refund.ts'

/**
 * The life of a bid bond (投标保证金): a pure function from a bond, an event and what it is judged by to the next bond and the money that moves. Owns which event is possible in which state, that each counts once, and that
 * none counts without its evidence. Money itself is the bank's, its ledger another room's, and storing storage's.
 */
export interface Step {
  bond: Bond
  /** money beside the bond: a bond of its own, still without an id, that goes back by itself */
  extra?: Bond
  movements: Movement[]
  /** the kinds of evidence that were demanded and are there */
  evidence: EvidenceKind[]
  /** it was told before, in the same words: nothing is to be done */
  repeated: boolean
}

/** What a bank says has happened is never refused, whatever the state. */
type BankFact = 'money-arrived' | 'refund-paid'

/** A bank freezes money while the bid is withdrawn or decided: then it has happened, and changes nothing. Only where nothing came is there nothing to freeze. */
const FROZEN: readonly BondState[] = [
  'received',
  'held',
  'refund-due',
  'returning',
  'returned',
  'forfeited',
  'to-performance',
  'released',
  'reconciled',
]

/** a guarantee that stood for it may still be amended, claimed, paid or refused */
const STOOD: readonly BondState[] = ['held', 'forfeited', 'released']

/** Which states take which of the other events. */
const TAKES: Readonly<Record<Exclude<BondEventKind, BankFact>, readonly BondState[]>> = {
  'guarantee-verified': ['expected'],
  'guarantee-amended': STOOD,
  'guarantee-claimed': STOOD,
  'guarantee-paid': STOOD,
  'guarantee-refused': STOOD,
  'guarantee-released': STOOD,
  'guarantee-expired': STOOD,
  assigned: ['received'],
  frozen: FROZEN,
  decided: ['expected', 'received', 'held'],
  'refund-ordered': ['refund-due'],
  'refund-failed': ['returning'],
  reconciled: ['returned', 'forfeited', 'to-performance'],
}

/**
 * @throws BrokerError `bond_event_conflict` for a key that came with something else, `bond_evidence_missing`, `bond_wrong_state`, and those of decide.ts, refund.ts and guarantee.ts
 */
export function step(bond: Bond, event: BondEvent, context: Context): Step {
  const key = keyOf(event)
  const digest = digestOf(event)
  const before = bond.counted[key]
  if (before !== undefined && before !== digest) throw new BrokerError('bond_event_conflict', `${key} came with something else before`)
  if (before !== undefined) return { bond, movements: [], evidence: [], repeated: true }
  const evidence = demandedBy(event)
  const missing = evidence.filter(kind => !event.evidence.some(each => each.kind === kind && each.ref !== ''))
  if (missing.length > 0)
    throw new BrokerError('bond_evidence_missing', `${event.kind} without ${missing.join(', ')}`, { expected: evidence.join(', ') })
  if (event.kind !== 'money-arrived' && event.kind !== 'refund-paid' && !TAKES[event.kind].includes(bond.state)) throw wrongState(bond, event)
  const taken = take(bond, event, context)
  return { ...taken, bond: { ...taken.bond, counted: { ...bond.counted, [key]: digest } }, evidence, repeated: false }
}

/** What has to be shown for an event. */
function demandedBy(event: BondEvent): EvidenceKind[] {
  switch (event.kind) {
    case 'money-arrived':
    case 'frozen':
    case 'refund-paid':
    case 'refund-failed':
      return ['bank-receipt']
    case 'guarantee-verified':
    case 'guarantee-amended':
    case 'guarantee-claimed':
    case 'guarantee-paid':
    case 'guarantee-refused':
    case 'guarantee-released':
    case 'guarantee-expired':
      return ['guarantee']
    case 'assigned':
      return ['assignment']
    case 'refund-ordered':
      return ['refund-order']
    case 'reconciled':
      return ['reconciliation-file']
    case 'decided':
      return [causes[event.cause].evidence, ...(event.feeFen > 0n ? (['fee-agreement'] as const) : [])]
    default:
      return unreachable(event)
  }
}

function take(bond: Bond, event: BondEvent, context: Context): Pick<Step, 'bond' | 'extra' | 'movements'> {
  switch (event.kind) {
    case 'money-arrived': {
      if (bond.state === 'expected') return takeIn(bond, event, context)
      const occupied = context.occupied || counts(bond)
      const beside = takeIn(blankBeside(bond), event, { ...context, occupied })
      return { bond, extra: beside.bond, movements: beside.movements }
    }
    case 'guarantee-verified':
      requireFit(bond, event.guarantee, event.at, context)
      return { bond: { ...bond, state: 'held', way: event.way, guarantee: event.guarantee }, movements: [] }
    case 'guarantee-amended':
    case 'guarantee-claimed':
    case 'guarantee-paid':
    case 'guarantee-refused':
    case 'guarantee-released':
    case 'guarantee-expired':
      return { bond: { ...bond, ...followGuarantee(bond, event) }, movements: [] }
    case 'assigned':
      return assign(bond, event, context)
    case 'frozen':
      if (bond.state !== 'received' || bond.finding !== 'matched') return { bond, movements: [] }
      return { bond: { ...bond, state: 'held' }, movements: [{ kind: 'frozen', fen: bond.totals.in }] }
    case 'decided':
      return decide(bond, event, context)
    case 'refund-ordered':
      return orderRefund(bond, event, context)
    case 'refund-paid':
      return paidRefund(bond, event)
    case 'refund-failed':
      return failed(bond, event)
    case 'reconciled':
      return { bond: { ...bond, state: 'reconciled' }, movements: [] }
    default:
      return unreachable(event)
  }
}

function assign(bond: Bond, event: Extract<BondEvent, { kind: 'assigned' }>, context: Context): Pick<Step, 'bond' | 'movements'> {
  const { receipt, payer } = bond
  if (
    bond.finding !== 'unmatched' ||
    bond.sectionId !== undefined ||
    receipt === undefined ||
    payer === undefined ||
    context.section?.id !== event.sectionId
  )
    throw wrongState(bond, event)
  const bound: Bond = { ...bond, sectionId: event.sectionId, bidder: event.bidder, demandedFen: event.demandedFen }
  const taken = takeIn(bound, { receipt, payer }, context)
  return { bond: taken.bond, movements: taken.bond.finding === 'matched' ? [{ kind: 'matched', fen: receipt.fen }] : [] }
}

function failed(bond: Bond, event: Extract<BondEvent, { kind: 'refund-failed' }>): Pick<Step, 'bond' | 'movements'> {
  if (bond.order?.id !== event.order) throw wrongState(bond, event)
  const { order: _, ...rest } = bond
  return { bond: { ...rest, state: 'refund-due', refundFailure: event.reason }, movements: [{ kind: 'refund-void', order: event.order }] }
}

/** A further arrival has the bidder and the section of the first, and nothing of its life. */
const blankBeside = ({ sectionId, bidder, demandedFen }: Bond): Bond => ({
  id: '',
  version: 0,
  way: 'transfer',
  state: 'expected',
  demandedFen,
  ...(sectionId === undefined ? {} : { sectionId }),
  ...(bidder === undefined ? {} : { bidder }),
  totals: NOTHING,
  lateFen: 0n,
  counted: {},
})

const counts = ({ finding, guarantee }: Bond): boolean => finding === 'matched' || guarantee !== undefined

const wrongState = (bond: Bond, { kind }: BondEvent): BrokerError =>
  new BrokerError('bond_wrong_state', `${kind} in ${bond.state}${bond.finding === undefined ? '' : ` (${bond.finding})`}`)
