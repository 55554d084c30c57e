import { expect } from 'chai'
import * as client from 'openid-client'
import { connectAgent } from '../../bank-adapters/shield-agent/agent-client.ts'
import { minutes } from '../../server/kernel/clock.ts'
import { failures } from '../../server/kernel/failures.ts'
import { installTestClock, type TestClock } from '../../server/kernel/test-clock.ts'
import { attributeOf, forms, type Page } from '../../server/sandbox/http-browser.ts'
import { goOn, logIn } from '../../server/sandbox/walk.ts'
import { goodShields } from './common.ts'
import { expectSays, expectShieldClaims, type Shield } from './expectations.ts'
import { closeSharedSandboxes, openSandbox, type TestSandbox } from './sandbox.ts'

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'
const CIBA = 'urn:openid:params:grant-type:ciba'
const SCOPE = 'openid enterprise person certificate'

/** Logins that end on another screen than they began on, as openid-client at a center sees them. The clock moves for the whole process. */
describe('logins on another screen', function () {
  this.timeout(90_000)
  let clock: TestClock
  let sandbox: TestSandbox
  let hall: client.Configuration

  before(async () => {
    await closeSharedSandboxes()
    clock = installTestClock()
    sandbox = await openSandbox({ clock }).catch((thrown: unknown) => {
      clock.uninstall()
      throw thrown
    })
    const metadata = {
      client_secret: 'secret-of-the-hall-0123456789-abcdef',
      response_types: [],
      redirect_uris: [],
      grant_types: [DEVICE, CIBA, 'refresh_token'],
    }
    const { clients } = sandbox.app.stores
    await clients.put({ id: 'hall', name: '办事大厅中心', metadata: { ...metadata, backchannel_token_delivery_mode: 'poll' } })
    hall = await discover('hall')
  })
  after(async () => {
    clock.reset()
    await sandbox.close().finally(() => clock.uninstall())
  })
  afterEach(() => clock.reset())

  /** all but the button that says no */
  const mine = ({ abort: _, ...fields }: Record<string, string> = {}) => fields

  const discover = (id: string) =>
    client.discovery(new URL(`${sandbox.plan.urls.broker}/oidc`), id, undefined, client.ClientSecretBasic('secret-of-the-hall-0123456789-abcdef'), {
      execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
    })

  /** a person who has logged in once: `sub` is known to centers, the shield to the broker */
  async function known(nth: number): Promise<{ shield: Shield; sub: string }> {
    const shield = goodShields(sandbox, 'abc')[nth]
    if (shield === undefined) throw new Error(`the bank has no shield ${nth}`)
    return { shield, sub: String((await logIn(sandbox.walker(), { bank: 'abc', shield }))['sub']) }
  }

  const ask = (sub: string, more: Record<string, string> = {}, center = hall) =>
    client.initiateBackchannelAuthentication(center, { scope: SCOPE, login_hint: sub, ...more })
  const redeem = (authReqId: string, center = hall) => client.genericGrantRequest(center, CIBA, { auth_req_id: authReqId })

  /** what stands in the person's inbox, the newest first */
  async function open(sub: string): Promise<{ url: string; page: Page; id: string }> {
    const [found] = await sandbox.app.authorization.asks.inbox(sub, 10)
    const url = `${sandbox.plan.urls.broker}/asks/${found?.id}`
    return { url, id: found?.id ?? '', page: await sandbox.walker().browser.get(url) }
  }

  async function sign(page: Page, shield: Shield): Promise<Page> {
    const tag = /<form\b[^>]*id="shield-form"[^>]*>/.exec(page.body)?.[0] ?? ''
    const text = attributeOf(tag, 'data-text') ?? ''
    const agent = await connectAgent(attributeOf(tag, 'data-agent-url') ?? '', sandbox.plan.urls.broker)
    try {
      for (const { id } of await agent.users()) {
        if ((await agent.signCertificate(id)) !== shield.certificate.toString('base64')) continue
        await agent.answerChallenge(id, shield.pin, text)
        const signature = String((await agent.call('SOF_SignDataByP7', id, text)).value)
        const form = forms(page).find(each => each.id === 'shield-form')
        return await sandbox.walker().browser.post(form?.action ?? '', { ...form?.fields, signature })
      }
    } finally {
      agent.close()
    }
    throw new Error('the agent does not see the shield')
  }

  const errorOf = async (promise: Promise<unknown>): Promise<{ error: string; said: string }> => {
    try {
      await promise
    } catch (thrown) {
      if (thrown instanceof client.ResponseBodyError) return { error: thrown.error, said: thrown.error_description ?? '' }
      throw thrown
    }
    throw new Error('it was not refused')
  }
  const events = async (trace: string) => (await sandbox.app.stores.audit.byTrace(trace, 50)).map(({ code }) => code)

  describe('by a device’s code', () => {
    it('go through the bank and its shield like any other, and end in the same claims', async () => {
      const shield = goodShields(sandbox, 'abc')[0]
      if (shield === undefined) throw new Error('no shield')
      const device = await client.initiateDeviceAuthorization(hall, { scope: SCOPE })
      const walker = sandbox.walker()
      const typed = await walker.browser.get(String(device.verification_uri_complete))
      const [entry] = forms(typed)
      const asked = await walker.browser.post(entry?.action ?? '', { ...entry?.fields, user_code: device.user_code })
      expect(asked.body).to.contain('办事大厅中心').and.to.contain(device.user_code)
      const [confirm] = forms(asked)
      const login = await walker.browser.post(confirm?.action ?? '', mine(confirm?.fields))
      const end = await goOn(walker, { bank: 'abc', shield }, login, page => page.body.includes('设备已登录'))
      expect(end.status).to.equal(200)
      const tokens = await client.pollDeviceAuthorizationGrant(hall, { ...device, interval: 1 })
      const { nonce: _, ...claims } = { nonce: '', ...tokens.claims() }
      expectShieldClaims({ ...claims, nonce: '' }, shield)
      const trace = /<code>([2-9A-Z]{4}-[2-9A-Z]{4})<\/code>/.exec(end.body)?.[1] ?? ''
      expect(await events(trace)).to.include.members(['device.started', 'device.confirmed', 'login.granted', 'token.issued'])
    })

    it('of 20 parallel redemptions exactly one wins', async () => {
      const device = await client.initiateDeviceAuthorization(hall, { scope: 'openid' })
      const shield = goodShields(sandbox, 'abc')[1]
      if (shield === undefined) throw new Error('no shield')
      const walker = sandbox.walker()
      const [entry] = forms(await walker.browser.get(device.verification_uri))
      const [confirm] = forms(await walker.browser.post(entry?.action ?? '', { ...entry?.fields, user_code: device.user_code }))
      const login = await walker.browser.post(confirm?.action ?? '', mine(confirm?.fields))
      await goOn(walker, { bank: 'abc', shield }, login, page => page.body.includes('设备已登录'))
      const all = await Promise.allSettled(
        Array.from({ length: 20 }, () => client.genericGrantRequest(hall, DEVICE, { device_code: device.device_code })),
      )
      expect(all.filter(({ status }) => status === 'fulfilled')).to.have.length(1)
    })

    it('expire after ten minutes', async () => {
      const device = await client.initiateDeviceAuthorization(hall, { scope: 'openid' })
      clock.advance(minutes(11))
      expect((await errorOf(client.genericGrantRequest(hall, DEVICE, { device_code: device.device_code }))).error).to.equal('expired_token')
      const { browser } = sandbox.walker()
      const [entry] = forms(await browser.get(device.verification_uri))
      const page = await browser.post(entry?.action ?? '', { ...entry?.fields, user_code: device.user_code })
      expect(page.status).to.equal(410)
      expectSays(page.body, failures.device_code_expired)
    })
  })

  describe('by a center’s question (CIBA)', () => {
    it('show a Chinese message, take the shield’s signature over the very words, and end in the same claims', async () => {
      const { shield, sub } = await known(2)
      const asked = await ask(sub, { binding_message: '三号窗口 报名 8842' })
      expect((await errorOf(redeem(asked.auth_req_id))).error).to.equal('authorization_pending')
      const { page, id } = await open(sub)
      expect(page.body).to.contain('三号窗口 报名 8842').and.to.contain('办事大厅中心').and.to.contain(shield.company.uscc)
      const answered = await sign(page, shield)
      expect(answered.body).to.contain('已确认')
      const tokens = await client.pollBackchannelAuthenticationGrant(hall, { ...asked, interval: 1 })
      expectShieldClaims({ ...tokens.claims(), nonce: '' }, shield)
      expect(tokens.claims()?.sub).to.equal(sub)
      const { ask: after } = await sandbox.app.authorization.asks.status(id)
      expect(await events(after.trace)).to.deep.equal(['ask.opened', 'ask.answered', 'authority.used', 'login.granted', 'token.issued'])
      const evidence = await sandbox.app.stores.evidence.find(after.answer?.['evidence'] ?? '')
      expect(evidence?.text).to.contain('提示语:三号窗口 报名 8842').and.to.equal(after.text)
    })

    it('take nobody else’s shield, and still the right one after it', async () => {
      const [mine, other] = [await known(3), await known(4)]
      const asked = await ask(mine.sub)
      const { page } = await open(mine.sub)
      const refused = await sign(page, other.shield)
      expect(refused.status).to.equal(403)
      expectSays(refused.body, failures.ask_wrong_person)
      expect((await errorOf(redeem(asked.auth_req_id))).error).to.equal('authorization_pending')
      await sign(page, mine.shield)
      expect((await redeem(asked.auth_req_id)).claims()?.sub).to.equal(mine.sub)
    })

    it('take one answer: a second is told that it was given already', async () => {
      const { shield, sub } = await known(5)
      const asked = await ask(sub)
      const { page, url } = await open(sub)
      await sign(page, shield)
      const again = await sign(page, shield)
      expect(again.status).to.equal(409)
      expectSays(again.body, failures.ask_settled)
      expect((await sandbox.walker().browser.post(url, { decision: 'refuse' })).status).to.equal(409)
      expect((await redeem(asked.auth_req_id)).claims()?.sub).to.equal(sub)
    })

    it('end when the person refuses, on both screens', async () => {
      const { sub } = await known(3)
      const asked = await ask(sub)
      const { url } = await open(sub)
      const page = await sandbox.walker().browser.post(url, { decision: 'refuse' })
      expectSays(page.body, failures.ask_refused)
      const { error, said } = await errorOf(redeem(asked.auth_req_id))
      expect([error, said.split(' ')[0]]).to.deep.equal(['access_denied', 'ask_refused'])
    })

    it('expire', async () => {
      const { shield, sub } = await known(3)
      const asked = await ask(sub, { requested_expiry: '60' })
      const { page, url } = await open(sub)
      clock.advance(minutes(2))
      const late = await sign(page, shield)
      expect(late.status).to.equal(410)
      expectSays(late.body, failures.ask_expired)
      expect((await sandbox.walker().browser.get(url)).body).to.contain('已过期')
      expect((await errorOf(redeem(asked.auth_req_id))).error).to.equal('expired_token')
    })

    it('ask no suspended person, and nobody who is unknown', async () => {
      const { sub } = await known(6)
      await sandbox.app.stores.parties.suspend(sub, true)
      const { error, said } = await errorOf(ask(sub))
      expect([error, said.split(' ')[0]]).to.deep.equal(['access_denied', 'membership_suspended'])
      expect(said).to.match(/\(trace [2-9A-Z]{4}-[2-9A-Z]{4}\)$/)
      expect((await errorOf(ask('nobody-of-this-name-is-here'))).error).to.equal('unknown_user_id')
      await sandbox.app.stores.parties.suspend(sub, false)
    })

    it('give nothing when the person was suspended between question and answer', async () => {
      const { shield, sub } = await known(6)
      const asked = await ask(sub)
      const { page } = await open(sub)
      await sandbox.app.stores.parties.suspend(sub, true)
      await sign(page, shield)
      const { error, said } = await errorOf(redeem(asked.auth_req_id))
      expect([error, said.split(' ')[0]]).to.deep.equal(['access_denied', 'membership_suspended'])
      await sandbox.app.stores.parties.suspend(sub, false)
    })

    it('of 20 parallel redemptions of one auth_req_id exactly one wins', async () => {
      const { shield, sub } = await known(7)
      const asked = await ask(sub)
      await sign((await open(sub)).page, shield)
      const all = await Promise.allSettled(Array.from({ length: 20 }, () => redeem(asked.auth_req_id)))
      expect(
        all.filter(({ status }) => status === 'fulfilled'),
        JSON.stringify(all[0]),
      ).to.have.length(1)
    })
  })
})
