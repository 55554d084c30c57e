import { createHash } from 'node:crypto'
import type { Bond, BondBidder, BondCause, RefusedClaim, Tag } from '../../storage/stores-bonds.ts'
import type { Day } from '../calendar/day.ts'
import type { GroundId } from './grounds.ts'

/** What can happen to a bond, each with its evidence. Owns the closed union and what makes two tellings of one event the same. */
export type EvidenceKind =
  | 'bank-receipt'
  | 'guarantee'
  | 'assignment'
  | 'withdrawal-notice'
  | 'termination-notice'
  | 'award-notice'
  | 'contract'
  | 'forfeiture-decision'
  | 'opening-record'
  | 'fee-agreement'
  | 'refund-order'
  | 'reconciliation-file'

interface Evidence {
  kind: EvidenceKind
  /** where it is kept: a message's id, a document's digest */
  ref: string
}

interface Common {
  /** what makes it this event, however often it is told; a bank's fact is told apart by the bank's serial number instead */
  key: string
  /** when it happened: the notice came, the contract was signed. ISO 8601 */
  at: string
  evidence: Evidence[]
}

/** what stands refused afterwards */
interface Refusals {
  refused?: RefusedClaim
}
type GuaranteeTerms = Pick<NonNullable<Bond['guarantee']>, 'number' | 'fen' | 'validUntil'>

export type BondEvent = Common & BondFact
export type BondFact =
  | { kind: 'money-arrived'; receipt: NonNullable<Bond['receipt']>; payer: NonNullable<Bond['payer']> }
  | { kind: 'guarantee-verified'; guarantee: GuaranteeTerms; way: 'bank-guarantee' | 'insurance-guarantee' }
  /** the issuer accepted an amendment */
  | ({ kind: 'guarantee-amended'; guarantee: GuaranteeTerms } & Refusals)
  /** the center demands more beside what the decision said, or again what was refused */
  | ({ kind: 'guarantee-claimed'; ground: GroundId; fen: bigint } & Refusals)
  /** the issuer paid on a claim, in whole or in part */
  | ({ kind: 'guarantee-paid'; fen: bigint } & Refusals)
  /** the issuer refused a claim, for the reason it gives */
  | ({ kind: 'guarantee-refused' } & Refusals)
  /** the center let it go after it had decided the bond */
  | ({ kind: 'guarantee-released' } & Refusals)
  | { kind: 'guarantee-expired' }
  /** money without a known purpose, or in a bidder's virtual account, is bound to a section */
  | { kind: 'assigned'; sectionId: string; company: Tag; demandedFen: bigint; bidder: BondBidder }
  | { kind: 'frozen' }
  | { kind: 'decided'; cause: BondCause; winner: boolean; forfeits: { ground: GroundId; fen: bigint }[]; feeFen: bigint; performanceFen: bigint }
  | { kind: 'refund-ordered'; order: string; valueDay: Day; toAccount: Tag }
  | { kind: 'refund-paid'; order: string; bank: string; serial: string; fen: bigint; toAccount: Tag }
  | { kind: 'refund-failed'; order: string; reason: string }
  | { kind: 'reconciled'; day: Day }
export type BondEventKind = BondFact['kind']

/** The key under which an event counts once. */
export function keyOf(event: BondEvent): string {
  switch (event.kind) {
    case 'money-arrived':
      return `in/${event.receipt.bank}/${event.receipt.serial}`
    case 'refund-paid':
      return `out/${event.bank}/${event.serial}`
    default:
      return `act/${event.key}`
  }
}

/** What it says, apart from how it was told: the same fact has one digest. A bank's fact has its own time inside; `at` is when we were told, as it is of an act that nobody else dates. */
export function digestOf(event: BondEvent): string {
  const { key: _, evidence: __, at, ...fact } = event
  const told = event.kind === 'money-arrived' ? { ...fact, receipt: bankFact(event.receipt) } : isOurTime(event) ? fact : { ...fact, at }
  const text = JSON.stringify(told, (_name, value: unknown) => (typeof value === 'bigint' ? `${value}` : isRecord(value) ? sorted(value) : value))
  return createHash('sm3').update(text).digest('base64url')
}

/** A withdrawal asked for twice is one, and so is a refund found by two comparisons at once. */
const isOurTime = (event: BondEvent): boolean =>
  event.kind === 'refund-paid' || event.kind === 'reconciled' || (event.kind === 'decided' && event.cause === 'withdrawn')

/** What the bank said: under which keys we code its payer changes. */
function bankFact({ payerCode: _, ...receipt }: NonNullable<Bond['receipt']>) {
  return receipt
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const sorted = (record: Record<string, unknown>) => Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
