import { BrokerError } from '../../kernel/errors.ts'
import type { AuthorityFacts } from '../../storage/stores-authorization.ts'
import type { SealRow } from '../../storage/stores-seals.ts'
import { type Application, prepareSeal } from './draft.ts'
import type { Signed } from './ports.ts'
import { demandRepresentative, isRepresentative, type LifeRoom, type Person, type SealView } from './room.ts'
import { chosenShields, usableCertificates } from './shields.ts'
import { demandState, finish, shown, sign, type ToSign, wordsFor } from './signing.ts'

/** From a form to a seal in force: drafted by anybody of the company, applied for with their shield, approved with the legal representative's or refused. */
export interface Applying {
  /** What somebody fills in. Nothing is applied for until it is signed. @throws BrokerError seal_picture_unusable, seal_shield_unusable, bad_request */
  draft(by: Person, application: Application): Promise<SealView>
  /** Takes one's own draft away. @throws BrokerError seal_unknown, seal_wrong_state */
  discard(by: Person, id: string): Promise<void>
  /** The words to sign for an application; the legal representative's own is its approval too. @throws BrokerError seal_unknown, seal_wrong_state */
  applying(by: Person, id: string): Promise<ToSign>
  apply(by: Person, id: string, signed: Signed): Promise<SealView>
  approving(by: Person, id: string): Promise<ToSign>
  /** Approves and makes. @throws BrokerError legal_representative_only, seal_wrong_state, seal_shield_unusable (somebody named has not shown their shield), signature_invalid, challenge_*, certificate_* */
  approve(by: Person, id: string, signed: Signed): Promise<SealView>
  refuse(by: Person, id: string, reason: string): Promise<SealView>
}

const MOST_REASON = 200
/** of one person at a time: the oldest gives way */
const MOST_DRAFTS = 10
const MOST_LISTED = 50

export function createApplying(room: LifeRoom): Applying {
  const { store, factsOf, load, commit } = room

  return {
    async draft(by, application) {
      const facts = await factsOf(by)
      const { row, png } = await prepareSeal(room, facts, application)
      const { id, personName, uscc } = facts.membership
      // a draft that was never signed is nobody's loss; unbounded ones would be ours
      for (const { id: old } of (await store.draftsOf(row.enterpriseId, facts.membership.id, MOST_LISTED)).slice(MOST_DRAFTS - 1))
        await store.discard(old)
      await store.insert(row, png.toString('base64'), { kind: 'drafted', at: row.createdAt, membershipId: id, personName, trace: by.trace })
      await room.trail.append({ code: 'seal.drafted', trace: by.trace, facts: { seal: row.id, company: uscc, by: id } })
      return shown(room, facts, row)
    },
    async discard(by, id) {
      const row = await load(await factsOf(by), id)
      if (row.state !== 'drafted' || !(await store.discard(id))) throw new BrokerError('seal_wrong_state', `seal ${id} is no draft`)
    },

    async applying(by, id) {
      const facts = await factsOf(by)
      const row = await load(facts, id)
      demandState(room, row, 'apply')
      return { seal: shown(room, facts, row), text: (await wordsFor(room, facts, actOf(facts), row))(room.now()) }
    },
    async apply(by, id, signed) {
      const facts = await factsOf(by)
      const row = await load(facts, id)
      demandState(room, row, 'apply')
      const done = {
        by: facts,
        trace: by.trace,
        signed: (await sign(room, facts, by, await wordsFor(room, facts, actOf(facts), row), signed)).signed,
      }
      const applied = await commit(row, { kind: 'apply', at: room.now() }, done)
      // the legal representative signs once; where somebody has yet to show a shield, the approval waits for that
      if (!isRepresentative(facts) || !(await isReady(room, applied))) return shown(room, facts, applied)
      await usableCertificates(room, await chosenShields(room, applied, applied.wanted))
      return shown(room, facts, await finish(room, await commit(applied, { kind: 'approve', at: room.now() }, done), by.trace))
    },

    async approving(by, id) {
      const facts = await factsOf(by)
      demandRepresentative(facts)
      const row = await load(facts, id)
      demandState(room, row, 'approve')
      return { seal: shown(room, facts, row), text: (await wordsFor(room, facts, 'approve', row))(room.now()) }
    },
    async approve(by, id, signed) {
      const facts = await factsOf(by)
      demandRepresentative(facts)
      const row = await load(facts, id)
      demandState(room, row, 'approve')
      const { signed: done } = await sign(room, facts, by, await wordsFor(room, facts, 'approve', row), signed)
      await usableCertificates(room, await chosenShields(room, row, row.wanted))
      const approved = await commit(row, { kind: 'approve', at: room.now() }, { by: facts, trace: by.trace, signed: done })
      return shown(room, facts, await finish(room, approved, by.trace))
    },
    async refuse(by, id, reason) {
      const facts = await factsOf(by)
      demandRepresentative(facts)
      const row = await load(facts, id)
      const told = { by: facts, trace: by.trace, reason: reason.trim().slice(0, MOST_REASON) }
      return shown(room, facts, await commit(row, { kind: 'refuse', at: room.now() }, told))
    },
  }
}

/** the legal representative's application is an approval at once */
const actOf = (facts: AuthorityFacts) => (isRepresentative(facts) ? 'apply-and-approve' : 'apply')

async function isReady(room: LifeRoom, row: SealRow): Promise<boolean> {
  return (await chosenShields(room, row, row.wanted)).every(({ der }) => der !== undefined)
}
