import type { AuditEvent, Trail } from '../../audit/events.ts'
import type { Clock } from '../../kernel/clock.ts'
import { BrokerError, type FailureCode } from '../../kernel/errors.ts'
import type { Sealing } from '../../kernel/sealing.ts'
import type { AuthorityFacts, CompanyEntry, MandateStore } from '../../storage/stores-authorization.ts'
import type { NewSealNews } from '../../storage/stores-seal-interface.ts'
import type { SealEdition, SealRow, SealState, SealStep, SealStepKind, SealStore } from '../../storage/stores-seals.ts'
import { createIntegrity, type Integrity } from './integrity.ts'
import type { MakerKey, Pictures, SealStructure, Signed, SignedWords, UsesOf } from './ports.ts'
import { nextState, type SealChange, type SealChangeKind, stateAt } from './states.ts'

/** What every part of a seal's life stands on: who acts, which seal, and the one way in which a seal changes. */
export interface LifeDeps {
  store: SealStore
  people: Pick<MandateStore, 'facts' | 'peopleOf'>
  words: SignedWords
  pictures: Pictures
  structure: SealStructure
  /** our own seal maker's key (maker-key.ts) */
  maker(): Promise<MakerKey>
  /** the one that made an edition, in use or not; undefined for another's */
  makerOf(thumbprint: string): Promise<MakerKey | undefined>
  usesOf: UsesOf
  sealing: Pick<Sealing, 'code'>
  trail: Trail
  clock: Clock
  news: LifeNews
}

/** What centers hear of a seal. */
export interface LifeNews {
  /** written in the statement of the change; undefined where it is the company's own affair */
  of(seal: SealView, event: AuditEvent['code'], about: About): NewSealNews | undefined
  /** there is some; must not throw */
  wake(): void
  /** of what changed elsewhere, and not by a statement of ours; must not throw */
  tell(seal: SealView, event: AuditEvent['code'], about: About): void
}

/** What a notice is about beside the seal itself. */
export interface About {
  trace: string
  /** the certificate, where one ends, was revoked, or is not in the list */
  thumbprint?: string
  /** whose it is */
  membershipId?: string
  /** until it ends */
  days?: number
}

/** Whoever acts: a person for a company, as their login has it. */
export interface Person {
  membershipId: string
  trace: string
}

/** `frozen` and `tampered` are no states of the row: they come with a new legal representative, and with somebody who edited it. */
export type SeenState = SealState | 'frozen' | 'tampered'
export interface SealView {
  row: SealRow
  state: SeenState
}

/** What is told of a change, beside the change. */
interface Told {
  by?: AuthorityFacts
  trace: string
  signed?: Signed & { thumbprint: string }
  reason?: string
  wanted?: string[]
  made?: SealEdition
}

export interface LifeRoom extends LifeDeps {
  integrity: Integrity
  now(): string
  /** @throws BrokerError membership_suspended */
  factsOf(by: Person): Promise<AuthorityFacts>
  /** @throws BrokerError seal_unknown: none, of another company, or somebody else's draft */
  load(facts: AuthorityFacts, id: string): Promise<SealRow>
  viewOf(row: SealRow, legalRepresentativeId?: string): SealView
  /** the same of a row out of a list, which may have come without its drawing */
  listed(row: SealRow, legalRepresentativeId?: string): SealView
  /** One change: the row by compare-and-set, then the audit record, then whoever is concerned. @throws BrokerError seal_wrong_state, seal_not_in_force (a row that somebody edited) */
  commit(before: SealRow, change: SealChange, told: Told): Promise<SealRow>
}

export const isRepresentative = ({ membership, legalRepresentativeId }: AuthorityFacts): boolean =>
  membership.role === 'legal-representative' && (legalRepresentativeId ?? membership.id) === membership.id

/** @throws BrokerError legal_representative_only */
export function demandRepresentative(facts: AuthorityFacts): void {
  if (!isRepresentative(facts)) throw new BrokerError('legal_representative_only', 'only the legal representative decides about seals')
}

/** What a change is called in the seal's history, the company's record and the audit record. */
const NAMES: Record<SealChangeKind, { step: SealStepKind; entry: CompanyEntry['kind']; event: AuditEvent['code'] }> = {
  apply: { step: 'applied', entry: 'seal-applied', event: 'seal.applied' },
  approve: { step: 'approved', entry: 'seal-approved', event: 'seal.approved' },
  refuse: { step: 'refused', entry: 'seal-refused', event: 'seal.refused' },
  make: { step: 'made', entry: 'seal-made', event: 'seal.made' },
  begin: { step: 'in-force', entry: 'seal-in-force', event: 'seal.in-force' },
  suspend: { step: 'suspended', entry: 'seal-suspended', event: 'seal.suspended' },
  resume: { step: 'resumed', entry: 'seal-resumed', event: 'seal.resumed' },
  remake: { step: 'remade', entry: 'seal-remade', event: 'seal.remade' },
  revoke: { step: 'revoked', entry: 'seal-revoked', event: 'seal.revoked' },
  expire: { step: 'expired', entry: 'seal-expired', event: 'seal.expired' },
}

export function createRoom(deps: LifeDeps): LifeRoom {
  const { store, people, trail, clock } = deps
  const integrity = createIntegrity(deps.sealing)

  const viewOf: LifeRoom['viewOf'] = (row, legalRepresentativeId) =>
    integrity.pictured(row) ? seen(row, legalRepresentativeId) : { row, state: 'tampered' }
  const listed: LifeRoom['listed'] = (row, legalRepresentativeId) => (row.picture === '' ? seen : viewOf)(row, legalRepresentativeId)
  function seen(row: SealRow, legalRepresentativeId?: string): SealView {
    if (!integrity.holds(row)) return { row, state: 'tampered' }
    const state = stateAt(row, clock.now())
    const alive = state === 'made' || state === 'in-force' || state === 'suspended'
    const frozen = row.kind === 'legal-representative' && legalRepresentativeId !== undefined && legalRepresentativeId !== row.ownerId
    return { row, state: alive && frozen ? 'frozen' : state }
  }

  return {
    ...deps,
    integrity,
    now: () => clock.now().toISOString(),
    viewOf,
    listed,
    async factsOf({ membershipId }) {
      const facts = await people.facts(membershipId)
      if (facts === undefined || facts.membership.suspended) throw new BrokerError('membership_suspended', 'no such membership, or a suspended one')
      return facts
    },
    async load({ membership }, id) {
      const row = /^[\w-]{10,60}$/.test(id) ? await store.find(id) : undefined
      const seen = row?.enterpriseId === membership.enterpriseId && (row.state !== 'drafted' || row.applicantId === membership.id)
      if (row === undefined || !seen) throw new BrokerError('seal_unknown', 'no such seal of this company', { received: id.slice(0, 60) })
      return row
    },
    async commit(before, change, told) {
      // one that was edited can still be revoked, and only that
      if (change.kind !== 'revoke' && !(integrity.holds(before) && integrity.pictured(before))) {
        await trail.append({ code: 'seal.tampered', trace: told.trace, facts: { seal: before.id } })
        throw new BrokerError('seal_not_in_force', `seal ${before.id} is not as it was stored here`)
      }
      const next = nextState(before, change)
      if (typeof next === 'string') throw wrongState(next, before, change)
      const { integrity: _, ...bare } = { ...before, ...next, wanted: told.wanted ?? before.wanted, updatedAt: change.at }
      const row = { ...bare, integrity: integrity.code(bare) }
      const names = NAMES[change.kind]
      const news = deps.news.of(viewOf(row, told.by?.legalRepresentativeId), names.event, { trace: told.trace })
      const more = { ...(told.made === undefined ? {} : { made: told.made }), ...(news === undefined ? {} : { news }) }
      if (!(await store.change(row, before.version, { ...lines(row, change, told), ...more })))
        throw new BrokerError('seal_wrong_state', `seal ${row.id} is no longer at version ${before.version}`)
      await trail.append({ code: names.event, trace: told.trace, facts: factsFor(row, told) })
      deps.news.wake()
      return row
    },
  }
}

const wrongState = (code: FailureCode, { id, state }: SealRow, { kind }: SealChange): BrokerError =>
  new BrokerError(code, `seal ${id} is ${state}, which allows no ${kind}`)

function lines(row: SealRow, change: SealChange, { by, trace, signed, reason }: Told): { step: SealStep; entry: CompanyEntry } {
  const { step, entry } = NAMES[change.kind]
  const who = { ...(by === undefined ? {} : { membershipId: by.membership.id }), personName: by?.membership.personName ?? '' }
  return {
    step: { kind: step, at: change.at, ...who, ...(reason === undefined ? {} : { reason }), ...signed, trace },
    entry: { enterpriseId: row.enterpriseId, at: change.at, kind: entry, ...who, seal: row.id, reference: `${row.name}${row.under ?? ''}`, trace },
  }
}

const factsFor = (row: SealRow, { by, signed, made }: Told): AuditEvent['facts'] => ({
  seal: row.id,
  version: row.version,
  ...(by === undefined ? {} : { company: by.membership.uscc, by: by.membership.id }),
  ...(signed === undefined ? {} : { thumbprint: signed.thumbprint }),
  ...(made === undefined ? {} : { edition: made.number, esId: made.esId, certificates: made.certificates.length }),
})
