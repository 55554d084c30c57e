import type { KoaContextWithOIDC } from 'oidc-provider'
import type { FailureCode } from '../kernel/errors.ts'
import type { LoginRecord } from '../storage/stores-logins.ts'
import type { Membership } from '../storage/stores-parties.ts'
import type { ProviderRecordStore } from '../storage/stores-provider.ts'
import type { Proven } from './claims.ts'
import type { Actor } from './token-exchange.ts'

/**
 * What the parts of this room learn while one request runs and tell each other: the library calls them one by one and has no place for it.
 * Lives as long as the request's context.
 */
interface Notes {
  /** the login record that a resumed request came from */
  login?: LoginRecord
  /** the grant behind the code or token in hand */
  grantId?: string
  /** proof id to what was read, so that one request reads it once */
  proven: Map<string, Promise<Proven | undefined>>
  /** the trace code under which a device or back-channel request began, once one is in hand: all that comes of it is found under it */
  began?: string
  /** whom a back-channel request names */
  named?: Membership
  /** what the person said of a device whose code they entered */
  device?: 'confirmed' | 'refused'
  /** the session as it was found, to tell whether it changed */
  session?: {
    id: string
    text: string
    /** as the row stands once this request's writes of it are done; undefined where it is gone */
    stands: Promise<Record<string, unknown> | undefined>
  }
  /** why the library refused, in our words */
  refusal?: Refusal
  /** who acts with the token that is being made, where a back end exchanges one */
  acting?: Actor
  /** the person has not answered yet, and the center asks again */
  waits?: true
  /** how many centers were told of a logout */
  told: number
  /** records asked for before the library asks, by model and id or uid */
  ahead: Map<string, ReturnType<ProviderRecordStore['find']>>
  /** what must be durable before the answer leaves */
  pending: Promise<unknown>[]
}

export interface Refusal {
  /** what the integrator would call it: authorize, token, userinfo … */
  step: string
  code: FailureCode
  /** the library's own words: OAuth error and detail */
  facts: string
  received?: string
  expected?: string
}

const kept = Symbol('notes')

export function notesOf(context: object & { [kept]?: Notes }): Notes {
  context[kept] ??= { proven: new Map(), ahead: new Map(), told: 0, pending: [] }
  return context[kept]
}

/** A header of the answer so far; empty where there is none (the framework's own getter says undefined and is typed otherwise). */
export const sentHeader = (ctx: KoaContextWithOIDC, name: string): string => String(ctx.res.getHeader(name) ?? '')
