/**
 * `npm run bench -- bonds`: what a company's page of its bonds, a bond's page, a section's page for its center and a bank's signed notice take, end to end, with `--count` bonds in the database (2,000,000 unless told)
 * against 10,000: ratios within one run. Each bond has its rows in the ledger, the inbox, the outbox and the audit record. Needs PostgreSQL by TEST_DATABASE_URL.
 */
import { checkLedger } from '../server/bonds/ledger/check.ts'
import { systemClock } from '../server/kernel/clock.ts'
import { silentLog } from '../server/kernel/log.ts'
import { startThreads } from '../server/kernel/threads.ts'
import { openStores } from '../server/storage/open.ts'
import { createTemporaryDatabase } from '../test/storage/temporary-postgres.ts'
import { type BondWorld, openBondWorld, SIDE } from './bond-world.ts'
import { fillBonds } from './fill-bonds.ts'
import { byMany, median, type Rates, rate, ratesOf, ratioOf } from './rate.ts'

const SMALL = 10_000
/** milliseconds a row */
const ROW = 3000
const TURNS = 15
/** notices under way at a time */
const AT_ONCE = 16

export async function benchBonds({ json, count = 2_000_000 }: { json: boolean; count?: number }): Promise<void> {
  const say = (text: string) => void (json || console.log(text))
  // as the broker's own program
  const threads = startThreads(cause => {
    throw cause
  })
  const small = await openFilled(SMALL, say)
  try {
    const large = await openFilled(count, say)
    try {
      tell(json, count, { ...(await pages(small.world, large.world)), ...(await notices(small.world, large.world)) })
    } finally {
      await large.close()
    }
  } finally {
    await small.close()
    await threads.close()
  }
}

interface Filled {
  world: BondWorld
  close(): Promise<void>
}

async function openFilled(bonds: number, say: (text: string) => void): Promise<Filled> {
  const database = await createTemporaryDatabase()
  if (database === undefined) throw new Error('TEST_DATABASE_URL names no PostgreSQL server')
  try {
    const stores = await openStores({ databaseUrl: database.url, dataDir: 'memory', clock: systemClock, log: silentLog })
    const began = performance.now()
    await fillBonds(database.url, bonds, done => say(`filling: ${done} of ${bonds} bonds, ${Math.round((performance.now() - began) / 1000)} s`))
    // both are filled by the same statements: what holds in one holds in the other
    if (bonds === SMALL) await proveLedger(stores)
    const world = await openBondWorld(stores)
    say(`${bonds} bonds: ready after ${Math.round((performance.now() - began) / 1000)} s`)
    return {
      world,
      async close() {
        await world.close()
        await stores.close()
        await database.drop()
      },
    }
  } catch (thrown) {
    await database.drop()
    throw thrown
  }
}

async function proveLedger({ ledger }: Awaited<ReturnType<typeof openStores>>): Promise<void> {
  const { ok, journals, breaches } = await checkLedger(ledger)
  if (!ok || journals !== SMALL) throw new Error(`the ledger does not hold: ${JSON.stringify(breaches[0])}`)
}

type Row = 'company' | 'bond' | 'section' | 'notice' | 'notices'
type Measured<Name extends Row> = Record<Name, Rates<'small' | 'large'>>

async function pages(small: BondWorld, large: BondWorld): Promise<Measured<'company' | 'bond' | 'section'>> {
  for (const world of [small, large]) await prove(world)
  const measure = (page: 'company' | 'bond' | 'section') => ratesOf({ small: small[page], large: large[page] }, ROW)
  return { company: await measure('company'), bond: await measure('bond'), section: await measure('section') }
}

/** Each page shows what it is about. */
async function prove({ company, bond, section }: BondWorld): Promise<void> {
  const lines = async (page: () => Promise<string>) => (await page()).split('class="mandate-line"').length - 1
  if ((await lines(company)) !== SIDE) throw new Error('a company does not see its bonds')
  if ((await lines(section)) !== SIDE || !(await section()).includes('演示企业')) throw new Error('a section does not show its bonds')
  if (!(await bond()).includes('200,000')) throw new Error('a bond does not show its money')
}

async function notices(small: BondWorld, large: BondWorld): Promise<Measured<'notice' | 'notices'>> {
  return { notice: await taken({ small, large }, 1, 16), notices: await taken({ small, large }, AT_ONCE, 4 * AT_ONCE) }
}

/** Turn by turn, each with as many notices that did not come before. */
async function taken(worlds: Record<'small' | 'large', BondWorld>, atOnce: number, each: number): Promise<Rates<'small' | 'large'>> {
  const rates = { small: [] as number[], large: [] as number[] }
  for (let turn = -1; turn < TURNS; turn++)
    for (const name of ['small', 'large'] as const) {
      const signed = await worlds[name].make(each)
      const one = async (n: number) => {
        const notice = signed[n]
        if (notice === undefined || (await worlds[name].receive(notice)).status !== 200) throw new Error('a notice was refused')
      }
      const measured = await rate(each, count => byMany(count, atOnce, one))
      if (turn >= 0) rates[name].push(measured)
    }
  return rates
}

const WHAT: Record<Row, string> = {
  company: `a company’s page, ${SIDE} bonds`,
  bond: 'a bond’s page',
  section: `a section’s page for its center, ${SIDE} bonds`,
  notice: 'a notice, one at a time',
  notices: `notices, ${AT_ONCE} at a time`,
}

function tell(json: boolean, count: number, measured: Measured<Row>): void {
  const rows = Object.entries(measured).map(([row, { small, large }]) => ({ row, small, large, ratio: ratioOf(small, large) }))
  if (json)
    return void console.log(
      JSON.stringify({ bonds: [SMALL, count], 'time large/small': Object.fromEntries(rows.map(({ row, ratio }) => [row, ratio])) }),
    )
  const milliseconds = (rates: readonly number[]) => Number((1000 / median(rates)).toFixed(2))
  console.table(
    Object.fromEntries(
      rows.map(({ row, small, large, ratio }) => [
        WHAT[row as Row],
        {
          [`ms, ${SMALL} bonds`]: milliseconds(small),
          [`ms, ${count} bonds`]: milliseconds(large),
          'time large/small (goal 1.2)': Number(ratio.toFixed(2)),
        },
      ]),
    ),
  )
}
