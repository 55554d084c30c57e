import { createHash, randomInt } from 'node:crypto'
import { seconds } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { newUscc } from '../suites/storage.ts'
import type { Breach } from './compare.ts'
import type { House } from './house.ts'
import { persist } from './kept.ts'
import type { Company } from './platform-child.ts'
import type { Point } from './points.ts'

/** Two bonds from their sub-accounts to the money's way back, which is six notices of the bank and six orders to it; on their way one process dies at one point. */
const BONDS = 2
const FEN = 20_000_000

/**
 * @param seed which of the times that it comes by the point is the last one
 * @returns what is lost, double or stuck when everything had the time to drain
 * @throws Error where nobody died
 */
export async function killRound(house: House, point: Point, { seed, round }: { seed: string; round: number }): Promise<Breach[]> {
  const draw = createHash('sha256').update(`${seed}/${point.name}/${round}`).digest()
  const victim = house.victim(point)
  const before = victim.deaths()
  // every other time the bank says everything twice as well
  await persist(() => house.bank.call('doubled', round % 2 === 1))
  const nth = 1 + (draw.readUInt32BE() % point.most)
  await persist(() => victim.call('arm', { point: point.name, nth }))
  const stuck = await story(house)
  await victim.stands()
  if (victim.deaths() !== before + 1) throw new Error(`${point.name}: ${victim.deaths() - before} processes died in round ${round}`)
  return [...stuck, ...(await house.compare())]
}

async function story(house: House): Promise<Breach[]> {
  const section = await persist(() => house.broker.call('section', { demandedFen: FEN }))
  const asked = await Promise.all(
    Array.from({ length: BONDS }, async () => {
      const company: Company = { uscc: newUscc(), name: `演示企业（${newId()}）有限公司`, basicAccount: `99${randomInt(2 ** 40)}` }
      const given = await persist(() => house.broker.call('account', { section, company }))
      house.told.accounts.add(given.account)
      return { company, ...given }
    }),
  )
  const payments = asked.map(async ({ company, account }) => {
    const payment = { account, payer: { account: company.basicAccount, name: company.name }, fen: FEN }
    house.told.serials.add(await persist(() => house.bank.call('pay', payment)))
  })
  await Promise.all(payments)
  const held = await drain(house)
  await Promise.all(asked.map(({ company, bondId }) => persist(() => house.broker.call('withdraw', { company, bondId }))))
  return [...held, ...(await drain(house))]
}

/** turns without any change; what was leased when its process died is free after one, what failed comes again within some */
const IDLE = 40

/** Has everybody do what is due, and lets time pass while nothing is, until nothing is left to be done: twice, since what was on its way may have brought something about behind the first look. */
async function drain(house: House): Promise<Breach[]> {
  let [last, idle, quiet] = ['', 0, 0]
  while (idle < IDLE) {
    await persist(() => house.worker.call('work', null))
    const untold = await persist(() => house.bank.call('flush', null))
    const { waiting, tasks } = await persist(() => house.broker.call('state', null))
    quiet = untold + waiting + tasks === 0 ? quiet + 1 : 0
    if (quiet === 2) return []
    const now = `${untold} notices, ${waiting} orders, ${tasks} tasks`
    idle = now === last && quiet === 0 ? idle + 1 : 0
    last = now
    if (idle > 0) await house.advance(seconds(61))
  }
  return [{ kind: 'stuck', what: last }]
}
