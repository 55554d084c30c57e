import { createHash } from 'node:crypto'
import type { Trail } from '../audit/events.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { Sealing } from '../kernel/sealing.ts'
import { readJson } from '../storage/json.ts'
import type { Bond, BondIdentity, BondRow, BondSection, BondStore } from '../storage/stores-bonds.ts'
import type { BondParameters } from './parameters.ts'
import { type Kept, keptOf, lineOf, newRow, type Payer, sealKept, sealNames } from './rows.ts'
import { newAccountNumber, type Tags } from './secrecy/tags.ts'
import type { Context } from './state/context.ts'
import { type BondEvent, type Evidence, keyOf } from './state/events.ts'
import { expectedBond, unknownBond } from './state/expected.ts'
import { type Step, step } from './state/step.ts'

/**
 * Bid bonds as they are kept: gives out sub-accounts, and has the machine of state/ judge what happens to a bond, by one writer at a time. Owns that a step, its line and money beside it are stored together, and
 * that names leave here sealed. Moving money is the bank's, posting it the ledger's, which takes the movements that a step answers with.
 */
export interface Register {
  /**
   * One account of one bidder: in one section (`section`), or in the whole project (`project`), where what comes in is assigned to a section afterwards.
   * @returns the number alone tells the bidder where to pay; it is kept nowhere
   * @throws BrokerError `bond_unknown`, `bond_section_closed`
   */
  giveAccount(asked: {
    sectionId: string
    model: 'section' | 'project'
    company: BondIdentity & { basicAccount: string }
    prefix: string
  }): Promise<{ bondId: string; account: string }>
  /**
   * The bank's notice of money. Never refused for what it is: money to an account that nobody was given is a bond in suspense, to be assigned.
   * @throws BrokerError `bond_event_conflict`, `bond_evidence_missing`
   */
  arrived(notice: Arrival): Promise<Happened>
  /** @throws BrokerError those of state/step.ts; `bond_unknown` */
  happened(bondId: string, event: BondEvent, trace: string): Promise<Happened>
}

interface Arrival {
  account: string
  receipt: NonNullable<Bond['receipt']>
  payer: Payer
  evidence: Evidence[]
  trace: string
}
type Happened = Step & { bondId: string }

export interface RegisterDeps {
  store: BondStore
  parameters: BondParameters
  sealing: Sealing
  tags: Tags
  clock: Clock
  audit: Trail
}

/** how often somebody else may be faster, or a random place be taken */
const TRIES = 30
/** bonds of one company that are looked through for those of one section */
const OF_COMPANY = 1000

export function createRegister(deps: RegisterDeps): Register {
  const { store, sealing, tags, clock } = deps

  async function giveAccount({ sectionId, model, company, prefix }: Parameters<Register['giveAccount']>[0]) {
    const section = await store.section(sectionId)
    if (section === undefined) throw new BrokerError('bond_unknown', 'no such section')
    if (section.state !== 'open' || clock.now().getTime() >= Date.parse(section.deadline))
      throw new BrokerError('bond_section_closed', 'the section gives out no sub-account', {
        received: section.state,
        expected: `open, before ${section.deadline}`,
      })
    const { basicAccount, uscc, name } = company
    const bidder = { name: tags.name(name), basicAccount: tags.account(basicAccount) }
    for (let tries = 0; tries < TRIES; tries++) {
      const account = newAccountNumber(prefix)
      const bond = expectedBond(newId(), bidder, model === 'section' ? section : undefined)
      const found = { home: section, companyTag: tags.company(uscc), accountTag: tags.account(account) }
      if ((await store.insert(newRow(bond, found, { bidder: { uscc, name } }, deps))) === 'done') return { bondId: bond.id, account }
    }
    throw new BrokerError('internal', `no free place in a section after ${TRIES} draws`)
  }

  /** Reads, judges, saves; anew when somebody else was faster. */
  async function judge(read: () => Promise<BondRow | undefined>, event: BondEvent, trace: string, payer?: Payer): Promise<Happened | undefined> {
    for (let tries = 0; tries < TRIES; tries++) {
      const row = await read()
      if (row === undefined) return undefined
      const kept = keptOf(row, sealing)
      const sectionId = event.kind === 'assigned' ? event.sectionId : kept.bond.sectionId
      const section = sectionId === undefined ? undefined : await store.section(sectionId)
      const taken = step(kept.bond, event, await contextFor(deps, row, kept.bond, section))
      if (taken.repeated) return { ...taken, bondId: row.id }
      const home = kept.home === undefined ? undefined : await store.section(kept.home)
      const line = lineOf(row.id, event, deps)
      const beside =
        taken.extra === undefined
          ? undefined
          : newRow(taken.extra, { companyTag: row.companyTag, ...given('home', home) }, given('payer', payer), deps)
      const saved = await store.save(nextRow(row, kept, taken.bond, { event, section, home, payer }), line, beside)
      if (saved === 'counted') throw new BrokerError('bond_event_conflict', `${keyOf(event)} was counted for another bond`)
      if (saved === 'done') return await tell(taken, row.id, line.sealed, trace)
    }
    throw new BrokerError('database_unavailable', `a bond changed ${TRIES} times while an event was judged`)
  }

  function nextRow(row: BondRow, { bond: before, home }: Kept, bond: Bond, { event, ...more }: Around): BondRow {
    // the payer of money beside the bond stands with that
    const payer =
      more.payer === undefined || bond.receipt === before.receipt ? {} : { payer: sealNames(more.home, more.payer, `payer:${row.id}`, sealing) }
    const next = { ...row, ...payer, sealed: sealKept({ bond, ...given('home', home) }, sealing) }
    if (event.kind !== 'assigned' || more.section === undefined) return next
    const moved = { ...next, placeTag: tags.place(event.sectionId), companyTag: event.company }
    if (home !== undefined) return moved
    const open = (box: string, label: string) => sealNames(more.section, readJson(sealing.open(box, label).trimEnd()), label, sealing)
    return {
      ...moved,
      sealed: sealKept({ bond, home: event.sectionId }, sealing),
      bidder: open(row.bidder, `bidder:${row.id}`),
      payer: open(row.payer, `payer:${row.id}`),
    }
  }

  async function tell(taken: Step, bondId: string, line: string, trace: string): Promise<Happened> {
    await deps.audit.append({ code: 'bond.happened', trace, facts: { sm3: createHash('sm3').update(line).digest('hex') } })
    return { ...taken, bondId }
  }

  /** Money to an account that nobody was given. A second one finds the first by the account. */
  async function suspend(accountTag: string, event: BondEvent, trace: string, payer: Payer): Promise<Happened | undefined> {
    const bond = unknownBond(newId())
    const row = { id: bond.id, companyTag: newId() }
    const taken = step(bond, event, await contextFor(deps, row, bond))
    const line = lineOf(bond.id, event, deps)
    const saved = await store.insert(newRow(taken.bond, { ...row, accountTag }, { payer }, deps), line)
    if (saved === 'counted') throw new BrokerError('bond_event_conflict', `${keyOf(event)} was counted for another account`)
    return saved === 'done' ? await tell(taken, bond.id, line.sealed, trace) : undefined
  }

  return {
    giveAccount,
    async arrived({ account, receipt, payer, evidence, trace }) {
      const tagged = { account: tags.account(payer.account), name: tags.name(payer.name) }
      const event: BondEvent = { kind: 'money-arrived', key: '', at: clock.now().toISOString(), evidence, receipt, payer: tagged }
      const accountTag = tags.account(account)
      for (let tries = 0; tries < TRIES; tries++) {
        const found = (await judge(() => store.forBank(accountTag), event, trace, payer)) ?? (await suspend(accountTag, event, trace, payer))
        if (found !== undefined) return found
      }
      throw new BrokerError('database_unavailable', `no place for money after ${TRIES} draws`)
    },
    async happened(bondId, event, trace) {
      const found = await judge(() => store.forStep(bondId), event, trace)
      if (found === undefined) throw new BrokerError('bond_unknown', 'no such bond')
      return found
    },
  }
}

interface Around {
  event: BondEvent
  section: BondSection | undefined
  home: BondSection | undefined
  payer: Payer | undefined
}

const given = <Name extends string, T>(name: Name, value: T | undefined): { [_ in Name]?: T } =>
  value === undefined ? {} : ({ [name]: value } as { [_ in Name]: T })

async function contextFor(
  { store, parameters, sealing, clock }: RegisterDeps,
  row: Pick<BondRow, 'id' | 'companyTag'>,
  bond: Bond,
  section?: BondSection,
): Promise<Context> {
  const [calendar, depositRates, loanRates, others] = await Promise.all([
    parameters.calendar(),
    parameters.depositRates(),
    parameters.loanRates(),
    store.forCompany(row.companyTag, OF_COMPANY),
  ])
  const wanted = section?.id ?? bond.sectionId
  const occupied = others.some(each => {
    if (wanted === undefined || each.id === row.id) return false
    const other = keptOf(each, sealing).bond
    return other.sectionId === wanted && (other.finding === 'matched' || other.guarantee !== undefined)
  })
  return { ...(section === undefined ? {} : { section }), occupied, calendar, depositRates, loanRates, now: clock.now() }
}
