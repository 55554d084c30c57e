/**
 * `npm run bench -- authorization`: what the one decision costs, in ratios within one run. Bare (the pure function on facts at hand), from the database (facts read, signatures remembered, decided), through HTTP
 * (the interface for centers, audit record included), used (and written down); and the readings again with 500,000 companies and 2,000,000 mandates against 1,000. Every row proves itself on a denial before it
 * counts.
 */
import { type DecisionFacts, decide } from '../server/authorization/decide.ts'
import { readMandateText } from '../server/authorization/terms.ts'
import type { Actor, ActRequest } from '../server/kernel/authority.ts'
import { fixedClock } from '../server/kernel/clock.ts'
import { silentLog } from '../server/kernel/log.ts'
import { openStores } from '../server/storage/open.ts'
import type { Stores } from '../server/storage/stores.ts'
import { createStage, type Somebody, type Stage } from '../test/authorization/stage.ts'
import { createTemporaryDatabase } from '../test/storage/temporary-postgres.ts'
import { type DecisionServer, openDecisionServer } from './decision-server.ts'
import { fillMandates, spreadMandates } from './fill-mandates.ts'
import { median, type Rates, ratesOf, ratioOf } from './rate.ts'

/** milliseconds a row */
const ROW = 3000
/** so many persons are asked about in turn, spread over all that are known */
const ASKED = 400
/** requests under way at a time through HTTP */
const AT_ONCE = 16
const REQUEST: ActRequest = { act: 'bond_pay', center: 'center-1', amountFen: 100 }

interface World {
  stores: Stores
  stage: Stage
  clerks: Somebody[]
  server: DecisionServer
  mandates: number
  close(): Promise<void>
}

export async function benchAuthorization({ json }: { json: boolean }): Promise<void> {
  const say = (text: string) => void (json || console.log(text))
  const [small, large] = await openWorlds(say)
  try {
    const rates = await measure(small, large)
    const perSecond = (row: keyof typeof rates, calls = 1) => Math.round(median(rates[row]) * calls)
    const figures = {
      'bare/s': perSecond('bare'),
      'database/s': perSecond('small'),
      'http/s': perSecond('http', AT_ONCE),
      'used/s': perSecond('used'),
      'database/bare': ratioOf(rates.small, rates.bare),
      mandates: [small.mandates, large.mandates],
      'time large/small': ratioOf(rates.small, rates.large),
      'time large/small through HTTP': ratioOf(rates.http, rates.httpLarge),
    }
    if (json) return void console.log(JSON.stringify(figures))
    console.table({
      '(a) bare: decide(facts)': { 'decisions/s': figures['bare/s'] },
      [`(b) from the database, ${small.mandates} mandates`]: { 'decisions/s': figures['database/s'] },
      [`(c) from the database, ${large.mandates} mandates`]: { 'decisions/s': perSecond('large') },
      [`(d) through HTTP, ${AT_ONCE} at once, ${small.mandates} mandates`]: { 'decisions/s': figures['http/s'] },
      [`(e) through HTTP, ${AT_ONCE} at once, ${large.mandates} mandates`]: { 'decisions/s': perSecond('httpLarge', AT_ONCE) },
      '(f) decided, used, written down durably': { 'decisions/s': figures['used/s'] },
    })
    console.log(`time (c)/(b): ${figures['time large/small'].toFixed(2)} (goal at most 1.2)`)
    console.log(`time (e)/(d): ${figures['time large/small through HTTP'].toFixed(2)} (goal at most 1.2)`)
  } finally {
    await small.close()
    await large.close()
  }
}

async function openWorlds(say: (text: string) => void): Promise<[World, World]> {
  if (process.env['TEST_DATABASE_URL'] === undefined)
    say('on the embedded database, without others: TEST_DATABASE_URL names no PostgreSQL server for two million')
  return [await openWorld(1_000, say), await openWorld(2_000_000, say)]
}

/** Only those who are asked about are signed; on the embedded database there is nobody else. */
async function openWorld(mandates: number, say: (text: string) => void): Promise<World> {
  const clock = fixedClock('2026-11-28T08:00:00.000Z')
  const database = await createTemporaryDatabase()
  const stores = await openStores({ databaseUrl: database?.url, dataDir: 'memory', clock, log: silentLog })
  const stage = createStage(stores, clock)
  if (database !== undefined) await fillMandates(database.url, mandates - ASKED, done => say(`filling: ${done} of ${mandates} mandates`))
  const clerks: Somebody[] = []
  for (let i = 0; i < ASKED; i++) {
    const company = stage.company()
    const boss = await stage.person(company, 'legal-representative')
    const clerk = await stage.person(company, 'operator')
    await stage.give(boss, clerk, { limitFen: 1000 })
    clerks.push(clerk)
  }
  if (database !== undefined) await spreadMandates(database.url)
  const server = await openDecisionServer(stage, clerks)
  return {
    stores,
    stage,
    clerks,
    server,
    mandates: database === undefined ? ASKED : mandates,
    async close() {
      await server.close()
      await stores.close()
      await database?.drop()
    },
  }
}

async function measure(small: World, large: World): Promise<Rates<'bare' | 'small' | 'large' | 'http' | 'httpLarge' | 'used'>> {
  const bare = await bareFacts(small)
  if (decide({ ...bare, request: { ...REQUEST, amountFen: 1001 } }).kind !== 'deny') throw new Error('a decision allowed too much')
  const asking = (world: World) => inTurn(world, async ({ stage }, actor) => expectAllowed((await stage.authority.decide(actor, REQUEST)).kind))
  const using = inTurn(small, async ({ stage }, actor) => {
    await stage.authority.use(actor, REQUEST, { reference: 'bench', trace: 'K7QM-3F9T' })
  })
  const posting = (world: World) => {
    const one = inTurn(world, async ({ server }, { membershipId }) => {
      const answer: { decision: string } = JSON.parse(await server.ask(membershipId, { act: 'bond_pay', amount_fen: 100 }))
      expectAllowed(answer.decision)
    })
    return () => Promise.all(Array.from({ length: AT_ONCE }, one))
  }
  for (const world of [small, large]) await prove(world)
  return await ratesOf(
    {
      bare: () => expectAllowed(decide(bare).kind),
      small: asking(small),
      large: asking(large),
      http: posting(small),
      httpLarge: posting(large),
      used: using,
    },
    ROW,
  )
}

/** Denies what nobody gave, each way; and checks each signature once: they are remembered from a mandate's first use in a process. */
async function prove({ stage, clerks, server }: World): Promise<void> {
  const [clerk] = clerks
  if (clerk === undefined) throw new Error('nobody to decide about')
  const denied = await stage.authority.decide(clerk.actor, { ...REQUEST, act: 'sign' })
  const told: { decision: string } = JSON.parse(await server.ask(clerk.membershipId, { act: 'sign' }))
  if (denied.kind !== 'deny' || told.decision !== 'deny') throw new Error('a decision allowed what nobody gave')
  for (const each of clerks) expectAllowed((await stage.authority.decide(each.actor, REQUEST)).kind)
}

function expectAllowed(kind: string): void {
  if (kind !== 'allow') throw new Error(`a decision answered ${kind}`)
}

function inTurn(world: World, ask: (world: World, actor: Actor) => Promise<void>): () => Promise<void> {
  let next = 0
  return async () => {
    const clerk = world.clerks[next++ % world.clerks.length]
    if (clerk !== undefined) await ask(world, clerk.actor)
  }
}

async function bareFacts({ stores, clerks, stage }: World): Promise<DecisionFacts> {
  const [clerk] = clerks
  const stored = clerk && (await stores.mandates.facts(clerk.membershipId))
  const row = stored?.mandates[0]
  if (clerk === undefined || stored === undefined || row === undefined) throw new Error('nobody to decide about')
  return {
    now: stage.clock.now(),
    actor: clerk.actor,
    request: REQUEST,
    approvals: [],
    membership: stored.membership,
    company: {
      uscc: stored.membership.uscc,
      ...(stored.legalRepresentativeId === undefined ? {} : { legalRepresentativeId: stored.legalRepresentativeId }),
    },
    mandates: [{ id: row.id, state: row.state, usedFen: row.usedFen, rootGiverId: row.rootGiverId, above: [], terms: readMandateText(row.text) }],
  }
}
