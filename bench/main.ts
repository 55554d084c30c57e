/**
 * `npm run bench -- login`, `-- sm2`, `-- trust`, `-- authorization`, `-- seals`, `-- bids`, `-- bid-browser`, `-- ledger`, `-- channel`, `-- bonds` or `-- reconcile`, with `--json` for one JSON line at the end; seals and bids take `--size MIB` of their file as well, bonds `--count N` of them. Figures are ratios between rows of
 * one run; an absolute figure says more about the machine than about the code.
 */
import { parseArgs } from 'node:util'
import { benchAuthorization } from './authorization.ts'
import { benchBidBrowser } from './bid-browser.ts'
import { benchBids } from './bids.ts'
import { benchBonds } from './bonds.ts'
import { benchChannel } from './channel.ts'
import { benchLedger } from './ledger.ts'
import { benchLogin } from './login.ts'
import { benchReconcile } from './reconcile.ts'
import { benchSeals } from './seals.ts'
import { benchSm2 } from './sm2.ts'
import { benchTrust } from './trust.ts'

interface Options {
  json: boolean
  sizeMib?: number
  count?: number
}

const benches: Record<string, (options: Options) => Promise<void>> = {
  login: benchLogin,
  sm2: benchSm2,
  trust: benchTrust,
  authorization: benchAuthorization,
  seals: benchSeals,
  bids: benchBids,
  'bid-browser': benchBidBrowser,
  ledger: benchLedger,
  channel: benchChannel,
  bonds: benchBonds,
  reconcile: benchReconcile,
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, size: { type: 'string' }, count: { type: 'string' } },
})
const bench = benches[positionals[0] ?? '']
const [sizeMib, count] = [values.size, values.count].map(text => (text === undefined ? undefined : Number(text)))
if (bench === undefined || [sizeMib, count].some(number => number !== undefined && !(Number.isInteger(number) && number > 0))) {
  console.error(`usage: npm run bench -- ${Object.keys(benches).join(' | ')} [--json] [--size MIB] [--count N]`)
  process.exit(2)
}
await bench({ json: values.json, ...(sizeMib === undefined ? {} : { sizeMib }), ...(count === undefined ? {} : { count }) })
