import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import express from 'express'
import { assetsRouter } from '../server/web/assets.ts'
import { isBrowser, launchBrowser } from '../test/browser/chromium.ts'
import { makeRoot, makeUnder } from '../test/pki/hierarchy.ts'
import { median, ratioOf } from './rate.ts'

const MiB = 1024 * 1024
/** sm-crypto is given less at a time: its arrays hold an octet in eight */
const RECORD = MiB / 16
const TURNS = 7
const TURN_MS = 250
const FILE_MIB = 64

/** What runs in the page; rates are MiB a second, turn by turn. */
type Measured = Record<'records' | 'sm3' | 'softRecords' | 'softSm3', number[]> & { whole: number }

/**
 * `npm run bench -- bid-browser`: encrypting a bid in headless Chromium. One record (SM4 in counter mode and HMAC-SM3) and SM3 alone against sm-crypto's own of the same octets, in turns in one page; and the whole way of
 * a file through the worker: measured, encrypted, hashed, opened again and compared.
 */
export async function benchBidBrowser({ json }: { json: boolean }): Promise<void> {
  const browser = await launchBrowser()
  if (!isBrowser(browser)) throw new Error(`no browser here: ${browser.reason}`)
  const app = express()
  app.use('/assets', assetsRouter())
  app.use('/sm-crypto', express.static(join(dirname(createRequire(import.meta.url).resolve('sm-crypto/package.json')), 'dist')))
  app.get('/', (_, res) => {
    res.type('html').send('<!doctype html><title>bench</title><script src="/sm-crypto/sm3.js"></script><script src="/sm-crypto/sm4.js"></script>')
  })
  const server = createServer(app).listen(0, '127.0.0.1')
  try {
    await once(server, 'listening')
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    const { certificate } = makeUnder(makeRoot('演示 CA'), '演示投标人', { profile: 'encrypt' })
    const measured: Measured = JSON.parse(String(await page.evaluate(inPage(certificate.der.toString('base64')))))
    report(measured, json)
  } finally {
    await browser.close()
    server.close()
    server.closeAllConnections()
  }
}

const inPage = (certificate: string): string => `(async () => {
  const { Sm3 } = await import('/assets/bid/sm3.js')
  const { Records } = await import('/assets/bid/records.js')
  const { Encryptor } = await import('/assets/bid/encryptor.js')
  const { fromBase64 } = await import('/assets/bid/octets.js')
  const [large, small] = [new Uint8Array(${MiB}), new Uint8Array(${RECORD})]
  crypto.getRandomValues(small)
  const records = new Records(new Uint8Array(32), new Uint8Array(100))
  const list = Array.from(small)
  const key = '0123456789abcdeffedcba9876543210'
  const calls = {
    records: [() => records.write(2, 1, large), large.length],
    sm3: [() => new Sm3().update(large).digest(), large.length],
    softRecords: [() => sm3(sm4.encrypt(list, key, { padding: 'none', output: 'array' }), { key }), small.length],
    softSm3: [() => sm3(list), small.length],
  }
  const rate = ([call, octets]) => {
    const began = performance.now()
    let done = 0
    while (performance.now() - began < ${TURN_MS}) {
      call()
      done += octets
    }
    return done / ${MiB} / ((performance.now() - began) / 1000)
  }
  const found = Object.fromEntries(Object.keys(calls).map(name => [name, []]))
  for (let turn = 0; turn <= ${TURNS}; turn++)
    for (const name of Object.keys(calls)) {
      const each = rate(calls[name])
      if (turn > 0) found[name].push(each)
    }
  const encryptor = new Encryptor(() => undefined)
  await encryptor.begin({
    file: new File([new Uint8Array(${FILE_MIB * MiB})], 'bid'),
    facts: { center: 'demo', project: 'demo', opening: '2027-06-01T01:30:00.000Z' },
    bidder: { uscc: '91350200556207664B', name: '演示建设有限公司' },
    certificates: [fromBase64('${certificate}')],
  })
  const began = performance.now()
  for await (const piece of encryptor.pieces()) void piece
  encryptor.stop()
  return JSON.stringify({ ...found, whole: ${FILE_MIB} / ((performance.now() - began) / 1000) })
})()`

function report({ records, sm3, softRecords, softSm3, whole }: Measured, json: boolean): void {
  const ratios = { records: ratioOf(records, softRecords), sm3: ratioOf(sm3, softSm3) }
  if (json)
    return void console.log(
      JSON.stringify({ recordsMebibytesPerSecond: median(records), sm3MebibytesPerSecond: median(sm3), wholeMebibytesPerSecond: whole, ratios }),
    )
  console.table({
    'a record: SM4-CTR and HMAC-SM3': { 'MiB/s': Math.round(median(records)), 'of sm-crypto': ratios.records.toFixed(1) },
    'SM3 alone': { 'MiB/s': Math.round(median(sm3)), 'of sm-crypto': ratios.sm3.toFixed(1) },
    [`a file of ${FILE_MIB} MiB, all of its way through the worker`]: { 'MiB/s': Math.round(whole) },
  })
}
