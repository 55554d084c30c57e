import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import * as client from 'openid-client'
import { requestContext } from '../../server/http/context.ts'
import { securityHeaders } from '../../server/http/headers.ts'
import { errorHandler, notFound } from '../../server/http/respond.ts'
import { systemClock } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { silentMeter } from '../../server/kernel/meter.ts'
import { createSealing } from '../../server/kernel/sealing.ts'
import { readUscc, usccCheckCharacter } from '../../server/kernel/uscc.ts'
import { createProvider, type ProviderDeps } from '../../server/provider/provider.ts'
import type { LoginOutcome, LoginRecord } from '../../server/storage/stores-logins.ts'
import type { Membership, Proof } from '../../server/storage/stores-parties.ts'
import { memoryStores, memoryTrail } from './memory.ts'
import { otherScreen } from './other-screen.ts'

/**
 * A provider over real HTTP with a login room that believes whatever the test says: each visit to `/login/:id` answers with the next outcome of `logins`.
 */
export type FakeLogin = (record: LoginRecord) => LoginOutcome | Promise<LoginOutcome>

export const CENTER = { id: 'center-a', secret: 'secret-of-center-a-0123456789abcdef' }
const first17 = '91350200MA3000001'
export const USCC = readUscc(first17 + (usccCheckCharacter(first17) ?? ''))

export async function openHouse(options: Partial<ProviderDeps> = {}) {
  const memory = memoryStores()
  const stores = options.stores ?? memory.stores
  const heard = memoryTrail()
  const app = express()
  const server = createServer(app)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const callback = 'https://center-a.example/callback'

  const register = async (id: string, name = id, metadata: Record<string, unknown> = {}) => {
    const center = { id, secret: `secret-of-${id}-0123456789abcdef`, callback: `https://${id}.example/callback` }
    await stores.clients.put({
      id,
      name,
      metadata: {
        client_secret: center.secret,
        redirect_uris: [center.callback],
        post_logout_redirect_uris: [`https://${id}.example/bye`],
        backchannel_logout_uri: `https://${id}.example/backchannel`,
        ...metadata,
      },
    })
    return center
  }
  await register(CENTER.id, '甲交易中心')

  const screen = otherScreen()
  const errorPage: ProviderDeps['errorPage'] = view => `<!doctype html><title>${view.code}</title><p>${view.zh}</p><code>${view.trace}</code>`
  const deps: ProviderDeps = {
    publicUrl: url,
    cookieKeys: ['cookie-key-for-tests'],
    stores,
    trail: heard.trail,
    trace: heard.trace,
    meter: silentMeter,
    clock: systemClock,
    log: silentLog,
    sealing: createSealing(randomBytes(32)),
    fetch: async () => new Response(null, { status: 204 }),
    errorPage,
    mayLogin: async () => true,
    backChannel: screen.port,
    authority: screen.authority,
    ...options,
  }
  const provider = await createProvider(deps)

  const logins: FakeLogin[] = []
  const seen: LoginRecord[] = []
  app.use(requestContext({ clock: systemClock, log: silentLog }), securityHeaders({ https: false }))
  app.use('/oidc', provider.router)
  app.get('/login/:id', async (req, res) => {
    const found = await stores.logins.find(req.params.id)
    if (found === undefined) throw new Error('no such login')
    seen.push(found.record)
    const next = logins.shift()
    if (next === undefined) throw new Error('the test expected no login here')
    await stores.logins.save({ ...found.record, outcome: await next(found.record) })
    res.redirect(303, found.record.request.returnTo)
  })
  // a page of our own, in place of the workbench
  app.get('/visitor/:client', async (req, res) => {
    res.json((await provider.visitor(req.params.client, req, res))?.membership.id ?? null)
  })
  app.use(notFound, errorHandler({ page: errorPage, publicUrl: url }))

  const membership = (more: Partial<Membership> = {}): Membership => ({
    id: newId(),
    enterprise: { id: newId(), uscc: USCC, name: '厦门示范建设有限公司' },
    person: { id: newId(), name: '王小明' },
    role: 'operator',
    suspended: false,
    byBank: true,
    ...more,
  })

  /** what the login room does when all goes well: proof stored, consent stored, outcome set */
  const granted =
    (as: Membership, more: Partial<Proof> = {}): FakeLogin =>
    async record => {
      const proof: Proof = {
        id: newId(),
        membershipId: as.id,
        bank: 'ccb',
        subject: 'person-1',
        bankSession: 'bank-session-1',
        assurance: 'shield',
        methods: ['hwk', 'pin'],
        authenticatedAt: new Date().toISOString(),
        certificate: {
          issuer: 'CN=CCB Issuing CA',
          subject: 'CN=x',
          serial: '0a1b',
          notBefore: '2026-01-01T00:00:00.000Z',
          notAfter: '2028-01-01T00:00:00.000Z',
          thumbprint: 'ab'.repeat(32),
          algorithm: 'SM2',
        },
        trace: record.trace,
        ...more,
      }
      memory.proofs.set(proof.id, { proof, membership: as })
      await memory.stores.consents.grant(as.id, record.request.clientId, record.request.scopes)
      return {
        kind: 'granted',
        membershipId: as.id,
        proofId: proof.id,
        assurance: proof.assurance,
        methods: proof.methods,
        authenticatedAt: proof.authenticatedAt,
      }
    }

  /** consent alone: the session's own proof goes on */
  const agreed = (): FakeLogin => async record => {
    const { proof } = memory.proofs.get(record.session?.proofId ?? '') ?? {}
    if (proof === undefined) throw new Error('there is no session to agree in')
    await memory.stores.consents.grant(proof.membershipId, record.request.clientId, record.request.scopes)
    const { membershipId, assurance, methods, authenticatedAt } = proof
    return { kind: 'granted', membershipId, proofId: proof.id, assurance, methods, authenticatedAt }
  }

  return {
    url,
    issuer: `${url}/oidc`,
    callback,
    provider,
    memory,
    ...heard,
    screen,
    logins,
    seen,
    membership,
    granted,
    agreed,
    register,
    /** so that a test sees only its own */
    forget() {
      for (const list of [heard.events, heard.steps, seen, logins, memory.writes, memory.jobs]) list.length = 0
    },
    async close() {
      provider.close()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
export type House = Awaited<ReturnType<typeof openHouse>>

/** A browser: cookies by path, redirects followed by hand until they leave the house. */
export class Browser {
  readonly #cookies = new Map<string, { value: string; path: string }>()

  async get(url: string, init: RequestInit = {}): Promise<Response> {
    const { pathname } = new URL(url)
    const cookies = [...this.#cookies].filter(([, { path }]) => pathname.startsWith(path)).map(([key, { value }]) => `${key.split('|')[0]}=${value}`)
    const answer = await fetch(url, { redirect: 'manual', ...init, headers: { accept: 'text/html', cookie: cookies.join('; '), ...init.headers } })
    for (const line of answer.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ')
      const at = pair.indexOf('=')
      const path = attributes.find(attribute => attribute.startsWith('path='))?.slice(5) ?? '/'
      const key = `${pair.slice(0, at)}|${path}`
      if (/expires=Thu, 01 Jan 1970/.test(line)) this.#cookies.delete(key)
      else this.#cookies.set(key, { value: pair.slice(at + 1), path })
    }
    return answer
  }

  /** follows redirects within the house; answers the first page, or the address outside that it was sent to */
  async follow(url: string, init: RequestInit = {}): Promise<{ left?: URL; page?: Response }> {
    const { origin } = new URL(url)
    let answer = await this.get(url, init)
    for (let hops = 0; hops < 10; hops++) {
      const location = answer.headers.get('location')
      if (location === null) return { page: answer }
      const next = new URL(location, answer.url)
      if (next.origin !== origin) return { left: next }
      answer = await this.get(next.href)
    }
    throw new Error('redirected in circles')
  }

  copy(): Browser {
    const other = new Browser()
    for (const [key, cookie] of this.#cookies) other.#cookies.set(key, cookie)
    return other
  }
}

/** A trading center as openid-client sees it. */
export async function openCenter(house: House, credentials: { id: string; secret: string } = CENTER) {
  const config = await client.discovery(new URL(house.issuer), credentials.id, undefined, client.ClientSecretBasic(credentials.secret), {
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
  })
  return {
    config,
    async authorizeUrl(parameters: Record<string, string> = {}) {
      const verifier = client.randomPKCECodeVerifier()
      const state = client.randomState()
      const nonce = client.randomNonce()
      const asked: Record<string, string> = {
        redirect_uri: house.callback,
        scope: 'openid enterprise person certificate',
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
        ...parameters,
      }
      return {
        url: client.buildAuthorizationUrl(config, asked),
        asked,
        checks: { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce },
      }
    },
    /** the whole way; throws what openid-client throws */
    async login(browser: Browser, parameters: Record<string, string> = {}) {
      const { url, checks } = await this.authorizeUrl(parameters)
      const { left } = await browser.follow(url.href)
      if (left === undefined) throw new Error('the browser stayed')
      return client.authorizationCodeGrant(config, left, checks)
    },
  }
}

/** what a promise was refused with, as openid-client reports it */
export async function refusal(promise: Promise<unknown>): Promise<{ error: string; error_description: string; trace: string | null }> {
  try {
    await promise
  } catch (error) {
    if (error instanceof client.AuthorizationResponseError)
      return { error: error.error, error_description: error.error_description ?? '', trace: null }
    if (error instanceof client.ResponseBodyError) {
      return { error: error.error, error_description: error.error_description ?? '', trace: error.response.headers.get('x-trace-code') }
    }
    if (error instanceof client.WWWAuthenticateChallengeError) {
      const parameters = error.cause[0]?.parameters
      return {
        error: parameters?.error ?? '',
        error_description: parameters?.error_description ?? '',
        trace: error.response.headers.get('x-trace-code'),
      }
    }
    throw error
  }
  throw new Error('it was not refused')
}

/** the one form of a page: where it goes and its hidden fields */
export function formOf(html: string): { action: string; fields: Record<string, string> } {
  const action = /<form[^>]* action="([^"]+)"/.exec(html)?.[1] ?? ''
  const fields = [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value])
  return { action, fields: Object.fromEntries(fields) }
}
