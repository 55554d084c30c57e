import { createHash } from 'node:crypto'
import type { Configuration, FindAccount, KoaContextWithOIDC } from 'oidc-provider'
import { errors } from 'oidc-provider'
import { contextOf } from '../http/context.ts'
import { meets } from '../kernel/assurance.ts'
import type { Authority } from '../kernel/authority.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { Membership, PartyStore } from '../storage/stores-parties.ts'
import type { BackChannel } from './back-channel.ts'
import { readBindingMessage } from './binding-message.ts'
import { cibaRows, cibaText } from './ciba-words.ts'
import { neededAssurance } from './needs.ts'
import { notesOf } from './notes.ts'
import { addressOf } from './user-code-tries.ts'

/**
 * A center asks a person who is not at its screen (OpenID Connect CIBA, poll and ping): whom it may name, what it may say, and what speaks against asking. Owns the request up to the question on the phone; the
 * answer is ciba-answers.ts.
 */
export interface CibaDeps {
  publicUrl: string
  parties: Pick<PartyStore, 'membership'>
  authority: Pick<Authority, 'decide'>
  backChannel: BackChannel
  /** seconds */
  expiry: number
}

/** seconds that a center may ask for (requested_expiry); outside of them the nearest holds */
const EXPIRY = { least: 60, most: 900 }
/** open questions of one center to one person: more would be pestering, until somebody says yes to be left alone */
const MOST_WAITING = 3

/** How a request is called by all but the center that holds its auth_req_id. */
export const subjectOf = (authReqId: string): string =>
  createHash('sha256').update(`BackchannelAuthenticationRequest:${authReqId}`).digest('base64url')

const LOGIN_HINT = /^(?:uscc:([0-9A-Z]{18})#)?([\w-]{20,40})$/

/** The account of a request on the back channel: no session and no proof yet, only the person as the center named them. Read once. */
export const findNamed =
  (parties: CibaDeps['parties'], otherwise: FindAccount): FindAccount =>
  async (ctx, sub, token) => {
    if (ctx.oidc.route !== 'backchannel_authentication') return otherwise(ctx, sub, token)
    const { named } = notesOf(ctx)
    const membership = named?.id === sub ? named : /^[\w-]{20,40}$/.test(sub) ? await parties.membership(sub) : undefined
    if (membership === undefined) return undefined
    notesOf(ctx).named = membership
    return { accountId: sub, claims: () => ({ sub }) }
  }

export function createCiba(deps: CibaDeps) {
  const { parties, authority, backChannel } = deps

  /** @throws AccessDenied (CIBA 13) with our own code behind it */
  function deny(cause: BrokerError): never {
    throw new errors.AccessDenied(cause.code, { cause })
  }

  async function demandPower(membership: Membership, center: string): Promise<void> {
    if (membership.suspended) deny(new BrokerError('membership_suspended', `membership ${membership.id} is suspended`))
    const actor = { membershipId: membership.id, assurance: 'shield' as const, ...(membership.byBank ? {} : { byMandate: true as const }) }
    const decision = await authority.decide(actor, { act: 'login', center })
    if (decision.kind === 'deny') deny(new BrokerError(decision.code, decision.facts))
    if (decision.kind === 'needs') deny(new BrokerError('act_not_allowed', `the login needs ${decision.need.kind}`))
  }

  const features = {
    enabled: true,
    deliveryModes: ['poll', 'ping'],
    /** `sub`, or `uscc:<18 characters>#<sub>` to be told when the person does not act for that company */
    async processLoginHint(ctx: KoaContextWithOIDC, hint?: string): Promise<string | undefined> {
      const [, uscc, sub] = LOGIN_HINT.exec(hint ?? '') ?? []
      const membership = sub === undefined ? undefined : await parties.membership(sub)
      if (membership === undefined || (uscc !== undefined && membership.enterprise.uscc !== uscc)) return undefined
      notesOf(ctx).named = membership
      return membership.id
    },
    processLoginHintToken() {
      throw new errors.InvalidRequest('login_hint_token is not supported; use login_hint or id_token_hint')
    },
    validateRequestContext(_ctx: KoaContextWithOIDC, context?: string) {
      if (context !== undefined) throw new errors.InvalidRequest('request_context is not supported')
    },
    /** once the person is known, whichever way they were named: all that speaks against asking them, before anything is written */
    async verifyUserCode(ctx: KoaContextWithOIDC, account: { accountId: string }, userCode?: string): Promise<void> {
      if (userCode !== undefined) throw new errors.InvalidRequest('user_code is not supported')
      const { client, params } = ctx.oidc
      const membership = notesOf(ctx).named
      if (client === undefined || membership?.id !== account.accountId) throw new errors.UnknownUserId('could not identify end-user')
      await demandPower(membership, client.clientId)
      const needs = neededAssurance(params ?? {})
      if (!meets('shield', needs)) throw new errors.UnmetAuthenticationRequirements(`${needs} cannot be had on the back channel`)
      const waiting = await backChannel.waiting(membership.id, client.clientId, MOST_WAITING)
      if (waiting >= MOST_WAITING) deny(new BrokerError('too_many_requests', `${waiting} questions of this center wait for this person`))
    },
    validateBindingMessage(ctx: KoaContextWithOIDC, message?: string) {
      // the first hook that runs: a public client proves nothing, and whoever copied its request could fetch the tokens (CIBA 7.1)
      if (ctx.oidc.client?.clientAuthMethod === 'none') throw new errors.UnauthorizedClient('a public client may not use the back channel')
      if (message !== undefined) readBindingMessage(message)
    },
    async triggerAuthenticationDevice(
      ctx: KoaContextWithOIDC,
      request: { jti: string; expiration: number; scopes: Set<string> },
      _account: unknown,
      client: { clientId: string; clientName?: string | undefined },
    ): Promise<void> {
      const membership = notesOf(ctx).named
      if (membership === undefined) throw new errors.UnknownUserId('could not identify end-user')
      const { trace, startedAt } = contextOf(ctx.res)
      const message = ctx.oidc.params?.['binding_message']
      const expiresAt = new Date(startedAt.getTime() + request.expiration * 1000).toISOString()
      const center = { id: client.clientId, name: client.clientName ?? client.clientId }
      const words = {
        center,
        membership,
        ...(typeof message === 'string' ? { message: readBindingMessage(message) } : {}),
        scopes: [...request.scopes],
        platform: deps.publicUrl,
        subject: subjectOf(request.jti),
        expiresAt,
      }
      await backChannel.open({
        subject: words.subject,
        center,
        membershipId: membership.id,
        enterpriseId: membership.enterprise.id,
        rows: cibaRows(words),
        text: cibaText(words),
        from: addressOf(ctx),
        expiresAt,
        trace,
      })
    },
  } satisfies NonNullable<NonNullable<Configuration['features']>['ciba']>

  return {
    features,
    /** @returns seconds, for one request */
    expiry(params: Record<string, unknown> | undefined): number {
      const asked = Number(params?.['requested_expiry'] ?? deps.expiry)
      return Math.min(EXPIRY.most, Math.max(EXPIRY.least, Math.floor(asked)))
    },
  }
}
