import { type Assurance, meets } from '../kernel/assurance.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { BankIdentity } from '../kernel/identity.ts'
import type { Uscc } from '../kernel/uscc.ts'
import type { LoginRecord } from '../storage/stores-logins.ts'
import { type Current, note } from './current.ts'
import type { LoginDeps } from './room.ts'

/** From a proven person to a company: which ones are offered, the binding to one of them, and what happens where the proof is too weak for it or the person is not let in. */
export interface Binding {
  /** beside the companies that the bank names, those whose mandate the person holds */
  withMandated(identity: BankIdentity): Promise<BankIdentity>
  /** binds, or leaves the login in need of the shield. @throws BrokerError as PartyStore.recognise */
  bind(at: Current, identity: BankIdentity, uscc: Uscc): Promise<void>
  /** From here on the login needs a stronger proof than it has. @throws `reason`, where it is strong enough and that is not what is missing */
  raise(at: Current, reason: BrokerError, of: { has: Assurance; needs: Assurance; uscc: Uscc }): Promise<void>
  /** The person was not let in for this company: another one is open to them, or another bank, and neither session nor hint decides any more. */
  letGo(at: Current): Promise<void>
}

/** companies that a person is offered by mandate */
const MOST_BY_MANDATE = 50

export function createBinding({ stores, trail, trace, clock, newShield }: LoginDeps): Binding {
  async function letGo({ record }: Current): Promise<void> {
    const { uscc: _u, membershipId: _m, consented: _c, session: _s, raised: _r, attempt: _a, identity, ...rest } = record
    const { bankHint: _, ...request } = record.request
    await saveQuietly(stores.logins, { ...rest, request, ...(identity !== undefined && identity.seats.length > 1 ? { identity } : {}) })
  }

  async function raise(at: Current, reason: BrokerError, { has, needs, uscc }: { has: Assurance; needs: Assurance; uscc: Uscc }): Promise<void> {
    if (meets(has, needs)) {
      await letGo(at)
      throw reason
    }
    at.record = { ...at.record, raised: { needs, why: reason.code, uscc } }
    note(at, 'login.raised', { why: reason.code, needs, uscc })
    trace({ trace: at.record.trace, hop: 'broker', step: 'step-up', outcome: 'ok', facts: { why: reason.code, needs } })
  }

  /** Written at once: it has happened, whatever becomes of this login. */
  async function tellOfRepresentative({ record, membership }: Current): Promise<void> {
    if (membership === undefined) return
    const { id, enterprise, person } = membership
    const at = clock.now().toISOString()
    const entry = { enterpriseId: enterprise.id, kind: 'representative-changed' as const, membershipId: id, personName: person.name }
    await Promise.all([
      trail.append({ code: 'company.representative-changed', trace: record.trace, facts: { company: enterprise.uscc, membership: id } }),
      stores.mandates.record({ ...entry, at, trace: record.trace }),
      stores.mandates.freeze(enterprise.id, at, record.trace),
    ])
  }

  return {
    letGo,
    raise,
    async withMandated(identity) {
      const { bank, subject, person, seats } = identity
      const who = { bank, subject, ...(person.idDigest === undefined ? {} : { digest: person.idDigest }) }
      const companies = await stores.mandates.companiesOf(who, clock.now(), MOST_BY_MANDATE)
      const others = companies.filter(({ uscc }) => !seats.some(seat => seat.uscc === uscc))
      if (others.length === 0) return identity
      return {
        ...identity,
        seats: [...seats, ...others.map(({ uscc, name }) => ({ uscc, name, role: 'operator' as const, by: 'mandate' as const }))],
      }
    },
    async bind(at, identity, uscc) {
      try {
        const { membership, firstTime, representativeChanged } = await stores.parties.recognise(identity, uscc)
        at.membership = membership
        at.record = { ...at.record, uscc, membershipId: membership.id }
        if (firstTime) {
          note(at, 'login.bound', { membership: membership.id, bank: identity.bank })
          if (identity.certificate !== undefined)
            newShield({ membershipId: membership.id, thumbprint: identity.certificate.thumbprint }, at.record.trace)
        }
        if (representativeChanged) await tellOfRepresentative(at)
      } catch (error) {
        if (!(error instanceof BrokerError && error.code === 'binding_needs_shield')) throw error
        await raise(at, error, { has: identity.assurance, needs: 'shield', uscc })
      }
    },
  }
}

/** Somebody else may have moved the login on meanwhile: then there is nothing to take back. */
export async function saveQuietly(logins: LoginDeps['stores']['logins'], record: LoginRecord): Promise<void> {
  await logins.save(record).catch((error: unknown) => {
    if (!(error instanceof BrokerError && error.code === 'login_moved_on')) throw error
  })
}
