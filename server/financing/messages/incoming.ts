import { z } from 'zod'
import type { MessageType, Said } from '../../channel/types.ts'
import type { Effect } from '../../storage/stores-effects.ts'
import type { BankFact } from '../state/events.ts'
import { fen, instant, openBody, termDays, told, words } from './parts.ts'

/** What a bank tells the platform about an application: one row a type, each with its part and the fact that it is. */
interface Told {
  serial: string
  at: string
}
type Fact = BankFact extends infer Each ? (Each extends unknown ? Omit<Each, 'bank'> : never) : never

/** What follows from a fact of a bank. */
export type TakeFact = (said: Pick<Said, 'sender' | 'id' | 'trace'> & { code: string } & Told, fact: (bank: string) => BankFact) => Promise<Effect>

/** The types, for /channel/types and for whoever takes messages in. */
export function incomingTypes(take: TakeFact): MessageType[] {
  const type = <Part extends Told>(
    name: string,
    what: MessageType['what'],
    part: z.ZodType<Part>,
    fact: (part: Part, message: string) => Fact,
  ): MessageType => ({
    ...{ type: name, version: 1, what, body: openBody, confidential: part, example: { code: '0123456789abcdef0123456789abcdef' } },
    async effect({ sender, id, trace, body, confidential }) {
      const said = part.parse(confidential)
      const { code } = openBody.parse(body)
      return await take({ sender, id, trace, code, serial: said.serial, at: said.at }, bank => ({ ...fact(said, `${sender}/${id}`), bank }))
    },
  })
  return [
    type(
      'financing.offered',
      {
        zh: '融资报价：金额、年利率（百万分之一）、期限、费用、有效期、条件',
        en: 'An offer: amount, yearly rate in millionths, term, fees, until when, conditions',
      },
      offered,
      ({ serial, fen: sum, rateMillionths, termDays: days, feeFen, validUntil, conditions }, message) => ({
        kind: 'offered',
        offer: { serial, fen: BigInt(sum), rateMillionths, termDays: days, feeFen: BigInt(feeFen), validUntil, conditions, message },
      }),
    ),
    type('financing.declined', { zh: '不予融资，附原因', en: 'No offer is made, and why' }, declined, ({ reason }) => ({ kind: 'declined', reason })),
    type(
      'financing.progress',
      {
        zh: '接受报价以后的进度：审批通过、已签约、已放款、拒绝（附原因）',
        en: 'How far it is after the acceptance: approved, signed, paid out, refused and why',
      },
      progress,
      ({ stage, reason }) => ({ kind: 'progress', stage, ...(reason === undefined ? {} : { reason }) }),
    ),
  ]
}

const example = { serial: 'CCB-RZ-0001', at: '2026-06-01T02:00:00.000Z' }
const offered = z
  .strictObject({
    ...told,
    fen,
    rateMillionths: z.int().min(0).max(360_000),
    termDays,
    feeFen: z.int().min(0).max(1_000_000_000_000),
    validUntil: instant,
    conditions: words(1000),
  })
  .meta({
    examples: [
      {
        ...example,
        fen: 50_000_000,
        rateMillionths: 38_500,
        termDays: 180,
        feeFen: 10_000,
        validUntil: '2026-06-04T02:00:00.000Z',
        conditions: '按月付息',
      },
    ],
  })
const declined = z.strictObject({ ...told, reason: words(300) }).meta({ examples: [{ ...example, reason: '授信额度不足' }] })
const progress = z
  .strictObject({ ...told, stage: z.enum(['approved', 'signed', 'paid-out', 'refused']), reason: words(300).optional() })
  .refine(({ stage, reason }) => (stage === 'refused') === (reason !== undefined), 'a reason where it is refused, and there alone')
  .meta({ examples: [{ ...example, stage: 'approved' }] })
