import { type Assurance, meets } from '../kernel/assurance.ts'
import type { Uscc } from '../kernel/uscc.ts'
import type { LoginRecord } from '../storage/stores.ts'

/**
 * The one decision of a login: what comes next. Pure; the record and the facts are all it knows. Steps never call steps: each does its one thing, saves the
 * record, and asks here again.
 */
export type Step =
  | { kind: 'choose-bank' }
  | { kind: 'authenticate'; bank: string }
  | { kind: 'step-up'; bank: string; has: Assurance }
  | { kind: 'choose-enterprise' }
  | { kind: 'bind'; uscc: Uscc }
  | { kind: 'consent' }
  | { kind: 'issue' }
  /** the outcome stands: back to the provider, which knows what to tell the center */
  | { kind: 'issued' }
  | { kind: 'refused' }

export interface Facts {
  /** how each connected bank proves a person: on its own pages, or here with a shield */
  banks: ReadonlyMap<string, 'redirect' | 'sign'>
  /** what the person's session stands on, if they have one and its proof and membership are still good */
  session?: { bank: string; assurance: Assurance; uscc: Uscc }
  /** whether this person agreed before to share these claims with this center; undefined while nobody asked */
  consented?: boolean
}

export type LoginState = Pick<LoginRecord, 'request' | 'attempt' | 'identity' | 'uscc' | 'membershipId' | 'consented' | 'outcome'>

export function nextStep(record: LoginState, facts: Facts): Step {
  const { request, attempt, identity, outcome } = record
  if (outcome !== undefined) return { kind: outcome.kind === 'granted' ? 'issued' : 'refused' }

  const proven = identity ?? facts.session
  if (proven === undefined) return atBank(record, facts)
  if (!meets(proven.assurance, request.needs)) {
    return attempt === undefined ? { kind: 'step-up', bank: proven.bank, has: proven.assurance } : atBank(record, facts)
  }

  if (identity !== undefined && record.membershipId === undefined) {
    const uscc = companyOf(record, facts)
    return uscc === undefined ? { kind: 'choose-enterprise' } : { kind: 'bind', uscc }
  }
  const forced = request.prompts.includes('consent')
  if (record.consented !== true && (forced || facts.consented !== true)) return { kind: 'consent' }
  return { kind: 'issue' }
}

function atBank({ request, attempt }: LoginState, { banks }: Facts): Step {
  if (attempt !== undefined) {
    // a shield's page is made anew with a new challenge; who comes back from a bank's pages without an answer may want another bank
    return banks.get(attempt.bank) === 'sign' ? { kind: 'authenticate', bank: attempt.bank } : { kind: 'choose-bank' }
  }
  const { bankHint } = request
  return bankHint !== undefined && banks.has(bankHint) ? { kind: 'authenticate', bank: bankHint } : { kind: 'choose-bank' }
}

/** The company, once it is certain: chosen, the only one, or the one of the session that a stronger proof was asked for. */
function companyOf({ identity, uscc }: LoginState, { session }: Facts): Uscc | undefined {
  const seats = identity?.seats ?? []
  if (uscc !== undefined) return uscc
  const [only, ...others] = seats
  if (only !== undefined && others.length === 0) return only.uscc
  return seats.find(seat => seat.uscc === session?.uscc)?.uscc
}
