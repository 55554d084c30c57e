import type { CompanyShield, SealEdition, SealRow } from '../../storage/stores-seals.ts'
import { wholeSeconds } from './draft.ts'
import { makeEdition } from './making.ts'
import type { Signed } from './ports.ts'
import { planRemake, type RemakePlan } from './remake.ts'
import { demandRepresentative, type LifeRoom, type Person, type SealView } from './room.ts'
import { chosenShields, companyShields } from './shields.ts'
import { companyOf, demandState, shown, sign, type ToSign, wordsFor } from './signing.ts'
import { changeText, sealText } from './words.ts'

/** What happens to a seal that was made: suspended and resumed, remade for new shields, revoked. The legal representative alone, each by a signature over its own words. */
export interface Changing {
  changing(by: Person, id: string, change: PlainChange): Promise<ToSign>
  change(by: Person, id: string, change: PlainChange, signed: Signed): Promise<SealView>
  /** What a remake would change, and the shields to choose from. @throws BrokerError legal_representative_only, seal_unknown */
  remakePlan(by: Person, id: string): Promise<{ seal: SealView; edition: SealEdition | undefined; plan: RemakePlan; shields: CompanyShield[] }>
  remaking(by: Person, id: string, order: RemakeOrder): Promise<ToSign>
  remake(by: Person, id: string, order: RemakeOrder, signed: Signed): Promise<SealView>
}

export type PlainChange = 'suspend' | 'resume' | 'revoke'
interface RemakeOrder {
  /** thumbprints of the shields that may use it from now on */
  wanted: readonly string[]
  /** ISO 8601 */
  validUntil: string
}

export function createChanging(room: LifeRoom): Changing {
  const { store, clock, factsOf, load, commit } = room

  return {
    async changing(by, id, change) {
      const facts = await factsOf(by)
      demandRepresentative(facts)
      const row = await load(facts, id)
      demandState(room, row, change)
      return { seal: shown(room, facts, row), text: changeText(change, row, companyOf(facts), facts.membership.personName, room.now()) }
    },
    async change(by, id, change, signed) {
      const facts = await factsOf(by)
      demandRepresentative(facts)
      const row = await load(facts, id)
      demandState(room, row, change)
      const text = (at: string) => changeText(change, row, companyOf(facts), facts.membership.personName, at)
      const { signed: done } = await sign(room, facts, by, text, signed)
      return shown(room, facts, await commit(row, { kind: change, at: room.now() }, { by: facts, trace: by.trace, signed: done }))
    },

    async remakePlan(by, id) {
      const facts = await factsOf(by)
      demandRepresentative(facts)
      const row = await load(facts, id)
      const [[edition], shields] = await Promise.all([store.editions(id, 1), companyShields(room, row.enterpriseId)])
      const own = row.kind === 'person' ? shields.filter(({ membershipId }) => membershipId === row.ownerId) : shields
      return { seal: shown(room, facts, row), edition, plan: planRemake(edition ?? { certificates: [] }, own, clock.now()), shields: own }
    },
    async remaking(by, id, order) {
      const facts = await factsOf(by)
      demandRepresentative(facts)
      const row = await load(facts, id)
      demandState(room, row, 'remake')
      const at = room.now()
      return { seal: shown(room, facts, row), text: (await wordsFor(room, facts, 'remake', remadeAs(row, order, at)))(at) }
    },
    async remake(by, id, order, signed) {
      const facts = await factsOf(by)
      demandRepresentative(facts)
      const row = await load(facts, id)
      demandState(room, row, 'remake')
      const said = (at: string) => remadeAs(row, order, at)
      const shields = await chosenShields(room, row, order.wanted)
      const text = (at: string) =>
        Number.isFinite(Date.parse(at)) ? sealText('remake', said(at), companyOf(facts), shields, facts.membership.personName, at) : ''
      const { signed: done } = await sign(room, facts, by, text, signed)
      const next = said(/\n时间:(\S+)$/.exec(signed.text)?.[1] ?? '')
      const made = await makeEdition(room, next)
      const { validFrom, validUntil, wanted } = next
      const change = { kind: 'remake' as const, at: room.now(), validFrom, validUntil }
      return shown(room, facts, await commit(row, change, { by: facts, trace: by.trace, signed: done, wanted, made }))
    },
  }
}

/** The seal as a remake makes it: valid from the moment that stands in the signed words. */
const remadeAs = (row: SealRow, order: RemakeOrder, at: string): SealRow => ({
  ...row,
  wanted: [...order.wanted],
  validFrom: wholeSeconds(at),
  validUntil: wholeSeconds(order.validUntil),
})
