/** `npm run corpora`: every published path case that stands beside the project, as a table. Ends with 0 when nothing is let in wrongly and every difference is a reviewed one. */
import { readCases } from './cases.ts'
import { differences } from './differences.ts'
import { runTrial } from './trial.ts'

const cases = readCases()
if (cases.length === 0) {
  console.log('nothing to do: ../shared/corpora/paths is not there')
} else {
  const { families, problems } = runTrial(cases)
  console.table(
    Object.fromEntries(
      families.map(each => [
        each.family,
        {
          cases: each.cases,
          'as expected': each.asExpected,
          'wrongly let in': each.falseAccepts.length,
          'wrongly refused': each.falseRefusals.length,
          'slowest, ms': Number(each.slowest.toFixed(1)),
        },
      ]),
    ),
  )
  for (const { id, ours, reason } of differences) console.log(`reviewed difference  ${id}: ${ours}; ${reason}`)
  for (const problem of problems) console.log(`PROBLEM  ${problem}`)
  console.log(problems.length === 0 ? 'all as expected, or reviewed' : `${problems.length} problems`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
