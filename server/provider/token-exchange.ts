import type Provider from 'oidc-provider'
import { errors, type TokenEndpointGrantContext } from 'oidc-provider'
import { z } from 'zod'
import type { ProofStore } from '../storage/stores-parties.ts'
import { readProven } from './accounts.ts'
import { readGrantId } from './grant-id.ts'
import { notesOf } from './notes.ts'
import { narrowed, type RichRequestDeps, readGranted, standingOf } from './rich-requests.ts'

/**
 * Token exchange (RFC 8693) for a center's back end: from an access token of a person's login to one with less in it and a shorter life, which says who acts with it (`act`). It hangs on the same grant and session,
 * so whatever ends those ends it. It stays a token of the center whose login it was (`client_id`); who exchanged it is `act.sub`.
 */
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
/** seconds; never longer than the token it came of */
const LIFE = 300
/** how many back ends may hand it on to each other */
const MOST_ACTORS = 3

/** Client metadata of ours: client ids of the back ends that may exchange this center's tokens. */
export const EXCHANGE_FROM = 'token_exchange_from'

const PARAMETERS = [
  'subject_token',
  'subject_token_type',
  'requested_token_type',
  'actor_token',
  'actor_token_type',
  'audience',
  'resource',
  'scope',
  'authorization_details',
] as const
type Parameters = { [name in (typeof PARAMETERS)[number]]?: unknown }

export interface Actor {
  sub: string
  act?: Actor
}
const actor: z.ZodType<Actor> = z.lazy(() =>
  z.object({ sub: z.string(), act: actor.optional() }).transform(({ sub, act }) => (act === undefined ? { sub } : { sub, act })),
)
const extra = z.object({ act: actor })

/** Who acts with a token, outermost first; undefined for the center's own. */
export const actorOf = (token: object): Actor | undefined => ('extra' in token ? extra.safeParse(token.extra).data?.act : undefined)

export interface ExchangeDeps {
  issuer: string
  proofs: ProofStore
  standing: RichRequestDeps['standing']
}

/** Must be given to the provider before it serves. */
export function allowExchange(provider: Provider, deps: ExchangeDeps): void {
  provider.registerGrantType<Parameters>(TOKEN_EXCHANGE, ctx => exchange(provider, deps, ctx), PARAMETERS, ['audience', 'resource'])
}

async function exchange(provider: Provider, { issuer, proofs, standing }: ExchangeDeps, ctx: TokenEndpointGrantContext<Parameters>): Promise<void> {
  const { client, params } = ctx.oidc
  checkParameters(params, issuer)
  if (client.clientAuthMethod === 'none') throw new errors.InvalidRequest('token exchange is for back ends that authenticate themselves')

  const subject = await provider.AccessToken.find(text(params.subject_token))
  if (subject === undefined || subject.isExpired) throw new errors.InvalidRequest('subject_token is not, or no longer, good')
  if (subject.isSenderConstrained()) throw new errors.InvalidRequest('subject_token is bound to a key of its holder and cannot be exchanged')
  const owner = subject.clientId === client.clientId ? client : await provider.Client.find(subject.clientId ?? '')
  if (owner === undefined || (owner !== client && !permitted(owner).includes(client.clientId)))
    throw new errors.InvalidGrant('subject_token is of another client, which did not permit this one to exchange it')
  const before = actorOf(subject)
  if (depth(before) >= MOST_ACTORS) throw new errors.InvalidRequest(`a token is handed on ${MOST_ACTORS} times at most`)

  const grant = await provider.Grant.find(subject.grantId)
  const proofId = readGrantId(subject.grantId)?.proofId
  const proven = proofId === undefined ? undefined : await readProven(ctx, proofs, proofId)
  if (grant === undefined || grant.accountId !== subject.accountId || proven?.membership.id !== subject.accountId || proven.membership.suspended)
    throw new errors.InvalidGrant('the login behind subject_token has ended')

  const token = new provider.AccessToken({
    client: owner,
    accountId: subject.accountId,
    grantId: subject.grantId,
    gty: TOKEN_EXCHANGE,
    expiresWithSession: subject.expiresWithSession,
    sessionUid: subject.sessionUid,
    sid: subject.sid,
    claims: subject.claims,
    scope: scopeOf(params.scope, subject.scopes),
    expiresIn: Math.max(1, Math.min(LIFE, subject.remainingTTL)),
  })
  const granted = readGranted(subject.rar)
  if (params.authorization_details !== undefined && granted === undefined)
    throw new errors.InvalidAuthorizationDetails('subject_token carries no authorization_details')
  const wanted =
    granted === undefined || params.authorization_details === undefined ? (granted ?? []) : narrowed(granted, text(params.authorization_details))
  const rar = await standingOf(standing, subject.accountId, wanted)
  if (rar.length > 0) token.rar = rar

  notesOf(ctx).acting = { sub: client.clientId, ...(before === undefined ? {} : { act: before }) }
  ctx.oidc.entity('AccessToken', token)
  const value = await token.save()
  ctx.body = {
    access_token: value,
    issued_token_type: ACCESS_TOKEN,
    token_type: token.tokenType,
    expires_in: token.expiration,
    scope: token.scope,
    ...(rar.length === 0 ? {} : { authorization_details: rar }),
  }
}

/** @throws InvalidRequest, InvalidTarget */
function checkParameters(params: Parameters, issuer: string): void {
  if (text(params.subject_token) === '') throw new errors.InvalidRequest('subject_token is missing')
  if (params.subject_token_type !== ACCESS_TOKEN) throw new errors.InvalidRequest(`subject_token_type is ${ACCESS_TOKEN}`)
  if (params.requested_token_type !== undefined && params.requested_token_type !== ACCESS_TOKEN)
    throw new errors.InvalidRequest(`requested_token_type is ${ACCESS_TOKEN}, or left out`)
  if (params.actor_token !== undefined || params.actor_token_type !== undefined)
    throw new errors.InvalidRequest('no actor_token: the client that authenticates is the actor')
  const targets = [params.resource, params.audience].flat().filter(target => target !== undefined)
  if (targets.some(target => target !== issuer)) throw new errors.InvalidTarget(`the only resource and audience here is ${issuer}`)
}

/** @throws InvalidScope for a scope that the subject token has not */
function scopeOf(asked: unknown, has: ReadonlySet<string>): string {
  // a token of a few minutes gives no right to come again
  const may = [...has].filter(scope => scope !== 'offline_access')
  if (asked === undefined) return may.join(' ')
  const wanted = text(asked)
    .split(' ')
    .filter(scope => scope !== '')
  const more = wanted.find(scope => !may.includes(scope))
  if (more !== undefined) throw new errors.InvalidScope('wider than the scope of subject_token', more)
  return wanted.join(' ')
}

const permitted = (client: { metadata(): object }): string[] => exchangers.safeParse(client.metadata()).data?.[EXCHANGE_FROM] ?? []
const exchangers = z.looseObject({ [EXCHANGE_FROM]: z.array(z.string()).optional() })
const depth = (act: Actor | undefined): number => (act === undefined ? 0 : 1 + depth(act.act))
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
