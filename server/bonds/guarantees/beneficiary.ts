import { notingRefusal } from '../../audit/acts.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { readJson } from '../../storage/json.ts'
import type { BondIdentity, BondSection } from '../../storage/stores-bonds.ts'
import type { Guarantee, GuaranteeRow } from '../../storage/stores-guarantees.ts'
import { openBox } from '../secrecy/box.ts'
import { privateKeyOf } from '../secrecy/section-key.ts'
import { causes } from '../state/causes.ts'
import { isOpened } from '../state/context.ts'
import type { Decided } from '../state/decide.ts'
import { type GroundId, grounds } from '../state/grounds.ts'
import { type ActDeps, act } from './acts.ts'
import type { Tell } from './messages/outgoing.ts'
import { bondTag, keptOf, MOST_FOR_BOND } from './rows.ts'
import type { GuaranteeEvent } from './state/events.ts'

/** What a center does about the guarantees of a section. Owns that before the latest announced opening time it is refused in the same words, whatever there is. */
export interface Beneficiary {
  /** For at most 200 bonds of the section. Bidders are there once custodians released them. @throws BrokerError `bond_unknown`, `bond_before_opening` */
  list(asked: Whose, bondIds: readonly string[], trace: string): Promise<{ guarantee: Guarantee; bidder?: BondIdentity }[]>
  /**
   * A demand, at first or beside others, up to what is guaranteed. The first decides the bond as forfeited.
   * @param claim the center's own id for it, under which it counts once
   * @param decision the digest of the decision, or where it is kept
   * @throws BrokerError `bond_unknown`, `bond_before_opening`, `guarantee_unknown`, and those of state/claims.ts
   */
  claim(asked: Whose & { id: string }, said: Claim, trace: string): Promise<Guarantee>
  /**
   * Lets it go, and the bond with it.
   * @param decision where the award notice, the contract or the record of the opening is kept
   * @throws BrokerError `bond_unknown`, `bond_before_opening`, `guarantee_unknown`, `guarantee_wrong_state`, and those of bonds/state/decide.ts
   */
  release(asked: Whose & { id: string }, said: Release, trace: string): Promise<Guarantee>
}

/** bonds of one page */
const MOST_BONDS = 200

interface Claim {
  claim: string
  ground: GroundId
  winner: boolean
  fen: bigint
  extendTo?: string
  decision: string
}
interface Release {
  cause: 'lost' | 'contract' | 'validity-ended'
  winner: boolean
  decision: string
}

interface Whose {
  sectionId: string
  center: string
}

export function createBeneficiary(deps: ActDeps & { centerName: (center: string) => Promise<string> }): Beneficiary {
  const { store, bonds, sealing, clock, audit } = deps

  async function opened({ sectionId, center }: Whose): Promise<BondSection> {
    const section = await bonds.section(sectionId)
    if (section?.center !== center) throw new BrokerError('bond_unknown', 'no section of this center')
    if (!isOpened(section, clock.now())) throw new BrokerError('bond_before_opening', 'before the latest announced opening time, or without one')
    return section
  }
  /** the section's gate first, and then whether there is such a guarantee */
  const theirs = (asked: Whose & { id: string }) => async (): Promise<GuaranteeRow> => {
    await opened(asked)
    const row = await store.forStep(asked.id)
    if (row === undefined || keptOf(row, deps).sectionId !== asked.sectionId)
      throw new BrokerError('guarantee_unknown', 'no guarantee of this section')
    return row
  }

  return {
    list: (asked, bondIds, trace) =>
      notingRefusal(audit, 'guarantee', { by: asked.center, trace }, async () => {
        const { sectionId, center } = asked
        const bondTags = bondIds.slice(0, MOST_BONDS).map(id => bondTag(deps, id))
        const rows = await store.forCenter({ sectionId, center, now: clock.now(), bondTags }, bondTags.length * MOST_FOR_BOND)
        const released = (await bonds.section(sectionId))?.releasedKey
        const key = released === undefined ? undefined : privateKeyOf(sealing.open(released, `bond-released:${sectionId}`))
        return rows.flatMap(row => {
          const guarantee = keptOf(row, deps)
          // who asks names the bonds: another section's are not told
          if (guarantee.sectionId !== sectionId) return []
          if (key === undefined) return [{ guarantee }]
          return [{ guarantee, bidder: readJson<BondIdentity>(openBox(key, row.bidder, `guarantee-bidder:${row.id}`)) }]
        })
      }),
    async claim(asked, said, trace) {
      const { event, tell } = await claimed(deps, { sectionId: asked.sectionId, at: clock.now().toISOString() }, said)
      const { winner, ground, fen } = said
      return await act(deps, {
        ...{ read: theirs(asked), event, tell, by: asked.center, trace },
        decides: decided(event, { cause: 'forfeiture', winner, forfeits: [{ ground, fen }] }),
      })
    },
    release: (asked, { cause, winner, decision }, trace) => {
      const at = clock.now().toISOString()
      const event: GuaranteeEvent = { kind: 'released', key: 'released', at, evidence: [{ kind: 'release-decision', ref: decision }] }
      return act(deps, {
        ...{ read: theirs(asked), event, by: asked.center, trace },
        decides: decided(event, { cause, winner, forfeits: [] }),
        tell: () => ({ type: 'guarantee.released', part: { at } }),
      })
    },
  }
}

/** A demand, and how the issuer is told of it: for whom and for what, since the opening is past. */
export async function claimed(
  { bonds, centerName }: Pick<ActDeps, 'bonds'> & { centerName: (center: string) => Promise<string> },
  { sectionId, at }: { sectionId: string; at: string },
  { decision, ...said }: Claim,
): Promise<{ event: GuaranteeEvent; tell: () => Tell }> {
  const { claim, fen, ground, extendTo } = said
  const section = await bonds.section(sectionId)
  const beneficiary = { center: section === undefined ? '' : await centerName(section.center), section: section?.name ?? '' }
  const part = { claim, at, fen: Number(fen), ground, article: grounds[ground].article, beneficiary, ...(extendTo === undefined ? {} : { extendTo }) }
  return {
    event: { kind: 'claimed', key: `claim/${claim}`, at, evidence: [{ kind: 'forfeiture-decision', ref: decision }], ...said },
    tell: () => ({ type: 'guarantee.claimed', part }),
  }
}

/** The same decision, as the bond's machine takes it. */
function decided({ at, key, evidence: [shown] }: GuaranteeEvent, what: Pick<Decided, 'cause' | 'winner' | 'forfeits'>): Decided {
  const evidence = [{ kind: causes[what.cause].evidence, ref: shown?.ref ?? '' }]
  return { kind: 'decided', key: `guarantee/${key}`, at, evidence, ...what, feeFen: 0n, performanceFen: 0n }
}
