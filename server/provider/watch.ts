import type Provider from 'oidc-provider'
import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { AuditEvent, Trail } from '../audit/events.ts'
import { adoptTrace, contextOf } from '../http/context.ts'
import type { Meter } from '../kernel/meter.ts'
import type { TraceStep } from '../storage/stores-audit.ts'
import type { ProofStore } from '../storage/stores-parties.ts'
import { readProven } from './accounts.ts'
import { explain, stepOf } from './explain.ts'
import { readGrantId } from './grant-id.ts'
import { withTrace } from './interaction.ts'
import { notesOf, sentHeader } from './notes.ts'

/**
 * Sees every request of the library from outside. Owns: audit events, trace steps, the trace code in every answer, and that what must be durable is durable
 * before the answer leaves. Decides nothing.
 */
export interface WatchDeps {
  proofs: ProofStore
  trail: Trail
  trace(step: Omit<TraceStep, 'at'>): void
  meter: Meter
}

/** The code under which an integrator finds this request: that of the login it belongs to, where one is known. */
export async function traceOf(ctx: KoaContextWithOIDC, proofs: ProofStore): Promise<string> {
  const notes = notesOf(ctx)
  if (notes.login !== undefined) return notes.login.trace
  if (notes.began !== undefined) return notes.began
  const proof = notes.grantId === undefined ? undefined : readGrantId(notes.grantId)
  // a trace code is help, not duty: where the database fails, the request's own code serves
  const proven = proof === undefined ? undefined : await readProven(ctx, proofs, proof.proofId).catch(() => undefined)
  return proven?.proof.trace ?? contextOf(ctx.res).trace
}

/** Must be given to the provider before it serves. */
export function watch(provider: Provider, deps: WatchDeps): void {
  const refused = (ctx: KoaContextWithOIDC, error: Error) => {
    // asked for every few seconds until the person has answered: no refusal, and nothing to keep
    if (error instanceof errors.AuthorizationPending) notesOf(ctx).waits = true
    else notesOf(ctx).refusal = explain(ctx, error)
  }
  provider.on('authorization.error', refused)
  provider.on('pushed_authorization_request.error', refused)
  provider.on('device_authorization.error', refused)
  provider.on('code_verification.error', refused)
  provider.on('device_resume.error', refused)
  provider.on('backchannel_authentication.error', refused)
  provider.on('grant.error', refused)
  provider.on('userinfo.error', refused)
  provider.on('introspection.error', refused)
  provider.on('revocation.error', refused)
  provider.on('end_session.error', refused)
  provider.on('end_session_confirm.error', refused)
  provider.on('end_session_success.error', refused)
  provider.on('server_error', refused)
  provider.on('interaction.started', (ctx, prompt) => {
    const { client, params } = ctx.oidc
    const { login } = notesOf(ctx)
    const trace = login?.trace ?? contextOf(ctx.res).trace
    const center = client?.clientId ?? ''
    const asked = { scope: String(params?.['scope'] ?? ''), acr: String(params?.['acr_values'] ?? ''), open: prompt.reasons.join(' ') }
    deps.trace({ trace, hop: 'center', step: 'authorize', outcome: 'ok', facts: { client: center, ...asked } })
  })

  provider.use(async (ctx, next) => {
    const began = performance.now()
    await next()
    // what matches no route of the library has no such context
    if (hasOidc(ctx)) await finish(ctx, deps, performance.now() - began)
  })
}

const hasOidc = (ctx: object): ctx is KoaContextWithOIDC => 'oidc' in ctx

/** steps that are worth a line in the trace when they go well */
const TOLD = new Set(['authorize-answer', 'token', 'userinfo', 'pushed-request', 'device-start', 'device-answer', 'back-channel-request'])

async function finish(ctx: KoaContextWithOIDC, deps: WatchDeps, milliseconds: number): Promise<void> {
  const { refusal, pending, waits } = notesOf(ctx)
  if (waits === true) return
  const step = stepOf(ctx)
  const trace = await traceOf(ctx, deps.proofs)
  adoptTrace(ctx.res, trace)
  const client = ctx.oidc.client?.clientId ?? ''
  const line = { trace, hop: 'center' as const, step, milliseconds: Math.round(milliseconds) }

  if (refusal === undefined) {
    const events = succeeded(ctx, client).map(event => ({ ...event, trace }))
    if (events.length > 0) pending.push(deps.trail.append(...events))
    if (TOLD.has(step)) deps.trace({ ...line, outcome: 'ok', facts: { client } })
  } else {
    const { code, facts, received, expected } = refusal
    contextOf(ctx.res).log.warn({ step, failure: code, facts, received, expected, client }, 'refused')
    deps.trace({
      ...line,
      outcome: 'failed',
      code,
      facts: { client, said: facts },
      ...(received === undefined ? {} : { received }),
      ...(expected === undefined ? {} : { expected }),
    })
    // the login room has told of its own refusals
    if (notesOf(ctx).login?.outcome?.kind !== 'refused') {
      pending.push(
        deps.trail.append({
          code: code === 'token_reused' ? 'token.reuse-detected' : 'request.refused',
          trace,
          facts: { client, step, failure: code },
        }),
      )
    }
    if (code === 'token_reused') deps.meter.replayRefused()
    nameTrace(ctx, trace)
  }
  if (step === 'token') deps.meter.stage('token', milliseconds / 1000)
  await Promise.all(pending)
}

function succeeded(ctx: KoaContextWithOIDC, client: string): Pick<AuditEvent, 'code' | 'facts'>[] {
  const { entities, params, route } = ctx.oidc
  switch (route) {
    case 'token': {
      const scope = (entities.AccessToken ?? entities.ClientCredentials)?.scope ?? ''
      const { acting } = notesOf(ctx)
      if (acting !== undefined)
        return [
          {
            code: 'token.exchanged',
            facts: { client, of: entities.AccessToken?.clientId ?? '', scope, details: entities.AccessToken?.rar?.length ?? 0 },
          },
        ]
      return [{ code: params?.['grant_type'] === 'refresh_token' ? 'token.refreshed' : 'token.issued', facts: { client, scope } }]
    }
    case 'device_authorization':
      return [{ code: 'device.started', facts: { client, scope: String(params?.['scope'] ?? '') } }]
    case 'code_verification': {
      const { device } = notesOf(ctx)
      return device === undefined ? [] : [{ code: `device.${device}`, facts: { client: entities.DeviceCode?.clientId ?? client } }]
    }
    case 'revocation':
      return entities.AccessToken === undefined && entities.RefreshToken === undefined && entities.ClientCredentials === undefined
        ? []
        : [{ code: 'token.revoked', facts: { client } }]
    case 'end_session_confirm':
      return [{ code: 'logout.started', facts: { by: client === '' ? 'person' : client, centers: notesOf(ctx).told } }]
    default:
      return []
  }
}

/** Puts the trace code where a center's developer looks first: at the end of `error_description`, in the JSON answer or in the redirect back. */
function nameTrace(ctx: KoaContextWithOIDC, trace: string): void {
  const { body } = ctx
  const location = sentHeader(ctx, 'location')
  // RFC 6750 3 and RFC 7235: a refused token or secret is told of in this header, and some clients read nothing else
  const challenges = ctx.res.getHeader('www-authenticate')
  if (challenges !== undefined) {
    const name = (text: string) =>
      text.replaceAll(/error_description="([^"]*)"/g, (_, said: string) => `error_description="${withTrace(said, trace)}"`)
    ctx.set(
      'www-authenticate',
      [challenges].flat().map(text => name(String(text))),
    )
  }
  if (typeof body === 'object' && body !== null && 'error' in body) {
    ctx.body = { ...body, error_description: withTrace('error_description' in body ? String(body.error_description) : '', trace) }
  } else if (location !== '') {
    const url = new URL(location, ctx.oidc.issuer)
    const said = url.searchParams.get('error_description') ?? ''
    if (!url.searchParams.has('error') || said.includes(trace)) return
    url.searchParams.set('error_description', withTrace(said, trace))
    ctx.set('location', url.href)
  }
}
