import { expect } from 'chai'
import type { AuditEvent } from '../../server/audit/events.ts'
import { type AskQuestion, type Asks, createAsks } from '../../server/authorization/asks.ts'
import { fixedClock, minutes, seconds } from '../../server/kernel/clock.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { Ask } from '../../server/storage/stores-authorization.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { codeOf } from '../suites/storage.ts'

describe('asks', () => {
  const clock = fixedClock('2026-05-01T08:00:00.000Z')
  const events: AuditEvent[] = []
  let stores: Stores
  let asks: Asks

  before(async function () {
    this.timeout(60_000)
    stores = await openTestStores({ clock })
    asks = createAsks({ store: stores.asks, signals: stores.signals, clock, trail: { append: async (...more) => void events.push(...more) } })
  })
  after(async () => {
    asks.close()
    await stores.close()
  })

  const question = (more: Partial<AskQuestion> = {}): AskQuestion => ({
    kind: 'login',
    center: { id: 'gz', name: '广州公共资源交易中心' },
    from: '192.0.2.x',
    rows: [],
    subject: newId(),
    expiresAt: new Date(clock.now().getTime() + minutes(3)).toISOString(),
    trace: 'K7QM-3F9T',
    ...more,
  })
  const told = (id: string) =>
    events.filter(({ facts }) => facts['ask'] === id).map(({ code, facts }) => `${code} ${facts['failure'] ?? facts['outcome'] ?? ''}`.trim())
  const other = (number: string) => (number === '11' ? '12' : '11')

  it('goes from waiting over opened and approved to done, with one audit event for the opening and one for the answer', async () => {
    const ask = await asks.open(question())
    expect((await asks.status(ask.id)).state).to.equal('waiting')
    await asks.look(ask.id, 'phone')
    expect((await asks.status(ask.id)).state).to.equal('opened')
    await asks.confirm(ask.id, 'phone', ask.number)
    const answered = await asks.answer(ask.id, 'phone', { decision: 'approve', answer: { signature: 's' } })
    expect(answered).to.deep.include({ state: 'approved', answer: { signature: 's' } })
    expect((await asks.settle(ask.id)).state).to.equal('done')
    expect(told(ask.id)).to.deep.equal(['ask.opened', 'ask.answered approved'])
  })

  it('draws a number of two digits and an id that nobody guesses', async () => {
    const opened = await asks.openAll(Array.from({ length: 50 }, () => question()))
    for (const { id, number } of opened) {
      expect(number).to.match(/^\d\d$/)
      expect(id).to.match(/^[\w-]{27}$/)
    }
    expect(new Set(opened.map(({ number }) => number)).size).to.be.above(10)
  })

  it('refuses a second phone, to look and to answer', async () => {
    const ask = await asks.open(question())
    await asks.look(ask.id, 'one')
    expect(await asks.look(ask.id, 'two').catch(codeOf)).to.equal('ask_other_phone')
    expect(await asks.answer(ask.id, 'two', { decision: 'approve', number: ask.number }).catch(codeOf)).to.equal('ask_other_phone')
    expect((await asks.look(ask.id, 'one')).state).to.equal('opened')
  })

  it('lets exactly one of 20 phones at once open it', async () => {
    const ask = await asks.open(question())
    const codes = await Promise.all(Array.from({ length: 20 }, (_, i) => asks.look(ask.id, `phone ${i}`).then(() => 'looks', codeOf)))
    expect(codes.filter(code => code === 'looks')).to.have.length(1)
    expect(codes.filter(code => code === 'ask_other_phone')).to.have.length(19)
  })

  it('ends for good at a wrong number, and says so to both screens', async () => {
    const ask = await asks.open(question())
    expect(await asks.confirm(ask.id, 'phone', other(ask.number)).catch(codeOf)).to.equal('ask_number_wrong')
    expect(await asks.status(ask.id)).to.deep.include({ state: 'refused' })
    expect((await asks.status(ask.id)).ask.failure).to.equal('ask_number_wrong')
    expect(await asks.confirm(ask.id, 'phone', ask.number).catch(codeOf)).to.equal('ask_settled')
    expect(await asks.settle(ask.id).catch(codeOf)).to.equal('ask_number_wrong')
    expect(told(ask.id)).to.deep.equal(['ask.opened', 'ask.answered ask_number_wrong'])
  })

  it('takes no yes without the number', async () => {
    const ask = await asks.open(question())
    expect(await asks.answer(ask.id, 'phone', { decision: 'approve' }).catch(codeOf)).to.equal('ask_number_wrong')
    expect((await asks.status(ask.id)).state).to.equal('opened')
  })

  it('ends for good at the yes of another person than the one it names', async () => {
    const ask = await asks.open(question({ membershipId: 'named' }))
    expect(await asks.answer(ask.id, 'phone', { decision: 'approve', number: ask.number, by: ['somebody'] }).catch(codeOf)).to.equal(
      'ask_wrong_person',
    )
    expect((await asks.status(ask.id)).ask.failure).to.equal('ask_wrong_person')
    const right = await asks.open(question({ membershipId: 'named' }))
    expect((await asks.answer(right.id, 'phone', { decision: 'approve', number: right.number, by: ['x', 'named'] })).state).to.equal('approved')
  })

  it('has one answer judged at a time, and the next one once that came to nothing', async () => {
    const ask = await asks.open(question())
    await asks.confirm(ask.id, 'phone', ask.number)
    const takes = await Promise.all(Array.from({ length: 8 }, () => asks.take(ask.id, 'phone').catch(codeOf)))
    const [taken, ...none] = takes.filter(one => typeof one !== 'string')
    if (taken === undefined) throw new Error('nobody took it')
    expect(none).to.deep.equal([])
    await asks.release(taken)
    clock.advance(seconds(1))
    const second = await asks.take(ask.id, 'phone')
    // what the first one releases late is the second one's
    await asks.release(taken)
    expect(await asks.take(ask.id, 'phone').catch(codeOf)).to.equal('ask_settled')
    // whoever judged it died over it
    clock.advance(seconds(30))
    expect((await asks.take(ask.id, 'phone')).takenAt).not.to.equal(second.takenAt)
    expect((await asks.answer(ask.id, 'phone', { decision: 'approve' })).state).to.equal('approved')
    expect(await asks.take(ask.id, 'phone').catch(codeOf)).to.equal('ask_settled')
  })

  it('takes a no without the number, and then no yes', async () => {
    const ask = await asks.open(question())
    await asks.answer(ask.id, 'phone', { decision: 'refuse' })
    expect(await asks.answer(ask.id, 'phone', { decision: 'approve', number: ask.number }).catch(codeOf)).to.equal('ask_settled')
    expect(await asks.settle(ask.id).catch(codeOf)).to.equal('ask_refused')
  })

  it('lets exactly one of 20 answers at once stand', async () => {
    const ask = await asks.open(question())
    await asks.confirm(ask.id, 'phone', ask.number)
    const codes = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        asks.answer(ask.id, 'phone', { decision: i % 2 === 0 ? 'approve' : 'refuse' }).then(() => 'stands', codeOf),
      ),
    )
    expect(codes.filter(code => code === 'stands')).to.have.length(1)
    expect(codes.filter(code => code === 'ask_settled')).to.have.length(19)
    expect(told(ask.id)).to.have.length(2)
  })

  it('lets exactly one of 20 use the answer', async () => {
    const ask = await asks.open(question())
    await asks.answer(ask.id, 'phone', { decision: 'approve', number: ask.number })
    const codes = await Promise.all(Array.from({ length: 20 }, () => asks.settle(ask.id).then(() => 'used', codeOf)))
    expect(codes.filter(code => code === 'used')).to.have.length(1)
    expect(codes.filter(code => code === 'ask_settled')).to.have.length(19)
  })

  it('has its answer acted on by one of 20 at a time, begun again where that failed or died, and by nobody once it was done', async () => {
    const ask = await asks.open(question())
    expect(await asks.use(ask.id, async () => undefined)).to.equal(false)
    await asks.confirm(ask.id, 'phone', ask.number)
    await asks.take(ask.id, 'phone')
    await asks.answer(ask.id, 'phone', { decision: 'approve', answer: { signature: 's' } })
    const acted: (string | undefined)[] = []
    const all = (act: (given: Ask) => Promise<void>) => Promise.all(Array.from({ length: 20 }, () => asks.use(ask.id, act).catch(codeOf)))
    const failed = await all(async ({ answer }) => {
      acted.push(answer?.['signature'])
      throw new BrokerError('database_unavailable', 'the test says so')
    })
    expect(failed.filter(came => came === 'database_unavailable')).to.have.length(1)
    expect(failed.filter(came => came === false)).to.have.length(19)
    expect(acted).to.deep.equal(['s'])
    // whoever has it now dies over it
    const { promise: dead, resolve: die } = Promise.withResolvers<void>()
    const dying = asks.use(ask.id, () => dead)
    while ((await asks.status(ask.id)).ask.takenAt === undefined) await new Promise(setImmediate)
    expect(await all(async () => undefined)).not.to.include(true)
    clock.advance(seconds(30))
    const done = await all(async () => undefined)
    expect(done.filter(came => came === true)).to.have.length(1)
    expect((await asks.status(ask.id)).state).to.equal('done')
    die()
    await dying
    expect(await asks.use(ask.id, async () => undefined)).to.equal(false)
  })

  it('is expired after its time: for who looks, who answers, and who would use the answer', async () => {
    const [unanswered, answered] = [await asks.open(question()), await asks.open(question())]
    await asks.answer(answered.id, 'phone', { decision: 'approve', number: answered.number })
    clock.advance(minutes(3))
    expect((await asks.status(unanswered.id)).state).to.equal('expired')
    expect(await asks.look(unanswered.id, 'phone').catch(codeOf)).to.equal('ask_expired')
    expect(await asks.answer(unanswered.id, 'phone', { decision: 'approve', number: unanswered.number }).catch(codeOf)).to.equal('ask_expired')
    expect(await asks.settle(answered.id).catch(codeOf)).to.equal('ask_expired')
  })

  it('knows no ask of an invented id', async () => {
    for (const id of ['', '../etc', newId()]) expect(await asks.look(id, 'phone').catch(codeOf)).to.equal('ask_unknown')
  })

  it('is ended by whoever asked, unless it was answered', async () => {
    const [open, answered] = [await asks.open(question()), await asks.open(question())]
    await asks.answer(answered.id, 'phone', { decision: 'approve', number: answered.number })
    for (const { id } of [open, answered]) await asks.end(id, 'ask_expired')
    expect((await asks.status(open.id)).state).to.equal('expired')
    expect((await asks.status(answered.id)).state).to.equal('approved')
  })

  it('is answered on the screen of the person it names, and by nobody else', async () => {
    const ask = await asks.open(question({ kind: 'approval', membershipId: 'named' }))
    expect(await asks.answerAs(ask.id, 'other', { decision: 'approve' }).catch(codeOf)).to.equal('ask_wrong_person')
    expect((await asks.answerAs(ask.id, 'named', { decision: 'approve' })).state).to.equal('approved')
    expect(await asks.answerAs(ask.id, 'named', { decision: 'approve' }).catch(codeOf)).to.equal('ask_settled')
  })

  it('tells whoever handles its kind of each answer, and of no other kind', async () => {
    const heard: string[] = []
    asks.onAnswered('ciba', async ask => void heard.push(`${ask.id} ${ask.state}`))
    const [ciba, login] = [await asks.open(question({ kind: 'ciba' })), await asks.open(question())]
    for (const { id, number } of [ciba, login]) await asks.answer(id, 'phone', { decision: 'approve', number })
    expect(heard).to.deep.equal([`${ciba.id} approved`])
  })

  it('wakes a screen that waits as soon as it moves', async () => {
    const ask = await asks.open(question())
    const waiting = asks.wait(ask.id, ask.version, 20_000)
    await asks.look(ask.id, 'phone')
    expect((await waiting).state).to.equal('opened')
    const again = await asks.wait(ask.id, ask.version, 20_000)
    expect(again.state).to.equal('opened')
  })

  it('wakes a screen that waits when only time moves it, without any news', async () => {
    const ask = await asks.open(question())
    const waiting = asks.wait(ask.id, ask.version, 20_000)
    clock.advance(minutes(4))
    expect((await waiting).state).to.equal('expired')
  })

  it('lets a screen go that has waited long enough or has been closed', async () => {
    const ask = await asks.open(question())
    expect((await asks.wait(ask.id, ask.version, 0)).state).to.equal('waiting')
    const closed = new AbortController()
    const waiting = asks.wait(ask.id, ask.version, 20_000, closed.signal)
    closed.abort()
    expect((await waiting).state).to.equal('waiting')
  })
})
