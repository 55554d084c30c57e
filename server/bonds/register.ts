import { createHash } from 'node:crypto'
import type { Trail } from '../audit/events.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { Bond, BondIdentity, BondRow, BondStore, Tag } from '../storage/stores-bonds.ts'
import type { Effect, EffectStore, Write } from '../storage/stores-effects.ts'
import { bondWrite, ledgerWrite } from '../storage/writes.ts'
import { type Around, contextFor, nextRow } from './judging.ts'
import type { BondParameters } from './parameters.ts'
import { postingsOf } from './postings.ts'
import { keptOf, keyTagOf, lineOf, newRow, type Payer } from './rows.ts'
import { lateWrites } from './secrecy/opened.ts'
import { newAccountNumber, type Tags } from './secrecy/tags.ts'
import { noteOf, type Whence } from './signals/note.ts'
import type { BondEvent } from './state/events.ts'
import { expectedBond, unknownBond } from './state/expected.ts'
import { type Step, step } from './state/step.ts'
import { createTaskWrites } from './task-writes.ts'
import { toldAfter } from './told-after.ts'

/**
 * Bid bonds as they are kept: gives out sub-accounts, and has the machine of state/ judge what happens to a bond, by one writer at a time. Owns that a step, its line, money beside it and what the ledger books of it are
 * written together or not at all, and that names leave here sealed. Moving money is the bank's.
 */
export interface Register {
  /**
   * One account of one bidder: in one section (`section`), or in the whole project (`project`), where what comes in is assigned to a section afterwards.
   * @param more written with it, by the account's number
   * @returns the number alone tells the bidder where to pay; it is kept for the bidder alone
   * @throws BrokerError `bond_unknown`, `bond_section_closed`
   */
  giveAccount(asked: Asked, more?: (account: { bondId: string; account: string }) => Promise<Write[]>): Promise<{ bondId: string; account: string }>
  /**
   * What follows from the bank's notice of money, to be written with that. Never refused for what it is: money to an account that nobody was given is a bond in suspense, to be assigned.
   * @throws BrokerError `bond_event_conflict`, `bond_evidence_missing`
   */
  arrival(notice: Arrival): Promise<Planned>
  /** What follows from an event, to be written. @throws BrokerError those of state/step.ts; `bond_unknown` */
  event(bondId: string, event: BondEvent, trace: string): Promise<Planned>
  /** An event, written; with what else follows from it. @throws BrokerError as `event` */
  happened(bondId: string, event: BondEvent, trace: string, more?: (planned: Planned) => Promise<Write[]>): Promise<Planned>
}

interface Asked {
  sectionId: string
  model: 'section' | 'project'
  company: BondIdentity & { basicAccount: string }
  prefix: string
  whence: Whence
}
export interface Arrival {
  account: string
  receipt: Extract<BondEvent, { kind: 'money-arrived' }>['receipt']
  payer: Payer
  evidence: BondEvent['evidence']
  trace: string
}
/** Nothing is written of what was told before. */
export type Planned = Effect & Step & { bondId: string }

export interface RegisterDeps {
  store: BondStore
  effects: EffectStore
  parameters: BondParameters
  sealing: Sealing
  tags: Tags
  clock: Clock
  audit: Trail
}

export function createRegister(deps: RegisterDeps): Register {
  const { store, effects, tags, clock } = deps
  const tasks = createTaskWrites(deps.sealing)

  async function plan(row: BondRow, event: BondEvent, trace: string, payer?: Payer): Promise<Planned> {
    const kept = keptOf(row, deps.sealing)
    const context = await contextFor(deps, row, kept.bond, event)
    const taken = step(kept.bond, event, context)
    if (taken.repeated) return { ...taken, bondId: row.id, lock: row.id, writes: [] }
    const home = kept.home === undefined ? undefined : await store.section(kept.home)
    const around: Around = {
      event,
      ...(context.section === undefined ? {} : { section: context.section }),
      ...(home === undefined ? {} : { home }),
      ...(payer === undefined ? {} : { payer }),
    }
    const extra = taken.extra === undefined ? undefined : { ...taken.extra, id: newId() }
    const names = payer === undefined ? {} : { payer }
    const beside =
      extra === undefined ? undefined : newRow(extra, { companyTag: row.companyTag, ...(home === undefined ? {} : { home }) }, names, deps)
    const planned = written(taken, nextRow(row, kept, taken.bond, around, deps), event, trace, beside && extra && { row: beside, bond: extra })
    const late = [
      ...(event.kind === 'assigned' ? lateWrites(context.section, row.id, deps) : []),
      ...(extra === undefined ? [] : lateWrites(extra.sectionId === undefined ? home : context.section, extra.id, deps)),
    ]
    const came = event.kind === 'money-arrived' || event.kind === 'assigned'
    const after = came ? toldAfter(extra ?? taken.bond, context.section, clock.now()) : undefined
    const ends = after === undefined ? [] : [tasks.sectionTask(after, after.at)]
    return { ...planned, writes: [...planned.writes, ...late, ...ends], ...(extra === undefined ? {} : { extra }) }
  }

  /** Money to an account that nobody was given; a second payment finds the first by it. */
  async function planUnknown(accountTag: Tag, event: BondEvent, trace: string, payer: Payer): Promise<Planned> {
    const bond = unknownBond(newId())
    const companyTag = newId()
    const taken = step(bond, event, await contextFor(deps, { id: bond.id, companyTag }, bond, event))
    return written(taken, { ...newRow(taken.bond, { companyTag, accountTag }, { payer }, deps), version: 0 }, event, trace)
  }

  function written(taken: Step, row: BondRow, event: BondEvent, trace: string, beside?: { row: BondRow; bond: Bond }): Planned {
    const orders = postingsOf(beside?.bond ?? taken.bond, event, taken.movements, trace)
    const writes = [bondWrite(row, lineOf(row.id, event, deps), beside?.row), ...(orders.length === 0 ? [] : [ledgerWrite(orders)])]
    return { ...taken, bondId: row.id, lock: row.id, writes }
  }

  const register: Register = {
    async giveAccount({ sectionId, model, company, prefix, whence }, more) {
      const { basicAccount, uscc, name } = company
      const bidder = { name: tags.name(name), basicAccount: tags.account(basicAccount) }
      const given = await effects.apply(async () => {
        const section = await store.section(sectionId)
        if (section === undefined) throw new BrokerError('bond_unknown', 'no such section')
        if (section.state !== 'open' || clock.now().getTime() >= Date.parse(section.deadline))
          throw new BrokerError('bond_section_closed', 'the section gives out no sub-account', {
            received: section.state,
            expected: `open, before ${section.deadline}`,
          })
        const account = newAccountNumber(prefix)
        const bond = expectedBond(newId(), bidder, model === 'section' ? section : undefined)
        const row = newRow(
          bond,
          {
            ...{ home: section, companyTag: tags.company(uscc), account, accountTag: tags.account(account) },
            note: noteOf(whence, clock.now().toISOString(), tags, bond.id),
          },
          { bidder: { uscc, name } },
          deps,
        )
        const named = { bondId: bond.id, account }
        return {
          named,
          lock: bond.id,
          writes: [bondWrite({ ...row, version: 0 }, undefined), ...lateWrites(section, bond.id, deps), ...((await more?.(named)) ?? [])],
        }
      })
      return given.named
    },
    async arrival({ account, receipt, payer, evidence, trace }) {
      const tagged = { account: tags.account(payer.account), name: tags.name(payer.name) }
      const event: BondEvent = { kind: 'money-arrived', key: '', at: clock.now().toISOString(), evidence, receipt, payer: tagged }
      const accountTag = tags.account(account)
      const found = await store.forBank(accountTag)
      return found === undefined ? await planUnknown(accountTag, event, trace, payer) : await plan(found, event, trace, payer)
    },
    async event(bondId, event, trace) {
      const row = await store.forStep(bondId)
      if (row === undefined) throw new BrokerError('bond_unknown', 'no such bond')
      return await plan(row, event, trace)
    },
    async happened(bondId, event, trace, more) {
      const planned = await effects.apply(async () => {
        const plan = await register.event(bondId, event, trace)
        return plan.repeated ? plan : { ...plan, writes: [...plan.writes, ...((await more?.(plan)) ?? [])] }
      })
      if (!planned.repeated) await told(planned.bondId, event, trace)
      return planned
    },
  }

  /** What a message brought is in the audit record with the message; an act has its own event. */
  async function told(bondId: string, event: BondEvent, trace: string): Promise<void> {
    const sm3 = createHash('sm3')
      .update(keyTagOf(bondId, event, tags))
      .digest('hex')
    await deps.audit.append({ code: 'bond.happened', trace, facts: { sm3 } })
  }

  return register
}
