import type { Assurance } from '../kernel/assurance.ts'
import type { Actor, Authority, Power } from '../kernel/authority.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError, isOurFault } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import type { AskRestrictions } from '../kernel/restrictions.ts'
import type { Stores } from '../storage/stores.ts'
import type { Membership, ProvenLogin } from '../storage/stores-parties.ts'

/**
 * Whether a proven person is let in to a center for a company. Asks the one decision (the port `authority`) and has every login stand in the company's record. Does not own what is decided.
 */
export interface Admission {
  /**
   * Before a login is granted. By a mandate, its use is then written down already; what else lets a person in is noted afterwards, by `note`.
   * @param who.byMandate the bank of this proof does not name the person for the company
   * @param how.reference the login's id
   * @throws BrokerError with the code of the denial, `login_refused_by_measure` among them, or `step_up_needed` with the assurance among its facts as `expected`
   */
  admit(
    who: { membership: Membership; assurance: Assurance; byMandate: boolean },
    center: string,
    how: { reference: string; trace: string },
  ): Promise<Power>
  /** The line in the company's record about a login without a mandate. In the background: nobody waits for it, and a failure is logged. */
  note(membership: Membership, power: Power, center: string, how: { reference: string; trace: string }): void
  /** The same for a session that goes on to a center without a login: false where a person has to be there to hear of it. */
  mayLogin(proven: ProvenLogin, center: string): Promise<boolean>
}

export interface AdmissionDeps {
  authority: Authority
  restrictions: AskRestrictions
  mandates: Pick<Stores['mandates'], 'record'>
  clock: Clock
  log: Log
}

/**
 * The power to log in that needs no mandate, from the membership alone: what the one decision (authorization/decide.ts) says of an operator whom a bank names and of a legal representative, so that an
 * ordinary login reads nothing more. A test holds the two against each other. Undefined: ask `authority`.
 */
export function ownPower({ byBank, role, suspended }: Membership): Power | undefined {
  if (suspended || !byBank) return undefined
  return { kind: role === 'legal-representative' ? role : 'bank-named' }
}

const actor = ({ id }: Membership, assurance: Assurance, byMandate: boolean): Actor => ({
  membershipId: id,
  assurance,
  ...(byMandate ? { byMandate: true as const } : {}),
})

export function createAdmission({ authority, restrictions, mandates, clock, log }: AdmissionDeps): Admission {
  const act = 'login' as const

  const note: Admission['note'] = ({ id, enterprise, person }, power, center, how) => {
    if (power.kind === 'mandate') return
    const at = clock.now().toISOString()
    mandates
      .record({ enterpriseId: enterprise.id, at, kind: 'used', membershipId: id, personName: person.name, act, center, power: power.kind, ...how })
      .catch((error: unknown) => log.error({ err: error, trace: how.trace }, 'a login could not be noted in the company’s record'))
  }

  return {
    note,
    async admit({ membership, assurance, byMandate }, center, how) {
      const own = byMandate ? undefined : ownPower(membership)
      if (own !== undefined) {
        // the one decision looks for itself
        const { refused } = await restrictions(membership.enterprise.uscc, act, { center })
        if (refused !== undefined) throw new BrokerError('login_refused_by_measure', `measure ${refused.id}`, { restriction: refused })
        return own
      }
      return (await authority.use(actor(membership, assurance, byMandate), { act, center }, how)).power
    },
    async mayLogin({ proof, membership }, center) {
      const how = { reference: proof.id, trace: proof.trace }
      const own = proof.mandate === undefined ? ownPower(membership) : undefined
      if (own !== undefined) {
        if ((await restrictions(membership.enterprise.uscc, act, { center })).refused !== undefined) return false
        note(membership, own, center, how)
        return true
      }
      const who = actor(membership, proof.assurance, proof.mandate !== undefined)
      // tokens are checked against the mandate that the proof names: by another one, a proof of its own is needed, which a login makes
      const standsOn = (power: Power): boolean => power.kind === 'mandate' && power.mandate === proof.mandate
      const decision = await authority.decide(who, { act, center })
      if (decision.kind !== 'allow' || !standsOn(decision.power)) return false
      try {
        return standsOn((await authority.use(who, { act, center }, how)).power)
      } catch (error) {
        // it changed in this moment: the login room says what became of it
        if (error instanceof BrokerError && !isOurFault(error.code)) return false
        throw error
      }
    },
  }
}
