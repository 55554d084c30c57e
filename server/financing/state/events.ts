import { createHash } from 'node:crypto'
import type { FinancingOffer, ProgressStage } from '../../storage/stores-financing.ts'

/** What can happen to an application for financing. Owns the closed union, and what makes two tellings of one event the same. */
export type FinancingEvent = Common & FinancingFact

interface Common {
  /** what makes it this event, however often it is told; of a bank's fact its own number for it */
  key: string
  /** when it happened. ISO 8601 */
  at: string
}

export type FinancingFact = BankFact | CompanyAct

/** What a bank says of its own part. */
export type BankFact =
  | { kind: 'offered'; bank: string; offer: FinancingOffer }
  | { kind: 'declined'; bank: string; reason: string }
  | { kind: 'progress'; bank: string; stage: ProgressStage; reason?: string }

type CompanyAct =
  /** the very offer that was seen */
  { kind: 'accepted'; bank: string; serial: string } | { kind: 'withdrawn' }

export type FinancingEventKind = FinancingFact['kind']

/** What it says, apart from how it was told. A bank says itself when it happened; an act asked for twice is the same act. */
export function digestOf({ key: _, at, ...fact }: FinancingEvent): string {
  const told = fact.kind === 'accepted' || fact.kind === 'withdrawn' ? fact : { ...sayings(fact), at }
  const text = JSON.stringify(told, (_name, value: unknown) => (typeof value === 'bigint' ? `${value}` : isRecord(value) ? sorted(value) : value))
  return createHash('sm3').update(text).digest('base64url')
}

/** An offer without the message it came in: told again it comes in another. */
function sayings(fact: BankFact): object {
  if (fact.kind !== 'offered') return fact
  const { message: _, ...offer } = fact.offer
  return { ...fact, offer }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const sorted = (record: Record<string, unknown>) => Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
