import type { KoaContextWithOIDC } from 'oidc-provider'
import type { FailureCode } from '../kernel/errors.ts'
import type { LoginRecord, ProviderRecordStore } from '../storage/stores.ts'
import type { Proven } from './claims.ts'

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
  /** the session as it was found, to tell whether it changed */
  session?: { id: string; text: string }
  /** why the library refused, in our words */
  refusal?: Refusal
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

const kept = new WeakMap<object, Notes>()

export function notesOf(context: object): Notes {
  const notes = kept.get(context) ?? { proven: new Map(), ahead: new Map(), told: 0, pending: [] }
  kept.set(context, notes)
  return notes
}

/** A header of the answer so far; empty where there is none (the framework's own getter says undefined and is typed otherwise). */
export const sentHeader = (ctx: KoaContextWithOIDC, name: string): string => String(ctx.res.getHeader(name) ?? '')
