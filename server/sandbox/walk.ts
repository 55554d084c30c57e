import { walkOidcLogin, walkSamlLogin } from '../../bank-adapters/mock-bank/headless.ts'
import type { MockBank } from '../../bank-adapters/mock-bank/mock-bank.ts'
import { connectAgent } from '../../bank-adapters/shield-agent/agent-client.ts'
import { attributeOf, forms, type HttpBrowser, type Page } from './http-browser.ts'
import type { Plan } from './start.ts'

/** Walks a person's way through the sandbox's pages, from the center's login button to the center's page with the claims, over HTTP and without a screen. */
export interface Walker {
  plan: Plan
  bank: MockBank
  browser: HttpBrowser
}

export interface Walk {
  /** the bank to log in through: one that the mock plays */
  bank: string
  /** the shield to use: the first good one of the bank unless told */
  shield?: ReturnType<MockBank['shields']>[number]
  /** how the person begins; after a password they use the shield where they are sent to the bank once more */
  method?: 'shield' | 'password'
  /** USCC to choose where the person acts for several companies; the first offered unless told */
  company?: string
  /** what the center asks for */
  acr?: 'shield'
}

/** What the center received. */
export type Claims = Record<string, unknown> & { uscc?: string; acr?: string; sid?: string }

/** The way ended before the center: at a refusal, or at a page that asks for something else. */
export class LoginEnded extends Error {
  readonly page: Page

  constructor(what: string, page: Page) {
    super(`${what}: ${said(page)}`)
    this.name = 'LoginEnded'
    this.page = page
  }
}

/** @throws LoginEnded with the page and its words; Error where the bank's own pages let nobody in */
export async function logIn(walker: Walker, asked: Walk): Promise<Claims> {
  let walk = asked
  const { plan, browser } = walker
  const ask = new URLSearchParams({ bank: walk.bank, ...(walk.acr === undefined ? {} : { acr: walk.acr }) })
  let page = await browser.get(`${plan.urls.center}/login?${ask}`, { stopAt: leavesTo(plan.urls.bank) })
  for (let steps = 0; steps < 10; steps++) {
    const claims = claimsOn(page)
    if (claims !== undefined) return claims
    const atBank = page.status === 0
    page = await answer(walker, walk, page)
    if (atBank) walk = { ...walk, method: 'shield' }
  }
  throw new LoginEnded('the login goes round in circles', page)
}

/**
 * The same way from any address, for a center of which there is only a back end.
 * @param until where the way ends: the center's callback
 * @param look called with each page before it is answered; true ends the way there
 * @returns the address that it ended at, or the page where `look` ended it. @throws LoginEnded
 */
export async function walkFrom(walker: Walker, walk: Walk, from: string, until: string, look: (page: Page) => boolean = () => false): Promise<Page> {
  const leaves = (url: string) => url.startsWith(until) || leavesTo(walker.plan.urls.bank)(url)
  let page = await walker.browser.get(from, { stopAt: leaves })
  for (let steps = 0; steps < 12; steps++) {
    if (page.status === 0 && page.url.startsWith(until)) return page
    if (look(page)) return page
    page = await answer(walker, walk, page, leaves)
  }
  throw new LoginEnded('the login goes round in circles', page)
}

/** The same from any page of a login that began elsewhere, such as by a device's code, to the page that ends it. */
export async function goOn(walker: Walker, walk: Walk, from: Page, isOver: (page: Page) => boolean): Promise<Page> {
  let page = from
  for (let steps = 0; steps < 10 && !isOver(page); steps++) page = await answer(walker, walk, page)
  return page
}

/** Presses the center's logout button, confirms, and lets the bank's own logout pass; answers the last page. */
export async function logOut({ plan, browser }: Walker): Promise<Page> {
  let page = await browser.post(`${plan.urls.center}/logout`, {})
  for (let steps = 0; steps < 5; steps++) {
    const form = forms(page).find(({ id, action }) => id === 'op.logoutForm' || new URL(action).origin === plan.urls.bank)
    if (form === undefined) return page
    page = await browser.post(form.action, form.id === 'op.logoutForm' ? { ...form.fields, logout: 'yes' } : form.fields)
  }
  return page
}

const leavesTo = (origin: string) => (url: string) => url.startsWith(`${origin}/`)

async function answer(walker: Walker, walk: Walk, page: Page, stopAt = leavesTo(walker.plan.urls.bank)): Promise<Page> {
  const { bank, browser } = walker
  if (page.status === 0) {
    const proof = proofOf(bank, walk)
    if (new URL(page.url).pathname.includes('/saml/')) {
      const { action, fields } = await walkSamlLogin(browser, page.url, proof)
      return browser.post(action, fields, { stopAt })
    }
    return browser.get(await walkOidcLogin(browser, page.url, proof), { stopAt })
  }
  const found = forms(page)
  const form = (last: string) => found.find(({ action }) => new URL(action).pathname.endsWith(last))
  const shield = found.find(({ id }) => id === 'shield-form')
  if (shield !== undefined) return browser.post(shield.action, { ...shield.fields, ...(await sign(walker, walk, page)) }, { stopAt })
  // the list of banks, or the page that asks for the shield after a weaker proof
  const choice = form('/bank')
  if (choice !== undefined) return browser.post(choice.action, { bank: walk.bank }, { stopAt })
  const company = form('/company')
  if (company !== undefined) return browser.post(company.action, { uscc: walk.company ?? company.fields['uscc'] ?? '' }, { stopAt })
  const consent = form('/consent')
  if (consent !== undefined) return browser.post(consent.action, { decision: 'agree' }, { stopAt })
  throw new LoginEnded('the login ended early', page)
}

function proofOf(bank: MockBank, walk: Walk): Parameters<typeof walkOidcLogin>[2] {
  const shield = shieldOf(bank, walk)
  return walk.method === 'password' ? { method: 'password', person: shield.person } : { method: 'shield', shield }
}

function shieldOf(bank: MockBank, walk: Walk): NonNullable<Walk['shield']> {
  const shield = walk.shield ?? bank.shields(walk.bank).find(({ state, kind }) => state === 'good' && kind === 'SM2-dual')
  if (shield === undefined) throw new Error(`bank ${walk.bank} has no usable shield`)
  return shield
}

/** As the page's script does: the words on the page go to the agent, which signs them with the shield. */
export async function sign({ plan, bank }: Walker, walk: Walk, page: Page): Promise<Record<string, string>> {
  const tag = /<form\b[^>]*id="shield-form"[^>]*>/.exec(page.body)?.[0] ?? ''
  const text = attributeOf(tag, 'data-text') ?? ''
  const format = attributeOf(tag, 'data-format') === 'p7' ? 'p7' : 'raw'
  const shield = shieldOf(bank, walk)
  const agent = await connectAgent(attributeOf(tag, 'data-agent-url') ?? plan.urls.agent, plan.urls.broker)
  try {
    const wanted = shield.certificate.toString('base64')
    for (const { id } of await agent.users()) {
      if ((await agent.signCertificate(id)) === wanted) return { ...(await agent.answerChallenge(id, shield.pin, text, format)) }
    }
  } finally {
    agent.close()
  }
  throw new Error('the agent does not see the shield')
}

function claimsOn(page: Page): Claims | undefined {
  const text = /<pre id="claims"[^>]*>([^<]*)<\/pre>/.exec(page.body)?.[1]
  return text === undefined ? undefined : (JSON.parse(text.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))) as Claims)
}

const said = ({ status, url, body }: Page): string =>
  `${status} at ${url.split('?')[0]}: ${body
    .replaceAll(/<(style|script)[\s\S]*?<\/\1>|<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 400)}`
