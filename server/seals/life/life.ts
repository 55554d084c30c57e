import { asBrokerError, BrokerError } from '../../kernel/errors.ts'
import { failures } from '../../kernel/failures.ts'
import { newTraceCode } from '../../kernel/ids.ts'
import type { CompanyShield, SealEdition, SealRow } from '../../storage/stores-seals.ts'
import { type Applying, createApplying } from './apply.ts'
import { type Changing, createChanging } from './change.ts'
import { ours } from './making.ts'
import type { Signed } from './ports.ts'
import { createRoom, type LifeDeps, type LifeRoom, type Person, type SealView, type SeenState } from './room.ts'
import { companyShields } from './shields.ts'
import { companyOf, finish, shown, sign } from './signing.ts'
import { mayFollow } from './states.ts'
import { createWatch, type SealWatch } from './watch.ts'
import { esIdOf, presentText } from './words.ts'

/**
 * The life of a seal: applied for, approved by the legal representative or refused, made and in force, suspended and resumed, remade for new shields, revoked, ended by time. Every change is one statement, one line
 * in the seal's history and in the company's record, one audit event, and one notice. Owns who may change what; what may follow what is states.ts's, and using a seal on a document is not here.
 */
export interface SealLife extends Applying, Changing {
  /** The words with which a person shows their shield. */
  presenting(by: Person): Promise<string>
  /** @param onPhone a bank's app signed. @returns the seals that list another shield of theirs: a remake is offered for each */
  present(by: Person, signed: Signed, onPhone?: boolean): Promise<SealView[]>
  /** @throws BrokerError seal_unknown */
  view(by: Person, id: string): Promise<SealView>
  /** the newest first; others' drafts are left out */
  ofCompany(by: Person, limit: number): Promise<SealView[]>
  /** shields that may be chosen for a seal of the company */
  shields(by: Person): Promise<CompanyShield[]>
  /**
   * The seal for sealing a document, now.
   * @param thumbprint of the certificate that will sign; absent: none is known yet, and whether the list holds it is asked again when it is
   * @throws BrokerError seal_unknown, seal_not_in_force, seal_wrong_shield (then a remake is what helps)
   */
  inForce(enterpriseId: string, id: string, thumbprint?: string): Promise<{ row: SealRow; edition: SealEdition; der: Buffer }>
  /** what counts of a stored seal now: time, whose office it is, and whether somebody edited it */
  stateOf(row: SealRow): Promise<SeenState>
  /** Does what time and the service owe: makes what is approved, puts what is made in force, ends what is over; at most `limit`. @returns how many */
  turn(limit: number): Promise<number>
  watch: SealWatch
}

export function createSealLife(deps: LifeDeps): SealLife {
  const room = createRoom(deps)
  const { store, clock, factsOf, load, commit } = room
  const watch = createWatch(room)

  return {
    ...createApplying(room),
    ...createChanging(room),
    watch,
    async presenting(by) {
      const facts = await factsOf(by)
      return presentText(companyOf(facts), facts.membership.personName, room.now())
    },
    async present(by, signed, onPhone) {
      const facts = await factsOf(by)
      const done = await sign(room, facts, by, at => presentText(companyOf(facts), facts.membership.personName, at), signed, onPhone)
      const { thumbprint } = done.signed
      return await watch.renewed({ membershipId: facts.membership.id, thumbprint }, done.first, by.trace)
    },

    async view(by, id) {
      const facts = await factsOf(by)
      return shown(room, facts, await load(facts, id))
    },
    async ofCompany(by, limit) {
      const facts = await factsOf(by)
      const { enterpriseId, id } = facts.membership
      return (await store.ofEnterprise(enterpriseId, limit, id)).map(row => room.listed(row, facts.legalRepresentativeId))
    },
    async shields(by) {
      return await companyShields(room, (await factsOf(by)).membership.enterpriseId)
    },

    inForce: (enterpriseId, id, thumbprint) => inForce(room, enterpriseId, id, thumbprint),

    async stateOf(row) {
      return room.viewOf(row, row.kind === 'legal-representative' ? await representativeOf(room, row) : undefined).state
    },

    async turn(limit) {
      let turned = 0
      const faults: unknown[] = []
      for (const row of await store.turning(clock.now(), limit)) {
        try {
          await turnOne(row)
          turned++
        } catch (thrown) {
          // a row that may not go on, or that another process was faster with, stands in nobody's way; a fault neither, but it is told
          if (failures[asBrokerError(thrown).code].status >= 500) faults.push(thrown)
        }
      }
      if (faults.length > 0) throw faults[0]
      return turned
    },
  }

  async function turnOne({ id }: SealRow): Promise<void> {
    const row = await store.find(id)
    if (row === undefined) return
    const told = { trace: newTraceCode() }
    const at = room.now()
    if (mayFollow(row, 'make', clock.now())) await finish(room, row, told.trace)
    else if (mayFollow(row, 'begin', clock.now())) await commit(row, { kind: 'begin', at }, told)
    else await commit(row, { kind: 'expire', at }, told)
  }
}

async function inForce(room: LifeRoom, enterpriseId: string, id: string, thumbprint: string | undefined): ReturnType<SealLife['inForce']> {
  const row = /^[\w-]{10,60}$/.test(id) ? await room.store.find(id) : undefined
  if (row === undefined || row.enterpriseId !== enterpriseId) throw new BrokerError('seal_unknown', 'no such seal of this company')
  const representative = row.kind === 'legal-representative' ? await representativeOf(room, row) : undefined
  const { state } = room.viewOf(row, representative)
  const damaged = async () => await room.trail.append({ code: 'seal.tampered', trace: newTraceCode(), facts: { seal: id } })
  if (state === 'tampered') await damaged()
  if (state !== 'in-force') throw new BrokerError('seal_not_in_force', `seal ${id} is ${state}`)
  const [edition] = await room.store.editions(id, 1)
  const der = Buffer.from(edition?.der ?? '', 'base64')
  // the row carries a code against editing, the seal its maker's signature: the esID ties one to the other
  const maker = edition === undefined ? undefined : await room.makerOf(edition.maker)
  if (edition === undefined || edition.number !== row.edition || maker === undefined || ours(room, maker, der)?.id !== esIdOf(id, row.edition)) {
    await damaged()
    throw new BrokerError('seal_not_in_force', `edition ${row.edition} of seal ${id} is not as it was stored here`)
  }
  if (thumbprint !== undefined && !edition.certificates.some(each => each.thumbprint === thumbprint))
    throw new BrokerError('seal_wrong_shield', `edition ${row.edition} of seal ${id} does not list it`, { received: thumbprint.slice(0, 16) })
  return { row, edition, der }
}

/** A chop belongs to who holds the office: with a new legal representative the old one's is frozen. */
async function representativeOf({ people }: LifeRoom, { ownerId }: SealRow): Promise<string | undefined> {
  return ownerId === undefined ? undefined : (await people.facts(ownerId))?.legalRepresentativeId
}
