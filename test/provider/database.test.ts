import { expect } from 'chai'
import * as client from 'openid-client'
import { systemClock } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { openStores } from '../../server/storage/open.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { createTemporaryDatabase } from '../storage/temporary-postgres.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { Browser, type FakeLogin, type House, openCenter, openHouse, refusal, USCC } from './house.ts'

/** What only a real database can show: races, JSON that comes back in another order, and a whole login on its tables. */
async function databases(): Promise<{ name: string; open(): Promise<Stores>; drop(): Promise<void> }[]> {
  const embedded = { name: 'the embedded database', open: openTestStores, drop: async () => undefined }
  const server = await createTemporaryDatabase()
  if (server === undefined) return [embedded]
  const open = () =>
    openStores({ databaseUrl: server.url, dataDir: 'memory', clock: systemClock, log: silentLog, outbox: { retries: 2, retrySeconds: 0 } })
  return [embedded, { name: 'PostgreSQL', open, drop: () => server.drop() }]
}

for (const { name, open, drop } of await databases()) {
  describe(`the provider on ${name}`, () => {
    let stores: Stores
    let house: House
    let answer = 204
    let failing = 0
    before(async function () {
      this.timeout(60_000)
      stores = await open()
      house = await openHouse({ stores, fetch: async () => new Response(null, { status: failing-- > 0 ? 503 : answer }) })
    })
    after(async () => {
      await house.close()
      await stores.close()
      await drop()
    })
    beforeEach(() => house.forget())

    /** what the login room does: recognise, store proof and consent, set the outcome */
    const granted =
      (subject: string): FakeLogin =>
      async record => {
        const authenticatedAt = new Date().toISOString()
        const identity = {
          bank: 'ccb',
          subject,
          person: { name: '王小明' },
          seats: [{ uscc: USCC, name: '厦门示范建设有限公司', role: 'operator' as const }],
          assurance: 'shield' as const,
          methods: ['hwk'],
          authenticatedAt,
          certificate: {
            issuer: 'CN=CCB CA',
            subject: 'CN=x',
            serial: '0a1b',
            notBefore: '2026-01-01T00:00:00.000Z',
            notAfter: '2028-01-01T00:00:00.000Z',
            thumbprint: subject,
            algorithm: 'SM2' as const,
          },
        }
        const { membership } = await stores.parties.recognise(identity, USCC)
        const proofId = newId()
        await stores.proofs.insert({
          id: proofId,
          membershipId: membership.id,
          bank: 'ccb',
          subject,
          assurance: 'shield',
          methods: ['hwk'],
          authenticatedAt,
          trace: record.trace,
        })
        await stores.consents.grant(membership.id, record.request.clientId, record.request.scopes)
        return { kind: 'granted', membershipId: membership.id, proofId, assurance: 'shield', methods: ['hwk'], authenticatedAt }
      }

    it('logs in, goes straight on a second time without another write than code, use and token, and logs out', async () => {
      const browser = new Browser()
      const center = await openCenter(house)
      house.logins.push(granted('p-1'))
      const tokens = await center.login(browser)
      expect(tokens.claims()).to.include({ uscc: USCC, person_name: '王小明', acr: 'shield' })
      // the process writes now and then by itself: what a login writes is the least of several
      const writes = []
      for (let again = 0; again < 3; again++) {
        const before = stores.statements().writes
        await center.login(browser)
        writes.push(stores.statements().writes - before)
      }
      expect(Math.min(...writes)).to.equal(3)
      expect(house.seen).to.have.length(1)
      expect(await house.provider.endSessions({ bank: 'ccb', subject: 'p-1', trace: house.seen[0]?.trace ?? '' })).to.deep.equal({
        sessions: 1,
        centers: 1,
      })
      expect((await refusal(center.login(browser, { prompt: 'none' }))).error).to.equal('login_required')
      expect((await refusal(client.fetchUserInfo(center.config, tokens.access_token, client.skipSubjectCheck))).error).to.equal('invalid_token')
      await stores.outbox.drained('backchannel-logout')
      expect(house.events.map(({ code }) => code)).to.include('logout.notified')
    })

    it('lets exactly one of 50 parallel redemptions of a code win', async () => {
      house.logins.push(granted('p-2'))
      const center = await openCenter(house)
      const { url, checks } = await center.authorizeUrl()
      const { left } = await new Browser().follow(url.href)
      const all = await Promise.allSettled(Array.from({ length: 50 }, () => client.authorizationCodeGrant(center.config, left ?? url, checks)))
      expect(all.filter(({ status }) => status === 'fulfilled')).to.have.length(1)
    })

    it('lets exactly one of 50 parallel uses of a refresh token win', async () => {
      house.logins.push(granted('p-3'))
      const center = await openCenter(house)
      const tokens = await center.login(new Browser(), { scope: 'openid offline_access', prompt: 'consent' })
      const all = await Promise.allSettled(Array.from({ length: 50 }, () => client.refreshTokenGrant(center.config, tokens.refresh_token ?? '')))
      const won = all.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
      expect(won).to.have.length(1)
      expect((await refusal(client.refreshTokenGrant(center.config, won[0]?.refresh_token ?? ''))).error).to.equal('invalid_grant')
    })

    it('finishes a back-channel login on its tables, and pings the center again after a first failure', async () => {
      const grant = 'urn:openid:params:grant-type:ciba'
      const pinged = await house.register('pinged', '回调中心', {
        grant_types: [grant],
        response_types: [],
        redirect_uris: [],
        backchannel_token_delivery_mode: 'ping',
        backchannel_client_notification_endpoint: 'https://pinged.example/ciba',
      })
      house.logins.push(granted('p-5'))
      const { sub } = (await (await openCenter(house)).login(new Browser())).claims() ?? {}
      house.screen.forget()
      const { config } = await openCenter(house, pinged)
      const asked = await client.initiateBackchannelAuthentication(config, {
        scope: 'openid enterprise',
        login_hint: String(sub),
        binding_message: '三号窗口',
        client_notification_token: 'token-of-the-center',
      })
      failing = 1
      await house.screen.answer(house.screen.approved)
      await stores.outbox.drained('ciba-ping')
      const pings = house.steps.filter(({ step }) => step === 'back-channel-ping').map(({ outcome }) => outcome)
      expect(pings).to.deep.equal(['failed', 'ok'])
      const all = await Promise.allSettled(
        Array.from({ length: 20 }, () => client.genericGrantRequest(config, grant, { auth_req_id: asked.auth_req_id })),
      )
      expect(all.filter(({ status }) => status === 'fulfilled')).to.have.length(1)
    })

    it('keeps a notice that no try could deliver among the dead letters', async () => {
      answer = 500
      house.logins.push(granted('p-4'))
      await (await openCenter(house)).login(new Browser())
      await house.provider.endSessions({ bank: 'ccb', subject: 'p-4', trace: house.seen[0]?.trace ?? '' })
      await stores.outbox.drained('backchannel-logout')
      answer = 204
      expect((await stores.outbox.backlog()).dead).to.equal(1)
      expect(house.steps.filter(({ code }) => code === 'center_unreachable')).to.have.length.greaterThan(1)
    })
  })
}
