/**
 * `npm run kill -- --rounds 20 [--postgres URL|own] [--seed text] [--point name]`: kills broker, worker and bank at each of twelve points, so many times each, and holds the bank's own files against the platform's books
 * whenever everything has drained. With `own` it makes a PostgreSQL server, which is crashed with every process that dies. Prints a row a point; exit code 1 where anything is lost, double or stuck.
 */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { createTemporaryDatabase } from '../storage/temporary-postgres.ts'
import { copyPreparedDatabase } from '../suites/prepared-database.ts'
import { killAt } from './campaign.ts'
import type { Breach } from './compare.ts'
import { openHouse } from './house.ts'
import { openOwnPostgres, postgresPrograms } from './own-postgres.ts'
import { points } from './points.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    postgres: { type: 'string' },
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
    point: { type: 'string' },
  },
})
const { postgres, seed } = values
const rounds = Number(values.rounds)
const wanted = points.filter(({ name }) => values.point === undefined || name === values.point)
if (!Number.isInteger(rounds) || rounds < 1 || wanted.length === 0) {
  console.error(`Rounds are a whole number from 1; points are ${points.map(({ name }) => name).join(', ')}.`)
  process.exit(2)
}
if (postgres === 'own' && postgresPrograms() === undefined) {
  console.error('There is no PostgreSQL server on this machine to make one of our own with.')
  process.exit(2)
}

const own = postgres === 'own' ? await openOwnPostgres() : undefined
const server = own?.url ?? postgres
async function open() {
  const database = server === undefined ? undefined : await createTemporaryDatabase(server)
  if (database === undefined) return await openHouse({ prepare: copyPreparedDatabase })
  return await openHouse({ postgres: database, ...(own === undefined ? {} : { fell: own.crash }) })
}

const where = own === undefined ? (server === undefined ? 'the embedded database' : 'PostgreSQL') : 'PostgreSQL, crashed with each of them'
console.log(`seed ${seed}, on ${where}`)
const KINDS: readonly Breach['kind'][] = ['lost', 'double', 'stuck', 'ledger']
const row = (cells: readonly (string | number)[]) => cells.map((cell, n) => (n === 0 ? String(cell).padEnd(26) : String(cell).padStart(8))).join('')
console.log(row(['point', 'killed', 'rounds', ...KINDS, 's']))
let [killed, breaches] = [0, 0]
try {
  for (const point of wanted) {
    const onRound = (round: number) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${point.name} ${round}   `)
    }
    const { found, took } = await killAt(point, { rounds, seed, open, onRound })
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
    killed += rounds
    breaches += found.length
    const counts = KINDS.map(kind => found.filter(each => each.kind === kind).length)
    console.log(row([point.name, point.of, rounds, ...counts, Math.round(took / 1000)]))
    for (const { round, kind, what } of found) console.log(`  round ${round}: ${kind}: ${what}`)
  }
} finally {
  await own?.close()
}
console.log(`${killed} killed, ${breaches} breaches`)
process.exitCode = breaches === 0 ? 0 : 1
