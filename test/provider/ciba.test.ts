import { expect } from 'chai'
import * as client from 'openid-client'
import { BrokerError } from '../../server/kernel/errors.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { Membership } from '../../server/storage/stores-parties.ts'
import { type House, openCenter, openHouse, refusal, USCC } from './house.ts'

const GRANT = 'urn:openid:params:grant-type:ciba'

describe('the back channel (CIBA)', () => {
  let house: House
  let counter: { id: string; secret: string }
  let pinged: { id: string; secret: string }
  const pings: { url: string; authorization: string | null; body: unknown }[] = []
  let pingAnswer = 204
  before(async () => {
    house = await openHouse({
      async fetch(url, init) {
        const request = new Request(url, init)
        pings.push({ url: request.url, authorization: request.headers.get('authorization'), body: await request.json() })
        return new Response(null, { status: pingAnswer })
      },
    })
    const grants = { grant_types: [GRANT, 'refresh_token'], response_types: [], redirect_uris: [] }
    counter = await house.register('counter', '柜台中心', { ...grants, backchannel_token_delivery_mode: 'poll' })
    pinged = await house.register('pinged', '回调中心', {
      ...grants,
      backchannel_token_delivery_mode: 'ping',
      backchannel_client_notification_endpoint: 'https://pinged.example/ciba',
    })
  })
  after(() => house.close())
  beforeEach(() => {
    house.forget()
    house.screen.forget()
    pings.length = 0
    pingAnswer = 204
  })

  function person(more: Partial<Membership> = {}): Membership {
    const membership = house.membership(more)
    house.memory.members.set(membership.id, membership)
    return membership
  }

  async function ask(parameters: Record<string, string>, center = counter) {
    const { config } = await openCenter(house, center)
    const answer = await client.initiateBackchannelAuthentication(config, { scope: 'openid enterprise person certificate', ...parameters })
    return { config, answer, redeem: () => client.genericGrantRequest(config, GRANT, { auth_req_id: answer.auth_req_id }) }
  }
  const asked = async (parameters: Record<string, string>, center = counter) => refusal(ask(parameters, center))
  const failures = () => house.events.flatMap(({ facts }) => facts['failure'] ?? [])

  it('stands in discovery, without a user code', async () => {
    const metadata = (await openCenter(house, counter)).config.serverMetadata()
    expect(metadata.backchannel_authentication_endpoint).to.equal(`${house.issuer}/backchannel`)
    expect(metadata['backchannel_token_delivery_modes_supported']).to.deep.equal(['poll', 'ping'])
    expect(metadata['backchannel_user_code_parameter_supported']).to.equal(false)
  })

  it('asks the person by their sub, with the words they will sign, and gives the claims of an ordinary login once they approved', async () => {
    const who = person()
    const { config, answer } = await ask({ login_hint: who.id, binding_message: '三号窗口 报名 8842' })
    expect(answer.expires_in).to.equal(300)
    const [question] = house.screen.questions
    expect(question?.membershipId).to.equal(who.id)
    expect(question?.text).to.match(/^共享盾手机登录确认\n登录:柜台中心\(counter\)\n提示语:三号窗口 报名 8842\n企业:/)
    expect(question?.text).to.include(`编号:${question?.subject}`).and.to.not.include(answer.auth_req_id)
    expect(question?.rows[0]).to.deep.equal({ name: { zh: '提示语', en: 'Message' }, value: '三号窗口 报名 8842' })
    await house.screen.answer(house.screen.approved)
    const tokens = await client.pollBackchannelAuthenticationGrant(config, { ...answer, interval: 1 })
    const claims = tokens.claims()
    expect(claims).to.include({ sub: who.id, acr: 'shield', bank: 'ccb', uscc: USCC, person_name: '王小明' })
    expect(claims?.['amr']).to.deep.equal(['hwk', 'pin'])
    expect(claims?.['sid']).to.be.a('string')
    expect(claims?.['certificate']).to.deep.include({ thumbprint_sm3: 'cd'.repeat(32) })
    const userinfo = await client.fetchUserInfo(config, tokens.access_token, who.id)
    expect(userinfo['uscc']).to.equal(USCC)
    expect(house.screen.uses).to.have.length(1)
    expect(house.events.map(({ code }) => code)).to.deep.equal(['login.granted', 'token.issued'])
    expect(new Set(house.events.map(({ trace }) => trace))).to.deep.equal(new Set([question?.trace]))
  })

  it('takes uscc:<code>#<sub>, and an ID token of an earlier login', async () => {
    const who = person()
    const { config, redeem } = await ask({ login_hint: `uscc:${USCC}#${who.id}` })
    await house.screen.answer(house.screen.approved)
    const { id_token } = await redeem()
    await client.initiateBackchannelAuthentication(config, { scope: 'openid', id_token_hint: String(id_token) })
    expect(house.screen.questions.map(({ membershipId }) => membershipId)).to.deep.equal([who.id, who.id])
  })

  it('does not know a person who is none, nor one named for another company', async () => {
    const who = person()
    for (const hint of [newId(), 'nobody', `uscc:${USCC}#${newId()}`, `uscc:91350200MA3000099X#${who.id}`, `uscc:${USCC}`, '\0']) {
      const error = await asked({ login_hint: hint })
      expect(error.error, hint).to.equal('unknown_user_id')
      expect(error.error_description).to.include(`(trace ${error.trace})`)
    }
    expect(new Set(failures())).to.deep.equal(new Set(['person_unknown']))
    expect(house.screen.questions).to.deep.equal([])
  })

  it('does not ask a suspended person', async () => {
    const error = await asked({ login_hint: person({ suspended: true }).id })
    expect([error.error, error.error_description]).to.deep.equal(['access_denied', `membership_suspended (trace ${error.trace})`])
    expect(failures()).to.deep.equal(['membership_suspended'])
    expect(house.screen.questions).to.deep.equal([])
  })

  it('does not ask a person without the power to log in there', async () => {
    house.screen.decision.now = { kind: 'deny', code: 'mandate_revoked', facts: 'revoked' }
    const error = await asked({ login_hint: person({ byBank: false }).id })
    expect(error.error_description).to.include('mandate_revoked')
    expect(failures()).to.deep.equal(['mandate_revoked'])
  })

  it('gives nothing to a person whose power ended between question and answer', async () => {
    const { redeem } = await ask({ login_hint: person().id })
    house.screen.decision.now = { kind: 'deny', code: 'mandate_revoked', facts: 'revoked' }
    await house.screen.answer(house.screen.approved)
    const error = await refusal(redeem())
    expect([error.error, error.error_description.split(' ')[0]]).to.deep.equal(['access_denied', 'mandate_revoked'])
  })

  it('gives nothing to a person who was suspended between question and answer, nor between answer and tokens', async () => {
    const [early, late] = [person(), person()]
    const first = await ask({ login_hint: early.id })
    await house.memory.stores.parties.suspend(early.id, true)
    await house.screen.answer(house.screen.approved)
    expect((await refusal(first.redeem())).error_description).to.include('membership_suspended')
    const second = await ask({ login_hint: late.id })
    await house.screen.answer(house.screen.approved)
    await house.memory.stores.parties.suspend(late.id, true)
    expect((await refusal(second.redeem())).error).to.equal('invalid_grant')
  })

  it('answers authorization_pending until then, and writes nothing down of it', async () => {
    const { redeem } = await ask({ login_hint: person().id })
    house.forget()
    expect((await refusal(redeem())).error).to.equal('authorization_pending')
    expect(house.events).to.deep.equal([])
  })

  it('tells the center when the person refused', async () => {
    const { redeem } = await ask({ login_hint: person().id })
    await house.screen.answer({ kind: 'refused', failure: 'ask_refused' })
    const error = await refusal(redeem())
    expect(error.error).to.equal('access_denied')
    expect(error.error_description).to.match(/^ask_refused \(trace /)
    expect(house.events.map(({ code }) => code)).to.deep.equal(['login.refused', 'request.refused'])
    expect(failures()).to.deep.equal(['ask_refused', 'ask_refused'])
  })

  it('tells an expired request as such, and an answer that came too late counts no more', async () => {
    const { redeem } = await ask({ login_hint: person().id, requested_expiry: '60' })
    for (const [key, record] of house.memory.records) {
      if (key.startsWith('BackchannelAuthenticationRequest/')) record.payload['exp'] = Math.floor(Date.now() / 1000) - 30
    }
    await house.screen.answer(house.screen.approved)
    expect((await refusal(redeem())).error).to.equal('expired_token')
    expect(failures()).to.deep.equal(['ask_expired'])
    expect(house.screen.uses).to.deep.equal([])
  })

  it('keeps the time that a center asks for within a minute and a quarter of an hour', async () => {
    for (const [wanted, got] of [
      ['1', 60],
      ['200', 200],
      ['86400', 900],
    ] as const) {
      const { answer } = await ask({ login_hint: person().id, requested_expiry: wanted })
      expect(answer.expires_in).to.equal(got)
    }
    expect((await asked({ login_hint: person().id, requested_expiry: '-5' })).error).to.equal('invalid_request')
  })

  it('acts once on an answer that is told twice', async () => {
    const { redeem } = await ask({ login_hint: person().id })
    await house.screen.answer(house.screen.approved)
    await house.screen.answer({ kind: 'refused', failure: 'ask_refused' })
    expect((await redeem()).access_token).to.be.a('string')
    expect(house.screen.uses).to.have.length(1)
  })

  it('acts on an answer that nobody heard when the center asks again', async () => {
    const { redeem } = await ask({ login_hint: person().id })
    await house.screen.answer(house.screen.approved, { heard: false })
    expect((await redeem()).claims()?.['acr']).to.equal('shield')
  })

  it('acts once on an answer, begun again by the center that asks, whatever failed on the way', async () => {
    const { proofs, consents, providerRecords } = house.memory.stores
    const away = async () => {
      throw new BrokerError('database_unavailable', 'the test says so')
    }
    const ways: [string, { [name: string]: unknown }][] = [
      ['insert', proofs],
      ['grant', consents],
      ['upsert', providerRecords],
    ] as never
    for (const [name, store] of ways) {
      house.screen.forget()
      house.forget()
      const { redeem } = await ask({ login_hint: person().id })
      const { [name]: works } = store
      store[name] = away
      const failed = await refusal(house.screen.answer(house.screen.approved)).catch((thrown: unknown) => thrown)
      store[name] = works
      expect(failed, name).to.have.property('code', 'database_unavailable')
      expect((await redeem()).claims()?.['acr'], name).to.equal('shield')
      expect(house.screen.uses, name).to.have.length(1)
      const granted = house.events.filter(({ code }) => code === 'login.granted').map(({ facts }) => facts['proof'])
      expect(new Set(granted).size, name).to.equal(1)
    }
  })

  it('of 20 parallel redemptions of one auth_req_id exactly one wins', async () => {
    const { redeem } = await ask({ login_hint: person().id })
    await house.screen.answer(house.screen.approved)
    const all = await Promise.allSettled(Array.from({ length: 20 }, redeem))
    expect(all.filter(({ status }) => status === 'fulfilled')).to.have.length(1)
    expect(house.events.map(({ code }) => code)).to.include('token.reuse-detected')
  })

  it('is not redeemed by another center', async () => {
    const { answer } = await ask({ login_hint: person().id })
    await house.screen.answer(house.screen.approved)
    const { config } = await openCenter(house, pinged)
    expect((await refusal(client.genericGrantRequest(config, GRANT, { auth_req_id: answer.auth_req_id }))).error).to.equal('invalid_grant')
  })

  it('refuses a binding message of two lines, of nothing, too long, or with characters that hide or turn others', async () => {
    for (const message of ['一行\n两行', ' ', 'x'.repeat(65), 'a\u202eb', 'a\u200bb', '\u0007']) {
      expect((await asked({ login_hint: person().id, binding_message: message })).error, JSON.stringify(message)).to.equal('invalid_binding_message')
    }
    expect(new Set(failures())).to.deep.equal(new Set(['binding_message_refused']))
  })

  it('refuses a user code, a hint token, two hints, none, and a stronger proof than the back channel has', async () => {
    const { id } = person()
    for (const wrong of [{ login_hint: id, user_code: '1234' }, { login_hint_token: 'x' }, { login_hint: id, id_token_hint: 'x' }, {}]) {
      expect((await asked(wrong)).error, JSON.stringify(wrong)).to.equal('invalid_request')
    }
    expect((await asked({ login_hint: id, acr_values: 'shield-person' })).error).to.equal('unmet_authentication_requirements')
  })

  it('refuses a center that is not registered for it, and one that proves nothing of itself', async () => {
    const { id } = person()
    expect((await asked({ login_hint: id }, { id: 'center-a', secret: 'secret-of-center-a-0123456789abcdef' })).error).to.equal('invalid_request')
    await house.register('open-book', '公开客户端', {
      client_secret: undefined,
      token_endpoint_auth_method: 'none',
      grant_types: [GRANT],
      response_types: [],
      redirect_uris: [],
      backchannel_token_delivery_mode: 'poll',
    })
    const config = await client.discovery(new URL(house.issuer), 'open-book', undefined, client.None(), { execute: [client.allowInsecureRequests] })
    const error = await refusal(client.initiateBackchannelAuthentication(config, { scope: 'openid', login_hint: id }))
    expect(error.error).to.equal('unauthorized_client')
  })

  it('does not pester: three open questions of a center to a person, and no more', async () => {
    const { id } = person()
    for (let n = 0; n < 3; n++) await ask({ login_hint: id })
    const error = await asked({ login_hint: id })
    expect(error.error_description).to.include('too_many_requests')
    expect(failures()).to.deep.equal(['too_many_requests'])
    await ask({ login_hint: person().id })
  })

  it('pings the center out of the outbox, again after a first failure', async () => {
    const { answer, redeem } = await ask({ login_hint: person().id, client_notification_token: 'token-of-the-center' }, pinged)
    await house.screen.answer(house.screen.approved)
    expect(pings).to.deep.equal([])
    expect(JSON.stringify(house.memory.jobs)).to.not.include(answer.auth_req_id).and.to.not.include('token-of-the-center')
    pingAnswer = 503
    expect(await house.memory.workOutbox()).to.equal(0)
    pingAnswer = 204
    expect(await house.memory.workOutbox()).to.equal(1)
    expect(pings).to.have.length(2)
    expect(pings[1]).to.deep.equal({
      url: 'https://pinged.example/ciba',
      authorization: 'Bearer token-of-the-center',
      body: { auth_req_id: answer.auth_req_id },
    })
    expect(house.steps.filter(({ step }) => step === 'back-channel-ping').map(({ outcome }) => outcome)).to.deep.equal(['failed', 'ok'])
    expect(house.events.map(({ code }) => code)).to.include('ciba.notified')
    expect((await redeem()).claims()?.['acr']).to.equal('shield')
  })

  it('pings for a refusal too, and puts a ping that nobody takes on record', async () => {
    await ask({ login_hint: person().id, client_notification_token: 'token-of-the-center' }, pinged)
    await house.screen.answer({ kind: 'refused', failure: 'ask_refused' })
    pingAnswer = 500
    await house.memory.workOutbox({ last: true })
    expect(house.events.map(({ code }) => code)).to.include('ciba.undelivered')
  })

  it('needs the token for the ping', async () => {
    expect((await asked({ login_hint: person().id }, pinged)).error).to.equal('invalid_request')
  })

  it('ends at the bank’s logout as any login does, and the center is told with its sid', async () => {
    const { config, redeem } = await ask({ login_hint: person().id })
    await house.screen.answer(house.screen.approved)
    const tokens = await redeem()
    house.memory.jobs.length = 0
    const ended = await house.provider.endSessions({ bank: 'ccb', subject: 'person-1', trace: 'TEST-CODE' })
    expect(ended.sessions).to.be.at.least(1)
    expect(house.memory.jobs.map(({ job }) => job['sid'])).to.include(tokens.claims()?.['sid'])
    expect((await refusal(client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck))).error).to.equal('invalid_token')
  })
})
