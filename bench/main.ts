/**
 * `npm run bench -- login` or `-- sm2`, with `--json` for one JSON line at the end. Figures are ratios between rows of one run; an absolute
 * figure says more about the machine than about the code.
 */
import { benchLogin } from './login.ts'
import { benchSm2 } from './sm2.ts'

const benches: Record<string, (options: { json: boolean }) => Promise<void>> = { login: benchLogin, sm2: benchSm2 }

const [name = '', ...flags] = process.argv.slice(2)
const bench = benches[name]
if (bench === undefined) {
  console.error(`usage: npm run bench -- ${Object.keys(benches).join(' | ')} [--json]`)
  process.exit(2)
}
await bench({ json: flags.includes('--json') })
