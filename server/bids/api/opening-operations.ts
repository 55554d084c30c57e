import { createHash } from 'node:crypto'
import { z } from 'zod'
import { asBrokerError, BrokerError } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import type { Opening } from '../../storage/stores-bids.ts'
import { custodyOf } from '../custody.ts'
import { LIMITS } from '../limits.ts'
import { BASE, type BidOperation, base64, by, line, when } from './operation.ts'
import { ownOpening, whoOf } from './room.ts'

/** An opening's own course: announced, put off, called off, opened, extended, closed. Nothing here tells anything of bids. */
export const OpeningAnswer = z
  .strictObject({
    id: z.string(),
    state: z.enum(['announced', 'open', 'closed', 'cancelled']),
    project: z.string(),
    section: z.string().optional(),
    title: z.string(),
    drill: z.boolean(),
    opens_at: z.string(),
    decrypt_by: z.string(),
    opened_at: z.string().optional(),
    closed_at: z.string().optional(),
    rescue: z.strictObject({ custodians: z.array(z.string()), threshold: z.int(), platform: z.string() }).optional(),
    bidders_page: z.url().describe('Where companies hand in their bids.'),
    staff_page: z.url().describe('Where the center’s people open, watch and rescue.'),
    now: z.string(),
  })
  .meta({ id: 'Opening', description: 'An opening of bids. Certificates are named by SM3, in lower-case hexadecimal.' })
const OpeningList = z.strictObject({ openings: z.array(OpeningAnswer), next: z.string().optional() }).meta({ id: 'OpeningList' })

const Announcement = z
  .strictObject({
    project: line,
    section: line.optional(),
    title: line,
    drill: z.boolean().default(false).describe('A rehearsal: the same steps, with envelopes that are never taken for bids.'),
    opens_at: when.describe('The opening, which is the deadline for bids.'),
    decrypt_by: when.describe('Until when bids are decrypted.'),
    rescue: z
      .strictObject({ custodians: z.array(base64).min(2).max(16), threshold: z.int().min(2).max(16) })
      .optional()
      .describe('Encryption certificates of the custodians’ shields (DER in base64, SM2), and how many of them it takes.'),
    by,
  })
  .meta({ id: 'Announcement' })
const Postponement = z.strictObject({ opens_at: when, decrypt_by: when, by }).meta({ id: 'Postponement' })
const Extension = z.strictObject({ decrypt_by: when, why: line, by }).meta({ id: 'Extension' })
const WithReason = z.strictObject({ why: line, by }).meta({ id: 'WithReason' })
const ByWhom = z.strictObject({ by }).meta({ id: 'ByWhom' })
const Paged = z.strictObject({ limit: z.coerce.number().int().min(1).max(LIMITS.page).default(20), before: z.string().max(100).optional() })

const answerOf = ({ publicUrl, clock }: { publicUrl: string; clock: { now(): Date } }, opening: Opening) => ({
  id: opening.id,
  state: opening.state,
  project: opening.project,
  ...(opening.section === undefined ? {} : { section: opening.section }),
  title: opening.title,
  drill: opening.drill,
  opens_at: opening.opensAt,
  decrypt_by: opening.decryptBy,
  ...(opening.openedAt === undefined ? {} : { opened_at: opening.openedAt }),
  ...(opening.closedAt === undefined ? {} : { closed_at: opening.closedAt }),
  ...(opening.rescue === undefined
    ? {}
    : { rescue: { custodians: opening.rescue.custodians, threshold: opening.rescue.threshold, platform: opening.rescue.platform } }),
  bidders_page: `${publicUrl}/workbench/bids/${opening.id}`,
  staff_page: `${publicUrl}/workbench/bids/center/${opening.id}`,
  now: clock.now().toISOString(),
})

const path = `${BASE}/openings/{opening}` as const
const changed = { scope: 'bids.openings', status: 200, answer: OpeningAnswer } as const
const CHANGE = ['bid_unknown', 'bid_wrong_state'] as const

export const openingOperations: readonly BidOperation[] = [
  {
    path: `${BASE}/openings`,
    name: 'announceOpening',
    title: { zh: '公告开标', en: 'Announce an opening' },
    about: {
      zh: '写明项目、开标时间、解密截止时间和应急解密的保管人。带 Idempotency-Key 重发时返回同一场开标。',
      en: 'Project, opening time, end of decrypting, and custodians for the rescue. Sent again under the same Idempotency-Key it answers the same opening.',
    },
    scope: 'bids.openings',
    parameters: [
      {
        name: 'Idempotency-Key',
        in: 'header',
        about: { zh: '8 至 100 个可见字符，由中心自定。', en: '8 to 100 visible characters of your own.' },
        schema: { type: 'string' },
      },
    ],
    request: Announcement,
    status: 201,
    answer: OpeningAnswer,
    refusals: ['bid_wrong_state', 'certificate_malformed', 'certificate_wrong_use', 'algorithm_refused'],
    example: {
      project: 'JG2027-0001',
      section: '001',
      title: '示例项目开标',
      opens_at: '2027-06-01T09:30:00+08:00',
      decrypt_by: '2027-06-01T10:30:00+08:00',
      rescue: { custodians: ['…', '…', '…'], threshold: 2 },
    },
    async run(room, ask) {
      const { opens_at, decrypt_by, rescue, by, section, ...wish } = ask.body(Announcement)
      const times = { opensAt: new Date(opens_at), decryptBy: new Date(decrypt_by) }
      demandTimes(times, room.clock.now())
      const id = idOf(ask.clientId, ask.header('idempotency-key'))
      const said = { ...wish, ...(section === undefined ? {} : { section }) }
      const known = await announced(room, id, said)
      if (known !== undefined) return { body: answerOf(room, known), again: true }
      const custody = rescue && { rescue: custodyOf(rescue.custodians, rescue.threshold, (await room.release()).certificate) }
      try {
        const opening = await room.openings.announce({ ...said, ...times, id, center: ask.clientId, ...custody }, whoOf(ask, by))
        return { body: answerOf(room, opening) }
      } catch (thrown) {
        // the same question at the same moment: the other one was faster
        const first = asBrokerError(thrown).code === 'bid_wrong_state' ? await announced(room, id, said) : undefined
        if (first === undefined) throw thrown
        return { body: answerOf(room, first), again: true }
      }
    },
  },
  {
    method: 'get',
    path: `${BASE}/openings`,
    name: 'listOpenings',
    title: { zh: '本中心的开标', en: 'Your openings' },
    about: { zh: '开标时间最晚的在前。', en: 'The latest first.' },
    scope: 'bids.read',
    parameters: [
      {
        name: 'limit',
        in: 'query',
        about: { zh: '一页条数，最多一百。', en: 'How many on a page, at most 100.' },
        schema: { type: 'integer', minimum: 1, maximum: LIMITS.page },
      },
      { name: 'before', in: 'query', about: { zh: '上一页答复中的 next。', en: 'The next of the page before.' }, schema: { type: 'string' } },
    ],
    status: 200,
    answer: OpeningList,
    refusals: [],
    async run(room, ask) {
      const { limit, before } = ask.query(Paged)
      const found = await room.store.ofCenter(ask.clientId, limit, placeOf(before))
      const last = found.length === limit ? found.at(-1) : undefined
      return {
        body: { openings: found.map(each => answerOf(room, each)), ...(last === undefined ? {} : { next: `${last.opensAt} ${last.id}` }) },
        items: found.length,
      }
    },
  },
  {
    method: 'get',
    path,
    name: 'getOpening',
    title: { zh: '开标的状态', en: 'The state of an opening' },
    about: { zh: '时间、状态和保管人；不含任何投标信息。', en: 'Times, state and custodians; nothing of the bids.' },
    scope: 'bids.read',
    status: 200,
    answer: OpeningAnswer,
    refusals: ['bid_unknown'],
    run: async (room, ask) => ({ body: answerOf(room, await ownOpening(room, ask)) }),
  },
  {
    ...changed,
    path: `${path}/postpone`,
    name: 'postponeOpening',
    title: { zh: '推迟开标', en: 'Postpone' },
    about: { zh: '只能改到更晚。已上传的投标文件继续有效。', en: 'To a later time only. Bids that were handed in stay good.' },
    request: Postponement,
    refusals: CHANGE,
    example: { opens_at: '2027-06-02T09:30:00+08:00', decrypt_by: '2027-06-02T10:30:00+08:00', by: '李四' },
    async run(room, ask) {
      const { opens_at, decrypt_by, by } = ask.body(Postponement)
      const { id } = await ownOpening(room, ask)
      const times = { opensAt: new Date(opens_at), decryptBy: new Date(decrypt_by) }
      demandTimes(times, room.clock.now())
      return { body: answerOf(room, await room.openings.postpone(id, times.opensAt, times.decryptBy, whoOf(ask, by))) }
    },
  },
  {
    ...changed,
    path: `${path}/cancel`,
    name: 'cancelOpening',
    title: { zh: '取消开标', en: 'Cancel' },
    about: { zh: '开标前可以取消，写明原因。', en: 'Before it opens, with a reason.' },
    request: WithReason,
    refusals: CHANGE,
    example: { why: '招标人终止招标', by: '李四' },
    async run(room, ask) {
      const { why, by } = ask.body(WithReason)
      const { id } = await ownOpening(room, ask)
      return { body: answerOf(room, await room.openings.cancel(id, why, whoOf(ask, by))) }
    },
  },
  {
    ...changed,
    path: `${path}/open`,
    name: 'openOpening',
    title: { zh: '宣布开标', en: 'Open' },
    about: { zh: '开标时间到了才能开，以平台时钟为准。', en: 'Not before its time, by the platform’s clock.' },
    request: ByWhom,
    refusals: [...CHANGE, 'bid_before_opening'],
    example: { by: '李四' },
    async run(room, ask) {
      const { by } = ask.body(ByWhom)
      const { id } = await ownOpening(room, ask)
      return { body: answerOf(room, await room.openings.open(id, whoOf(ask, by))) }
    },
  },
  {
    ...changed,
    path: `${path}/extend`,
    name: 'extendDecryption',
    title: { zh: '延长解密时间', en: 'Extend decrypting' },
    about: { zh: '写明原因，记入证据。', en: 'With a reason, which stands in the evidence.' },
    request: Extension,
    refusals: CHANGE,
    example: { decrypt_by: '2027-06-01T11:00:00+08:00', why: '网络故障', by: '李四' },
    async run(room, ask) {
      const { decrypt_by, why, by } = ask.body(Extension)
      const { id, opensAt } = await ownOpening(room, ask)
      demandTimes({ opensAt: new Date(opensAt), decryptBy: new Date(decrypt_by) })
      return { body: answerOf(room, await room.openings.extend(id, new Date(decrypt_by), why, whoOf(ask, by))) }
    },
  },
  {
    ...changed,
    path: `${path}/close`,
    name: 'closeOpening',
    title: { zh: '结束开标', en: 'Close' },
    about: {
      zh: '都已解密，或解密时间已到；时间一到也会自动结束。',
      en: 'When all are settled or the time is over; with the time it closes by itself.',
    },
    request: ByWhom,
    refusals: [...CHANGE, 'bid_before_opening'],
    example: { by: '李四' },
    async run(room, ask) {
      const { by } = ask.body(ByWhom)
      const { id } = await ownOpening(room, ask)
      return { body: answerOf(room, await room.openings.close(id, whoOf(ask, by))) }
    },
  },
]

/** What stands under this id already. @throws BrokerError bid_wrong_state where it is another opening's */
async function announced(
  { store }: Parameters<BidOperation['run']>[0],
  id: string,
  said: Pick<Opening, 'project' | 'section' | 'title' | 'drill'>,
): Promise<Opening | undefined> {
  const known = await store.opening(id)
  if (known === undefined) return undefined
  const same = known.project === said.project && known.section === said.section && known.title === said.title && known.drill === said.drill
  if (!same) throw new BrokerError('bid_wrong_state', 'another opening was announced under this key')
  return known
}

/** The same key of the same center, the same opening; without one, a new one. @throws BrokerError bad_request */
function idOf(clientId: string, key: string | undefined): string {
  if (key === undefined) return newId()
  if (!/^[\x21-\x7e]{8,100}$/.test(key))
    throw new BrokerError('bad_request', 'an Idempotency-Key of 8 to 100 visible characters', {
      expected: 'Idempotency-Key: 8 to 100 visible characters',
    })
  return createHash('sm3').update(`bid opening\0${clientId}\0${key}`).digest().subarray(0, 20).toString('base64url')
}

/** Times that a database and a clerk can live with. @param now where the opening lies ahead of it */
function demandTimes({ opensAt, decryptBy }: { opensAt: Date; decryptBy: Date }, now?: Date): void {
  const fine = decryptBy.getTime() - opensAt.getTime() <= LIMITS.window && (now === undefined || opensAt.getTime() - now.getTime() <= LIMITS.ahead)
  if (!fine)
    throw new BrokerError('bad_request', 'an opening too far ahead, or too long', {
      expected: 'opens_at within 400 days, decrypt_by within 7 days of it',
    })
}

function placeOf(before: string | undefined): { opensAt: string; id: string } | undefined {
  if (before === undefined) return undefined
  const [opensAt = '', id = ''] = before.split(' ')
  if (!when.safeParse(opensAt).success)
    throw new BrokerError('bad_request', 'no place in the list', { expected: 'before: the next of the page before' })
  return { opensAt, id }
}
