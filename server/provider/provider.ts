import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Router } from 'express'
import Provider from 'oidc-provider'
import type { Trail } from '../audit/events.ts'
import { contextOf } from '../http/context.ts'
import type { FailureView } from '../http/respond.ts'
import type { Authority } from '../kernel/authority.ts'
import { type Clock, seconds } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { Meter } from '../kernel/meter.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { Stores } from '../storage/stores.ts'
import type { TraceStep } from '../storage/stores-audit.ts'
import type { AccountDeps } from './accounts.ts'
import type { BackChannel } from './back-channel.ts'
import { createCiba } from './ciba.ts'
import { type CibaAnswers, createCibaAnswers } from './ciba-answers.ts'
import { type Clients, createClients } from './clients.ts'
import { createConfiguration, type Lifetimes, lifetimes } from './configuration.ts'
import { createDeviceFlow } from './device.ts'
import { createKeys, type Keys } from './keys.ts'
import { createLogout, type Logout } from './logout.ts'
import { type BankLogout, dress, serve } from './mount.ts'
import { notesOf } from './notes.ts'
import { personBehind, type TokenPerson } from './persons.ts'
import { createRecords } from './records.ts'
import type { RichRequestDeps } from './rich-requests.ts'
import { allowExchange } from './token-exchange.ts'
import { createTries } from './user-code-tries.ts'
import { createViews } from './views.ts'
import { findVisitor, type Visitor } from './visitor.ts'
import { watch } from './watch.ts'

/**
 * Broker to trading center: an OpenID Provider at `/oidc`. Owns what centers see: discovery, authorization, tokens, claims, logout, signing keys.
 * Does not own how a person is proven: that is the login room's, met only through the stored login record (decision 0001).
 */
export interface ProviderRoom {
  /** mount at `/oidc`, after requestContext and securityHeaders, before any body parser */
  router: Router
  /** the library's instance that serves now; rebuilt when keys change, since the library fixes its keys when it is built */
  current(): Provider
  rotateKeys(): Promise<void>
  /** the key set's state, for health and the operator */
  keys: Keys
  endSessions: Logout['endSessions']
  /** whom a center's own access token (client credentials) stands for; undefined when it is not, or no longer, good */
  machine(token: string): Promise<{ clientId: string; scopes: readonly string[] } | undefined>
  /** whom a person's access token that was issued to this center stands for, and what was proven; undefined when it is not, or no longer, good */
  person(token: string, clientId: string): Promise<TokenPerson | undefined>
  /** the person at the browser of a request to our own pages, who came through this client; undefined when nobody is logged in, or no longer */
  visitor(clientId: string, req: IncomingMessage, res: ServerResponse): Promise<Visitor | undefined>
  /** after an operator changed a center's registration */
  forgetClient: Clients['forget']
  close(): void
}

export interface ProviderDeps {
  /** scheme, host and port under which browsers and centers reach us; every address in discovery is made from it, whatever a request's headers say */
  publicUrl: string
  /** shared with the login room, which reads the interaction cookie */
  cookieKeys: string[]
  /** scopes of a center's own tokens (client credentials), kept out of people's logins; none unless told */
  machineScopes?: readonly string[]
  /** client ids of our own pages: what they are told stays here, so nobody is asked to consent */
  firstParty?: ReadonlySet<string>
  lifetimes?: Partial<Lifetimes>
  keyLife?: { cacheSeconds?: number; rotateSeconds?: number }
  stores: Pick<Stores, 'logins' | 'providerRecords' | 'parties' | 'proofs' | 'consents' | 'clients' | 'signingKeys' | 'onceIds' | 'outbox'>
  trail: Trail
  /** one step in the trace that an integrator reads; must not throw */
  trace(step: Omit<TraceStep, 'at'>): void
  meter: Meter
  clock: Clock
  log: Log
  sealing: Sealing
  /** for logout notices: held to the allow-list, bounded in time and size */
  fetch: typeof fetch
  errorPage(view: FailureView): string
  bankLogout?: BankLogout
  /** whether a power that something was granted by still stands; nothing stands unless told */
  standing?: RichRequestDeps['standing']
  /** the other screen of logins that a center begins by itself (CIBA) */
  backChannel: BackChannel
  /** decides on logins there, which no login page does */
  authority: Pick<Authority, 'decide' | 'use'>
  /** whether the person of a session may be let in to a center without being asked anything */
  mayLogin: AccountDeps['mayLogin']
}

/** how often the key set is read again, so that a key made by one process is published by all long before it signs */
const MAINTAIN = seconds(60)

/** @throws Error when stored signing keys cannot be opened with this sealing key */
export async function createProvider(deps: ProviderDeps): Promise<ProviderRoom> {
  const { stores, trail, trace, clock, log } = deps
  const live = { ...lifetimes, ...deps.lifetimes }
  const { cacheSeconds = 3600, rotateSeconds = 90 * 24 * 3600 } = deps.keyLife ?? {}
  const issuer = `${new URL(deps.publicUrl).origin}/oidc`
  const keys = await createKeys({
    store: stores.signingKeys,
    once: stores.onceIds,
    sealing: deps.sealing,
    trail,
    clock,
    cacheSeconds,
    rotateSeconds,
    // an ID token comes back as a hint at logout, at most when its session has just ended
    keepSeconds: live.session + live.idToken + cacheSeconds,
  })
  const clients = createClients({ store: stores.clients, clock })
  const logout = createLogout({ issuer, stores, clients, keys, trail, trace, clock, fetch: deps.fetch })
  const views = createViews(deps)
  const standing = deps.standing ?? (async () => false)
  const tries = createTries({ clock })
  const deviceFlow = createDeviceFlow(deps)
  const { parties } = stores
  const ciba = createCiba({ ...deps, parties, expiry: live.backChannel })
  const cibaAnswers = createCibaAnswers({ ...deps, current: () => current, clients, sessionSeconds: live.session })

  // what an answer sets going belongs to no request, even where a request noticed it
  const outside = AsyncLocalStorage.snapshot()

  const build = (): Provider => {
    const adapter = createRecords({ stores, clients, clock, trace: requestTrace, tries, late: subject => outside(() => cibaAnswers.finish(subject)) })
    const { proofs, consents } = stores
    const provider = new Provider(
      issuer,
      createConfiguration({
        adapter,
        jwks: keys.jwks(),
        cookieKeys: deps.cookieKeys,
        machineScopes: deps.machineScopes ?? [],
        live,
        proofs,
        consents,
        firstParty: deps.firstParty ?? new Set(),
        clock,
        issuer,
        standing,
        deviceFlow,
        parties,
        ciba,
        mayLogin: deps.mayLogin,
        ...views,
      }),
    )
    // with this the library believes the two headers that `serve` sets, and with them our own public URL
    provider.proxy = true
    allowExchange(provider, { issuer, proofs, standing })
    tellCenters(provider, logout, cibaAnswers)
    watch(provider, { proofs, trail, trace, meter: deps.meter })
    dress(provider, { ...deps, cacheSeconds })
    provider.onerror = error => log.error({ err: error }, 'the OpenID Provider failed')
    return provider
  }

  let current = build()
  let handle = current.callback()
  const rebuild = () => {
    current = build()
    handle = current.callback()
  }
  const timer = setInterval(() => {
    keys.maintain().then(
      changed => changed && rebuild(),
      (error: unknown) => log.error({ err: error }, 'the signing keys could not be looked after'),
    )
  }, MAINTAIN)
  timer.unref()
  await logout.start()
  await cibaAnswers.start()

  return {
    router: serve(deps.publicUrl, (req, res) => handle(req, res)),
    current: () => current,
    async rotateKeys() {
      await keys.rotate()
      rebuild()
    },
    keys,
    endSessions: logout.endSessions,
    async machine(token) {
      // an opaque token of ours has 43 characters
      if (!/^[\w-]{20,200}$/.test(token)) return undefined
      const found = await current.ClientCredentials.find(token)
      // one bound to a key (DPoP, mutual TLS) is good only with a proof of it, which its bearer does not bring here
      if (found?.clientId === undefined || found.isExpired || found.isSenderConstrained() || (await clients.find(found.clientId)) === undefined)
        return undefined
      return { clientId: found.clientId, scopes: [...found.scopes] }
    },
    person: (token, clientId) => personBehind(current, stores.proofs, token, clientId),
    visitor: (clientId, req, res) => findVisitor(current, { proofs: stores.proofs, clientId }, req, res),
    forgetClient: clients.forget,
    close: () => clearInterval(timer),
  }
}

/** The code of the login that the request under way belongs to, else the request's own. */
function requestTrace(): string {
  const { ctx } = Provider
  if (ctx === undefined) throw new Error('no request is under way')
  const { login, began } = notesOf(ctx)
  return login?.trace ?? began ?? contextOf(ctx.res).trace
}

/** The library tells centers within the request and forgets those that do not answer: our outbox does not. And every center gets `sid`, told or not. */
function tellCenters(provider: Provider, logout: Logout, cibaAnswers: CibaAnswers): void {
  Object.assign(provider.Client.prototype, {
    includeSid: () => true,
    backchannelPing(this: { clientId: string }, request: { jti: string }) {
      return cibaAnswers.ping(this.clientId, request.jti)
    },
    async backchannelLogout(this: { clientId: string }, sub: string, sid: string) {
      const { ctx } = Provider
      const told = await logout.notify({ clientId: this.clientId, sub, sid, trace: requestTrace() })
      if (told && ctx !== undefined) notesOf(ctx).told++
    },
  })
}
