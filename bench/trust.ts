/**
 * `npm run bench -- trust`: what deciding on a certificate costs, in ratios to the bare native signature of the same run. Nothing is measured that was not seen to refuse first:
 * every row proves itself on a revoked or altered input before it counts.
 */
import { createVerify } from 'node:crypto'
import { fixedClock } from '../server/kernel/clock.ts'
import { BrokerError } from '../server/kernel/errors.ts'
import { silentLog } from '../server/kernel/log.ts'
import { Certificate } from '../server/pki/certificate.ts'
import { createCertificateChecker } from '../server/pki/checker.ts'
import { readCrl } from '../server/pki/crl.ts'
import { issueCrl } from '../server/pki/issue-revocation.ts'
import { verifyChain } from '../server/pki/path.ts'
import { createRevocation } from '../server/pki/revocation.ts'
import { engine, signSm2, verifySm2 } from '../server/pki/sm2.ts'
import { sm2Key, za } from '../server/pki/sm2-key.ts'
import { softVerify } from '../server/pki/sm2-soft.ts'
import { at, from, makeRoot, makeUnder, type Party } from '../test/pki/hierarchy.ts'
import { median, ratesOf, ratioOf } from './rate.ts'
import { benchFile } from './trust-file.ts'
import { benchLookup } from './trust-lookup.ts'

/** Milliseconds a row. */
const ROW = 2100
/** Bytes. */
const FILE = 1024 ** 3
const URLS = { ca: 'http://crl.example/ca.crl', root: 'http://crl.example/root.crl' }

const root = makeRoot()
const ca = makeUnder(root, 'CA', { profile: 'ca', crlUrl: URLS.root })
const shield = makeUnder(ca, '051@临县公司@N91350200556207664B@1', { crlUrl: URLS.ca })
/** More than the reader of certificates remembers: companies do not log in one at a time. */
const SHIELDS = 4096
const listOf = (issuer: Party, serials: readonly string[] = []) =>
  issueCrl({
    issuer,
    entries: serials.map(serial => ({ serial, at: from })),
    number: 1,
    thisUpdate: at,
    nextUpdate: new Date(at.getTime() + 86_400_000),
  })
const signed = Buffer.from(
  '共享盾 one login, about as long as what a shield signs: origin, center, purpose, time, and a one-time challenge of 32 bytes',
)
const signature = signSm2(shield.privateKey, signed)

/** Everything from its bytes: no certificate object, key, list or remembered signature of the turn before is used again. */
function freshPath(list: Buffer): string {
  const [leaf, above, anchor] = [shield, ca, root].map(({ certificate }) => new Certificate(certificate.der))
  if (leaf === undefined || above === undefined || anchor === undefined) return 'incomplete'
  const result = verifyChain({ leaf, intermediates: [above], roots: [anchor], at, crls: [readCrl(list)], keyUsage: ['digitalSignature'] })
  return result.ok ? 'good' : result.code
}

function openChecker(revoked: readonly string[]) {
  const clock = fixedClock(at)
  const lists = new Map([
    [URLS.ca, listOf(ca, revoked)],
    [URLS.root, listOf(root)],
  ])
  const revocation = createRevocation({
    fetch: async url => new Response(new Uint8Array(lists.get(String(url)) ?? Buffer.of())),
    clock,
    allowHosts: () => true,
    log: silentLog,
  })
  const trust = { version: 1, roots: [root.certificate], intermediates: [ca.certificate] }
  const checker = createCertificateChecker({ anchors: async () => trust, revocation, clock })
  /** a login as the broker sees it: the certificate comes as bytes, and one document signature is verified with its key */
  return async (document: Buffer, leaf: Uint8Array = shield.certificate.der): Promise<string> => {
    try {
      const certificate = await checker.check({ bank: 'abc', leaf, use: 'sign' })
      return verifySm2(certificate.publicKey, document, signature) ? 'good' : 'signature_invalid'
    } catch (error) {
      return error instanceof BrokerError ? error.code : String(error)
    }
  }
}

async function proveRows(): Promise<void> {
  const { serial } = shield.certificate
  const login = openChecker([])
  const seen = [
    freshPath(listOf(ca)),
    freshPath(listOf(ca, [serial])),
    await login(signed),
    await login(Buffer.from('another')),
    await openChecker([serial])(signed),
  ]
  const wanted = ['good', 'certificate_revoked', 'good', 'signature_invalid', 'certificate_revoked']
  if (seen.join() !== wanted.join()) throw new Error(`the rows do not decide as they should: ${seen.join()}`)
}

export async function benchTrust({ json }: { json: boolean }): Promise<void> {
  await proveRows()
  const bareKey = sm2Key(shield.publicKey).key
  const prefix = za(shield.publicKey)
  const list = listOf(ca)
  const login = openChecker([])
  const shields = Array.from({ length: SHIELDS }, (_, i) => makeUnder(ca, `shield ${i}`, { keys: shield, crlUrl: URLS.ca }).certificate.der)
  for (const leaf of shields) if ((await login(signed, leaf)) !== 'good') throw new Error('a good shield was refused')
  let next = 0
  const rates = await ratesOf(
    {
      bare: () => createVerify('sm3').update(prefix).update(signed).verify(bareKey, signature),
      fresh: () => freshPath(list),
      cached: () => login(signed, shields[next++ % SHIELDS]),
      soft: () => softVerify(shield.publicKey, signed, signature),
    },
    ROW,
  )
  const lookup = await benchLookup()
  if (!json) console.log('hashing a file of 1 GiB twelve times ...')
  const file = await benchFile(FILE)
  const rows = [
    row('(b) path of three and its CRL, all from bytes: its three signatures against three of (a)', 3 * ratioOf(rates.fresh, rates.bare), 0.25),
    row('(c) login: certificate known, one document signature, against (a)', ratioOf(rates.cached, rates.bare), 0.9),
    row('(a) against (d) sm-crypto alone', ratioOf(rates.bare, rates.soft), 25),
    row(
      '(e) certificate from bytes, asked about: list of 200,000 out of 1,000,000 serials, time against 200 out of 1,000',
      ratioOf(lookup.small, lookup.large),
      1.2,
      'at most',
    ),
    row('(e) the same of the list alone, where nothing hides it', ratioOf(lookup.listSmall, lookup.listLarge), 1.2, 'at most'),
    row('(f) detached signature over a file of 1 GiB, made, against bare SM3 of it', ratioOf(file.sign, file.bare), 0.8),
    row('(f) the same, verified', ratioOf(file.verify, file.bare), 0.8),
  ]
  const perSecond = (values: readonly number[]) => Math.round(median(values))
  const figures = {
    bare: perSecond(rates.bare),
    fresh: perSecond(rates.fresh),
    cached: perSecond(rates.cached),
    soft: perSecond(rates.soft),
    lookupSmall: perSecond(lookup.small),
    lookupLarge: perSecond(lookup.large),
    fileBare: perSecond(file.bare),
    fileSign: perSecond(file.sign),
    fileVerify: perSecond(file.verify),
  }
  if (json) {
    console.log(JSON.stringify({ bench: 'trust', engine: engine(), perSecond: figures, rows }))
    return
  }
  console.log(`trust core, one core, SM2 by ${engine()}; calls a second say more about the machine, ratios about the code`)
  console.log(`(a) bare native SM2 ${figures.bare}  (b) fresh path ${figures.fresh}  (c) login ${figures.cached}  (d) sm-crypto ${figures.soft}`)
  console.log(`(e) lookup ${figures.lookupLarge}, with the small list ${figures.lookupSmall}`)
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB/s`
  console.log(`(f) bare SM3 ${megabytes(figures.fileBare)}, signing ${megabytes(figures.fileSign)}, verifying ${megabytes(figures.fileVerify)}`)
  for (const { name, ratio, target, kind, reached } of rows)
    console.log(`${reached ? 'ok  ' : 'MISS'} ${ratio.toFixed(2)}  (${kind} ${target})  ${name}`)
}

interface Row {
  name: string
  ratio: number
  target: number
  kind: 'at least' | 'at most'
  reached: boolean
}

function row(name: string, ratio: number, target: number, kind: Row['kind'] = 'at least'): Row {
  return { name, ratio, target, kind, reached: kind === 'at least' ? ratio >= target : ratio <= target }
}
