import { expect } from 'chai'
import { hide, reveal } from '../../../bank-adapters/channel/confidential.ts'
import { digestOf, type MessageHead, messageText, readMessageHead, SIGNATURE_HEADER } from '../../../bank-adapters/channel/head.ts'
import { demandInForce, encryptionKeyOf } from '../../../bank-adapters/channel/keys.ts'
import { type Answer, type Outgoing, signAnswer, signMessage, verifyAnswer, verifyMessage } from '../../../bank-adapters/channel/message.ts'
import { signText } from '../../../bank-adapters/channel/signature.ts'
import type { Clock } from '../../../server/kernel/clock.ts'
import { BrokerError } from '../../../server/kernel/errors.ts'
import { ownKey, partyOf, START } from './parties.ts'

const TARGET = 'https://broker.example/channel/messages'
const at = (seconds: number): Clock => ({ now: () => new Date(START.getTime() + seconds * 1000) })
const clock = at(0)
const ccb = ownKey('ccb')
const broker = ownKey('broker')
const bank = partyOf('ccb', [ccb])

const message = (changes: Partial<Outgoing> = {}): Outgoing => ({
  target: TARGET,
  sender: 'ccb',
  receiver: 'broker',
  id: '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b',
  idempotencyKey: 'CCB/20261129/000001',
  type: 'channel.test',
  schema: '1',
  body: Buffer.from('{"text":"一笔"}'),
  ...changes,
})

const lookup = (headers: Record<string, string>) => (name: string) => headers[name]
const receive = (
  headers: Record<string, string>,
  body: Uint8Array,
  how: { clock?: Clock; party?: typeof bank; name?: string; target?: string } = {},
) =>
  verifyMessage(
    { headers: lookup(headers), body },
    { name: how.name ?? 'broker', target: how.target ?? TARGET },
    name => (name === 'ccb' ? (how.party ?? bank) : undefined),
    how.clock ?? clock,
  )

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (thrown) {
    return thrown instanceof BrokerError ? thrown.code : String(thrown)
  }
  return 'taken in'
}

const sent = await signMessage(message(), [ccb], clock)

describe('channel message', () => {
  const { body } = message()

  it('is taken in as it was sent, and names who signed', async () => {
    const { head, key } = await receive(sent, body)
    expect(head).to.include({ sender: 'ccb', receiver: 'broker', type: 'channel.test', idempotencyKey: 'CCB/20261129/000001' })
    expect(key).to.equal(ccb.key.id)
  })

  it('has a new nonce and time on each attempt, and the same id', async () => {
    const again = await signMessage(message(), [ccb], at(10))
    expect(again['x-msg-nonce']).to.not.equal(sent['x-msg-nonce'])
    expect(again['x-msg-attempt-time']).to.not.equal(sent['x-msg-attempt-time'])
    expect(again['x-msg-id']).to.equal(sent['x-msg-id'])
  })

  for (const name of Object.keys(sent).filter(name => !['content-type', SIGNATURE_HEADER].includes(name))) {
    it(`is refused when ${name} was changed on the way, left out, or sent twice`, async () => {
      const value = sent[name] ?? ''
      const others: Record<string, string> = {
        'x-msg-version': '0',
        'x-msg-target': 'https://broker.example/channel/elsewhere',
        'x-msg-sender': 'icbc',
        'x-msg-receiver': 'center',
        'x-msg-attempt-time': '2026-11-29T02:00:01.000Z',
        'x-msg-schema': '2',
        'x-msg-type': 'channel.tost',
        'x-msg-encryption-key': '0'.repeat(32),
        'content-digest': digestOf(Buffer.from('{"text":"两笔"}')),
      }
      const other = others[name] ?? `${value.slice(0, -1)}${value.endsWith('x') ? 'y' : 'x'}`
      const left = Object.fromEntries(Object.entries(sent).filter(([each]) => each !== name))
      const codes = [{ ...sent, [name]: other }, left, { ...sent, [name]: `${value}, ${value}` }].map(headers => codeOf(() => receive(headers, body)))
      for (const code of await Promise.all(codes))
        expect(code).to.match(/^channel_(version|malformed|signature_invalid|misdirected|key_unknown|digest_mismatch)$/)
    })
  }

  const bad: [string, string, () => unknown][] = [
    ['without signature', 'channel_unsigned', () => receive({ ...sent, [SIGNATURE_HEADER]: '' }, body)],
    ['with another body', 'channel_digest_mismatch', () => receive(sent, Buffer.from('{"text":"两笔"}'))],
    ['for another receiver', 'channel_misdirected', () => receive(sent, body, { name: 'icbc' })],
    ['for another address', 'channel_misdirected', () => receive(sent, body, { target: 'https://other.example/channel/messages' })],
    ['301 seconds old', 'channel_stale', () => receive(sent, body, { clock: at(301) })],
    ['301 seconds ahead', 'channel_future', () => receive(sent, body, { clock: at(-301) })],
    ['of a day that no calendar has', 'channel_stale', () => receive({ ...sent, 'x-msg-attempt-time': '2026-13-41T02:00:00.000Z' }, body)],
    [
      'of an unknown sender',
      'channel_key_unknown',
      async () => receive({ ...(await signMessage(message({ sender: 'nobody' }), [ccb], clock)) }, body),
    ],
    ['signed by an unregistered key', 'channel_key_unknown', async () => receive(await signMessage(message(), [ownKey('ccb')], clock), body)],
    ['signed by the receiver’s own key', 'channel_key_unknown', async () => receive(await signMessage(message(), [broker], clock), body)],
    ['with a signature of no form', 'channel_malformed', () => receive({ ...sent, [SIGNATURE_HEADER]: 'none' }, body)],
    [
      'with five signatures',
      'channel_malformed',
      () => receive({ ...sent, [SIGNATURE_HEADER]: Array.from({ length: 5 }, () => sent[SIGNATURE_HEADER]).join(', ') }, body),
    ],
    [
      'with the signature of another message',
      'channel_signature_invalid',
      async () =>
        receive(
          { ...sent, [SIGNATURE_HEADER]: (await signMessage(message({ id: 'another-message-id' }), [ccb], clock))[SIGNATURE_HEADER] ?? '' },
          body,
        ),
    ],
  ]
  for (const [what, code, work] of bad) it(`${what} is refused as ${code}`, async () => expect(await codeOf(work)).to.equal(code))

  it('299 seconds old or ahead is still taken in', async () => {
    expect(await codeOf(() => receive(sent, body, { clock: at(299) }))).to.equal('taken in')
    expect(await codeOf(() => receive(sent, body, { clock: at(-299) }))).to.equal('taken in')
  })

  it('signed by RSA alone is a downgrade where the party signs by SM2, and counts where it may', async () => {
    const rsa = ownKey('ccb', { kind: 'RSA' })
    const both = [ccb, rsa]
    const byRsa = await signMessage(message(), [rsa], clock)
    expect(await codeOf(() => receive(byRsa, body, { party: partyOf('ccb', both) }))).to.equal('channel_downgraded')
    expect(await codeOf(() => receive(byRsa, body, { party: partyOf('ccb', both, ['SM2', 'RSA']) }))).to.equal('taken in')
    expect((await receive(await signMessage(message(), [rsa, ccb], clock), body, { party: partyOf('ccb', both) })).key).to.equal(ccb.key.id)
  })

  it('an RSA key cannot pass its signature for one by SM2', async () => {
    const rsa = ownKey('ccb', { kind: 'RSA' })
    const byRsa = await signMessage(message(), [rsa], clock)
    const named = { ...byRsa, [SIGNATURE_HEADER]: (byRsa[SIGNATURE_HEADER] ?? '').replace(/^rsa/, 'sm2') }
    expect(await codeOf(() => receive(named, body, { party: partyOf('ccb', [rsa]) }))).to.equal('channel_signature_invalid')
  })

  describe('while keys follow one another', () => {
    const next = ownKey('ccb', { from: '2026-11-29T01:00:00.000Z' })
    const old = ownKey('ccb', { until: '2026-11-29T02:01:00.000Z' })
    const overlap = partyOf('ccb', [old, next])

    it('either counts, and both together do', async () => {
      for (const keys of [[old], [next], [old, next]])
        expect(await codeOf(async () => receive(await signMessage(message(), keys, clock), body, { party: overlap }))).to.equal('taken in')
    })
    it('a sender may sign with its next key before it is registered', async () => {
      expect((await receive(await signMessage(message(), [ownKey('ccb'), old], clock), body, { party: overlap })).key).to.equal(old.key.id)
    })
    it('the old one no longer counts after its end, also for a message under way', async () => {
      expect(await codeOf(async () => receive(await signMessage(message(), [old], at(61)), body, { clock: at(61), party: overlap }))).to.equal(
        'channel_key_not_in_force',
      )
      expect(await codeOf(async () => receive(await signMessage(message(), [old], at(59)), body, { clock: at(61), party: overlap }))).to.equal(
        'taken in',
      )
    })
    it('a revoked one does not count from that moment, whatever time it writes', async () => {
      const revoked = ownKey('ccb', { revokedAt: '2026-11-29T02:00:30.000Z' })
      const party = partyOf('ccb', [revoked])
      expect(await codeOf(async () => receive(await signMessage(message(), [revoked], clock), body, { party }))).to.equal('taken in')
      expect(await codeOf(async () => receive(await signMessage(message(), [revoked], clock), body, { clock: at(30), party }))).to.equal(
        'channel_key_not_in_force',
      )
    })
    it('one bad signature spoils the message, whatever the other says', async () => {
      const other = (await signMessage(message({ id: 'another-message-id' }), [next], clock))[SIGNATURE_HEADER]
      const mixed = await signMessage(message(), [old], clock)
      expect(
        await codeOf(() => receive({ ...mixed, [SIGNATURE_HEADER]: `${mixed[SIGNATURE_HEADER]}, ${other}` }, body, { party: overlap })),
      ).to.equal('channel_signature_invalid')
    })
    it('an encryption key signs nothing', async () => {
      const encrypt = ownKey('ccb', { use: 'encrypt' })
      expect(await codeOf(async () => receive(await signMessage(message(), [encrypt], clock), body, { party: partyOf('ccb', [encrypt]) }))).to.equal(
        'channel_key_unknown',
      )
      expect(() => demandInForce(encrypt.key, START, new Date('2029-01-01'))).to.not.throw()
    })
  })

  describe('its answer', () => {
    const keys = partyOf('broker', [broker])
    let head: MessageHead
    let answer: Answer
    before(async () => {
      ;({ head } = await receive(sent, body))
      answer = await signAnswer({ status: 200, body: { result: 'recorded' } }, { sender: 'broker', to: head }, [broker], clock)
    })
    const check = ({ status, headers, body }: Answer, to = message(), when = clock) =>
      verifyAnswer({ status, headers: lookup(headers), body }, to, keys, when)

    it('verifies, also much later: a stored answer is as good as a new one', async () => {
      expect((await check(answer)).answers).to.equal(message().id)
      expect((await check(answer, message(), at(86_400))).status).to.equal('200')
    })
    it('does not pass for the answer to another message', async () => {
      expect(await codeOf(() => check(answer, message({ id: 'another-message-id' })))).to.equal('channel_answer_unbound')
      expect(await codeOf(() => check(answer, message({ body: Buffer.from('{}') })))).to.equal('channel_answer_unbound')
    })
    it('does not pass for another status, body or answerer', async () => {
      expect(await codeOf(() => check({ ...answer, status: 422 }))).to.equal('channel_answer_unbound')
      expect(await codeOf(() => check({ ...answer, body: Buffer.from('{"result":"refused"}') }))).to.equal('channel_digest_mismatch')
      expect(await codeOf(async () => check(await signAnswer({ status: 200, body: {} }, { sender: 'broker', to: head }, [ccb], clock)))).to.equal(
        'channel_key_unknown',
      )
    })
    it('a message cannot be passed off as an answer', async () => {
      const text = messageText(readMessageHead(lookup(sent)))
      const forged = { ...answer, headers: { ...answer.headers, [SIGNATURE_HEADER]: await signText(text, [broker]) } }
      expect(await codeOf(() => check(forged))).to.equal('channel_signature_invalid')
    })
  })

  describe('its confidential part', () => {
    const place = { sender: 'ccb', receiver: 'broker', id: 'a-message-of-ours' }
    for (const kind of ['SM2', 'RSA'] as const) {
      const own = ownKey('broker', { use: 'encrypt', kind })
      it(`opens with the ${kind} key it was encrypted to, and in its own message alone`, async () => {
        const to = encryptionKeyOf(partyOf('broker', [own]), START)
        const hidden = await hide({ payer: '某公司' }, place, to)
        expect(Buffer.from(hidden, 'base64').includes('某公司')).to.equal(false)
        expect(await reveal(hidden, place, to.id, [own])).to.deep.equal({ payer: '某公司' })
        for (const other of [
          { ...place, id: 'another-message-id' },
          { ...place, sender: 'icbc' },
        ])
          expect(await refusal(reveal(hidden, other, to.id, [own]))).to.equal('channel_undecryptable')
        expect(await refusal(reveal(hidden, place, to.id, []))).to.equal('channel_key_unknown')
      })
      it(`says the same of every damage (${kind})`, async () => {
        const hidden = Buffer.from(await hide({ payer: '某公司' }, place, own.key), 'base64')
        for (let i = 0; i < 40; i++) {
          const damaged = Buffer.from(hidden)
          const where = Math.floor((hidden.length * i) / 40)
          damaged[where] = (damaged[where] ?? 0) ^ 1
          const outcome = await refusal(reveal(damaged.toString('base64'), place, own.key.id, [own]))
          expect(outcome, `octet ${where}`).to.be.oneOf(['channel_undecryptable', 'opened'])
        }
        expect(await refusal(reveal('AAAA', place, own.key.id, [own]))).to.equal('channel_undecryptable')
      })
    }
  })
})

const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'opened',
    (thrown: unknown) => (thrown instanceof BrokerError ? thrown.code : String(thrown)),
  )
