import type { Assurance } from '../kernel/assurance.ts'
import type { Authority } from '../kernel/authority.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId, newTraceCode } from '../kernel/ids.ts'
import type { BondIdentity, BondSection, BondStore } from '../storage/stores-bonds.ts'
import type { Decisions } from './decisions.ts'
import type { ToBank } from './messages/to-bank.ts'
import type { Readings } from './readings.ts'
import type { Register } from './register.ts'
import type { Tags } from './secrecy/tags.ts'
import type { Whence } from './signals/note.ts'

/**
 * What a company does about its own bonds. Owns that the person has the power for it, that its bank hears of a sub-account in the statement that gives it out, and that nothing which is written down in the company's name
 * leads to its bond: the use is hidden, and what follows has a trace code of its own.
 */
export interface CompanyActs {
  /** @param bank one that opens sub-accounts. @throws BrokerError `bond_unknown`, `bond_section_closed`, `bond_bank_unknown`, and those of the authority */
  account(who: Company, asked: { sectionId: string; bank: string; basicAccount: string }): Promise<{ bondId: string; account: string }>
  /** Whether the person may ask for a guarantee in place of money, or accept one: it is paid for as a bond is. @throws BrokerError `bond_unknown`, `bond_wrong_state`, and those of the authority */
  mayGuarantee(who: Company, bondId: string): Promise<void>
  /** The bid is withdrawn before the deadline: the bond goes back. @throws BrokerError those of state/decide.ts, and of the authority */
  withdraw(who: Company, bondId: string): Promise<void>
}

export interface Company {
  identity: BondIdentity
  actor: { membershipId: string; assurance: Assurance; byMandate?: true }
  trace: string
  /** from where this request came */
  whence: Whence
}

export function createCompanyActs(deps: {
  store: Pick<BondStore, 'section' | 'projectsById'>
  register: Register
  readings: Readings
  decisions: Decisions
  toBank: ToBank
  use: Authority['use']
  tags: Pick<Tags, 'key'>
  /** digits that a bank's sub-accounts begin with */
  prefixOf(bank: string): string | undefined
  clock: Clock
  /** there is a message to a bank */
  wake(): void
}): CompanyActs {
  const { store, register, readings, decisions, toBank, tags, clock } = deps

  async function use({ actor, trace }: Company, act: 'bond_pay' | 'bond_reclaim', section: BondSection, once: string): Promise<void> {
    const [project] = await store.projectsById([section.projectId])
    const what = { act, center: section.center, projectKind: section.law, section: section.name, amountFen: Number(section.demandedFen) }
    await deps.use(
      actor,
      { ...what, ...(project === undefined ? {} : { project: project.code }) },
      { reference: section.id, trace, once, hidden: true },
    )
  }

  async function tendered(sectionId: string): Promise<BondSection> {
    const section = await store.section(sectionId)
    if (section === undefined) throw new BrokerError('bond_unknown', 'no such section')
    return section
  }

  return {
    async account(who, { sectionId, bank, basicAccount }) {
      const section = await tendered(sectionId)
      const prefix = deps.prefixOf(bank)
      if (prefix === undefined) throw new BrokerError('bond_bank_unknown', `${bank} opens no sub-accounts`)
      await use(who, 'bond_pay', section, `bond:${newId()}`)
      const company = { ...who.identity, basicAccount }
      const given = await register.giveAccount({ sectionId, model: 'section', company, prefix, whence: who.whence }, async ({ account }) => [
        await toBank.opened({ bank, account, until: section.deadline, trace: newTraceCode() }),
      ])
      deps.wake()
      return given
    },
    async mayGuarantee(who, bondId) {
      const { bond } = await readings.oneOf(who.identity.uscc, bondId)
      if (bond.sectionId === undefined) throw new BrokerError('bond_wrong_state', 'money that is assigned to no section')
      await use(who, 'bond_pay', await tendered(bond.sectionId), `bond-guarantee:${newId()}`)
    },
    async withdraw(who, bondId) {
      const { bond } = await readings.oneOf(who.identity.uscc, bondId)
      if (bond.sectionId === undefined) throw new BrokerError('bond_wrong_state', 'money that is assigned to no section')
      await use(who, 'bond_reclaim', await tendered(bond.sectionId), tags.key(bondId, 'withdrawal'))
      const decided = { kind: 'decided' as const, cause: 'withdrawn' as const, winner: false, forfeits: [], feeFen: 0n, performanceFen: 0n }
      const told = { key: 'withdrawal', at: clock.now().toISOString(), evidence: [{ kind: 'withdrawal-notice' as const, ref: who.trace }] }
      await decisions.decide(bondId, { ...decided, ...told }, newTraceCode())
    },
  }
}
