import { z } from 'zod'
import type { Trail } from '../../audit/events.ts'
import type { CenterAsk } from '../../http/center-ask.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { isUscc } from '../../kernel/uscc.ts'
import type { Deal, DealFlow } from '../../storage/stores-financing.ts'
import type { Operation } from '../../web/interface/operation.ts'
import type { Deals, NewDeal } from '../deals.ts'
import { BASE, type Scope } from './operation.ts'

/** One row an operation: what the OpenAPI document and the page tell of it, and what it does. */
export interface DealOperation extends Operation {
  scope: Scope
  run(room: DealApiRoom, ask: CenterAsk): Promise<{ body?: unknown; items?: number }>
}

/** What the operations are given. The composition root joins it. */
export interface DealApiRoom {
  publicUrl: string
  deals: Deals
  /** The bidder of a bond in this center's section, once names are released. @throws BrokerError `bond_unknown`, `bond_before_opening` */
  winnerOf(asked: { center: string; section: string; bond: string }): Promise<Pick<NewDeal, 'winner' | 'project' | 'title' | 'section'> | undefined>
  trail: Trail
}

const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine(text => text.isWellFormed() && !/[\p{Cc}]/u.test(text), 'one line of text')
const FlowAnswer = z.strictObject({
  bank: z.string(),
  ground: z.enum(['consent', 'law']),
  law: z.string().optional(),
  article: z.string().optional(),
  consent: z.string().optional(),
  at: z.string(),
})
export const DealAnswer = z
  .strictObject({
    id: z.string(),
    winner: z.strictObject({ uscc: z.string(), name: z.string() }),
    project: z.string(),
    title: z.string(),
    section: z.string().optional(),
    fen: z.int(),
    contract: z.string(),
    signed_on: z.string(),
    reported_at: z.string(),
    flows: z.array(FlowAnswer).describe('Which banks were told, and why.'),
  })
  .meta({ id: 'Deal', description: 'What was won and contracted. Amounts are whole fen.' })

const common = {
  fen: z.int().min(1).max(1_000_000_000_000_000).describe('Whole fen (分), CNY.'),
  contract: z
    .string()
    .regex(/^[!-~]{1,100}$/)
    .describe('The contract’s number, unique within the center.'),
  signed_on: z.iso.date().describe('The day of the contract, in China.'),
}
const Reported = z
  .union([
    z.strictObject({ ...common, section: z.string().max(60), bond: z.string().max(60) }),
    z.strictObject({
      ...common,
      project: line(100),
      title: line(200),
      section_name: line(200).optional(),
      winner: z.strictObject({ uscc: z.string().refine(isUscc, 'a unified social credit code'), name: line(200) }),
    }),
  ])
  .meta({ id: 'NewDeal', description: 'The winner by its bond in a section announced here, or by itself with the project’s code.' })
const Telling = z
  .strictObject({
    bank: z.string().max(40).describe('The bank’s name in the data channel.'),
    ground: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('consent') }),
      z.strictObject({ kind: z.literal('law'), law: line(100), article: line(100) }),
    ]),
  })
  .meta({ id: 'DealTelling' })

const flowAnswer = ({ bank, ground, at }: DealFlow): z.infer<typeof FlowAnswer> => ({
  ...{ bank, at, ground: ground.kind },
  ...(ground.kind === 'law' ? { law: ground.law, article: ground.article } : { consent: ground.consent }),
})
async function dealAnswer({ deals }: DealApiRoom, deal: Deal): Promise<z.infer<typeof DealAnswer>> {
  const { id, winner, project, title, section, fen, contract, signedOn, reportedAt } = deal
  return {
    ...{ id, winner, project, title, fen: Number(fen), contract, signed_on: signedOn, reported_at: reportedAt },
    ...(section === undefined ? {} : { section }),
    flows: (await deals.flows(deal)).map(flowAnswer),
  }
}

async function saidOf(room: DealApiRoom, ask: CenterAsk): Promise<NewDeal> {
  const body = ask.body(Reported)
  const what = { center: ask.clientId, fen: BigInt(body.fen), contract: body.contract, signedOn: body.signed_on }
  if ('winner' in body) {
    const { winner, project, title, section_name: section } = body
    return { ...what, winner, project, title, ...(section === undefined ? {} : { section }) }
  }
  const found = await room.winnerOf({ center: ask.clientId, section: body.section, bond: body.bond })
  if (found === undefined) throw new BrokerError('deal_winner_unknown', 'no such bond in the section, or names that are not released')
  return { ...what, ...found }
}

export const dealOperations: readonly DealOperation[] = [
  {
    path: BASE,
    name: 'reportDeal',
    title: { zh: '报送成交', en: 'Report a deal' },
    about: {
      zh: '每个合同编号一次；同样的内容再报，返回同一笔。报送不等于提供给银行。',
      en: 'Once for a contract number; the same again is answered with the same deal. No bank is told by it.',
    },
    scope: 'deals.report',
    request: Reported,
    status: 200,
    answer: DealAnswer,
    refusals: ['deal_conflict', 'deal_winner_unknown', 'bond_unknown', 'bond_before_opening'],
    example: { section: '…', bond: '…', fen: 350_000_000, contract: 'HT-2027-0001', signed_on: '2027-06-20' },
    run: async (room, ask) => ({ body: await dealAnswer(room, await room.deals.report(await saidOf(room, ask), ask.trace)) }),
  },
  {
    method: 'get',
    path: `${BASE}/{deal}`,
    name: 'showDeal',
    title: { zh: '一笔成交', en: 'One deal' },
    about: { zh: '含提供给哪些银行、凭什么。', en: 'With which banks were told, and why.' },
    scope: 'deals.report',
    status: 200,
    answer: DealAnswer,
    refusals: ['deal_unknown'],
    run: async (room, ask) => ({ body: await dealAnswer(room, await room.deals.ofCenter(ask.param('deal'), ask.clientId)) }),
  },
  {
    path: `${BASE}/{deal}/tell`,
    name: 'tellBank',
    title: { zh: '提供给银行', en: 'Have a bank told' },
    about: {
      zh: '凭企业对这家银行的数据授权，或写明法律和条款。每家银行一次；企业看得到每次提供。',
      en: 'By the company’s consent for this bank, or on a ground with law and article. Each bank once; the company sees each.',
    },
    scope: 'deals.report',
    request: Telling,
    status: 200,
    answer: DealAnswer,
    refusals: ['deal_unknown', 'financing_bank_unavailable', 'consent_missing', 'consent_withdrawn', 'consent_expired', 'consent_used_up'],
    example: { bank: 'ccb', ground: { kind: 'law', law: '…', article: '…' } },
    async run(room, ask) {
      const { bank, ground } = ask.body(Telling)
      const id = ask.param('deal')
      const law = ground.kind === 'law' ? { law: { law: ground.law, article: ground.article } } : {}
      await room.deals.tell({ id, center: ask.clientId, bank, ...law }, ask.trace)
      return { body: await dealAnswer(room, await room.deals.ofCenter(id, ask.clientId)) }
    },
  },
]
