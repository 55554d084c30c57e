import type { AuditEvent } from '../audit/events.ts'
import type { Power } from '../kernel/authority.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { LoginRecord } from '../storage/stores-logins.ts'
import type { Membership, PartyStore, Proof } from '../storage/stores-parties.ts'
import type { Facts } from './dispatch.ts'

/** A login in one request's hands: the record as it will be saved, and what else is known. */
export interface Current {
  record: LoginRecord
  facts: Facts
  membership?: Membership
  /** behind the session that the person already has */
  sessionProof?: Proof
  /** to be written with the next save */
  events: AuditEvent[]
  began: number
}

/** The membership that a login has come to: of the proof just given, else of the session. */
export function memberOf({ record, membership }: Current): string {
  const id = record.membershipId ?? (record.identity === undefined ? membership?.id : undefined)
  if (id === undefined) throw new BrokerError('internal', 'a login went on without a person')
  return id
}

/** The same in full: known from this request, or read. */
export async function membershipOf(at: Current, parties: Pick<PartyStore, 'membership'>): Promise<Membership> {
  const id = memberOf(at)
  const found = at.membership?.id === id ? at.membership : await parties.membership(id)
  if (found === undefined) throw new BrokerError('internal', `membership ${id} was there a moment ago`)
  if (found.suspended) throw new BrokerError('membership_suspended', `membership ${id} is suspended`)
  return found
}

/** to be written with the next save */
export function note(at: Current, code: AuditEvent['code'], facts: AuditEvent['facts']): void {
  at.events.push({ code, trace: at.record.trace, facts: { client: at.record.request.clientId, ...facts } })
}

/** The bank of this proof does not name the person for the company, whatever another bank or another day has said: only a mandate lets them in, and its end ends what they were given. */
export function byMandate({ record: { identity, uscc }, sessionProof }: Current): boolean {
  return identity === undefined ? sessionProof?.mandate !== undefined : identity.seats.some(seat => seat.uscc === uscc && seat.by === 'mandate')
}

/** What was proven: the session's own proof, or that of the identity in the record, with an id of its own. */
export function proofOf(at: Current): Proof {
  const { identity, trace } = at.record
  if (identity === undefined) {
    if (at.sessionProof === undefined) throw new BrokerError('internal', 'a login went on without a proof')
    return at.sessionProof
  }
  const { bank, subject, bankSession, assurance, methods, authenticatedAt, certificate } = identity
  return {
    id: newId(),
    membershipId: memberOf(at),
    bank,
    subject,
    assurance,
    methods,
    authenticatedAt,
    trace,
    ...(bankSession === undefined ? {} : { bankSession }),
    ...(certificate === undefined ? {} : { certificate }),
  }
}

/** The proof, standing on this power. That of a session which stood on another one stays as it is, for the centers that were let in by it, and this is a copy. */
export function standingOn(power: Power, at: Current, proof: Proof): Proof {
  const mandate = power.kind === 'mandate' ? power.mandate : undefined
  if (proof.mandate === mandate) return proof
  const { mandate: _, ...rest } = proof
  return { ...rest, id: proof === at.sessionProof ? newId() : proof.id, ...(mandate === undefined ? {} : { mandate }) }
}
