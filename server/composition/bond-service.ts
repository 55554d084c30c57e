import { randomBytes } from 'node:crypto'
import type { Request, Response, Router } from 'express'
import { PLATFORM } from '../../bank-adapters/channel/published.ts'
import type { Trail } from '../audit/events.ts'
import { workbenchPage } from '../authorization/workbench.ts'
import { actorOf, type Visit } from '../authorization/workbench-room.ts'
import { createBondInterface } from '../bonds/api/interface.ts'
import { dayOf } from '../bonds/calendar/day.ts'
import { createCenterActs } from '../bonds/center-acts.ts'
import { createCompanyActs } from '../bonds/company-acts.ts'
import { type AddConduct, createConduct } from '../bonds/conduct.ts'
import { createDecisions } from '../bonds/decisions.ts'
import { createDues } from '../bonds/dues.ts'
import type { Guarantees } from '../bonds/guarantees/guarantees.ts'
import { messagesFromBank } from '../bonds/messages/from-bank.ts'
import { createToBank, publishedToBank } from '../bonds/messages/to-bank.ts'
import type { BondVisit } from '../bonds/pages/ports.ts'
import { createBondPages } from '../bonds/pages/routes.ts'
import { createParameterRoutes } from '../bonds/parameter-routes.ts'
import { createBondParameters } from '../bonds/parameters.ts'
import { createReadings, type Readings } from '../bonds/readings.ts'
import { createRefunds } from '../bonds/refunds.ts'
import { createRegister, type Register } from '../bonds/register.ts'
import { keptOf } from '../bonds/rows.ts'
import { createTags } from '../bonds/secrecy/tags.ts'
import { createSectionWork } from '../bonds/section-work.ts'
import { createSections } from '../bonds/sections.ts'
import { createAlerts } from '../bonds/signals/alerts.ts'
import { createTaskWrites } from '../bonds/task-writes.ts'
import { createBondTasks } from '../bonds/tasks.ts'
import type { ConfidentialDeps } from '../channel/confidential-write.ts'
import type { MessageType } from '../channel/types.ts'
import type { SignedCookies } from '../http/cookies.ts'
import { type Visits, visitsAs } from '../http/visits.ts'
import type { InterfaceDeps } from '../interfaces/interface.ts'
import type { Authority } from '../kernel/authority.ts'
import { type Clock, days } from '../kernel/clock.ts'
import { newSecret } from '../kernel/ids.ts'
import type { Log } from '../kernel/log.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { Stores } from '../storage/stores.ts'
import type { Words } from '../web/words.ts'
import { staffOf } from './bid-service.ts'

/** Joins bid bonds with the house: their storage, the channel to the banks, the door for centers' programs. Owns nothing but the joining. */
export interface BondService {
  /** a bond's part of what else befalls it, such as a guarantee */
  plan: Register['event']
  /** who won, and what a company's own bond is */
  readings: Readings
  /** what banks say, for the channel */
  messages: readonly MessageType[]
  /** what they are told */
  sends: typeof publishedToBank
  /** within the workbench's door, at /bonds */
  pages: Router
  /** for the management port, at /bonds */
  operator: Router
  /** for centers' programs, at /api/bonds */
  centers: Router
  /** what is written down to be done: about once a minute, and when something is; on any number of processes */
  work(): Promise<void>
  /** a refund was found in both day files of a bank; once, however often it is told. False for what is no order of ours */
  reconciled(found: { order: string; day: string; file: string; trace: string }): Promise<boolean>
}

export function openBondService(deps: {
  stores: Stores
  sealing: Sealing
  publicUrl: string
  centers: InterfaceDeps
  use: Authority['use']
  /** what bonds say about their bidders, once names are released */
  conduct: AddConduct
  visits: Visits<Visit>
  clients: Parameters<typeof staffOf>[0]
  /** asked when a page is, or a bond decided: they are joined after bonds */
  guarantees(): Guarantees
  /** a bank's or insurer's name, as people know it */
  issuerName(id: string): Words
  /** a center's name, as people know it */
  centerName(id: string): Promise<string>
  cookies: SignedCookies
  /** banks that open sub-accounts now, with the digits that these begin with */
  banks(): readonly { id: string; name: Words; prefix: string }[]
  /** a party of the data channel */
  partyOf: ConfidentialDeps['partyOf']
  /** by which a payer stands in a bank's day file */
  payerCode(bank: string, serial: string, account: string): string
  /** there are messages to banks to send */
  send(): Promise<void>
  trail: Trail
  clock: Clock
  log: Log
}): BondService {
  const { stores, sealing, trail: audit, clock, log } = deps
  const { bonds: store, effects } = stores
  const tags = createTags(sealing)
  const tasks = createTaskWrites(sealing)
  const parameters = createBondParameters({ store: stores.bondParameters, clock, audit })
  const register = createRegister({ store, effects, parameters, sealing, tags, clock, audit })
  const toBank = createToBank({ sender: PLATFORM, partyOf: deps.partyOf, clock })
  const wake = () => void work()
  const send = () => void deps.send()
  const decisions = createDecisions({ register, tasks, clock, wake, follow: (...decided) => deps.guarantees().follow(...decided) })
  const sections = createSections({ store, effects, tasks, sealing, random: randomBytes, clock, audit })
  const bondOf = async (id: string) => {
    const row = await store.forStep(id)
    return row === undefined ? undefined : keptOf(row, sealing).bond
  }
  const readings = createReadings({ store, opened: stores.openedBonds, sealing, tags, clock })
  const alerts = createAlerts({ store, alerts: stores.bondAlerts, readings, sealing, tags, clock, audit })
  const todo = createBondTasks({
    store: stores.bondTasks,
    effects,
    tasks,
    refunds: createRefunds({ register, bondOf, effects, toBank, parameters, clock }),
    conduct: createConduct({ store, readings, add: deps.conduct }),
    alerts,
    sections: createSectionWork({ store, decisions, sealing, tags, clock }),
    clock,
    log,
  })
  async function work(): Promise<void> {
    await todo.work()
    await deps.send()
  }

  const dues = createDues({ parameters, clock })
  const prefixOf = (bank: string) => deps.banks().find(({ id }) => id === bank)?.prefix
  const companyActs = createCompanyActs({ store, register, readings, decisions, toBank, tags, use: deps.use, prefixOf, clock, wake: send })

  return {
    pages: createBondPages({
      acts: companyActs,
      readings,
      dues,
      store,
      sections,
      guarantees: deps.guarantees,
      issuerName: deps.issuerName,
      wake: send,
      visits: visitsFor(deps.visits, staffOf(deps.clients), deviceOf(deps.cookies)),
      banks: deps.banks,
      centerName: deps.centerName,
      clock,
    }),
    plan: register.event,
    sends: publishedToBank,
    operator: createParameterRoutes(parameters),
    readings,
    messages: messagesFromBank({ register, store, tags, toBank, payerCode: deps.payerCode, wake: send }),
    centers: createBondInterface(deps.centers, {
      publicUrl: deps.publicUrl,
      sections,
      acts: createCenterActs({ store, sections, decisions, effects, tasks, sealing, clock, wake }),
      readings,
      dues,
      alerts,
      guarantees: deps.guarantees,
      wake: send,
      store,
      trail: audit,
      clock,
    }),
    work,
    async reconciled({ order, day, file, trace }) {
      const [bondId = ''] = order.split('.')
      const bond = await bondOf(bondId)
      if (bond?.state !== 'returned' && bond?.state !== 'forfeited' && bond?.state !== 'to-performance') return false
      const evidence = [{ kind: 'reconciliation-file' as const, ref: file }]
      await register.happened(
        bondId,
        { kind: 'reconciled', key: `reconciled/${order}`, at: clock.now().toISOString(), day: dayOf(new Date(`${day}T04:00:00.000Z`)), evidence },
        trace,
      )
      return true
    },
  }
}

/** The workbench's visits as those of a company with bonds, or of a center's staff. */
const visitsFor = (visits: Visits<Visit>, staff: ReturnType<typeof staffOf>, device: ReturnType<typeof deviceOf>): Visits<BondVisit> =>
  visitsAs(visits, (visit, req, res) => ({
    company: {
      identity: { uscc: visit.facts.membership.uscc, name: visit.facts.membership.enterpriseName },
      actor: actorOf(visit),
      trace: visit.by.trace,
      whence: {
        ...{ personId: visit.facts.membership.personId, device: device(req, res) },
        ...(visit.shield === undefined ? {} : { shield: visit.shield }),
        ...(req.ip === undefined ? {} : { address: req.ip }),
      },
    },
    centers: staff(visit.facts.membership.uscc),
    frame: page => workbenchPage(visit.desk, { ...page, place: 'bonds' }),
  }))

/** A random number that a browser keeps, signed: the same browser used for rivals of one section is a signal. It says nothing of itself, and goes to the bond pages alone. */
const deviceOf =
  (cookies: SignedCookies) =>
  (req: Request, res: Response): string => {
    const kept = cookies.get(req, res, DEVICE)
    if (kept !== undefined) return kept
    const made = newSecret()
    cookies.set(req, res, DEVICE, made, { path: '/workbench/bonds', sameSite: 'lax', maxAge: days(400) })
    return made
  }
const DEVICE = 'bond_device'
