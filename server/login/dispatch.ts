import { type Assurance, meets } from '../kernel/assurance.ts'
import type { Uscc } from '../kernel/uscc.ts'
import type { LoginRecord } from '../storage/stores-logins.ts'

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
  /** the company has something to do in time, which this person was not shown yet */
  | { kind: 'remind' }
  /** the center asks for more than a login: the person agrees to each of it, by the shield where that takes one */
  | { kind: 'authorize' }
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
  /** whether there is something that the person is to be shown before they go on; undefined while nobody asked */
  reminded?: 'due' | 'done'
}

export type LoginState = Pick<
  LoginRecord,
  'request' | 'attempt' | 'identity' | 'uscc' | 'membershipId' | 'consented' | 'authorized' | 'outcome' | 'raised'
>

export function nextStep(record: LoginState, facts: Facts): Step {
  const { attempt, identity, outcome, request } = record
  if (outcome !== undefined) return { kind: outcome.kind === 'granted' ? 'issued' : 'refused' }

  const proven = identity ?? facts.session
  if (proven === undefined) return atBank(record, facts)
  if (!meets(proven.assurance, needsOf(record))) {
    return attempt === undefined ? { kind: 'step-up', bank: proven.bank, has: proven.assurance } : atBank(record, facts)
  }

  if (identity !== undefined && record.membershipId === undefined) {
    const uscc = companyOf(record, facts)
    return uscc === undefined ? { kind: 'choose-enterprise' } : { kind: 'bind', uscc }
  }
  const forced = request.prompts.includes('consent')
  if (record.consented !== true && (forced || facts.consented !== true)) return { kind: 'consent' }
  if (facts.reminded === 'due') return { kind: 'remind' }
  if (request.details !== undefined && record.authorized === undefined) return { kind: 'authorize' }
  return { kind: 'issue' }
}

/** The weakest proof that is enough: what the center asks for, or what this login turned out to need. */
export function needsOf({ request, raised }: Pick<LoginRecord, 'request' | 'raised'>): Assurance {
  return raised !== undefined && meets(raised.needs, request.needs) ? raised.needs : request.needs
}

function atBank({ request, attempt }: LoginState, { banks }: Facts): Step {
  if (attempt !== undefined) {
    // a shield's page is made anew with a new challenge; who comes back from a bank's pages without an answer may want another bank
    return banks.get(attempt.bank) === 'sign' ? { kind: 'authenticate', bank: attempt.bank } : { kind: 'choose-bank' }
  }
  const { bankHint } = request
  return bankHint !== undefined && banks.has(bankHint) ? { kind: 'authenticate', bank: bankHint } : { kind: 'choose-bank' }
}

/** The company, once it is certain: chosen, the only one, or the one that a stronger proof was asked for, in this login or for this session. */
function companyOf({ identity, uscc, raised }: LoginState, { session }: Facts): Uscc | undefined {
  const seats = identity?.seats ?? []
  if (uscc !== undefined) return uscc
  // a shield of another company: the person says whether that is what they want
  if (raised !== undefined) return seats.find(seat => seat.uscc === raised.uscc)?.uscc
  const [only, ...others] = seats
  if (only !== undefined && others.length === 0) return only.uscc
  return seats.find(seat => seat.uscc === session?.uscc)?.uscc
}
