/**
 * `npm run fuzz -- [target] [count] [--seed text]`: a million bad inputs over all targets unless told. Prints a row a target and the smallest input of each find; exit code 1 when
 * there is one. The seed brings back which changes are made; the keys of the originals are new each time, so it is the printed input that reproduces a find.
 */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { campaign, type Find } from './campaign.ts'
import { allTargets } from './targets.ts'

const TOTAL = 1_050_000
const { values, positionals } = parseArgs({ allowPositionals: true, options: { seed: { type: 'string' } } })
const [first, second] = positionals
const count = [first, second].map(Number).find(number => Number.isInteger(number) && number > 0)
const wanted = [first, second].find(word => word !== undefined && !/^\d+$/.test(word))
const seed = values.seed ?? randomBytes(6).toString('hex')

const targets = (await allTargets()).filter(({ name }) => wanted === undefined || name === wanted)
if (targets.length === 0) {
  console.error(`There is no target ${wanted}; there are ${(await allTargets()).map(({ name }) => name).join(', ')}.`)
  process.exit(2)
}
const weights = targets.reduce((sum, { weight }) => sum + weight, 0)
const finds: Find[] = []
let inputs = 0
console.log(`seed ${seed}`)
console.log(['target', 'inputs', 'refused', 'read', 'accepted', 'per s', 'slowest ms', 'grew MB', 'finds'].map(word => word.padStart(17)).join(''))
for (const target of targets) {
  const report = await campaign(target, {
    seed,
    count: Math.ceil(((count ?? TOTAL) * target.weight) / weights),
    onProgress: done => {
      if (process.stderr.isTTY) process.stderr.write(`\r${target.name} ${done}   `)
    },
  })
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  inputs += report.inputs
  finds.push(...report.finds)
  const perSecond = Math.round((report.inputs * 1000) / report.elapsed)
  const row = [report.target, report.inputs, report.refused, report.read, report.accepted, perSecond]
  console.log(
    [...row, report.slowest.toFixed(1), (report.growth / 1024 / 1024).toFixed(0), report.finds.length]
      .map(cell => String(cell).padStart(17))
      .join(''),
  )
}
for (const find of finds)
  console.log(`\n${find.kind.toUpperCase()} in ${find.target} at ${find.index}: ${find.facts}\n${find.input.toString('base64')}`)
console.log(`\n${inputs} inputs, ${finds.length} finds`)
process.exitCode = finds.length === 0 ? 0 : 1
