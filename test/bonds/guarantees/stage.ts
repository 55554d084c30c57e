import type { GuaranteeContext } from '../../../server/bonds/guarantees/state/context.ts'
import type { GuaranteeEvent, GuaranteeEvidenceKind, GuaranteeFact } from '../../../server/bonds/guarantees/state/events.ts'
import { offerName } from '../../../server/bonds/guarantees/state/offer.ts'
import { type GuaranteeStep, step } from '../../../server/bonds/guarantees/state/step.ts'
import type { Guarantee, GuaranteeDocument } from '../../../server/storage/stores-guarantees.ts'
import { DEADLINE, DEMANDED, section } from '../stage.ts'

/** A guarantee for the section of stage.ts: bids are due and opened on 10 March 2026 at 9:30 in Shanghai, and valid for 90 days. */
export const VALID_UNTIL = '2026-06-08T16:00:00.000Z'
export const BEFORE = '2026-03-02T02:00:00.000Z'
export const AFTER = '2026-03-20T02:00:00.000Z'
export const OVER = '2026-06-08T16:00:00.000Z'
const PRICE = 40_000n

export const application = (): Guarantee => ({
  id: 'guarantee-1',
  version: 1,
  state: 'applied',
  way: 'bank-guarantee',
  issuer: 'ccb',
  code: 'code-1',
  verification: 'verification-1',
  bondId: 'bond-1',
  sectionId: section.id,
  asked: { fen: DEMANDED, validUntil: VALID_UNTIL, textSm3: 'text-1' },
  claims: [],
  counted: {},
})

export const paper = (more: Partial<GuaranteeDocument> = {}): GuaranteeDocument => ({
  sm3: 'document-1',
  number: 'G-1',
  fen: DEMANDED,
  validFrom: '2026-03-02T00:00:00.000Z',
  validUntil: VALID_UNTIL,
  textVersion: '1',
  textSm3: 'text-1',
  ...more,
})

const EVIDENCE: GuaranteeEvidenceKind[] = ['company-act', 'issuer-message', 'document', 'forfeiture-decision', 'release-decision']
let told = 0
/** A fact told with every kind of evidence there is. */
export const tell = (fact: GuaranteeFact, more: Partial<Pick<GuaranteeEvent, 'key' | 'at' | 'evidence'>> = {}): GuaranteeEvent => ({
  key: `key-${++told}`,
  at: BEFORE,
  evidence: EVIDENCE.map(kind => ({ kind, ref: `ref-${kind}` })),
  ...more,
  ...fact,
})

const offer = { priceFen: PRICE, terms: '见索即付', until: '2026-03-06T00:00:00.000Z' }
export const offered: GuaranteeFact = { kind: 'offered', ...offer }
export const accepted: GuaranteeFact = { kind: 'accepted', offer: offerName(offer) }
export const premium: GuaranteeFact = { kind: 'premium-paid', serial: 'P-1', fen: PRICE }
export const issued = (more: Partial<GuaranteeDocument> = {}): GuaranteeFact => ({ kind: 'issued', document: paper(more) })
export const verified: GuaranteeFact = { kind: 'verified' }
export const claimed = (more: Partial<Extract<GuaranteeFact, { kind: 'claimed' }>> = {}): GuaranteeFact => ({
  kind: 'claimed',
  claim: 'claim-1',
  ground: 'contract-refused',
  winner: true,
  fen: DEMANDED,
  ...more,
})
export const claimPaid = (fen: bigint = DEMANDED, claim = 'claim-1'): GuaranteeFact => ({ kind: 'claim-paid', claim, serial: 'C-1', fen })

export const at = (now: string, more: Partial<GuaranteeContext> = {}): GuaranteeContext => ({ section, occupied: false, now: new Date(now), ...more })

/** What happens before the deadline, and what happens after the opening, when the clock stands then. */
const LATE: readonly GuaranteeFact['kind'][] = [
  'claimed',
  'claim-paid',
  'claim-refused',
  'extend-or-pay',
  'extend-or-pay-answered',
  'released',
  'non-extension',
]
export const contextOf = (fact: GuaranteeFact): GuaranteeContext => at(fact.kind === 'expired' ? OVER : LATE.includes(fact.kind) ? AFTER : BEFORE)

/** Tells one fact after the other, each in its time; the last step. */
export function walk(facts: readonly GuaranteeFact[], from: Guarantee = application()): GuaranteeStep {
  let last: GuaranteeStep = { guarantee: from, repeated: false }
  for (const fact of facts) last = step(last.guarantee, tell(fact), contextOf(fact))
  return last
}
export const inForce = [offered, accepted, premium, issued(), verified] as const
export { DEADLINE, DEMANDED }
