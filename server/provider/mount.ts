import type { IncomingMessage, ServerResponse } from 'node:http'
import { type NextFunction, Router } from 'express'
import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { nameRoute } from '../http/context.ts'
import type { ProofStore } from '../storage/stores.ts'
import { readProven } from './accounts.ts'
import { currentProof } from './grant-id.ts'
import { notesOf, sentHeader } from './notes.ts'

/** How the library's application stands in ours: addresses, headers, and where the browser goes after a logout. */
export interface BankLogout {
  /** where the person's session at the bank ends too, and which then leads on to `returnTo`; undefined where the bank has no such thing */
  url(ended: { bank: string; subject: string; bankSession: string | undefined; returnTo: string }): Promise<string | undefined>
  /** every origin that `url` may name, for the page's form policy */
  origins: string[]
}

const handedOn = new WeakMap<IncomingMessage, NextFunction>()

/** An Express router for the library; what the library does not know goes on to our own 404. */
export function serve(publicUrl: string, handle: (req: IncomingMessage, res: ServerResponse) => Promise<void>): Router {
  const { host, protocol } = new URL(publicUrl)
  const router = Router()
  router.use((req, res, next) => {
    // the library makes addresses from the request, and a request's headers are anybody's: it gets ours
    req.headers['x-forwarded-host'] = host
    req.headers['x-forwarded-proto'] = protocol.slice(0, -1)
    handedOn.set(req, next)
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
    await next()
    if (!hasOidc(ctx)) {
      ctx.respond = false
      handedOn.get(ctx.req)?.()
      return
    }
    nameRoute(ctx.res, `/oidc/${ctx.oidc.route}`)
    if (ctx.oidc.route === 'jwks' || ctx.oidc.route === 'discovery') ctx.set('cache-control', `public, max-age=${deps.cacheSeconds}`)
    if (ctx.oidc.route === 'end_session_confirm') await leadOn(ctx, deps)
    letFormLeave(ctx)
  })
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
