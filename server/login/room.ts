import type { BankAdapter } from '../../bank-adapters/contract.ts'
import type { Trail } from '../audit/events.ts'
import type { SignedCookies } from '../http/cookies.ts'
import type { Authority } from '../kernel/authority.ts'
import type { Clock } from '../kernel/clock.ts'
import type { FailureCode } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import type { Meter } from '../kernel/meter.ts'
import type { AskRestrictions } from '../kernel/restrictions.ts'
import type { RichRequests } from '../kernel/rich-request.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { Uscc } from '../kernel/uscc.ts'
import type { Stores } from '../storage/stores.ts'
import type { TraceStep } from '../storage/stores-audit.ts'
import type { Ask, AskStatus } from '../storage/stores-authorization.ts'
import type { Membership, Proof } from '../storage/stores-parties.ts'
import type { BankKeys } from './bank-keys.ts'

/** What is asked of a person on a phone (authorization/asks.ts says more). */
interface LoginAsks {
  open(question: Omit<Ask, 'id' | 'state' | 'version' | 'number' | 'createdAt'>): Promise<Ask>
  status(id: string): Promise<AskStatus>
  /** its answer is used, once. @throws BrokerError ask_settled and others */
  settle(id: string): Promise<Ask>
  /** without a yes, unless it was answered */
  end(id: string, failure: FailureCode): Promise<boolean>
}

/** What the parts of this room are given; put together by login.ts, provided by the composition root. */
interface Words {
  zh: string
  en: string
}

/** A bank as this room sees it: its adapter, and of its data only what pages show. */
export interface LoginBank {
  data: {
    id: string
    name: Words
    mark: { text: string; color: string }
    search: readonly string[]
    help: Words
    protocol: 'oidc' | 'saml' | 'shield'
    /** the page of its mobile app that signs */
    appUrl?: string | undefined
  }
  adapter: BankAdapter
  /** what the bank reads of us, served at `/banks/{id}/metadata` */
  metadata?: () => Promise<string>
  /** where a form that begins a login there may lead the browser */
  origins: readonly string[]
}

/** Something that a person's company has to do in time. */
export interface Reminder {
  title: string
  what: Words
  /** as a person reads it */
  until: string
  /** of our own site */
  path: string
}

/** What a person is shown once on the way to a center; never told to the center. */
interface Reminders {
  of(who: { membershipId: string; uscc: Uscc }): Promise<Reminder[]>
  /** the person went on */
  seen(who: { membershipId: string; uscc: Uscc }): Promise<void>
}

export interface LoginDeps {
  reminders: Reminders
  /** somebody came with a shield that was not seen before; must not throw */
  newShield(who: { membershipId: string; thumbprint: string }, trace: string): void
  stores: Pick<Stores, 'logins' | 'parties' | 'proofs' | 'consents' | 'mandates'>
  banks: ReadonlyMap<string, LoginBank>
  keys: BankKeys
  /** client ids of our own pages, which need no consent */
  firstParty?: ReadonlySet<string>
  trail: Trail
  /** one step in the trace that an integrator reads; must not throw */
  trace(step: Omit<TraceStep, 'at'>): void
  asks: LoginAsks
  meter: Meter
  clock: Clock
  log: Log
  /** the one decision (authorization), asked before a login is granted to a center */
  authority: Authority
  /** what measures of joint punishment say (enforcement) */
  restrictions: AskRestrictions
  cookies: SignedCookies
  /** scheme, host and port, as the browser sees us */
  publicUrl: string
  /** for the tickets with which a browser goes from our logout to the bank's */
  sealing: Sealing
  connectors: { isUp(bank: string): boolean }
  /** what the consent page says of the claims that these scopes bring (the provider's table) */
  describeClaims(scopes: readonly string[], proven: { proof: Proof; membership: Membership }): { name: Words; value: string; why: Words }[]
  /** what centers ask for beyond a login (RFC 9396): decided and used (authorization) */
  richRequests: RichRequests
  /** ws: or wss: address of the shield agent on the person's machine */
  agentUrl: string
  /** ends the sessions that stand on a login at this bank, and tells the centers (the provider) */
  endSessions(who: { bank: string; subject?: string; bankSession?: string; trace: string }): Promise<{ sessions: number; centers: number }>
}
