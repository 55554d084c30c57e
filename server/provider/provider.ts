import type { Router } from 'express'
import Provider from 'oidc-provider'
import type { Trail } from '../audit/events.ts'
import { contextOf } from '../http/context.ts'
import type { FailureView } from '../http/respond.ts'
import { type Clock, seconds } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { Meter } from '../kernel/meter.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { Stores, TraceStep } from '../storage/stores.ts'
import { type Clients, createClients } from './clients.ts'
import { createConfiguration, type Lifetimes, lifetimes } from './configuration.ts'
import { createKeys, type Keys } from './keys.ts'
import { createLogout, type Logout } from './logout.ts'
import { type BankLogout, dress, serve } from './mount.ts'
import { notesOf } from './notes.ts'
import { createRecords } from './records.ts'
import { createViews } from './views.ts'
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
  /** after an operator changed a center's registration */
  forgetClient: Clients['forget']
  close(): void
}

export interface ProviderDeps {
  /** scheme, host and port under which browsers and centers reach us; every address in discovery is made from it, whatever a request's headers say */
  publicUrl: string
  /** shared with the login room, which reads the interaction cookie */
  cookieKeys: string[]
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

  const build = (): Provider => {
    const adapter = createRecords({ stores, clients, clock, trace: requestTrace })
    const { proofs, consents } = stores
    const provider = new Provider(
      issuer,
      createConfiguration({ adapter, jwks: keys.jwks(), cookieKeys: deps.cookieKeys, live, proofs, consents, clock, ...views }),
    )
    // with this the library believes the two headers that `serve` sets, and with them our own public URL
    provider.proxy = true
    tellCenters(provider, logout)
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

  return {
    router: serve(deps.publicUrl, (req, res) => handle(req, res)),
    current: () => current,
    async rotateKeys() {
      await keys.rotate()
      rebuild()
    },
    keys,
    endSessions: logout.endSessions,
    forgetClient: clients.forget,
    close: () => clearInterval(timer),
  }
}

/** The code of the login that the request under way belongs to, else the request's own. */
function requestTrace(): string {
  const { ctx } = Provider
  if (ctx === undefined) throw new Error('no request is under way')
  return notesOf(ctx).login?.trace ?? contextOf(ctx.res).trace
}

/** The library tells centers within the request and forgets those that do not answer: our outbox does not. And every center gets `sid`, told or not. */
function tellCenters(provider: Provider, logout: Logout): void {
  Object.assign(provider.Client.prototype, {
    includeSid: () => true,
    async backchannelLogout(this: { clientId: string }, sub: string, sid: string) {
      const { ctx } = Provider
      const told = await logout.notify({ clientId: this.clientId, sub, sid, trace: requestTrace() })
      if (told && ctx !== undefined) notesOf(ctx).told++
    },
  })
}
