import type { BankAdapter } from '../../bank-adapters/contract.ts'
import type { Trail } from '../audit/events.ts'
import type { SignedCookies } from '../http/cookies.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Meter } from '../kernel/meter.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { Membership, Proof, Stores, TraceStep } from '../storage/stores.ts'
import type { BankKeys } from './bank-keys.ts'

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
  }
  adapter: BankAdapter
  /** what the bank reads of us, served at `/banks/{id}/metadata` */
  metadata?: () => Promise<string>
  /** where a form that begins a login there may lead the browser */
  origins: readonly string[]
}

export interface LoginDeps {
  stores: Pick<Stores, 'logins' | 'parties' | 'proofs' | 'consents'>
  banks: ReadonlyMap<string, LoginBank>
  keys: BankKeys
  trail: Trail
  /** one step in the trace that an integrator reads; must not throw */
  trace(step: Omit<TraceStep, 'at'>): void
  meter: Meter
  clock: Clock
  cookies: SignedCookies
  /** scheme, host and port, as the browser sees us */
  publicUrl: string
  /** for the tickets with which a browser goes from our logout to the bank's */
  sealing: Sealing
  connectors: { isUp(bank: string): boolean }
  /** what the consent page says of the claims that these scopes bring (the provider's table) */
  describeClaims(scopes: readonly string[], proven: { proof: Proof; membership: Membership }): { name: Words; value: string; why: Words }[]
  /** ends the sessions that stand on a login at this bank, and tells the centers (the provider) */
  endSessions(who: { bank: string; subject?: string; bankSession?: string; trace: string }): Promise<{ sessions: number; centers: number }>
}
