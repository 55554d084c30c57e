/** The broker that is killed, or its worker, or both in one: the data channel with bonds over real HTTP, on a database. A worker sends and orders; it does not listen. */
import { subscribe } from 'node:diagnostics_channel'
import express from 'express'
import { z } from 'zod'
import { createTrail } from '../../server/audit/trail.ts'
import { CHANNEL_PATH } from '../../server/channel/channel.ts'
import { requestContext } from '../../server/http/context.ts'
import { days } from '../../server/kernel/clock.ts'
import { newId, newTraceCode } from '../../server/kernel/ids.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { readUscc } from '../../server/kernel/uscc.ts'
import { listen } from '../../server/listen.ts'
import { type Broken, breakStores } from './broken-stores.ts'
import { type CommonCalls, givenTo, serveCalls } from './calls.ts'
import { createCut } from './cut.ts'
import { hookStores } from './hooked-stores.ts'
import { openPlatform, partyOf } from './platform.ts'
import { type PlatformBooks, readBooks } from './platform-books.ts'
import { openDatabase, type State, stateOf } from './platform-database.ts'
import { createShiftedClock } from './shifted-clock.ts'

export interface PlatformGiven {
  role: 'broker' | 'worker' | 'both'
  databaseUrl?: string
  dataDir: string
  port: number
  url: string
  bank: string
  bankUrl: string
  /** base64, of 32 bytes */
  sealingKey: string
  offset: number
  broken?: Broken
}
export interface Company {
  uscc: string
  name: string
  basicAccount: string
}
export type PlatformCalls = CommonCalls & {
  /** A section is announced. @returns its id */
  section: { given: { demandedFen: number }; answer: string }
  account: { given: { section: string; company: Company }; answer: { bondId: string; account: string } }
  withdraw: { given: { company: Company; bondId: string }; answer: unknown }
  /** does what is due: refunds are ordered, messages sent */
  work: { given: null; answer: unknown }
  state: { given: null; answer: State }
  books: { given: null; answer: PlatformBooks }
}

const given = givenTo<PlatformGiven>()
const { role, bank, url, sealingKey } = given
const clock = createShiftedClock(given.offset)
const cut = createCut()
const { sql, stores: plain } = await openDatabase(given, clock)
const hooked = hookStores(plain, cut)
const stores = given.broken === undefined ? hooked : breakStores(hooked, given.broken)
const trail = createTrail({ store: stores.audit, clock })
const party = partyOf(bank, given.dataDir, given.bankUrl)
const { sealing, channel, bonds, companies, sections } = openPlatform(stores, {
  ...{ publicUrl: url, party, sealingKey, works: role !== 'broker', clock, trail },
})

const outgoing = z.object({ request: z.object({ path: z.string(), once: z.function() }) })
subscribe('http.client.request.created', event => {
  const request = outgoing.safeParse(event).data?.request
  // with the operating system, and so on its way
  if (request?.path === `/${bank}/channel/messages`) Reflect.apply(request.once, Reflect.get(Object(event), 'request'), ['finish', sent])
})
const sent = () => cut.reach('worker-sent')

if (role !== 'worker') {
  const app = express()
  app.use(requestContext({ clock, log: silentLog }))
  app.use(`${CHANNEL_PATH}/messages`, (_req, res, next) => {
    res.once('finish', () => res.statusCode === 200 && cut.reach('broker-answered'))
    next()
  })
  app.use(CHANNEL_PATH, channel.router)
  await listen(app, given.port, '127.0.0.1')
}

const companyOf = ({ uscc, name }: Company) => ({
  identity: { uscc: readUscc(uscc), name },
  actor: { membershipId: uscc, assurance: 'shield' as const },
  trace: newTraceCode(),
  whence: { personId: uscc },
})

serveCalls<PlatformCalls>({
  arm: ({ point, nth }) => cut.arm(point, nth),
  clock: clock.shift,
  async section({ demandedFen }) {
    const project = await sections.announceProject({ center: 'center', code: newId(), title: '演示项目', law: 'bidding' })
    const deadline = new Date(clock.now().getTime() + days(60)).toISOString()
    const facts = { name: '一标段', demandedFen: BigInt(demandedFen), deadline, opensAt: deadline, validityDays: 90 }
    return (await sections.announce(project, facts, { custodians: 3, threshold: 2 }, newTraceCode())).section.id
  },
  account: ({ section, company }) => companies.account(companyOf(company), { sectionId: section, bank, basicAccount: company.basicAccount }),
  withdraw: ({ company, bondId }) => companies.withdraw(companyOf(company), bondId),
  work: bonds.work,
  state: () => stateOf(sql, clock),
  books: () => readBooks(sql, stores, sealing),
})
