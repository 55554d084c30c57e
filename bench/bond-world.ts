import { randomBytes } from 'node:crypto'
import { workbenchPage } from '../server/authorization/workbench.ts'
import { createDues } from '../server/bonds/dues.ts'
import { createGuarantees } from '../server/bonds/guarantees/guarantees.ts'
import type { BondPagesDeps, BondVisit } from '../server/bonds/pages/ports.ts'
import { createBondPages } from '../server/bonds/pages/routes.ts'
import { createReadings } from '../server/bonds/readings.ts'
import { createSections } from '../server/bonds/sections.ts'
import { createTaskWrites } from '../server/bonds/task-writes.ts'
import { type Clock, days, hours, systemClock } from '../server/kernel/clock.ts'
import type { Stores } from '../server/storage/stores.ts'
import { type Bidder, newBidder, openNotices } from './channel-notices.ts'
import { serve } from './served.ts'

/** Companies with paid bonds in sections that were opened since, and their pages over HTTP. Who is logged in is played: what a login costs is `-- login`. */
export interface BondWorld {
  /** each answers with a page; asked in turn about every company, bond and section there is */
  company(): Promise<string>
  bond(): Promise<string>
  section(): Promise<string>
  /** as many signed notices of money, each for a sub-account of its own */
  make: Awaited<ReturnType<typeof openNotices>>['make']
  receive: Awaited<ReturnType<typeof openNotices>>['receive']
  close(): Promise<void>
}

/** companies, each with a bond in each of as many sections */
export const SIDE = 20
const TRACE = 'K7QM-3F9T'
const CENTER = { id: 'bench', name: '演示交易中心' }

export async function openBondWorld(stores: Stores): Promise<BondWorld> {
  const notices = await openNotices(stores)
  const { sealing, tags, audit, parameters, register } = notices.parts
  const { bonds: store, effects } = stores
  // the pages are those of a day after the opening
  let ahead = days(31)
  const clock: Clock = { now: () => new Date(systemClock.now().getTime() + ahead) }
  const readings = createReadings({ store, opened: stores.openedBonds, sealing, tags, clock })
  const tasks = createTaskWrites(sealing)
  const sections = createSections({ store, effects, tasks, sealing, random: randomBytes, clock, audit })

  const companies = Array.from({ length: SIDE }, (_, n) => newBidder(n))
  const opened: string[] = []
  for (let n = 0; n < SIDE; n++) {
    const { section, shares } = await notices.announce()
    await Promise.all(companies.map(async company => void (await notices.receive(await notices.notice(section.id, company)))))
    await sections.release({ sectionId: section.id, center: CENTER.id }, shares.slice(0, 2), TRACE)
    opened.push(section.id)
  }
  // the second reading, a while later, is the last that asks a section's places
  for (let reading = 0; reading < 2; reading++) {
    for (const sectionId of opened) await readings.ofSection({ sectionId, center: CENTER.id }).page()
    ahead += hours(2)
  }
  const bonds: [Bidder, string][] = []
  for (const company of companies) for (const { id } of await readings.forCompany(company.uscc)) bonds.push([company, id])

  const guarantees = createGuarantees({
    ...{ sealing, tags, tasks, clock, audit, effects, store: stores.guarantees, bonds: store, bondPlan: register.event, sender: '' },
    ...{ partyOf: () => undefined, issuers: () => [], isIssuers: () => false, centerName: async () => CENTER.name },
  })
  const nobody = () => Promise.reject(new Error('nobody acts here'))
  const server = await serve(
    BONDS,
    createBondPages({
      ...{ readings, store, sections, clock, guarantees: () => guarantees, dues: createDues({ parameters, clock }) },
      acts: { account: nobody, withdraw: nobody, mayGuarantee: nobody },
      wake: () => undefined,
      issuerName: id => ({ zh: id, en: id }),
      centerName: async () => CENTER.name,
      banks: () => [],
      visits: visitsOf(uscc => companies.find(company => company.uscc === uscc)),
    }),
    'https://shield.test',
  )
  const get = (path: string, { uscc }: Bidder) => server.ask({ method: 'GET', path: `${BONDS}${path}`, headers: { [WHO]: uscc } })
  const [anybody = newBidder(0)] = companies
  return {
    company: inTurn(companies, company => get('/', company)),
    bond: inTurn(bonds, ([company, bondId]) => get(`/${bondId}`, company)),
    section: inTurn(opened, section => get(`/center/${section}`, anybody)),
    make: notices.make,
    receive: notices.receive,
    async close() {
      await server.close()
      await notices.close()
    },
  }
}

const BONDS = '/workbench/bonds'
const WHO = 'x-company'

/** Of the company that the request names; its people are the center's staff as well. */
function visitsOf(companyOf: (uscc: unknown) => Bidder | undefined): BondPagesDeps['visits'] {
  const visit = (uscc: unknown): BondVisit => {
    const identity = companyOf(uscc)
    if (identity === undefined) throw new Error('nobody is logged in')
    const desk = { company: identity, person: '示例', representative: false, trace: TRACE }
    return {
      company: { identity, actor: { membershipId: '', assurance: 'shield' }, trace: TRACE, whence: { personId: '' } },
      centers: [CENTER],
      frame: page => workbenchPage(desk, { ...page, place: 'bonds' }),
    }
  }
  const handle: BondPagesDeps['visits']['page'] = show => (req, res) => show(visit(req.headers[WHO]), req, res)
  return { page: handle, act: handle }
}

function inTurn<Thing>(things: readonly Thing[], ask: (thing: Thing) => Promise<string>): () => Promise<string> {
  let next = 0
  return async () => {
    const thing = things[next++ % things.length]
    if (thing === undefined) throw new Error('nothing to ask about')
    return await ask(thing)
  }
}
