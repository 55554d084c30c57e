import { z } from 'zod'
import { BrokerError } from '../../kernel/errors.ts'
import { LIMITS } from '../limits.ts'
import { REASONS } from '../opening/reasons.ts'
import { BASE, type BidOperation, by, line, reason, usccText } from './operation.ts'
import { companyIn, ownOpening, whoOf } from './room.ts'

/** What a center learns of bids, all of it after the opening: the board, the evidence, what was opened; and rescues, which it asks for. */
const STATES = ['waiting', 'decrypting', 'opened', 'failed', 'rescuing', 'rescued', 'withdrawn'] as const
const Failure = z.strictObject({ reason, cause: z.enum(['bidder', 'others']), zh: z.string(), en: z.string() })
export const BoardLine = z
  .strictObject({
    name: z.string(),
    uscc: usccText,
    state: z.enum(STATES),
    at: z.string().optional(),
    by: z.enum(['shield', 'phone']).optional(),
    attempts: z.int(),
    failure: Failure.optional(),
    rescued: z.strictObject({ custodians: z.int(), askedBy: z.string() }).optional(),
  })
  .meta({ id: 'BoardLine', description: 'One bid.' })
const Board = z
  .strictObject({
    phase: z.enum(['announced', 'cancelled', 'open', 'closed']),
    title: z.string(),
    drill: z.boolean(),
    now: z.string(),
    opensAt: z.string(),
    decryptBy: z.string().optional(),
    secondsLeft: z.int().describe('To the opening; once it is open, to the end of decrypting.'),
    counts: z.record(z.string(), z.int()).optional(),
    bids: z.array(BoardLine).optional(),
    next: z.string().optional().describe('Give it as `after` for the next page.'),
  })
  .meta({ id: 'Board', description: 'Before it is open: the announcement alone, whatever was handed in.' })
const Attribution = z.strictObject({ reason, why: line, by }).meta({ id: 'Attribution' })
const BidAnswer = z
  .strictObject({
    uscc: usccText,
    name: z.string(),
    state: z.enum(STATES),
    failure: Failure.extend({ attributed_by: z.string().optional() }).optional(),
  })
  .meta({ id: 'Bid' })
const RescueQuestion = z.strictObject({ why: line, by }).meta({ id: 'RescueQuestion' })
const Rescue = z
  .strictObject({
    id: z.string(),
    opening: z.string(),
    uscc: usccText,
    state: z.enum(['gathering', 'performing', 'done', 'failed']),
    threshold: z.int(),
    why: z.string(),
    asked_by: z.string(),
    asked_at: z.string(),
    page: z.url().describe('Where each custodian gives a share, with their own shield.'),
  })
  .meta({ id: 'Rescue' })
const Evidence = z
  .strictObject({
    steps: z.array(
      z.strictObject({
        seq: z.int(),
        kind: z.string(),
        at: z.string(),
        by: z.string(),
        uscc: usccText.optional(),
        facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
        trace: z.string(),
      }),
    ),
    next: z.int().optional().describe('Give it as `after` for the next page.'),
  })
  .meta({ id: 'Evidence', description: 'Steps in the order they happened; the audit record holds the SM3 of each.' })
const Room = z
  .strictObject({
    release_certificate: z.string().describe('DER in base64: the platform’s half of every rescue.'),
    release_root: z.string(),
    reasons: z.array(z.strictObject({ reason, cause: z.enum(['bidder', 'others']), zh: z.string(), en: z.string() })),
    limits: z.strictObject({ envelope: z.int(), piece: z.int(), custodians: z.int() }),
  })
  .meta({ id: 'Room', description: 'What all openings have in common.' })

const path = `${BASE}/openings/{opening}` as const
const CLOSED = ['bid_unknown', 'bid_before_opening'] as const
const after = (zh: string, en: string, type: 'string' | 'integer') => [{ name: 'after', in: 'query' as const, about: { zh, en }, schema: { type } }]

export const bidOperations: readonly BidOperation[] = [
  {
    method: 'get',
    path: `${path}/board`,
    name: 'getBoard',
    title: { zh: '开标一览', en: 'The board' },
    about: {
      zh: '宣布开标以后，逐家列出状态、原因和应急解密；之前只有公告。',
      en: 'Once it is open, every bid with its state, reason and rescue; before, the announcement alone.',
    },
    scope: 'bids.read',
    parameters: after('上一页答复中的 next。', 'The next of the page before.', 'string'),
    status: 200,
    answer: Board,
    refusals: ['bid_unknown'],
    async run(room, ask) {
      const { after } = ask.query(z.strictObject({ after: z.string().max(40).optional() }))
      const { id } = await ownOpening(room, ask)
      const board = await room.openings.board(id, after === undefined ? undefined : companyIn({ ...ask, param: () => after }))
      return { body: board, items: 'bids' in board ? board.bids.length : 0 }
    },
  },
  {
    path: `${path}/bids/{uscc}/attribute`,
    name: 'attributeFailure',
    title: { zh: '认定未解密的原因', en: 'Attribute a failure' },
    about: { zh: '由中心认定责任在谁，认定人记入证据。', en: 'Whose cause it was; who says so stands in the evidence.' },
    scope: 'bids.openings',
    request: Attribution,
    status: 200,
    answer: BidAnswer,
    refusals: [...CLOSED, 'bid_wrong_state'],
    example: { reason: 'network', why: '开标现场断网，运营商已出证明', by: '李四' },
    async run(room, ask) {
      const { reason, why, by } = ask.body(Attribution)
      const { id } = await ownOpening(room, ask)
      const bid = await room.openings.attribute(id, companyIn(ask), reason, why, whoOf(ask, by))
      const failed = { reason, ...REASONS[reason], ...(bid.failure?.attributedBy === undefined ? {} : { attributed_by: bid.failure.attributedBy }) }
      return { body: { uscc: bid.uscc, name: bid.name, state: bid.state, failure: failed } }
    },
  },
  {
    path: `${path}/bids/{uscc}/rescue`,
    name: 'askRescue',
    title: { zh: '申请应急解密', en: 'Ask for a rescue' },
    about: {
      zh: '写明原因；随后由保管人各用自己的盾交出份额，人数够了由平台解密。',
      en: 'With a reason; custodians then give their shares with their own shields, and with enough of them the platform opens.',
    },
    scope: 'bids.openings',
    request: RescueQuestion,
    status: 201,
    answer: Rescue,
    refusals: [...CLOSED, 'bid_wrong_state', 'bid_custodians_missing'],
    example: { why: '投标人的盾已报失', by: '李四' },
    async run(room, ask) {
      const { why, by } = ask.body(RescueQuestion)
      const { id } = await ownOpening(room, ask)
      return { body: rescueOf(room, await room.openings.rescue.ask(id, companyIn(ask), why, whoOf(ask, by))) }
    },
  },
  {
    method: 'get',
    path: `${path}/rescues/{ticket}`,
    name: 'getRescue',
    title: { zh: '应急解密的进展', en: 'How a rescue stands' },
    about: { zh: '还在等保管人、正在解密，或已结束。', en: 'Waiting for custodians, opening, or over.' },
    scope: 'bids.read',
    status: 200,
    answer: Rescue,
    refusals: ['bid_unknown'],
    async run(room, ask) {
      const { id } = await ownOpening(room, ask)
      const ticket = await room.openings.rescue.ticket(ask.param('ticket'))
      if (ticket.openingId !== id) throw new BrokerError('bid_unknown', 'a rescue of another opening')
      return { body: rescueOf(room, ticket) }
    },
  },
  {
    method: 'get',
    path: `${path}/evidence`,
    name: 'getEvidence',
    title: { zh: '开标证据', en: 'Evidence' },
    about: { zh: '宣布开标以后，逐步列出谁、何时、做了什么；可按企业筛选。', en: 'Once it is open: who did what, when; of one company where asked.' },
    scope: 'bids.read',
    parameters: [
      ...after('上一页答复中的 next。', 'The next of the page before.', 'integer'),
      { name: 'uscc', in: 'query', about: { zh: '只看这家企业。', en: 'Of this company alone.' }, schema: { type: 'string' } },
    ],
    status: 200,
    answer: Evidence,
    refusals: CLOSED,
    async run(room, ask) {
      const { after, uscc } = ask.query(z.strictObject({ after: z.coerce.number().int().min(0).optional(), uscc: z.string().max(40).optional() }))
      const { id } = await ownOpening(room, ask)
      const steps = await room.openings.evidence(id, after, uscc === undefined ? undefined : companyIn({ ...ask, param: () => uscc }))
      const last = steps.length === EVIDENCE_PAGE ? steps.at(-1)?.seq : undefined
      return { body: { steps: steps.map(({ openingId: _, ...step }) => step), ...(last === undefined ? {} : { next: last }) }, items: steps.length }
    },
  },
  {
    method: 'get',
    path: `${path}/bids/{uscc}/content`,
    name: 'getContent',
    title: { zh: '取回已解密的投标文件', en: 'Fetch an opened bid' },
    about: { zh: '解密或应急解密成功以后的原文件。', en: 'The bidder’s own file, once it was opened or rescued.' },
    scope: 'bids.read',
    status: 200,
    answerBytes: ['application/octet-stream'],
    refusals: [...CLOSED, 'bid_wrong_state'],
    async run(room, ask) {
      const { id } = await ownOpening(room, ask)
      await room.openings.demandOpen(id)
      const { content, envelope, state } = await room.openings.ownBid(id, companyIn(ask))
      if (content === undefined) throw new BrokerError('bid_wrong_state', 'it was not opened', { received: state, expected: 'opened or rescued' })
      return { stream: { name: content.name, size: content.size, octets: room.opened.open(envelope) } }
    },
  },
  {
    method: 'get',
    path: `${BASE}/room`,
    name: 'getRoom',
    title: { zh: '平台证书、原因代码和限额', en: 'Certificate, reasons, limits' },
    about: {
      zh: '自行制作信封的软件需要的平台证书，以及原因代码表。',
      en: 'The platform’s certificate for whoever makes envelopes, and the table of reasons.',
    },
    scope: 'bids.read',
    status: 200,
    answer: Room,
    refusals: [],
    async run({ release }) {
      const { certificate, root } = await release()
      return {
        body: {
          release_certificate: certificate.der.toString('base64'),
          release_root: root.der.toString('base64'),
          reasons: Object.entries(REASONS).map(([reason, row]) => ({ reason, ...row })),
          limits: { envelope: LIMITS.envelope, piece: LIMITS.piece, custodians: 16 },
        },
      }
    },
  },
]

/** rows of one answer of the evidence, as openings.ts gives them */
const EVIDENCE_PAGE = 200

function rescueOf(
  { publicUrl }: { publicUrl: string },
  ticket: Awaited<ReturnType<Parameters<BidOperation['run']>[0]['openings']['rescue']['ticket']>>,
) {
  const { id, openingId, uscc, state, threshold, why, askedBy, askedAt } = ticket
  return {
    id,
    opening: openingId,
    uscc,
    state,
    threshold,
    why,
    asked_by: askedBy,
    asked_at: askedAt,
    page: `${publicUrl}/workbench/bids/rescues/${id}`,
  }
}
