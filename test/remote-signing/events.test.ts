import { expect } from 'chai'
import { days, fixedClock } from '../../server/kernel/clock.ts'
import { EVENTS } from '../../server/remote-signing/api/news.ts'
import { readableLog } from '../http/app.ts'
import { openApiSite } from '../suites/api-site.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { createStage, type Expert, PIN, type Stage } from './stage.ts'

/** What a center's endpoint really hears of its requests and of experts' keys. */
describe('webhooks of remote signing', function () {
  this.timeout(60_000)
  let stage: Stage
  let site: Awaited<ReturnType<typeof openApiSite>>
  beforeEach(async () => {
    const clock = fixedClock('2027-06-01T12:00:00.000Z')
    stage = await createStage(await openTestStores({ clock }), clock)
    site = await openApiSite('/api/remote-signing', stage.room.centers, { clock, log: readableLog().log })
    const made = await site.send('webhooks', { url: `${stage.receiver.url}/hook`, events: [...EVENTS] })
    expect(made.status, made.text).to.equal(201)
  })
  afterEach(async () => {
    await site.close()
    await stage.close()
  })

  const heard = async () => (await stage.delivered()).map(({ type, data }) => [type, data['state'], data['request'] ?? data['key']])
  const sign = async (expert: Expert, id: string) => {
    const signing = await stage.room.signings.begin(expert.by, await stage.room.requests.of(expert.by.personId, id))
    await stage.room.signings.complete(expert.by, signing.id, { pin: PIN, code: stage.code(expert.totp) })
  }
  /** An expert who logged in at center-a before there was a key. */
  async function known(): Promise<Expert> {
    const who = await stage.somebody()
    await stage.stores.consents.grant(who.membershipId, 'center-a', ['openid'])
    return await stage.expert('ccb', who)
  }

  it('tell of a request: opened, and signed, declined or taken back', async () => {
    const expert = await stage.expert()
    const [signed, declined, cancelled] = [await stage.request(expert), await stage.request(expert), await stage.request(expert)]
    await sign(expert, signed.id)
    await stage.room.requests.end(declined, 'declined', 'K7QM-3F9T')
    expect((await site.send(`requests/${cancelled.id}:cancel`)).status).to.equal(200)
    expect(await heard()).to.have.deep.members([
      ...[signed, declined, cancelled].map(({ id }) => ['request.opened', 'open', id]),
      ['request.signed', 'signed', signed.id],
      ['request.declined', 'declined', declined.id],
      ['request.cancelled', 'cancelled', cancelled.id],
    ])
    const [first] = await stage.delivered()
    expect(first?.data).to.deep.equal({ request: signed.id, state: 'open', subject: expert.by.membershipId })
    expect(stage.receiver.got[0]?.headers).to.include.keys('webhook-id', 'webhook-signature', 'webhook-timestamp')
  })

  it('tell once of a request that nobody signed in time, which then is over for everybody', async () => {
    const expert = await stage.expert()
    const request = await stage.request(expert)
    stage.clock.advance(days(3))
    await stage.room.news.endOver()
    await stage.room.news.endOver()
    stage.room.news.wake()
    expect((await heard()).filter(([type]) => type === 'request.expired')).to.deep.equal([['request.expired', 'expired', request.id]])
    expect((await site.send(`requests/${request.id}`, undefined, { method: 'GET' })).body.state).to.equal('expired')
    expect((await site.send(`requests/${request.id}:cancel`)).body.code).to.equal('remote_request_over')
    expect(stage.events.filter(({ code, facts }) => code === 'remote.request-ended' && facts['state'] === 'expired')).to.have.length(1)
  })

  it('tell of the key of an expert who logged in at the center: activated, locked, superseded, revoked', async () => {
    const expert = await known()
    const signing = await stage.room.signings.begin(expert.by, await stage.request(expert))
    for (let i = 0; i < 8; i++)
      await stage.room.signings.complete(expert.by, signing.id, { pin: 'Wrong-13579', code: '000000' }).catch(({ code }: { code: string }) => {
        expect(code).to.be.oneOf(['remote_factor_wrong', 'remote_key_locked'])
      })
    const next = await stage.expert('ccb', expert.somebody)
    await stage.room.keys.revoke(next.by, 'cessationOfOperation')
    const told = (await stage.delivered()).filter(({ type }) => type.startsWith('key.'))
    expect(told.map(({ type, data }) => [type, data['key'], data['reason']])).to.have.deep.members([
      ['key.activated', expert.keyId, undefined],
      ['key.locked', expert.keyId, undefined],
      ['key.revoked', expert.keyId, 'superseded'],
      ['key.activated', next.keyId, undefined],
      ['key.revoked', next.keyId, 'cessationOfOperation'],
    ])
    for (const { data } of told) expect(data['subjects']).to.deep.equal([expert.by.membershipId])
  })

  it('tell once of a key whose certificate ran out', async () => {
    const expert = await known()
    stage.clock.advance(days(31))
    await stage.room.news.endOver()
    await stage.room.news.endOver()
    stage.room.news.wake()
    expect((await heard()).filter(([type]) => type === 'key.expired')).to.deep.equal([['key.expired', 'expired', expert.keyId]])
    expect(stage.events.filter(({ code }) => code === 'remote.key-expired')).to.have.length(1)
    const key = (await stage.room.keys.of(expert.by.personId)) ?? expect.fail('the key is gone')
    expect(stage.room.keys.stateOf(key)).to.equal('expired')
  })

  it('tell a center nothing of another center’s requests, nor of a key of somebody who never came there', async () => {
    await site.send('webhooks', { url: `${stage.receiver.url}/other`, events: [...EVENTS] }, { token: 'center-b' })
    const [stranger, friend] = [await stage.expert(), await known()]
    await stage.request(stranger)
    await stage.delivered()
    const deliveries = async (token: string) => {
      const { body } = await site.send('webhooks', undefined, { method: 'GET', token })
      const found = await site.send(`webhooks/${body.webhooks[0].id}/deliveries`, undefined, { method: 'GET', token })
      return found.body.deliveries.map(({ type, subject }: { type: string; subject: string }) => [type, subject])
    }
    expect(await deliveries('center-b')).to.deep.equal([])
    const own = await deliveries('center-a')
    expect(own).to.deep.include(['key.activated', friend.keyId])
    expect(own.map(([, subject]: string[]) => subject)).not.to.include(stranger.keyId)
  })

  it('are for a token of their own scope, and for events that there are', async () => {
    expect((await site.send('webhooks', undefined, { method: 'GET', token: 'other-scope' })).body.code).to.equal('service_scope_missing')
    expect((await site.send('webhooks', { url: `${stage.receiver.url}/x`, events: ['key.stolen'] })).body.code).to.equal('webhook_invalid')
  })
})
