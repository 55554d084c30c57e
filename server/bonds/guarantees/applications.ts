import { notingRefusal } from '../../audit/acts.ts'
import { BrokerError } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import { shuffled } from '../../kernel/shuffled.ts'
import type { Uscc } from '../../kernel/uscc.ts'
import type { Bond, BondIdentity, BondSection } from '../../storage/stores-bonds.ts'
import type { Guarantee, GuaranteeRow, GuaranteeWay } from '../../storage/stores-guarantees.ts'
import { keptOf as keptBond } from '../rows.ts'
import { demandedEnd, validityEnd } from '../state/guarantee.ts'
import { type Act, type ActDeps, act, applied } from './acts.ts'
import { message, type Planned } from './plan.ts'
import { bondTag, firstLine, keptOf, MOST_FOR_BOND, newCode, newRow, newVerification } from './rows.ts'
import { isOver } from './state/context.ts'
import type { GuaranteeFact } from './state/events.ts'
import { currentText } from './texts.ts'

/**
 * What a bidder does about guarantees for its bonds: applies to any issuers, compares their offers, accepts one, follows it. Owns that an issuer is told a random code, the amount, the period and who applies, and nothing
 * of the tender; and that no issuer stands before another.
 */
export interface Applications {
  /** names in the channel of those who take applications now, in a random order each time */
  issuers(): string[]
  /** Once for each issuer: while an application runs, it is the answer. @throws BrokerError `bond_unknown`, `bond_section_closed`, `bond_wrong_state`, `guarantee_too_many`, `guarantee_issuer_unavailable` */
  apply(asked: { bondId: string; issuer: string; way: GuaranteeWay; company: BondIdentity }, trace: string): Promise<Guarantee>
  /**
   * Pays nothing: the issuer says when the premium came.
   * @param offer names the one that was seen, by state/offer.ts
   * @throws BrokerError `guarantee_unknown`, `guarantee_wrong_state`, `guarantee_offer_changed`, `guarantee_offer_over`, `bond_section_closed`, `bond_wrong_state`
   */
  accept(mine: Mine, offer: string, trace: string): Promise<Guarantee>
  /** @throws BrokerError `guarantee_unknown`, `guarantee_wrong_state` */
  withdraw(mine: Mine, trace: string): Promise<Guarantee>
  /**
   * What is unfit is to be what the tender demands; what is in force is to hold longer, as when an opening was postponed.
   * @param amendment the applicant's own id for it, under which it counts once
   * @param validUntil unless given, the demanded end and as many days as the opening was put off
   * @throws BrokerError `guarantee_unknown`, `guarantee_wrong_state`, `guarantee_amount_wrong`
   */
  amend(mine: Mine, asked: { amendment: string; validUntil?: string }, trace: string): Promise<Guarantee>
  /** The answer to the issuer's question about a claim. @throws BrokerError `guarantee_unknown`, `guarantee_wrong_state` */
  extendOrPay(mine: Mine, asked: { claim: string; choice: 'extend' | 'pay' }, trace: string): Promise<Guarantee>
  /** All for one bond, to compare, in no order that prefers any. @throws BrokerError `bond_unknown` */
  forBond(asked: { uscc: Uscc; bondId: string }): Promise<Guarantee[]>
  /** The company's own for several of its bonds; for another's bonds none. */
  forBonds(uscc: Uscc, bondIds: readonly string[]): Promise<Guarantee[]>
  /** At most 100, the next after the last one's id. */
  forCompany(uscc: Uscc, after?: string): Promise<Guarantee[]>
}

interface Mine {
  uscc: Uscc
  id: string
}

const PAGE = 100

export function createApplications(deps: ActDeps & { issuers: () => string[] }): Applications {
  const { store, bonds, sealing, tags, clock } = deps

  async function bondOf({ uscc, bondId }: { uscc: Uscc; bondId: string }): Promise<Bond> {
    const row = await bonds.forStep(bondId)
    if (row?.companyTag !== tags.company(uscc)) throw new BrokerError('bond_unknown', 'no bond of this company')
    return keptBond(row, sealing).bond
  }
  /** A bond that is waited for, in a section that still takes bonds. */
  async function tendered(asked: { uscc: Uscc; bondId: string }): Promise<{ bond: Bond; section: BondSection }> {
    const bond = await bondOf(asked)
    const section = bond.sectionId === undefined ? undefined : await bonds.section(bond.sectionId)
    if (section === undefined || section.state !== 'open' || clock.now().getTime() >= Date.parse(section.deadline))
      throw new BrokerError('bond_section_closed', 'no guarantee can stand for a bond in this section')
    if (bond.state !== 'expected') throw new BrokerError('bond_wrong_state', `a guarantee for a bond that is ${bond.state}`)
    return { bond, section }
  }
  const ofBond = async (bondId: string) =>
    (await store.forBond(bondTag(deps, bondId), MOST_FOR_BOND)).map(row => ({ row, guarantee: keptOf(row, deps) }))

  async function mine({ uscc, id }: Mine): Promise<GuaranteeRow> {
    const row = await store.forStep(id)
    if (row?.companyTag !== tags.company(uscc)) throw new BrokerError('guarantee_unknown', 'no guarantee of this company')
    return row
  }
  const own = (asked: Mine, key: string, fact: GuaranteeFact, tell: NonNullable<Act['tell']>, trace: string): Promise<Guarantee> => {
    const evidence = [{ kind: 'company-act' as const, ref: trace }]
    return act(deps, { read: () => mine(asked), event: { key, at: clock.now().toISOString(), evidence, ...fact }, tell, by: 'company', trace })
  }

  async function plan({ bondId, issuer, way, company }: Parameters<Applications['apply']>[0], trace: string): Promise<Planned> {
    const { bond, section } = await tendered({ uscc: company.uscc, bondId })
    const now = clock.now()
    if (!deps.issuers().includes(issuer)) throw new BrokerError('guarantee_issuer_unavailable', 'no issuer of this name takes applications')
    const before = await ofBond(bondId)
    const running = before.find(({ guarantee: each }) => each.issuer === issuer && each.way === way && !isOver(each))
    if (running !== undefined) return { lock: bondId, writes: [], ...running, lines: [] }
    if (before.length >= MOST_FOR_BOND) throw new BrokerError('guarantee_too_many', `${before.length} applications for one bond`)
    const guarantee = application({ bond, section, issuer, way })
    const { asked, verification } = guarantee
    const { version, text } = currentText(way)
    const part = {
      ...{ way, verification, text, textVersion: version, textSm3: asked.textSm3, validUntil: asked.validUntil },
      fen: Number(asked.fen),
      applicant: { uscc: company.uscc, name: company.name },
    }
    const row = newRow(guarantee, company, section, deps, now)
    const line = firstLine(guarantee, before.length, { kind: 'applied', at: now.toISOString(), asked, issuer, way }, deps)
    const told = await message(deps, guarantee, 'applied', { type: 'guarantee.applied', part }, trace)
    return { lock: bondId, writes: [store.write(row, [line]), told], guarantee, row, lines: [line] }
  }

  return {
    issuers: () => shuffled(deps.issuers()),
    apply: (asked, trace) => applied(deps, { by: 'company', trace }, own => plan(asked, own)),
    async accept(asked, seen, trace) {
      // nobody is to pay for what can stand for nothing any more; what was accepted before stays so, however often it is told
      const guarantee = keptOf(await mine(asked), deps)
      if (guarantee.state === 'offered')
        await notingRefusal(deps.audit, 'guarantee', { by: 'company', trace }, () => tendered({ uscc: asked.uscc, bondId: guarantee.bondId }))
      return await own(
        asked,
        'accepted',
        { kind: 'accepted', offer: seen },
        ({ offer }) => ({ type: 'guarantee.accepted', part: { at: clock.now().toISOString(), priceFen: Number(offer?.priceFen ?? 0n) } }),
        trace,
      )
    },
    withdraw: (asked, trace) =>
      own(asked, 'withdrawn', { kind: 'withdrawn' }, () => ({ type: 'guarantee.withdrawn', part: { at: clock.now().toISOString() } }), trace),
    async amend(asked, { amendment, validUntil }, trace) {
      const guarantee = keptOf(await mine(asked), deps)
      const until = validUntil ?? extendedEnd(await bonds.section(guarantee.sectionId), guarantee)
      const fen = guarantee.asked.fen
      const why = guarantee.state === 'issued' ? 'unfit' : 'extension'
      return await own(
        asked,
        `amend/${amendment}`,
        { kind: 'amendment-asked', amendment, fen, validUntil: until },
        () => ({ type: 'guarantee.amendment-asked', part: { amendment, fen: Number(fen), validUntil: until, why } }),
        trace,
      )
    },
    extendOrPay: (asked, { claim, choice }, trace) =>
      own(
        asked,
        `extend-or-pay/${claim}`,
        { kind: 'extend-or-pay-answered', claim, choice },
        () => ({ type: 'guarantee.extend-or-pay-answered', part: { claim, choice } }),
        trace,
      ),
    async forBond(asked) {
      await bondOf(asked)
      return (await ofBond(asked.bondId)).map(({ guarantee }) => guarantee)
    },
    async forBonds(uscc, bondIds) {
      const rows = await store.forBonds(
        bondIds.map(id => bondTag(deps, id)),
        MOST_FOR_BOND * bondIds.length,
      )
      return rows.filter(({ companyTag }) => companyTag === tags.company(uscc)).map(row => keptOf(row, deps))
    },
    forCompany: async (uscc, after) => (await store.forCompany(tags.company(uscc), PAGE, after)).map(row => keptOf(row, deps)),
  }
}

function application({ bond, section, issuer, way }: { bond: Bond; section: BondSection; issuer: string; way: GuaranteeWay }): Guarantee {
  const textSm3 = currentText(way).sm3
  return {
    ...{ id: newId(), version: 1, state: 'applied', way, issuer, code: newCode(), verification: newVerification() },
    ...{ bondId: bond.id, sectionId: section.id, claims: [], counted: {} },
    asked: { fen: bond.demandedFen, validUntil: validityEnd(section).toISOString(), textSm3 },
  }
}

const extendedEnd = (section: BondSection | undefined, { asked }: Guarantee): string =>
  section?.opensAt === undefined ? asked.validUntil : demandedEnd(section).toISOString()
