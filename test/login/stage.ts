import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { Answer, Attempt, BankAdapter, Challenge } from '../../bank-adapters/contract.ts'
import type { AuditEvent } from '../../server/audit/events.ts'
import { createAsks } from '../../server/authorization/asks.ts'
import { createPhone, phoneCrossSitePaths } from '../../server/authorization/phone.ts'
import { openRestrictions } from '../../server/composition/enforcement-service.ts'
import { requestContext } from '../../server/http/context.ts'
import { createCookies } from '../../server/http/cookies.ts'
import { securityHeaders } from '../../server/http/headers.ts'
import { errorHandler, notFound } from '../../server/http/respond.ts'
import { sameSiteGuard } from '../../server/http/same-site.ts'
import type { Actor, ActRequest, Power } from '../../server/kernel/authority.ts'
import { fixedClock, hours, minutes } from '../../server/kernel/clock.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import type { BankIdentity, CertificateFacts } from '../../server/kernel/identity.ts'
import { newId, newTraceCode } from '../../server/kernel/ids.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { silentMeter } from '../../server/kernel/meter.ts'
import type { RichRequests } from '../../server/kernel/rich-request.ts'
import { createSealing } from '../../server/kernel/sealing.ts'
import { readUscc, usccCheckCharacter } from '../../server/kernel/uscc.ts'
import { createBankKeys, createLogin, crossSitePaths, type LoginBank } from '../../server/login/login.ts'
import type { Reminder } from '../../server/login/room.ts'
import { HttpBrowser } from '../../server/sandbox/http-browser.ts'
import type { TraceStep } from '../../server/storage/stores-audit.ts'
import type { LoginRecord } from '../../server/storage/stores-logins.ts'
import { openTestStores } from '../suites/memory-stores.ts'

/**
 * The login room over real HTTP with real stores and three banks that believe what the test says. The provider's part is a record in the store and its cookie in the
 * browser; the browser stops where it would go back to the provider.
 */
const usccOf = (number: number) => {
  const first17 = `91990000MADEM${String(number).padStart(4, '0')}`
  return readUscc(first17 + (usccCheckCharacter(first17) ?? ''))
}
export const COMPANIES = [1, 2, 3].map(number => ({ uscc: usccOf(number), name: `演示第${number}(示范)有限公司`, role: 'operator' as const }))

const nothingRich = () => {
  throw new Error('no details are asked for here')
}
const noRichRequests: RichRequests = {
  needsSignature: nothingRich,
  text: nothingRich,
  judge: nothingRich,
  grant: nothingRich,
  progress: nothingRich,
  resume: nothingRich,
}
const nothing = { kind: 'deny', code: 'act_not_allowed', facts: 'the test allows nothing' } as const

const certificateOf = (bank: string, subject: string): CertificateFacts => ({
  issuer: `CN=${bank} CA`,
  subject: 'CN=x',
  serial: '0a1b',
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: '2028-01-01T00:00:00.000Z',
  thumbprint: `${bank}/${subject}`,
  algorithm: 'SM2',
})

export interface FakeBank {
  /** what the bank says next; an error is what its adapter throws */
  says: BankIdentity | BrokerError
  fails?: BrokerError | undefined
  begun: Attempt[]
  answered: { attempt: Attempt; answer: Answer; memo: Record<string, string> }[]
}

export async function openLoginStage() {
  const clock = fixedClock('2026-11-21T02:00:00.000Z')
  const stores = await openTestStores({ clock })
  const cookies = createCookies(['cookie-key-for-tests'], { secure: false })
  const events: AuditEvent[] = []
  const steps: Omit<TraceStep, 'at'>[] = []
  const ended: object[] = []
  const down = new Set<string>()

  const app = express()
  const server = createServer(app)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address: AddressInfo | string | null = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`

  const fakes: Record<string, FakeBank> = {}
  const fake = (
    id: string,
    protocol: LoginBank['data']['protocol'],
    challenge: (attempt: Attempt) => Challenge,
    more: Partial<BankAdapter> = {},
  ): LoginBank => {
    const bank: FakeBank = { says: identity({ bank: id }), begun: [], answered: [] }
    fakes[id] = bank
    const adapter: BankAdapter = {
      async begin(attempt) {
        if (bank.fails !== undefined) throw bank.fails
        bank.begun.push(attempt)
        return { challenge: challenge(attempt), memo: { of: attempt.id } }
      },
      async complete(attempt, answer, memo) {
        bank.answered.push({ attempt, answer, memo })
        if (bank.says instanceof BrokerError) throw bank.says
        return bank.says
      },
      ...more,
    }
    const data = {
      id,
      protocol,
      name: { zh: `${id}银行`, en: id },
      mark: { text: 'x', color: '#000000' },
      search: [],
      help: { zh: `到${id}网点`, en: 'visit' },
      ...(protocol === 'shield' ? { appUrl: `https://${id}.example/app/sign` } : {}),
    }
    return { data, adapter, origins: protocol === 'shield' ? [] : [`https://${id}.example`] }
  }
  const banks = new Map<string, LoginBank>(
    [
      fake('ccb', 'oidc', attempt => ({ kind: 'redirect', url: `https://ccb.example/auth?state=${attempt.id}` }), {
        logoutUrl: async ({ returnTo }) => `https://ccb.example/logout?to=${encodeURIComponent(returnTo)}`,
        readLogout: async ({ logout_token: token }, end) => {
          if (token === 'good') {
            await end({ subject: 'person-1', bankSession: 'session-1' })
            return {}
          }
          throw new BrokerError('bank_wrong_key', 'not the bank’s')
        },
      }),
      fake('icbc', 'saml', attempt => ({ kind: 'post-form', url: 'https://icbc.example/sso', fields: { RelayState: attempt.id } }), {
        readLogout: async ({ query }, end): Promise<{ next?: string }> => {
          if (query === 'SAMLRequest=good') {
            await end({ subject: 'person-1' })
            return { next: 'https://icbc.example/slo?done=1' }
          }
          if (query === 'SAMLResponse=good') return {}
          throw new BrokerError('bank_unsigned', 'not signed')
        },
      }),
      fake('abc', 'shield', attempt => ({
        kind: 'sign',
        text: `共享盾登录确认\n编号:${attempt.id} <&>`,
        agentUrl: 'ws://127.0.0.1:7130',
        issuers: ['ABC CA'],
        expiresAt: new Date(clock.now().getTime() + 180_000).toISOString(),
      })),
    ].map(bank => [bank.data.id, bank]),
  )
  const icbc = banks.get('icbc')
  if (icbc !== undefined) icbc.metadata = async () => '<EntityDescriptor/>'

  /** with a shield unless it is a bank session */
  function identity(more: Partial<BankIdentity> = {}): BankIdentity {
    const { bank = 'ccb', subject = 'person-1', assurance } = more
    return {
      ...(assurance === 'bank-session' ? {} : { certificate: certificateOf(bank, subject) }),
      bank: 'ccb',
      subject: 'person-1',
      person: { name: '张示例', idDigest: 'a'.repeat(64) },
      seats: COMPANIES.slice(0, 1),
      assurance: 'shield',
      methods: ['hwk', 'pin'],
      authenticatedAt: clock.now().toISOString(),
      ...more,
    }
  }

  const trail = { append: async (...more: AuditEvent[]) => void events.push(...more) }
  const asks = createAsks({ store: stores.asks, signals: stores.signals, trail, clock })
  const phone = createPhone({ asks, cookies, publicUrl: url, clock })
  const sealing = createSealing(Buffer.alloc(32, 3))
  /** the one decision, as the test has it: what is asked, and what it answers or throws */
  const authority = {
    asked: [] as { actor: Actor; request: ActRequest; reference: string }[],
    says: undefined as Power | BrokerError | undefined,
  }
  /** what the company has to do, until the person went on */
  const reminders = {
    due: [] as Reminder[],
    async of() {
      return this.due
    },
    async seen() {
      this.due = []
    },
  }
  const richRequests: RichRequests = { ...noRichRequests }
  const login = createLogin({
    stores,
    banks,
    keys: createBankKeys({ store: stores.signingKeys, sealing, clock, makeSelfSigned: () => Buffer.from('certificate') }),
    trail,
    asks,
    trace: step => void steps.push(step),
    meter: silentMeter,
    clock,
    log: silentLog,
    authority: {
      decide: async () =>
        authority.says === undefined || authority.says instanceof BrokerError ? nothing : { kind: 'allow', power: authority.says },
      async use(actor, request, { reference }) {
        authority.asked.push({ actor, request, reference })
        if (authority.says instanceof BrokerError) throw authority.says
        if (authority.says === undefined) throw new BrokerError('act_not_allowed', 'the test allows nothing')
        return { entry: 1, power: authority.says }
      },
    },
    cookies,
    publicUrl: url,
    sealing,
    connectors: { isUp: bank => !down.has(bank) },
    describeClaims: (_scopes, { membership }) => [
      { name: { zh: '企业', en: 'Company' }, value: membership.enterprise.uscc, why: { zh: '认定', en: 'names it' } },
    ],
    richRequests,
    restrictions: openRestrictions(stores, []),
    newShield: () => undefined,
    reminders,
    agentUrl: 'ws://127.0.0.1:7130',
    endSessions: async who => {
      ended.push(who)
      return { sessions: 1, centers: 2 }
    },
  })
  app.use(requestContext({ clock, log: silentLog }), securityHeaders({ https: false }))
  // what the provider does before it sends the browser here
  app.get('/begin/:id', (req, res) => {
    cookies.set(req, res, 'shield_interaction', req.params.id, { path: `/login/${req.params.id}` })
    res.redirect(303, `/login/${req.params.id}`)
  })
  app.use(sameSiteGuard({ publicUrl: url, exempt: [...crossSitePaths, ...phoneCrossSitePaths] }))
  phone.serve('login', login.phone)
  app.use(login.router, phone.router, notFound)
  app.use(
    errorHandler({
      page: view =>
        `<title>${view.code}</title><p>${view.trace}</p><p>${view.help?.zh ?? ''}</p>${view.restart === undefined ? '' : `<a id="restart" href="${view.restart.href}">x</a>`}`,
      publicUrl: url,
    }),
  )

  const returnTo = (id: string) => `https://shield.example/oidc/auth/${id}`
  const stopAt = (address: string) => new URL(address).origin !== url

  return {
    reminders,
    richRequests,
    url,
    stores,
    clock,
    asks,
    phone,
    fakes,
    events,
    trail,
    steps,
    ended,
    down,
    login,
    authority,
    returnTo,
    identity,
    bank(id: string): FakeBank {
      const found = fakes[id]
      if (found === undefined) throw new Error(`no bank ${id}`)
      return found
    },
    /** a login as the provider stores it */
    async request(more: Partial<LoginRecord['request']> = {}, rest: Partial<LoginRecord> = {}): Promise<LoginRecord> {
      const id = newId()
      const record: LoginRecord = {
        id,
        version: 1,
        trace: newTraceCode(),
        createdAt: clock.now().toISOString(),
        expiresAt: new Date(clock.now().getTime() + minutes(30)).toISOString(),
        request: {
          clientId: 'center-a',
          clientName: '演示交易中心',
          clientOrigins: ['https://center.example'],
          scopes: ['openid', 'enterprise'],
          needs: 'bank-session',
          prompts: ['login'],
          returnTo: returnTo(id),
          ...more,
        },
        ...rest,
      }
      await stores.logins.put(record, { kind: 'Interaction', exp: Math.floor(clock.now().getTime() / 1000) + 3600 })
      return record
    },
    async record(id: string): Promise<LoginRecord> {
      const found = await stores.logins.find(id)
      if (found === undefined) throw new Error('the login is gone')
      return found.record
    },
    /** a browser that the center sent here for this login, on its first page */
    async visit(id: string, browser = new HttpBrowser(() => clock.now().getTime())) {
      const page = await browser.get(`${url}/begin/${id}`, { stopAt })
      const on = {
        browser,
        page,
        get: (path: string) => browser.get(`${url}${path}`, { stopAt }),
        post: (path: string, form: Record<string, string> = {}) => browser.post(`${url}${path}`, form, { stopAt }),
      }
      return on
    },
    stranger: () => new HttpBrowser(() => clock.now().getTime()),
    /** the code on an error page, and the login's trace that it shows */
    failure: (page: { status: number; body: string }) => ({
      status: page.status,
      code: /<title>(\w+)<\/title>/.exec(page.body)?.[1],
      trace: /<p>([\w-]+)<\/p>/.exec(page.body)?.[1],
    }),
    stopAt,
    codes: () => events.map(({ code }) => code),
    forget() {
      for (const list of [events, steps, ended, authority.asked]) list.length = 0
      authority.says = undefined
      Object.assign(richRequests, noRichRequests)
      down.clear()
      for (const [id, bank] of Object.entries(fakes)) Object.assign(bank, { says: identity({ bank: id }), fails: undefined, begun: [], answered: [] })
      clock.set('2026-11-21T02:00:00.000Z')
    },
    later: () => clock.advance(hours(2)),
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await stores.close()
    },
  }
}
export type LoginStage = Awaited<ReturnType<typeof openLoginStage>>
