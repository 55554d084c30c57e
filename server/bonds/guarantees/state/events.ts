import { createHash } from 'node:crypto'
import { unreachable } from '../../../kernel/unreachable.ts'
import type { GuaranteeDocument } from '../../../storage/stores-guarantees.ts'
import type { GroundId } from '../../state/grounds.ts'

/** What can happen to a guarantee, each with its evidence. Owns the closed union and what makes two tellings of one event the same. */
export type GuaranteeEvidenceKind = 'company-act' | 'issuer-message' | 'document' | 'forfeiture-decision' | 'release-decision'

interface GuaranteeEvidence {
  kind: GuaranteeEvidenceKind
  /** where it is kept: a message's id, a document's digest */
  ref: string
}

interface Common {
  /** what makes it this event, however often it is told; of an issuer's fact its own number for it */
  key: string
  /** when it happened. ISO 8601 */
  at: string
  evidence: GuaranteeEvidence[]
}

export type GuaranteeEvent = Common & GuaranteeFact
export type GuaranteeFact = CompanyAct | IssuerFact | CenterAct | OwnFinding

/** What the applicant does. */
type CompanyAct =
  /** `offer` names the one that was seen */
  | { kind: 'accepted'; offer: string }
  | { kind: 'withdrawn' }
  | { kind: 'amendment-asked'; amendment: string; fen: bigint; validUntil: string }
  | { kind: 'extend-or-pay-answered'; claim: string; choice: 'extend' | 'pay' }

/** What the issuer says; its names in the SWIFT set of guarantees stand beside it. */
export type IssuerFact =
  | { kind: 'offered'; priceFen: bigint; terms: string; until: string }
  | { kind: 'refused'; reason: string }
  | { kind: 'premium-paid'; serial: string; fen: bigint }
  /** 760 */
  | { kind: 'issued'; document: GuaranteeDocument }
  /** 787 with a yes, and the document anew (767); a claim that is answered so was extend or pay */
  | { kind: 'amended'; amendment: string; document: GuaranteeDocument }
  /** 787 with a no */
  | { kind: 'amendment-refused'; amendment: string; reason: string }
  | { kind: 'claim-paid'; claim: string; serial: string; fen: bigint }
  /** 786 */
  | { kind: 'claim-refused'; claim: string; reason: string }
  /** 777 */
  | { kind: 'extend-or-pay'; claim: string }
  /** 785 */
  | { kind: 'non-extension'; reason: string }
  | { kind: 'expired' }

type CenterAct =
  /** 765 */
  | { kind: 'claimed'; claim: string; ground: GroundId; winner: boolean; fen: bigint; extendTo?: string }
  /** 769 */
  | { kind: 'released' }

/** What we ourselves find: the document held against the tender, and what time ends, which is `expired` too. */
type OwnFinding = { kind: 'verified' }

export type GuaranteeEventKind = GuaranteeFact['kind']

/** What has to be shown for an event. */
export function demandedBy({ kind }: GuaranteeFact): GuaranteeEvidenceKind[] {
  switch (kind) {
    case 'accepted':
    case 'withdrawn':
    case 'amendment-asked':
    case 'extend-or-pay-answered':
      return ['company-act']
    case 'offered':
    case 'refused':
    case 'premium-paid':
    case 'amendment-refused':
    case 'claim-paid':
    case 'claim-refused':
    case 'extend-or-pay':
    case 'non-extension':
      return ['issuer-message']
    case 'issued':
    case 'amended':
      return ['issuer-message', 'document']
    case 'claimed':
      return ['forfeiture-decision']
    case 'released':
      return ['release-decision']
    case 'verified':
      return ['document']
    // time itself shows it
    case 'expired':
      return []
    default:
      return unreachable(kind)
  }
}

/** What it says, apart from how it was told: the same fact has one digest. An issuer says itself when it happened; an act asked for twice is the same act. */
export function digestOf({ key: _, evidence: __, at, ...fact }: GuaranteeEvent): string {
  const told = demandedBy(fact).includes('issuer-message') ? { ...fact, at } : fact
  const text = JSON.stringify(told, (_name, value: unknown) => (typeof value === 'bigint' ? `${value}` : isRecord(value) ? sorted(value) : value))
  return createHash('sm3').update(text).digest('base64url')
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const sorted = (record: Record<string, unknown>) => Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
