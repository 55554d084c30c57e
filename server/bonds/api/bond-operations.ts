import { z } from 'zod'
import type { Bond, BondSection } from '../../storage/stores-bonds.ts'
import type { Due } from '../dues.ts'
import type { Seen } from '../readings.ts'
import { type GroundId, grounds } from '../state/grounds.ts'
import { lackOf } from '../state/guarantee.ts'
import { balanceOf } from '../state/movements.ts'
import { BASE, type BondOperation, fen, instant, line, PAGING, Paged, reference, when } from './operation.ts'
import { whose } from './room.ts'

/** Bonds of a section, from its opening on, and what the center decides about them. Every one of these is refused before, in the same words whatever there is. */
export const DueAnswer = z.strictObject({ day: z.string().optional(), days_left: z.int().optional(), article: z.string() }).meta({ id: 'BondDue' })
export const GuaranteeAnswer = z
  .strictObject({
    number: z.string(),
    fen: z.int(),
    valid_until: z.string(),
    paid_fen: z.int(),
    refused: z
      .strictObject({ fen: z.int(), demanded_fen: z.int(), ground: z.string(), reason: z.string(), may_claim_again: z.boolean() })
      .optional()
      .describe(
        'What the issuer refused to pay and did not pay since; of its newest refusal the claim, and its own words. `claimBond` claims again for as long as it may.',
      ),
    over: z.boolean().describe('Its time ended before the bond was decided.'),
    lacks: z.enum(['amount', 'period']).optional().describe('Of what the tender demands now; a postponed opening counts.'),
  })
  .meta({ id: 'BondGuarantee' })
export const BondAnswer = z
  .strictObject({
    id: z.string(),
    way: z.enum(['transfer', 'bank-guarantee', 'insurance-guarantee']),
    state: z.string(),
    finding: z.string().optional(),
    bank: z.string().optional(),
    received_at: z.string().optional(),
    received_fen: z.int(),
    forfeited_fen: z.int(),
    performance_fen: z.int(),
    interest_fen: z.int(),
    returned_fen: z.int(),
    balance_fen: z.int(),
    refund: z.strictObject({ value_day: z.string(), fen: z.int(), interest_fen: z.int() }).optional(),
    refund_failure: z.string().optional(),
    guarantee: GuaranteeAnswer.optional().describe('Where a guarantee stands, or stood, for it.'),
    due: DueAnswer.optional(),
    bidder: z.strictObject({ uscc: z.string(), name: z.string() }).optional().describe('Once custodians released the names.'),
    payer: z.strictObject({ name: z.string(), account: z.string() }).optional(),
  })
  .meta({ id: 'Bond', description: 'A bid bond, or money beside one. Amounts are whole fen.' })

const winner = z.strictObject({ bond: z.string().max(60), performance_fen: fen.default(0) })
const Award = z
  .strictObject({
    winners: z.array(z.string().max(60)).min(1).max(10),
    at: when,
    reference,
    refund_losers: z.boolean().default(false),
    by: line.optional(),
  })
  .meta({ id: 'BondAward' })
const Contract = z.strictObject({ winners: z.array(winner).min(1).max(10), at: when, reference, by: line.optional() }).meta({ id: 'BondContract' })
const Forfeiture = z
  .strictObject({
    ground: z.enum(Object.keys(grounds) as [GroundId, ...GroundId[]]),
    fen: fen.min(1),
    winner: z.boolean(),
    at: when,
    reference,
    by: line.optional(),
  })
  .meta({ id: 'BondForfeiture' })
const Nothing = z.strictObject({}).meta({ id: 'BondNoWords' })

/** What a bond is to whoever may see it. */
export const bondAnswer = ({ bond, bidder, payer }: Seen, section: BondSection, now: Date, due?: Due): z.infer<typeof BondAnswer> => ({
  id: bond.id,
  way: bond.way,
  state: bond.state,
  ...(bond.finding === undefined ? {} : { finding: bond.finding }),
  ...(bond.receipt === undefined ? {} : { bank: bond.receipt.bank, received_at: bond.receipt.at }),
  received_fen: Number(bond.totals.in),
  forfeited_fen: Number(bond.totals.forfeited),
  performance_fen: Number(bond.totals.toPerformance),
  interest_fen: Number(bond.totals.interest),
  returned_fen: Number(bond.totals.returned),
  balance_fen: Number(balanceOf(bond.totals)),
  ...(bond.order === undefined
    ? {}
    : { refund: { value_day: bond.order.valueDay, fen: Number(bond.order.fen), interest_fen: Number(bond.order.interestFen) } }),
  ...(bond.refundFailure === undefined ? {} : { refund_failure: bond.refundFailure }),
  ...(bond.guarantee === undefined ? {} : { guarantee: guaranteeAnswer(bond.guarantee, lackOf(bond, section), now) }),
  ...(due === undefined
    ? {}
    : {
        due: {
          ...(due.day === undefined ? {} : { day: due.day }),
          ...(due.daysLeft === undefined ? {} : { days_left: due.daysLeft }),
          article: due.article,
        },
      }),
  ...(bidder === undefined ? {} : { bidder }),
  ...(payer === undefined ? {} : { payer }),
})

const guaranteeAnswer = (
  { number, fen: sum, validUntil, paidFen = 0n, refused, over }: NonNullable<Bond['guarantee']>,
  lacks: 'amount' | 'period' | undefined,
  now: Date,
): z.infer<typeof GuaranteeAnswer> => ({
  ...{ number, fen: Number(sum), valid_until: validUntil, paid_fen: Number(paidFen), over: over === true },
  ...(lacks === undefined ? {} : { lacks }),
  ...(refused === undefined
    ? {}
    : {
        refused: {
          ...{ fen: Number(refused.fen), demanded_fen: Number(refused.demandedFen), ground: refused.ground, reason: refused.reason },
          may_claim_again: now < new Date(validUntil),
        },
      }),
})

/** a page is as long as it may be unless less is asked for: who wants a whole section asks least often */
const BondsPaged = Paged.extend({ limit: Paged.shape.limit.default(100) })
const section = `${BASE}/sections/{section}` as const
const AFTER = ['bond_unknown', 'bond_before_opening', 'bond_wrong_state'] as const

export const bondOperations: readonly BondOperation[] = [
  {
    method: 'get',
    path: `${section}/bonds`,
    name: 'listBonds',
    title: { zh: '标段的保证金', en: 'The bonds of a section' },
    about: {
      zh: '到最后公布的开标时间以后才能查看，含退还期限和剩余天数。解封以后才有投标人和付款人。按编号顺序分页：少于 limit 笔就是最后一页。',
      en: 'From the latest announced opening time on, with the day each refund is due. Bidders and payers once their names are released. Page by page, in the order of the ids: one with fewer than limit is the last.',
    },
    scope: 'bonds.read',
    parameters: PAGING,
    status: 200,
    answer: z.strictObject({ bonds: z.array(BondAnswer) }).meta({ id: 'Bonds' }),
    refusals: ['bond_unknown', 'bond_before_opening'],
    async run(room, ask) {
      const { after, limit } = ask.query(BondsPaged)
      const seen = await room.readings.ofSection(whose(ask)).page(after, limit)
      const [dues, tendered] = await Promise.all([room.dues.of(seen.map(({ bond }) => bond)), room.sections.mine(whose(ask))])
      return { body: { bonds: seen.map((each, i) => bondAnswer(each, tendered, room.clock.now(), dues[i])) }, items: seen.length }
    },
  },
  {
    path: `${section}/award`,
    name: 'awardBonds',
    title: { zh: '中标通知', en: 'The award notice' },
    about: {
      zh: '政府采购：未中标供应商的保证金开始退还。招标投标：refund_losers 为 true 时提前退还。',
      en: 'In procurement refunds to those who lost begin. In bidding with refund_losers, ahead of the contract.',
    },
    scope: 'bonds.manage',
    request: Award,
    status: 202,
    refusals: AFTER,
    example: { winners: ['…'], at: '2027-06-10T10:00:00+08:00', reference: 'ZBTZ-2027-0001', refund_losers: true },
    async run(room, ask) {
      const { winners, at, reference: ref, refund_losers } = ask.body(Award)
      await room.acts.award(whose(ask), { winners, at: instant(at), ref, refundLosers: refund_losers })
      return {}
    },
  },
  {
    path: `${section}/contract`,
    name: 'contractBonds',
    title: { zh: '签订合同', en: 'The contract' },
    about: {
      zh: '中标人的保证金退还或转为履约保证金；招标投标的其他投标人一并退还。五日（工作日）的期限从合同签订之日起算。',
      en: 'The winner’s bond goes back or becomes the performance bond, and in bidding everybody else’s goes back. The days are counted from the contract.',
    },
    scope: 'bonds.manage',
    request: Contract,
    status: 202,
    refusals: [...AFTER, 'bond_parts_wrong'],
    example: { winners: [{ bond: '…', performance_fen: 20_000_000 }], at: '2027-06-20T10:00:00+08:00', reference: 'HT-2027-0001' },
    async run(room, ask) {
      const { winners, at, reference: ref } = ask.body(Contract)
      const parts = winners.map(({ bond, performance_fen }) => ({ bondId: bond, performanceFen: BigInt(performance_fen) }))
      await room.acts.contract(whose(ask), { winners: parts, at: instant(at), ref })
      return {}
    },
  },
  {
    path: `${section}/bonds/{bond}/forfeit`,
    name: 'forfeitBond',
    title: { zh: '不予退还', en: 'Keep a bond' },
    about: {
      zh: '只有法律写明的情形，可以是一部分；其余退还。保函向出具人索赔。',
      en: 'On the grounds of the law alone, in whole or in part; the rest goes back. What a guarantee stands for is claimed from its issuer.',
    },
    scope: 'bonds.manage',
    request: Forfeiture,
    status: 200,
    answer: BondAnswer,
    refusals: [...AFTER, 'bond_ground_missing', 'bond_parts_wrong', 'guarantee_over', 'guarantee_issuer_unavailable'],
    example: { ground: 'contract-refused', fen: 20_000_000, winner: true, at: '2027-06-25T10:00:00+08:00', reference: 'JD-2027-0001' },
    async run(room, ask) {
      const { fen: sum, at, reference: ref, ground, winner: won } = ask.body(Forfeiture)
      const what = { bondId: ask.param('bond'), ground, fen: BigInt(sum), winner: won, at: instant(at), ref }
      const bond = await room.acts.forfeit(whose(ask), what, ask.trace)
      return { body: bondAnswer({ bond }, await room.sections.mine(whose(ask)), room.clock.now()) }
    },
  },
  {
    path: `${section}/bonds/{bond}/retry-refund`,
    name: 'retryRefund',
    title: { zh: '重新退款', en: 'Order a refund once more' },
    about: { zh: '银行未能付出的退款，原因解决以后。', en: 'One that the bank could not pay, once the reason is gone.' },
    scope: 'bonds.manage',
    request: Nothing,
    status: 202,
    refusals: AFTER,
    example: {},
    async run(room, ask) {
      ask.body(Nothing)
      await room.acts.retryRefund(whose(ask), ask.param('bond'), ask.trace)
      return {}
    },
  },
]
