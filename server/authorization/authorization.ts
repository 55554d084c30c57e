import type { Trail } from '../audit/events.ts'
import type { Authority } from '../kernel/authority.ts'
import type { Clock } from '../kernel/clock.ts'
import type { AskRestrictions } from '../kernel/restrictions.ts'
import type { RichRequests } from '../kernel/rich-request.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { Stores } from '../storage/stores.ts'
import { type Approvals, createApprovals } from './approvals.ts'
import { type Asks, createAsks } from './asks.ts'
import { createAuthority } from './authority.ts'
import { type CompanyRecord, createCompanyRecord } from './company-record.ts'
import { createHolding, type Holding } from './held.ts'
import { createMandates, type MandateDeps, type Mandates } from './mandates.ts'
import type { Signatures } from './ports.ts'
import { createRichRequests } from './rich-requests.ts'
import { createStanding, type Standing } from './standing.ts'

/**
 * Who may do what in a company's name: mandates (法人授权) and the one decision. Owns both, the company's record of what was done, and what people and centers see of them. Does not own who a person is (login),
 * what a token carries (provider), or whether a signature is good (pki and the trust list, through ports.ts).
 */
export interface AuthorizationRoom {
  authority: Authority
  mandates: Mandates
  asks: Asks
  approvals: Approvals
  /** what was done in a company's name, for its own pages */
  record: CompanyRecord
  /** what centers ask for beyond a login (RFC 9396) */
  richRequests: RichRequests
  /** whether a power that a token was granted by still stands */
  standing: Standing
  /** how stored rows become mandates, for what centers see of them */
  holding: Holding
  close(): void
}

export interface AuthorizationDeps {
  stores: Pick<Stores, 'mandates' | 'evidence' | 'asks' | 'approvals' | 'signals'>
  sealing: Sealing
  signatures: Signatures
  /** what measures of joint punishment say (enforcement) */
  restrictions: AskRestrictions
  trail: Trail
  clock: Clock
  /** hears of every change of a mandate; must not throw */
  changed?: MandateDeps['changed']
}

export function createAuthorization({
  stores,
  sealing,
  signatures,
  restrictions,
  trail,
  clock,
  changed = () => undefined,
}: AuthorizationDeps): AuthorizationRoom {
  const holding = createHolding({ sealing, signatures })
  const asks = createAsks({ store: stores.asks, signals: stores.signals, trail, clock })
  const authority = createAuthority({ mandates: stores.mandates, holding, restrictions, sealing, trail, clock })
  const approvals = createApprovals({
    store: stores.approvals,
    mandates: stores.mandates,
    evidence: stores.evidence,
    authority,
    asks,
    signatures,
    trail,
    clock,
  })
  return {
    authority,
    holding,
    record: createCompanyRecord(stores.mandates, sealing),
    richRequests: createRichRequests({ authority, signatures, stores, trail, clock, approvals }),
    standing: createStanding({ mandates: stores.mandates, holding, clock }),
    mandates: createMandates({ store: stores.mandates, holding, signatures, restrictions, trail, clock, changed }),
    asks,
    approvals,
    close: () => asks.close(),
  }
}
