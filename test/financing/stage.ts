import type { BankFact, FinancingEvent, FinancingFact } from '../../server/financing/state/events.ts'
import { step } from '../../server/financing/state/step.ts'
import type { Financing, FinancingCase, FinancingOffer, ProgressStage } from '../../server/storage/stores-financing.ts'

/** An application of a company to two banks, for a deal of half a million yuan. */
export const NOW = '2026-06-01T02:00:00.000Z'
export const UNTIL = '2026-06-05T16:00:00.000Z'
export const ASKED = 50_000_000n

const part = (bank: string): FinancingCase => ({ bank, code: `code-${bank}`, state: 'applied', given: [], progress: [] })
export const application = (): Financing => ({
  ...{ id: 'financing-1', version: 1, kind: 'deal-loan', company: { uscc: '91440101MA5CKT5E07', name: '演示企业有限公司' } },
  ...{ source: 'deal-1', project: 'JG2026-0007', fen: ASKED, termDays: 180, appliedAt: NOW },
  cases: [part('ccb'), part('icbc')],
  counted: {},
})

export const offer = (more: Partial<FinancingOffer> = {}): FinancingOffer => ({
  ...{
    serial: 'O-1',
    fen: ASKED,
    rateMillionths: 38_500,
    termDays: 180,
    feeFen: 10_000n,
    validUntil: UNTIL,
    conditions: '按季付息',
    message: 'ccb/1',
  },
  ...more,
})
export const offered = (bank = 'ccb', more: Partial<FinancingOffer> = {}): BankFact => ({ kind: 'offered', bank, offer: offer(more) })
export const declined = (bank = 'ccb'): BankFact => ({ kind: 'declined', bank, reason: '授信额度不足' })
export const accepted = (bank = 'ccb', serial = 'O-1'): FinancingFact => ({ kind: 'accepted', bank, serial })
export const progress = (stage: ProgressStage, bank = 'ccb'): BankFact => ({ kind: 'progress', bank, stage })

export const tell = (fact: FinancingFact, more: { key?: string; at?: string } = {}): FinancingEvent => ({
  key: more.key ?? JSON.stringify(fact, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  at: more.at ?? NOW,
  ...fact,
})
export const walk = (facts: readonly FinancingFact[], from = application()): Financing =>
  facts.reduce((financing, fact) => step(financing, tell(fact), new Date(NOW)).financing, from)
