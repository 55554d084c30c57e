import type { IncomingMessage, ServerResponse } from 'node:http'
import { type NextFunction, type Request, Router } from 'express'
import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { nameRoute } from '../http/context.ts'
import type { ProofStore } from '../storage/stores-parties.ts'
import { readProven } from './accounts.ts'
import { codeInAddress } from './device.ts'
import { currentProof } from './grant-id.ts'
import { notesOf, sentHeader } from './notes.ts'
import { challengeWeakLogin } from './userinfo-step-up.ts'

/** How the library's application stands in ours: addresses, headers, and where the browser goes after a logout. */
export interface BankLogout {
  /** where the person's session at the bank ends too, and which then leads on to `returnTo`; undefined where the bank has no such thing */
  url(ended: { bank: string; subject: string; bankSession: string | undefined; returnTo: string }): Promise<string | undefined>
  /** every origin that `url` may name, for the page's form policy */
  origins: string[]
}

const handedOn = Symbol('handed on')
type Handed = IncomingMessage & { [handedOn]?: NextFunction }

/** An Express router for the library; what the library does not know goes on to our own 404. */
export function serve(publicUrl: string, handle: (req: IncomingMessage, res: ServerResponse) => Promise<void>): Router {
  const { host, protocol } = new URL(publicUrl)
  const router = Router()
  router.use((req: Handed & Request, res, next) => {
    // the library makes addresses from the request, and a request's headers are anybody's: it gets ours
    req.headers['x-forwarded-host'] = host
    req.headers['x-forwarded-proto'] = protocol.slice(0, -1)
    req[handedOn] = next
    handle(req, res).catch(next)
  })
  return router
}

interface DressDeps {
  publicUrl: string
  stores: { proofs: ProofStore }
  bankLogout?: BankLogout
  cacheSeconds: number
}

export function dress(provider: Provider, deps: DressDeps): void {
  provider.use(async (ctx, next) => {
    ctx.res.once('finish', () => letGo(ctx))
    await next()
    if (!hasOidc(ctx)) {
      ctx.respond = false
      const req: Handed = ctx.req
      req[handedOn]?.()
      return
    }
    nameRoute(ctx.res, `/oidc/${ctx.oidc.route}`)
    if (ctx.oidc.route === 'jwks' || ctx.oidc.route === 'discovery') ctx.set('cache-control', `public, max-age=${deps.cacheSeconds}`)
    // the library says true whatever its hooks do
    if (ctx.oidc.route === 'discovery' && typeof ctx.body === 'object') ctx.body = { ...ctx.body, backchannel_user_code_parameter_supported: false }
    if (ctx.oidc.route === 'end_session_confirm') await leadOn(ctx, deps)
    await challengeWeakLogin(ctx, deps.stores.proofs)
    await codeInAddress(ctx, deps.stores.proofs)
    letFormLeave(ctx)
  })
}

/**
 * The library gives each context its `oidc` by an accessor made for it, which outlives the request by far (http/context.ts says why). So that only the shell does, and not session, records,
 * request and answer, the context is emptied once the answer has left; one that never left waits for the collector.
 */
function letGo(ctx: object): void {
  if (hasOidc(ctx)) empty(ctx.oidc)
  empty(ctx)
}

function empty(object: object): void {
  for (const key of Reflect.ownKeys(object)) Reflect.set(object, key, undefined)
}

const hasOidc = (ctx: object): ctx is KoaContextWithOIDC => 'oidc' in ctx

/** After the session ended here: on to the bank, where the person has one too, and from there to where the center wanted to go. */
async function leadOn(ctx: KoaContextWithOIDC, { publicUrl, stores, bankLogout }: DressDeps): Promise<void> {
  const location = sentHeader(ctx, 'location')
  if (location === '') return
  const returnTo = new URL(location, publicUrl)
  if (returnTo.pathname.endsWith('/session/end/success')) returnTo.searchParams.set('told', String(notesOf(ctx).told))
  const proof = ctx.oidc.params?.['logout'] === undefined ? undefined : currentProof(ctx.oidc.session?.authorizations)
  const proven = proof && (await readProven(ctx, stores.proofs, proof.proofId))
  const { bank, subject, bankSession } = proven?.proof ?? {}
  const atBank =
    bank === undefined || subject === undefined ? undefined : await bankLogout?.url({ bank, subject, bankSession, returnTo: returnTo.href })
  ctx.set('location', atBank ?? returnTo.href)
}

/** The library's own self-posting forms end at the center; browsers hold `form-action` against every hop, so the center's origins join it. */
function letFormLeave(ctx: KoaContextWithOIDC): void {
  const { client } = ctx.oidc
  const policy = sentHeader(ctx, 'content-security-policy')
  if (client === undefined || policy === '' || typeof ctx.body !== 'string' || !ctx.body.includes('<form method="post"')) return
  const uris = [...(client.redirectUris ?? []), ...(client.postLogoutRedirectUris ?? [])]
  const origins = new Set(uris.flatMap(uri => URL.parse(uri)?.origin ?? []))
  ctx.set(
    'content-security-policy',
    policy.replace(/form-action [^;]*/, directive => [directive, ...origins].join(' ')),
  )
}
