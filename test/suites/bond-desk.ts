import { randomBytes } from 'node:crypto'
import type { AuditEvent } from '../../server/audit/events.ts'
import { createCenterActs } from '../../server/bonds/center-acts.ts'
import { createDecisions } from '../../server/bonds/decisions.ts'
import { createBondParameters } from '../../server/bonds/parameters.ts'
import { createReadings } from '../../server/bonds/readings.ts'
import { type Arrival, createRegister } from '../../server/bonds/register.ts'
import { createTags } from '../../server/bonds/secrecy/tags.ts'
import { createSectionWork } from '../../server/bonds/section-work.ts'
import { createSections, type SectionFacts } from '../../server/bonds/sections.ts'
import { createAlerts } from '../../server/bonds/signals/alerts.ts'
import type { Whence } from '../../server/bonds/signals/note.ts'
import type { BondEvent, BondFact } from '../../server/bonds/state/events.ts'
import { createTaskWrites } from '../../server/bonds/task-writes.ts'
import { newId } from '../../server/kernel/ids.ts'
import { createSealing } from '../../server/kernel/sealing.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { BondProject } from '../../server/storage/stores-bonds.ts'
import type { EffectStore } from '../../server/storage/stores-effects.ts'
import { taskDoneWrite } from '../../server/storage/writes.ts'
import { tell } from '../bonds/stage.ts'
import { newUscc, type SuiteClock } from './storage.ts'

export const DEADLINE = '2026-05-12T01:30:00.000Z'
export const FEN = 20_000_000n
export const TRACE = 'K7QM-3F9T'
export const evidence = [{ kind: 'bank-receipt' as const, ref: 'message-1' }]

/** The parts of bonds over some stores, with a company and a section at hand. */
export function bondDesk(stores: Stores, clock: SuiteClock) {
  const sealing = createSealing(randomBytes(32))
  const tags = createTags(sealing)
  const told: AuditEvent[] = []
  const audit = { append: async (...events: AuditEvent[]) => void told.push(...events) }
  const store = stores.bonds
  let meanwhile: (() => Promise<unknown>) | undefined
  /** as any, but that somebody may be faster between a plan and its writing */
  const effects: EffectStore = {
    ...stores.effects,
    apply: plan =>
      stores.effects.apply(async () => {
        const planned = await plan()
        const others = meanwhile
        meanwhile = undefined
        await others?.()
        return planned
      }),
  }
  const beforeWriting = (others: () => Promise<unknown>) => {
    meanwhile = others
  }
  const parameters = createBondParameters({ store: stores.bondParameters, clock, audit })
  const tasks = createTaskWrites(sealing)
  const sections = createSections({ store, effects: stores.effects, tasks, sealing, random: randomBytes, clock, audit })
  const register = createRegister({ store, effects, parameters, sealing, tags, clock, audit })
  const readings = createReadings({ store, opened: stores.openedBonds, sealing, tags, clock })
  const company = () => ({ uscc: newUscc(), name: `演示企业（${newId()}）有限公司`, basicAccount: newId() })
  const announce = async (more: Partial<SectionFacts> = {}, law: BondProject['law'] = 'bidding') => {
    const project = await sections.announceProject({ center: newId(), code: newId(), title: '演示项目', law })
    const facts = { name: '一标段', demandedFen: FEN, deadline: DEADLINE, opensAt: DEADLINE, validityDays: 90, ...more }
    const { section, shares } = await sections.announce(project, facts, { custodians: 3, threshold: 2 }, TRACE)
    return { section, shares, asked: { sectionId: section.id, center: section.center } }
  }
  const bidder = async (sectionId: string, model: 'section' | 'project' = 'section', whence: Partial<Whence> = {}, who = company()) => {
    return { ...who, ...(await register.giveAccount({ sectionId, model, company: who, prefix: '4400', whence: { personId: newId(), ...whence } })) }
  }
  const arrived = (notice: Arrival) => effects.apply(() => register.arrival(notice))
  const pay = (to: { account: string }, from: { name: string; basicAccount: string }, more: { serial?: string; fen?: bigint; at?: string } = {}) =>
    arrived({
      account: to.account,
      receipt: { bank: 'ccb', serial: more.serial ?? newId(), at: more.at ?? clock.now().toISOString(), fen: more.fen ?? FEN },
      payer: { name: from.name, account: from.basicAccount },
      evidence,
      trace: TRACE,
    })
  const happen = (bondId: string, fact: BondFact, more: Partial<BondEvent> = {}) =>
    register.happened(bondId, tell(fact, { at: clock.now().toISOString(), ...more }), TRACE)
  const decisions = createDecisions({ register, tasks, follow: async () => [], clock, wake: () => undefined })
  const acts = createCenterActs({ store, sections, decisions, effects: stores.effects, tasks, sealing, clock, wake: () => undefined })
  const sectionWork = createSectionWork({ store, decisions, sealing, tags, clock })
  /** What is to be done about a section by now, done once. @returns what it was */
  const work = async (sectionId: string) => {
    const now = clock.now()
    const lease = newId()
    const done = []
    // what is left comes again at once
    for (const { id, sealed, tries } of await stores.bondTasks.claim(lease, { now, until: now }, 10_000)) {
      const what = tasks.read({ id, sealed, tries })
      if (what.do === 'refund' || what.do === 'conduct' || what.sectionId !== sectionId) continue
      await sectionWork.work(what, id)
      await stores.effects.apply(async () => ({ lock: id, writes: [taskDoneWrite(id, lease)] }))
      done.push(what)
    }
    return done
  }
  const alerts = createAlerts({ store, alerts: stores.bondAlerts, readings, sealing, tags, clock, audit })
  /** that of an opened section is known by its list alone: who asks its places fails */
  const listed = createReadings({
    ...{ store: { ...store, idsForCenter: () => Promise.reject(new Error('places were asked')) }, opened: stores.openedBonds },
    ...{ sealing, tags, clock },
  })
  return {
    listed,
    alerts,
    sealing,
    tasks,
    tags,
    told,
    parameters,
    sections,
    register,
    readings,
    company,
    announce,
    bidder,
    pay,
    happen,
    work,
    acts,
    beforeWriting,
  }
}
