import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BankData } from '../../bank-adapters/bank-data.ts'
import type { AdapterDeps, Answer, Attempt, BankAdapter, Challenge } from '../../bank-adapters/contract.ts'
import type { Evil } from '../../bank-adapters/mock-bank/evil.ts'
import { type Proof, signWithShield, walkOidcLogin, walkSamlLogin } from '../../bank-adapters/mock-bank/headless.ts'
import { createMockBank, type MockBank } from '../../bank-adapters/mock-bank/mock-bank.ts'
import type { IssuedShield } from '../../bank-adapters/mock-bank/shields.ts'
import { fillBank, type OpenBank, openBank, shippedBanks } from '../../bank-adapters/registry.ts'
import { allowHosts, createOutboundFetch } from '../../server/http/outbound.ts'
import type { Assurance } from '../../server/kernel/assurance.ts'
import { type Clock, systemClock } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { createSealing } from '../../server/kernel/sealing.ts'
import { createBankKeys } from '../../server/login/bank-keys.ts'
import { type Certificate, readPemBundle } from '../../server/pki/certificate.ts'
import { createCertificateChecker } from '../../server/pki/checker.ts'
import { issueCertificate } from '../../server/pki/issue.ts'
import { createRevocation } from '../../server/pki/revocation.ts'
import { HttpBrowser } from '../../server/sandbox/http-browser.ts'
import type { SigningKey } from '../../server/storage/stores-keys.ts'

/**
 * One adapter and the bank it speaks to, over real HTTP: the mock bank, our keys and metadata served as the broker serves them, and real checks of certificates and
 * revocation. Each wrong-doing of the suite has its handle here.
 */
export type How = Proof
export interface AdapterStage {
  adapter: BankAdapter
  data: BankData
  brokerUrl: string
  /** origin */
  bankUrl: string
  attempt(needs: Assurance): Attempt
  /** what a person brings back from a challenge */
  answer(challenge: Challenge, how: How): Promise<Answer>
  /** the adapter as another process would open it */
  another(): BankAdapter
  holder(): IssuedShield
  shield(): How
  password(): How
  companiesOf(how: How): string[]
  renewed(): Promise<IssuedShield>
  extra(): Promise<IssuedShield>
  revokeExtra(): void
  certificateClock: { advance(milliseconds: number): void }
  trustOnly(whom: 'another bank'): Promise<void>
  silenceRevocation(): void
  setEvil(evil: Evil): void
  /** stands between the adapter and the bank */
  intercept(by: (url: string, proceed: () => Promise<Response>) => Promise<Response>): void
  /** the broker's clock, ahead of the real one */
  advance(milliseconds: number): void
  /** ends the person's sessions at the bank; @returns the messages that reached us */
  logoutAtBank(): Promise<Record<string, string>[]>
  tampered(message: Record<string, string>): Record<string, string>
  reset(): Promise<void>
  close(): Promise<void>
}

/** legal representative of two companies at CCB, ICBC and ABC */
const PERSON = 'p03'

export async function openAdapterStage(id: 'ccb' | 'icbc' | 'abc'): Promise<AdapterStage> {
  const dataDir = await mkdtemp(join(tmpdir(), 'adapter-'))
  let offset = 0
  const certificateClock: Clock = { now: () => new Date(Date.now() + offset) }
  const heard: Record<string, string>[] = []

  const keys = createBankKeys({
    store: memoryKeys(),
    sealing: createSealing(Buffer.alloc(32, 7)),
    clock: systemClock,
    makeSelfSigned: ({ privateKey, commonName, ...more }) =>
      issueCertificate({ ...more, subject: [['CN', commonName]], issuer: { self: privateKey }, profile: 'sign' }),
  })
  const broker = createServer(async (req, res) => {
    const { pathname, search } = new URL(req.url ?? '/', 'http://broker')
    if (pathname === '/banks/jwks.json') return void res.setHeader('content-type', 'application/json').end(JSON.stringify(await keys.publicJwks()))
    if (pathname === `/banks/${id}/metadata`) return void res.end(await opened.metadata?.())
    if (pathname.endsWith('/logout')) heard.push({ logout_token: new URLSearchParams(await bodyOf(req)).get('logout_token') ?? '' })
    if (pathname.endsWith('/slo')) heard.push({ query: search.slice(1) })
    res.end('ok')
  })
  await new Promise<void>(resolve => broker.listen(0, '127.0.0.1', resolve))
  const brokerUrl = `http://localhost:${portOf(broker.address())}`

  const bank = await createMockBank({
    dataDir,
    clock: systemClock,
    log: silentLog,
    brokerUrl,
    agentUrl: 'ws://127.0.0.1:7130',
  })
  const { host } = new URL(bank.url)
  const fetchOut = createOutboundFetch({ allow: allowHosts([host], { plainHttp: true }), timeoutMs: 5000, maxBytes: 1_000_000 })

  let silent = false
  const revocation = createRevocation({
    fetch: async (url, init) => (silent ? Promise.reject(new TypeError('fetch failed')) : fetchOut(url, init)),
    clock: systemClock,
    allowHosts: named => named === host,
    log: silentLog,
  })
  const anchorsOf = async (of: string): Promise<readonly Certificate[]> => readPemBundle(await readFile(bank.anchorsFile(of)))
  const own = await anchorsOf(id)
  let anchors = own
  const checker = () => createCertificateChecker({ anchors: async () => anchors, revocation, clock: certificateClock })
  let check = checker()

  let ahead = 0
  let between = (_url: string, proceed: () => Promise<Response>): Promise<Response> => proceed()
  const seen = new Set<string>()
  const deps: AdapterDeps = {
    clock: { now: () => new Date(Date.now() + ahead) },
    fetch: (url, init) => between(String(url), () => fetchOut(url, init)),
    checkCertificate: question => check.check(question),
    once: async used => !seen.has(used) && seen.add(used).has(used),
    seen: async used => seen.has(used),
    keys,
    publicUrl: brokerUrl,
  }
  const template = shippedBanks[id]
  if (template === undefined) throw new Error(`no data of ${id}`)
  const data = fillBank(template, {
    url: `${bank.url}/${id}`,
    anchors: bank.anchorsFile(id),
    agentUrl: 'ws://127.0.0.1:7130',
    ...(id === 'icbc' ? { signingCertificates: bank.signingCertificatesFile(id) } : {}),
  })
  const opened: OpenBank = openBank(data, deps)
  const customer = bank.customers(id).find(({ person }) => person.id === PERSON)
  if (customer === undefined) throw new Error(`${PERSON} has no account at ${id}`)
  const holder = () => shieldOf(bank, id)
  let extra: IssuedShield | undefined

  return {
    adapter: opened.adapter,
    data,
    brokerUrl,
    bankUrl: new URL(bank.url).origin,
    attempt: needs => ({
      id: `login-${newId()}.${newId()}`.slice(0, 80),
      trace: 'TEST-2345',
      callbackUrl: `${brokerUrl}/login/callback/${id}`,
      needs,
      afresh: false,
      binding: { origin: brokerUrl, relyingParty: 'center-a', relyingPartyName: '演示交易中心', purpose: 'login', browser: 'browser-1' },
    }),
    async answer(challenge, how) {
      const browser = new HttpBrowser(() => Date.now())
      try {
        if (challenge.kind === 'sign') {
          if (how.method !== 'shield') throw new Error('this bank knows shields only')
          const { kind } = bank.shields(id).find(each => each.path === how.shield.path) ?? {}
          return { kind: 'signature', ...(await signWithShield(how.shield, challenge.text)), algorithm: kind === 'RSA-single' ? 'RSA' : 'SM2' }
        }
        if (data.protocol === 'saml') return { kind: 'form', fields: (await walkSamlLogin(browser, challenge.url, how)).fields }
        const back = new URL(await walkOidcLogin(browser, challenge.url, how))
        return { kind: 'query', url: back.pathname + back.search }
      } finally {
        browser.close()
      }
    },
    another: () => openBank(data, deps).adapter,
    holder,
    shield: () => ({ method: 'shield', shield: holder() }),
    password: () => ({ method: 'password', person: customer.person }),
    companiesOf: () => customer.seats.map(({ company }) => company.uscc),
    renewed: () => bank.renew(id, holder().serial, { keepOld: true }),
    async extra() {
      const { person, company, role } = holder()
      extra = await bank.issue(id, { person, company, role })
      return extra
    },
    revokeExtra() {
      bank.revoke(id, extra?.serial ?? '')
      revocation.invalidate()
    },
    certificateClock: {
      advance(milliseconds) {
        offset += milliseconds
      },
    },
    async trustOnly() {
      anchors = await anchorsOf(id === 'abc' ? 'ccb' : 'abc')
    },
    silenceRevocation() {
      silent = true
      revocation.invalidate()
      check = checker()
    },
    setEvil: evil => bank.setEvil(id, evil),
    intercept(by) {
      between = by
    },
    advance(milliseconds) {
      ahead += milliseconds
    },
    async logoutAtBank() {
      heard.length = 0
      await bank.logout(id, PERSON)
      return [...heard]
    },
    tampered(message) {
      const { logout_token: token, query } = message
      if (token !== undefined) return { logout_token: `${token.slice(0, -8)}${token.at(-9) === 'A' ? 'BBBBBBBB' : 'AAAAAAAA'}` }
      return { query: (query ?? '').replace(/Signature=[^&]{8}/, 'Signature=AAAAAAAA') }
    },
    async reset() {
      bank.setEvil(id, undefined)
      offset = 0
      ahead = 0
      between = (_url, proceed) => proceed()
      silent = false
      anchors = own
    },
    async close() {
      fetchOut.close()
      await bank.close()
      broker.closeAllConnections()
      await new Promise(resolve => broker.close(resolve))
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

function shieldOf(bank: MockBank, id: string): IssuedShield {
  // at a bank of shields alone anybody's will do: its person's may be an older one
  const found = bank.shields(id).find(({ person, kind, state }) => (id === 'abc' || person.id === PERSON) && kind === 'SM2-dual' && state === 'good')
  if (found === undefined) throw new Error(`${PERSON} has no shield of ${id}`)
  return found
}

export function memoryKeys() {
  const rows: SigningKey[] = []
  return {
    list: async (use: SigningKey['use']) => rows.filter(row => row.use === use),
    insert: async (key: SigningKey) => !rows.some(row => row.kid === key.kid) && rows.push(key) > 0,
    setState: async () => false,
    remove: async () => undefined,
  }
}

const portOf = (address: AddressInfo | string | null): number => (typeof address === 'object' && address !== null ? address.port : 0)

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
  return body
}
