/** What flow tests expect in more than one place: the claims of docs/claims.md, a refusal as the person and the integrator meet it, and the audit record under a login. */
import { createHash } from 'node:crypto'
import { expect } from 'chai'
import type { MockBank } from '../../bank-adapters/mock-bank/mock-bank.ts'
import type { AuditEventCode } from '../../server/audit/events.ts'
import type { FailureCode } from '../../server/kernel/errors.ts'
import { failures } from '../../server/kernel/failures.ts'
import type { TracePageView } from '../../server/operations/pages/trace.ts'
import { readTrace } from '../../server/operations/trace.ts'
import type { Page } from '../../server/sandbox/http-browser.ts'
import type { Plan } from '../../server/sandbox/start.ts'
import { type Claims, LoginEnded } from '../../server/sandbox/walk.ts'
import type { AuditRow, AuditStore } from '../../server/storage/stores-audit.ts'
import type { TestSandbox, WitnessBrowser } from './sandbox.ts'

export type Shield = ReturnType<MockBank['shields']>[number]

/** every claim of the four scopes that the demonstration center asks for, and what makes an ID token of them */
const ALWAYS = ['sub', 'sid', 'bank', 'acr', 'amr', 'auth_time', 'uscc', 'enterprise_name', 'person_name', 'person_role']
const TOKEN = ['iss', 'aud', 'nonce', 'iat', 'exp']

/** Exactly the claims that the document promises after a login with this shield. */
export function expectShieldClaims(claims: Claims, shield: Shield): void {
  expect(claims).to.have.all.keys([...ALWAYS, ...TOKEN, 'certificate'])
  expect(claims).to.include({ ...holderClaims(shield), bank: shield.bank, acr: 'shield' })
  expect(claims['amr']).to.have.members(['hwk', 'pin'])
  expectJustNow(claims['auth_time'])
  expect(claims['sub']).to.match(/^[\w-]{27}$/)
  const { issuer, ...rest } = claims['certificate'] as Record<string, unknown>
  expect(issuer).to.match(/^CN=[^,]+(?:,[A-Z]+=[^,]+)*$/)
  expect(rest).to.deep.equal({
    serial: shield.serial,
    not_after: new Date(Math.floor(shield.notAfter.getTime() / 1000) * 1000).toISOString(),
    thumbprint_sm3: createHash('sm3').update(shield.certificate).digest('hex'),
  })
}

/** The claims after a login with password and text message at the bank: the same but for the shield. */
export function expectSessionClaims(claims: Claims, holder: Pick<Shield, 'bank' | 'company' | 'person' | 'role'>): void {
  expect(claims).to.have.all.keys([...ALWAYS, ...TOKEN])
  expect(claims).to.include({ ...holderClaims(holder), bank: holder.bank, acr: 'bank-session' })
  // a SAML bank does not say that a text message was a part of it
  expect(claims['amr']).to.be.an('array').that.includes('pwd')
  expect(['pwd', 'sms']).to.include.members(claims['amr'] as string[])
  expectJustNow(claims['auth_time'])
}

const holderClaims = ({ company, person, role }: Pick<Shield, 'company' | 'person' | 'role'>) => ({
  uscc: company.uscc,
  enterprise_name: company.name,
  person_name: person.name,
  person_role: role,
})

function expectJustNow(seconds: unknown): void {
  expect(seconds).to.be.a('number')
  expect(Math.abs(Date.now() / 1000 - Number(seconds))).to.be.below(30)
}

/** The page says the sentence in both languages, whichever apostrophe its type prefers. */
export function expectSays(body: string, { zh, en }: { zh: string; en: string }): void {
  const straight = (text: string) => text.replaceAll(/&#39;|’/g, "'")
  expect(straight(body)).to.contain(straight(zh)).and.to.contain(straight(en))
}

/**
 * The login must have been refused with this code: a page with the right status, the sentence in both languages and a trace code, and under that code the
 * integrator finds who can mend it. Answers both for more.
 */
export async function expectRefused(
  { app }: TestSandbox,
  login: Promise<unknown>,
  code: FailureCode,
): Promise<{ page: Page; failure: NonNullable<TracePageView['failure']>; events: AuditRow[] }> {
  const ended = await login.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(ended instanceof LoginEnded)) throw new Error(`the login was not refused by the broker but ended with ${String(ended)}`)
  const { page } = ended
  const { status, zh, en, who } = failures[code]
  expect(page.body).to.contain(`<code>${code}</code>`)
  expectSays(page.body, { zh, en })
  expect(page.status).to.equal(status)
  const trace = String(page.headers['x-trace-code'])
  expect(page.body).to.contain(trace)
  const view = await readTrace(app.stores, trace)
  expect(view?.state).to.equal('refused')
  expect(view?.failure).to.deep.include({ code, who })
  if (view?.failure === undefined) throw new Error('the trace tells of no failure')
  const events = await app.stores.audit.byTrace(trace, 100)
  const codes = events.map(row => row.code)
  expect(codes.filter(each => REFUSALS.includes(each))).to.have.length(1)
  expect(codes).to.not.include('login.granted')
  return { page, failure: view.failure, events }
}

/** A mandate or measure that forbids the login says so in its own words; every refusal stands in the record once. */
const REFUSALS = ['login.refused', 'request.refused', 'authority.denied', 'mandate.tampered']

/** The audit record of the login that this browser went through last. */
export async function eventsOf({ app, plan }: TestSandbox, browser: WitnessBrowser): Promise<AuditEventCode[]> {
  const login = loginsOf(browser, plan).at(-1)
  const rows = await allRows(app.stores.audit)
  const trace = rows.find(row => row.code === 'login.started' && row.body.includes(JSON.stringify(login)))?.trace
  return rows.flatMap(row => (row.trace === trace ? [row.code as AuditEventCode] : []))
}

/** Every login that this browser was sent to, by its id: the record's `login.started` names it. */
export const loginsOf = (browser: WitnessBrowser, { urls }: Pick<Plan, 'urls'>): string[] =>
  browser.addresses().flatMap(address => {
    const [, id] = /^\/login\/([\w-]{20,})$/.exec(address.startsWith(`${urls.broker}/`) ? new URL(address).pathname : '') ?? []
    return id ?? []
  })

export async function allRows(audit: AuditStore): Promise<AuditRow[]> {
  const rows: AuditRow[] = []
  for (;;) {
    const some = await audit.read(rows.length + 1, 1000)
    rows.push(...some)
    if (some.length < 1000) return rows
  }
}

/** What the person has to press: the last part of the address of each form on the pages they were shown. */
export const askedFor = (browser: WitnessBrowser): string[] =>
  browser.pages.flatMap(({ body }) => [...body.matchAll(/<form\b[^>]*action="[^"]*\/login\/[\w-]+\/(\w+)"/g)].map(([, last = '']) => last))

/** Whether the browser was sent to the bank, or made to sign. */
export const wasAtBank = (browser: WitnessBrowser, sandbox: TestSandbox): boolean =>
  askedFor(browser).includes('shield') ||
  browser.pages.some(({ url, trail }) => [url, ...trail].some(address => address.startsWith(`${sandbox.plan.urls.bank}/`)))

/** Whether the center behind this address still knows who sits at the browser. */
export async function isLoggedIn(browser: WitnessBrowser, center: string): Promise<boolean> {
  return (await browser.get(`${center}/`)).body.includes('id="claims"')
}
