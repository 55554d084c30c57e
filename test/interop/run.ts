/** `npm run interop -- [keys]`: SM2 between us and openssl over a thousand random keys each way unless told. Exit code 1 where one side refuses what the other made. */
import { hasOpenssl } from './openssl-run.ts'
import { type Agreement, opensslInOurs, oursInOpenssl } from './sm2.ts'

if (!hasOpenssl) {
  console.log('openssl 3 is not here: nothing to compare with')
  process.exit(0)
}
const keys = Number(process.argv[2] ?? 1000)
if (!Number.isInteger(keys) || keys < 1 || keys > 100_000) {
  console.error('How many keys? 1 to 100000.')
  process.exit(2)
}

let agreed = true
for (const [title, compare] of [
  ['ours in openssl', () => oursInOpenssl(keys)],
  ['openssl’s in ours', () => opensslInOurs(keys)],
] as const) {
  const began = performance.now()
  const found: Agreement = await compare()
  agreed &&= found.signatures === keys && found.certificates === keys && found.forgeries === 0
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(
    `${title}: ${found.signatures} of ${keys} signatures, ${found.certificates} of ${keys} certificates, ${found.forgeries} forgeries accepted, ${seconds} s`,
  )
}
process.exitCode = agreed ? 0 : 1
