import { expect } from 'chai'
import { days, fixedClock } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { Webhook, WebhookDelivery } from '../../server/storage/stores-webhooks.ts'
import { createStage } from '../authorization/stage.ts'

/** What centers see and are told, on every database. `open` answers undefined where there is none to test with. */
export function centerStorageSuite(name: string, open: (clock: ReturnType<typeof fixedClock>) => Promise<Stores | undefined>): void {
  describe(`storage of what centers see on ${name}`, () => {
    const clock = fixedClock('2027-03-01T08:00:00.000Z')
    let opened: Stores | undefined
    before(async function () {
      this.timeout(120_000)
      opened = await open(clock)
      if (opened === undefined) this.skip()
    })
    after(() => opened?.close())
    const stores = (): Stores => opened ?? expect.fail('not open')
    const inADay = () => new Date(clock.now().getTime() + days(1))
    const webhook = (clientId: string): Webhook => ({
      id: newId(),
      clientId,
      url: 'https://hooks.example.cn/',
      events: ['mandate.revoked'],
      secrets: 'sealed',
      createdAt: clock.now().toISOString(),
    })
    const delivery = (webhookId: string): WebhookDelivery => ({
      id: newId(),
      webhookId,
      type: 'mandate.revoked',
      subject: newId(),
      body: '{"a":"\\\\ NULL ✓"}',
      state: 'waiting',
      attempts: 0,
      trace: 'K7QM-3F9T',
      createdAt: clock.now().toISOString(),
      expiresAt: inADay().toISOString(),
    })

    it('of 50 parallel claims of one key exactly one is the first; the first answer stays; after its life the key is free', async () => {
      const { performed } = stores()
      const key = newId()
      const claims = await Promise.all(Array.from({ length: 50 }, () => performed.claim(key, 'd', inADay())))
      expect(claims.filter(({ fresh }) => fresh)).to.have.length(1)
      await performed.answer(key, 'one')
      await performed.answer(key, 'two')
      expect(await performed.claim(key, 'other', inADay())).to.deep.equal({ fresh: false, digest: 'd', answer: 'one' })
      clock.advance(days(2))
      expect(await performed.claim(key, 'other', inADay())).to.deep.equal({ fresh: true, digest: 'other' })
    })

    it('a use is written once for its own key, however many ask at once', async () => {
      const stage = createStage(stores(), clock)
      const company = stage.company()
      const [boss, clerk] = [await stage.person(company, 'legal-representative'), await stage.person(company, 'operator')]
      const { row } = await stage.give(boss, clerk)
      const once = newId()
      const use = () => stage.authority.use(clerk.actor, { act: 'bond_pay', center: 'c', amountFen: 5 }, { reference: 'r', trace: 'K7QM-3F9T', once })
      const uses = await Promise.all(Array.from({ length: 20 }, use))
      expect(new Set(uses.map(({ entry }) => entry)).size).to.equal(1)
      expect(uses.filter(({ again }) => again !== true)).to.have.length(1)
      expect((await stores().mandates.find(row.id))?.usedFen).to.equal(5)
    })

    it('a mandate is seen by a center that was shown it or where it was used, and by no other; a change is news until it is handed on', async () => {
      const stage = createStage(stores(), clock)
      const { shown, webhooks } = stores()
      const company = stage.company()
      const [boss, clerk] = [await stage.person(company, 'legal-representative'), await stage.person(company, 'operator')]
      const { row } = await stage.give(boss, clerk, { acts: ['seal_use', 'delegate'], depth: 1 })
      const [one, two, three] = [newId(), newId(), newId()]
      await Promise.all([shown.note(one, [row.id]), shown.note(one, [row.id])])
      await stage.authority.use(clerk.actor, { act: 'seal_use', center: two }, { reference: 'r', trace: 'K7QM-3F9T' })
      const hooks = [webhook(one), webhook(two), webhook(three)]
      for (const each of hooks) await webhooks.insert(each, 10)
      expect((await shown.ofCenter(row.id, one))?.company.uscc).to.equal(company.uscc)
      expect((await shown.ofCenter(row.id, two))?.row.id).to.equal(row.id)
      expect(await shown.ofCenter(row.id, three)).to.equal(undefined)
      expect((await webhooks.concerned(row.id, 'mandate.revoked', 10)).map(({ clientId }) => clientId).sort()).to.deep.equal([one, two].sort())
      expect(await webhooks.concerned(row.id, 'mandate.suspended', 10)).to.deep.equal([])
      await stage.change(boss, row.id, 'revoke')
      const news = (await webhooks.news(1000)).filter(({ mandateId }) => mandateId === row.id)
      expect(news.at(-1)).to.include({ kind: 'revoked', mandateId: row.id })
      await webhooks.handedOn(news.map(({ id }) => id))
      expect((await webhooks.news(1000)).filter(({ mandateId }) => mandateId === row.id)).to.deep.equal([])
    })

    it('webhooks are bounded in number, rotated by compare-and-set, and go with their deliveries', async () => {
      const { webhooks } = stores()
      const client = newId()
      const [first, second] = [webhook(client), webhook(client)]
      expect([await webhooks.insert(first, 1), await webhooks.insert(second, 1)]).to.deep.equal([true, false])
      expect([await webhooks.rotate(first.id, 'sealed', 'a'), await webhooks.rotate(first.id, 'sealed', 'b')]).to.deep.equal([true, false])
      const sent = delivery(first.id)
      await webhooks.deliver([sent])
      await webhooks.deliver([{ ...sent, body: 'other' }])
      expect(await webhooks.delivery(sent.id)).to.deep.equal(sent)
      await webhooks.tried(sent.id, { state: 'dead', status: 500, error: 'status 500', at: clock.now().toISOString() })
      expect(await webhooks.delivery(sent.id)).to.include({ state: 'dead', attempts: 1, lastStatus: 500 })
      expect([await webhooks.again(sent.id), await webhooks.again(sent.id)]).to.deep.equal([true, false])
      expect(await webhooks.remove(first.id, 'another')).to.equal(false)
      expect(await webhooks.remove(first.id, client)).to.equal(true)
      expect(await webhooks.delivery(sent.id)).to.equal(undefined)
    })

    it('of many webhooks added at one moment no more stay than there may be', async () => {
      const { webhooks } = stores()
      for (let round = 0; round < 5; round++) {
        const client = newId()
        const added = await Promise.all(Array.from({ length: 20 }, () => webhooks.insert(webhook(client), 3)))
        const there = await webhooks.ofClient(client, 20)
        expect(there.length).to.be.at.most(3)
        expect(there).to.have.length(added.filter(Boolean).length)
      }
    })

    it('evidence remembers the center that asked', async () => {
      const row = {
        id: newId(),
        kind: 'k',
        text: 't',
        cms: 'c',
        thumbprint: 'p',
        membershipId: 'm',
        at: clock.now().toISOString(),
        trace: 'K7QM-3F9T',
      }
      const mine = { ...row, id: newId(), clientId: 'center' }
      await Promise.all([stores().evidence.insert(row), stores().evidence.insert(mine)])
      expect(await stores().evidence.find(row.id)).to.deep.equal(row)
      expect(await stores().evidence.find(mine.id)).to.deep.equal(mine)
    })
  })
}
