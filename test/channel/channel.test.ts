import { expect } from 'chai'
import { z } from 'zod'
import { hide } from '../../bank-adapters/channel/confidential.ts'
import { SIGNATURE_HEADER } from '../../bank-adapters/channel/head.ts'
import type { OwnKey, Party } from '../../bank-adapters/channel/keys.ts'
import { BODY_LIMIT, type Outgoing, signMessage, verifyAnswer, WINDOW } from '../../bank-adapters/channel/message.ts'
import type { MessageType } from '../../server/channel/types.ts'
import { fixedClock, seconds } from '../../server/kernel/clock.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { NO_EFFECT } from '../../server/storage/stores-effects.ts'
import { ownKey, partyOf, START } from '../bank-adapters/channel/parties.ts'
import { openChannelSite } from './site.ts'

describe('data channel over HTTP', () => {
  const clock = fixedClock(START)
  const ccb = ownKey('ccb')
  let stage: Awaited<ReturnType<typeof openChannelSite>>
  let stores: Stores
  let site: (typeof stage)['site']
  let broker: Party
  let alarms: string[]
  let refusing = false
  const judged: MessageType = {
    ...{ type: 'channel.test-judged', version: 1, what: { zh: '试验', en: 'A test' }, body: z.strictObject({}), example: {} },
    async effect() {
      if (refusing) throw new BrokerError('guarantee_document_forged', 'as things are now')
      return NO_EFFECT
    },
  }

  before(async () => {
    stage = await openChannelSite([partyOf('ccb', [ccb])], clock, [judged])
    ;({ stores, site, alarms, platform: broker } = stage)
  })
  after(() => stage.close())
  beforeEach(() => {
    clock.set(START)
    alarms.splice(0)
    refusing = false
  })

  const message = (more: Partial<Outgoing> = {}): Outgoing => ({
    target: stage.target,
    sender: 'ccb',
    receiver: 'shared-shield',
    id: newId(),
    idempotencyKey: `CCB/${newId()}`,
    type: 'channel.test',
    schema: '1',
    body: Buffer.from('{"text": "你好"}'),
    ...more,
  })
  const post = (headers: Record<string, string>, body: Uint8Array) => site.send('messages', Buffer.from(body), { headers, token: null })
  /** one attempt, and its answer verified as a bank verifies it */
  async function send(sent: Outgoing, keys: readonly OwnKey[] = [ccb]) {
    const answer = await post(await signMessage(sent, keys, clock), sent.body)
    const head = await verifyAnswer(
      { status: answer.status, headers: name => answer.headers.get(name) ?? undefined, body: answer.bytes },
      sent,
      broker,
      clock,
    )
    return { ...answer, head }
  }

  it('takes a message in and answers with a signature that names it', async () => {
    const sent = message()
    const { status, body, head } = await send(sent)
    expect(status).to.equal(200)
    expect(body).to.include({ result: 'recorded', type: 'channel.test' })
    expect(head.answers).to.equal(sent.id)
    const kept = await stores.channel.find('ccb', sent.id)
    expect(kept?.body).to.equal('{"text": "你好"}')
    expect(alarms).to.deep.equal([])
  })

  it('a hundred attempts of one message at once are taken in once, and all get the same bytes', async () => {
    const sent = message()
    const answers = await Promise.all(Array.from({ length: 100 }, () => send(sent)))
    expect(new Set(answers.map(({ text, headers }) => `${text} ${headers.get(SIGNATURE_HEADER)}`)).size).to.equal(1)
    const rows = await stores.audit.read(1, 10_000)
    expect(rows.filter(row => row.code === 'channel.taken' && row.body.includes(sent.id))).to.have.length(1)
  })

  it('months later the same message gets the answer it got', async () => {
    const sent = message()
    const first = await send(sent)
    clock.advance(seconds(200 * 86_400))
    const again = await send(sent)
    expect(again.text).to.equal(first.text)
    expect(again.headers.get(SIGNATURE_HEADER)).to.equal(first.headers.get(SIGNATURE_HEADER))
  })

  it('a message that was taken gets the answer it got, also where it would be refused as things are now; another under its key does not', async () => {
    const sent = message({ type: 'channel.test-judged', body: Buffer.from('{}') })
    const first = await send(sent)
    refusing = true
    const again = await send(sent)
    expect([again.status, again.text]).to.deep.equal([200, first.text])
    expect((await send(message({ ...sent, id: newId() }))).body).to.include({ code: 'channel_key_reused' })
    expect((await send(message({ type: 'channel.test-judged', body: Buffer.from('{}') }))).body).to.include({ code: 'guarantee_document_forged' })
  })

  const keptUnder = async ({ body }: { body: { trace: string } }) =>
    (await stores.channel.refused(undefined, 100)).find(({ trace }) => trace === body.trace)

  const refused: [string, string, number, string, () => Promise<unknown>][] = [
    ['the very same attempt again', 'channel_replayed', 409, 'DUPLICATE', replayed],
    [
      'the same id with other content',
      'channel_key_reused',
      422,
      'FINAL',
      () => following(sent => send({ ...sent, body: Buffer.from('{"text": "别的"}') })),
    ],
    ['the same key under another id', 'channel_key_reused', 422, 'FINAL', () => following(sent => send({ ...sent, id: newId() }))],
    [
      'the same id under another key',
      'channel_key_reused',
      422,
      'FINAL',
      () => following(sent => send({ ...sent, idempotencyKey: `CCB/${newId()}` })),
    ],
    ['a type that nobody knows', 'channel_type_unknown', 422, 'FIX', () => send(message({ type: 'bond.unheard-of' }))],
    ['a version that nobody knows', 'channel_type_unknown', 422, 'FIX', () => send(message({ schema: '9' }))],
    ['a body that is no JSON', 'channel_content_invalid', 422, 'FIX', () => send(message({ body: Buffer.from('text') }))],
    ['a body that is not UTF-8', 'channel_content_invalid', 422, 'FIX', () => send(message({ body: Buffer.from([0x7b, 0xff, 0x7d]) }))],
    [
      'a member that the type does not have',
      'channel_content_invalid',
      422,
      'FIX',
      () => send(message({ body: Buffer.from('{"text":"x","more":1}') })),
    ],
    ['depth without end', 'channel_content_invalid', 422, 'FIX', () => send(message({ body: Buffer.from(`{"text":${'['.repeat(100_000)}`) }))],
    ['an attempt that is too old', 'channel_stale', 408, 'RETRY', stale],
    [
      'what is confidential, sent openly',
      'channel_downgraded',
      401,
      'FIX',
      () => send(message({ type: 'channel.test-confidential', body: Buffer.from('{"text":"x","confidential":{"secret":"s"}}') })),
    ],
  ]
  async function replayed() {
    const sent = message()
    const headers = await signMessage(sent, [ccb], clock)
    expect((await post(headers, sent.body)).status).to.equal(200)
    return await post(headers, sent.body)
  }
  async function following(next: (sent: Outgoing) => Promise<unknown>) {
    const sent = message()
    await send(sent)
    return await next(sent)
  }
  async function stale() {
    const sent = message()
    const headers = await signMessage(sent, [ccb], clock)
    clock.advance(seconds(WINDOW + 1))
    return await post(headers, sent.body)
  }

  for (const [what, code, status, category, work] of refused) {
    it(`refuses ${what} as ${code}, keeps it, raises the alarm and writes it down once`, async () => {
      const answer = (await work()) as Awaited<ReturnType<typeof post>>
      expect(answer.status).to.equal(status)
      expect(answer.body).to.include({ result: 'refused', code, category })
      expect(answer.body.user_message.zh).to.match(/没有|原先/)
      expect(alarms).to.deep.equal([code])
      expect(await keptUnder(answer)).to.include({ code, sender: 'ccb' })
      const events = (await stores.audit.byTrace(answer.body.trace, 10)).map(({ code: event }) => event)
      expect(events).to.deep.equal(['channel.refused'])
    })
  }

  it('answers nonsense with a signed refusal that names nothing', async () => {
    const answer = await post({}, Buffer.from('{}'))
    expect(answer.status).to.equal(400)
    expect(answer.body.code).to.equal('channel_version')
    expect(answer.headers.get('x-msg-answers')).to.equal('-')
    expect(answer.headers.get(SIGNATURE_HEADER)).to.match(/^sm2;key=/)
  })

  it('reads no more than it must of a body that is too large, or compressed', async () => {
    const sent = message({ body: Buffer.alloc(BODY_LIMIT + 1, 32) })
    const large = await post(await signMessage(sent, [ccb], clock), sent.body)
    expect([large.status, large.body.code]).to.deep.equal([413, 'too_large'])
    const small = message()
    const packed = await post({ ...(await signMessage(small, [ccb], clock)), 'content-encoding': 'gzip' }, small.body)
    expect([packed.status, packed.body.code]).to.deep.equal([400, 'channel_malformed'])
  })

  it('keeps nothing of the body of a sender who proved nothing', async () => {
    const sent = message()
    const answer = await post(await signMessage(sent, [ownKey('ccb')], clock), sent.body)
    expect(await keptUnder(answer)).to.include({ code: 'channel_key_unknown', body: '' })
  })

  it('opens a confidential part, and refuses one that was overheard in another message', async () => {
    const key = broker.keys.find(({ use }) => use === 'encrypt')
    if (key === undefined) return expect.fail('no encryption key is published')
    const confidential = async (more: Partial<Outgoing> = {}, hidden?: string) => {
      const sent = message({ type: 'channel.test-confidential', encryptionKey: key.id, ...more })
      const text = hidden ?? (await hide({ secret: '只给平台看' }, sent, key))
      return { text, sent: { ...sent, body: Buffer.from(JSON.stringify({ text: 'x', confidential: text })) } }
    }
    const first = await confidential()
    expect((await send(first.sent)).status).to.equal(200)
    const overheard = await send((await confidential({}, first.text)).sent)
    expect([overheard.status, overheard.body.code]).to.deep.equal([422, 'channel_undecryptable'])
    const kept = await stores.channel.find('ccb', first.sent.id)
    expect(kept?.body.includes('只给平台看')).to.equal(false)
  })

  it('publishes its types with an example that it takes', async () => {
    const { body } = await site.send('types', undefined, { method: 'GET', token: null })
    const test = body.types.find(({ type }: { type: string }) => type === 'channel.test')
    expect((await send(message({ body: Buffer.from(JSON.stringify(test.example)) }))).status).to.equal(200)
  })
})
