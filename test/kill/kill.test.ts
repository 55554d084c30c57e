import { expect } from 'chai'
import { createTemporaryDatabase } from '../storage/temporary-postgres.ts'
import { copyPreparedDatabase } from '../suites/prepared-database.ts'
import { type House, openHouse } from './house.ts'
import { openOwnPostgres, postgresPrograms } from './own-postgres.ts'
import { type PointName, points } from './points.ts'
import { killRound } from './rounds.ts'

/** Each point once; `npm run kill` does it many times. The bank's own files say what is true. */
function eachPoint(names: readonly PointName[] | undefined, open: () => Promise<House>): void {
  let house: House
  before(async function () {
    this.timeout(120_000)
    house = await open()
  })
  after(() => house?.close())
  for (const [round, point] of points.filter(({ name }) => names?.includes(name) ?? true).entries()) {
    it(`${point.of} where ${point.where}: nothing is lost, nothing double, everything drains`, async function () {
      this.timeout(120_000)
      expect(await killRound(house, point, { seed: 'suite', round })).to.deep.equal([])
    })
  }
}

describe('bonds whose processes are killed, on the embedded database', () => {
  eachPoint(undefined, () => openHouse({ prepare: copyPreparedDatabase }))
})

const FEW: readonly PointName[] = ['broker-amid-statement', 'broker-written', 'worker-answer-here', 'bank-taken']
const given = process.env['TEST_DATABASE_URL'] !== undefined

;(given ? describe : describe.skip)('bonds whose processes are killed, on PostgreSQL', () => {
  eachPoint(FEW, async () => openHouse({ postgres: await temporaryOn() }))
})

const title = 'bonds whose processes are killed while PostgreSQL crashes'
if (given && postgresPrograms() === undefined) describe.skip(`${title} (there is no server here to make one of our own with)`, () => undefined)
else
  (given ? describe : describe.skip)(title, () => {
    eachPoint(FEW, async () => {
      const server = await openOwnPostgres()
      const drop = server.close
      return await openHouse({ postgres: { ...(await temporaryOn(server.url)), drop }, fell: server.crash })
    })
  })

async function temporaryOn(server?: string) {
  const database = await createTemporaryDatabase(server)
  if (database === undefined) throw new Error('no PostgreSQL')
  return database
}
