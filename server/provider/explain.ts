import { createHash } from 'node:crypto'
import type { errors, KoaContextWithOIDC } from 'oidc-provider'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import { BINDING_MESSAGE } from './binding-message.ts'
import type { Refusal } from './notes.ts'

/**
 * Turns the library's refusals into what a center's developer needs: what was received, what was expected. One row a kind of refusal, first match wins.
 * Nothing here repeats a code, token or secret; addresses, names of methods, scopes and hashes are fine.
 */
interface Row {
  code: Refusal['code']
  when(error: string, detail: string): boolean
  received?(ctx: KoaContextWithOIDC): string | undefined
  expected?(ctx: KoaContextWithOIDC): string | undefined
}

const param = (ctx: KoaContextWithOIDC, name: string): string | undefined => {
  const value = ctx.oidc.params?.[name] ?? ctx.query[name]
  return typeof value === 'string' ? value.slice(0, 300) : undefined
}
const has =
  (...words: string[]) =>
  (_: string, detail: string) =>
    words.some(word => detail.includes(word))
const is =
  (...codes: string[]) =>
  (error: string) =>
    codes.includes(error)

const rows: Row[] = [
  { code: 'client_request_refused', when: has('acr_values'), received: ctx => `acr_values ${param(ctx, 'acr_values') ?? ''}` },
  {
    code: 'client_unknown',
    when: has('client not found', 'client is invalid'),
    received: ctx => `client_id ${param(ctx, 'client_id') ?? 'missing'}`,
    expected: () => 'a client_id that is registered here',
  },
  {
    code: 'redirect_uri_unregistered',
    when: is('invalid_redirect_uri'),
    received: ctx => `redirect_uri ${param(ctx, 'redirect_uri') ?? 'missing'}`,
    expected: ctx => `exactly one of: ${ctx.oidc.client?.redirectUris?.join(' ') ?? ''}`,
  },
  {
    code: 'client_unauthenticated',
    when: is('invalid_client'),
    received: ctx => authenticationSeen(ctx),
    expected: ctx => `${ctx.oidc.client?.clientAuthMethod ?? 'client authentication'} with the registered secret or key`,
  },
  {
    code: 'rich_request_not_pushed',
    when: has('have to be pushed'),
    received: () => 'authorization_details by the browser',
    expected: () => 'a request_uri of the pushed request endpoint (RFC 9126)',
  },
  {
    code: 'rich_request_invalid',
    when: is('invalid_authorization_details'),
    received: () => 'authorization_details that are not as their type wants them, or were not granted',
    expected: ctx => `the types ${ctx.oidc.client?.['authorizationDetailsTypes'] ?? ''} as documented, members and limits exactly`,
  },
  {
    code: 'token_exchange_refused',
    when: (error, detail) => error === 'invalid_target' || /subject_token|actor_token|requested_token_type|token exchange/.test(detail),
    received: ctx => `resource ${param(ctx, 'resource') ?? 'none'}, audience ${param(ctx, 'audience') ?? 'none'}`,
    expected: () => 'a living access token of a login at this center, and no other resource than ours',
  },
  {
    code: 'client_request_refused',
    when: (error, detail) => error === 'unauthorized_client' || /(?:grant-type:\w+|grant type) is not allowed for this client/.test(detail),
    received: ctx => `client_id ${ctx.oidc.client?.clientId ?? ''} for ${param(ctx, 'grant_type') ?? stepOf(ctx)}`,
    expected: () => 'a client registered with this grant type; for the back channel one that authenticates itself',
  },
  { code: 'device_code_used', when: has('already been answered in another browser') },
  { code: 'device_code_expired', when: has('device code is expired'), expected: () => 'a device code within its expires_in' },
  { code: 'ask_expired', when: has('backchannel authentication request is expired'), expected: () => 'an auth_req_id within its expires_in' },
  {
    code: 'person_unknown',
    when: is('unknown_user_id'),
    expected: () => 'login_hint: a `sub` of ours or uscc:<18 characters>, or an id_token_hint of ours',
  },
  { code: 'binding_message_refused', when: is('invalid_binding_message'), expected: () => BINDING_MESSAGE },
  { code: 'ask_refused', when: has('ask_refused') },
  // before the row on reuse: the library's words for an unknown or expired request_uri speak of an earlier use, too, and nothing was revoked
  {
    code: 'client_request_refused',
    when: is('invalid_request_uri'),
    received: () => 'a request_uri that is not, or no longer, good',
    expected: () => 'the request_uri of a pushed request, once, within a minute',
  },
  {
    code: 'token_reused',
    when: has('already consumed', 'already used'),
    received: () => 'a second time',
    expected: () => 'each code and each refresh token once',
  },
  {
    code: 'pkce_mismatch',
    when: has('code_verifier', 'code_challenge', 'PKCE'),
    received: ctx =>
      param(ctx, 'code_verifier') === undefined
        ? `code_challenge ${param(ctx, 'code_challenge') ?? 'missing'}`
        : `S256 of code_verifier ${s256(ctx)}`,
    expected: ctx =>
      param(ctx, 'code_verifier') === undefined ? 'code_challenge with code_challenge_method S256' : 'the code_challenge of the authorize request',
  },
  {
    code: 'code_unusable',
    when: has('redirect_uri mismatch'),
    received: ctx => `redirect_uri ${param(ctx, 'redirect_uri') ?? 'missing'}`,
    expected: () => 'the redirect_uri of the authorize request',
  },
  {
    code: 'code_unusable',
    when: has('device code not found', 'backchannel authentication request not found'),
    received: () => 'a device_code or auth_req_id that is not, or no longer, good',
    expected: () => 'the one that was given out, while it lasts, and once',
  },
  {
    code: 'code_unusable',
    when: has('code is expired', 'code not found'),
    received: () => 'a code that is not, or no longer, good',
    expected: () => 'a code less than a minute old',
  },
  {
    code: 'refresh_unusable',
    when: has('refresh token'),
    received: () => 'a refresh token that is not, or no longer, good',
    expected: () => 'the newest refresh token of a living login',
  },
  {
    code: 'code_unusable',
    when: has('client mismatch'),
    received: ctx => `client_id ${ctx.oidc.client?.clientId ?? ''}`,
    expected: () => 'the client that the code or token was issued to',
  },
  { code: 'code_unusable', when: is('invalid_grant'), expected: () => 'a grant that was not revoked, of a person who is not suspended' },
  {
    code: 'scope_refused',
    when: is('invalid_scope', 'insufficient_scope'),
    received: ctx => `scope ${param(ctx, 'scope') ?? ctx.oidc.accessToken?.scope ?? ''}`,
    expected: ctx =>
      ctx.oidc.route === 'userinfo' ? 'an access token with scope openid' : `within: ${ctx.oidc.client?.scope ?? 'the scopes of discovery'}`,
  },
  {
    code: 'token_unusable',
    when: is('invalid_token'),
    received: () => 'no access token, or one that is not, or no longer, good',
    expected: () => 'a living access token',
  },
  {
    code: 'login_needed',
    when: is('login_required', 'consent_required', 'interaction_required'),
    received: ctx => `prompt ${param(ctx, 'prompt') ?? ''}`,
    expected: () => 'a session here that is strong and recent enough, and consent given before',
  },
  {
    code: 'login_needed',
    when: has('session', 'xsrf', 'authorization request has expired'),
    expected: () => 'a login or logout begun in this browser and not yet over',
  },
  { code: 'login_cancelled', when: is('access_denied') },
  { code: 'assurance_too_low', when: is('unmet_authentication_requirements') },
  {
    code: 'client_request_refused',
    when: is('unsupported_response_type'),
    received: ctx => `response_type ${param(ctx, 'response_type') ?? 'missing'}`,
    expected: () => 'response_type code',
  },
]

/** What we call the library's routes in a trace. */
const steps: Record<string, string> = {
  authorization: 'authorize',
  resume: 'authorize-answer',
  pushed_authorization_request: 'pushed-request',
  end_session: 'logout',
  end_session_confirm: 'logout',
  end_session_success: 'logout',
  device_authorization: 'device-start',
  code_verification: 'device-code',
  device_resume: 'device-answer',
  backchannel_authentication: 'back-channel-request',
}
export const stepOf = (ctx: KoaContextWithOIDC): string => steps[ctx.oidc.route] ?? ctx.oidc.route

/** What the library calls an entered code that leads nowhere; it has no classes of these to ask for, and no OAuth error to carry. */
const entered: Record<string, Refusal['code']> = {
  NoCodeError: 'device_code_unknown',
  NotFoundError: 'device_code_unknown',
  ExpiredError: 'device_code_expired',
  AlreadyUsedError: 'device_code_used',
  AbortedError: 'device_login_stopped',
}

/** @param error what the library threw or was thrown at it from our stores */
export function explain(ctx: KoaContextWithOIDC, error: errors.OIDCProviderError | Error): Refusal {
  const step = stepOf(ctx)
  const byName = entered[error.name]
  if (byName !== undefined) return { step, code: byName, facts: error.message }
  if (!('error' in error) || !('error_description' in error) || ('statusCode' in error && Number(error.statusCode) >= 500)) {
    const own = asBrokerError(error instanceof BrokerError ? error : (error.cause ?? error))
    return { step, code: own.code, facts: own.facts }
  }
  // ours, said in the library's words
  if (error.cause instanceof BrokerError) {
    const { code, facts, received, expected } = error.cause
    return { step, code, facts, ...(received === undefined ? {} : { received }), ...(expected === undefined ? {} : { expected }) }
  }
  const name = String(error.error)
  const facts = [error.error_description, 'error_detail' in error ? error.error_detail : undefined].filter(text => text !== undefined).join(': ')
  const row = rows.find(candidate => candidate.when(name, facts))
  const received = row?.received?.(ctx)
  const expected = row?.expected?.(ctx)
  return {
    step,
    code: row?.code ?? 'client_request_refused',
    facts: `${name}: ${facts}`,
    ...(received === undefined ? {} : { received }),
    ...(expected === undefined ? {} : { expected }),
  }
}

const s256 = (ctx: KoaContextWithOIDC) =>
  createHash('sha256')
    .update(param(ctx, 'code_verifier') ?? '')
    .digest('base64url')

function authenticationSeen(ctx: KoaContextWithOIDC): string {
  if (ctx.get('authorization') !== '')
    return `client_id ${param(ctx, 'client_id') ?? ctx.oidc.client?.clientId ?? 'in the header'} with client_secret_basic`
  const named = ['client_secret', 'client_assertion'].filter(name => param(ctx, name) !== undefined)
  return `client_id ${param(ctx, 'client_id') ?? 'missing'} with ${named.length === 0 ? 'no secret and no assertion' : named.join(' and ')}`
}
