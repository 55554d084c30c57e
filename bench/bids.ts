import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encryptBid } from '../server/bids/envelope/encrypt.ts'
import { measure } from '../server/bids/envelope/measure.ts'
import { withBidderKey } from '../server/bids/envelope/open.ts'
import { holderOf } from '../server/bids/envelope/part.ts'
import { selfTest } from '../server/bids/envelope/self-test.ts'
import { writeWhole } from '../server/pki/cms-file.ts'
import { makeRoot, makeUnder } from '../test/pki/hierarchy.ts'

/** `npm run bench -- bids`: the opening of a thousand bids of ten megabytes, against the bare algorithms over the same octets. @param sizeMib of each bid */
export async function benchBids({ json, sizeMib = 10 }: { json: boolean; sizeMib?: number }): Promise<void> {
  const opened = await openBids({ bids: 1000, octets: sizeMib * 1024 * 1024 })
  const ratio = opened.mebibytesPerSecond / opened.boundMebibytesPerSecond
  if (json) return void console.log(JSON.stringify({ ...opened, ratio }))
  console.table({
    [`opening ${opened.bids} bids of ${sizeMib} MiB`]: { 'MiB/s': Math.round(opened.mebibytesPerSecond), seconds: Math.round(opened.seconds) },
    'SM4-CTR, HMAC-SM3 and SM3 alone': { 'MiB/s': Math.round(opened.boundMebibytesPerSecond) },
  })
  console.log(`of the bound: ${ratio.toFixed(2)}; memory grew by ${opened.grownMiB} MiB`)
}

export interface OpenedBids {
  bids: number
  octets: number
  /** of opening; making the envelopes is not counted */
  seconds: number
  mebibytesPerSecond: number
  /** the same octets through SM4-CTR, HMAC-SM3 and SM3 alone, in the same process */
  boundMebibytesPerSecond: number
  /** of the resident memory while opening, over what it was before */
  grownMiB: number
}

/** as many different envelopes as are made; each is opened many times */
const DIFFERENT = 4

/**
 * Opens many bids from files, streamed, one after the other as one process does.
 * @param bids how many are opened, such as 1,000
 * @param octets of each bid, such as 10 MB
 */
export async function openBids({ bids, octets }: { bids: number; octets: number }): Promise<OpenedBids> {
  const folder = await mkdtemp(join(tmpdir(), 'shield-bids-'))
  try {
    const bidder = makeUnder(makeRoot('演示 CA'), '演示投标人', { profile: 'encrypt' })
    const files = await Promise.all(Array.from({ length: Math.min(bids, DIFFERENT) }, (_, i) => envelopeIn(join(folder, String(i)), octets, bidder)))
    const bound = boundOf(Math.min(octets, 8 * 1024 * 1024))
    const unlock = withBidderKey(holderOf(bidder.privateKey))
    const before = process.memoryUsage.rss()
    let highest = before
    const began = performance.now()
    for (let i = 0; i < bids; i++) {
      const file = files[i % files.length] ?? ''
      const found = await selfTest(createReadStream(file, { highWaterMark: 1024 * 1024 }), unlock, () => {
        highest = Math.max(highest, process.memoryUsage.rss())
      })
      if (!found.ok) throw new Error(found.facts)
    }
    const seconds = (performance.now() - began) / 1000
    const mebibytesPerSecond = (bids * octets) / 1024 / 1024 / seconds
    return { bids, octets, seconds, mebibytesPerSecond, boundMebibytesPerSecond: bound, grownMiB: Math.round((highest - before) / 1024 / 1024) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function envelopeIn(file: string, octets: number, bidder: ReturnType<typeof makeUnder>): Promise<string> {
  const content = randomBytes(octets)
  const envelope = encryptBid({
    content,
    facts: { id: randomBytes(20).toString('base64url'), center: 'demo', project: 'demo', opening: '2027-06-01T01:30:00.000Z' },
    cover: {
      bidder: { uscc: '91350200556207664B', name: '演示建设有限公司' },
      content: { name: 'bid', ...(await measure(content)) },
      madeAt: '2027-05-01T00:00:00.000Z',
    },
    recipients: [bidder.certificate],
    random: randomBytes,
  })
  await writeWhole(file, envelope, 'keep')
  return file
}

/** MiB a second. */
function boundOf(octets: number): number {
  const [data, key] = [randomBytes(octets), randomBytes(16)]
  const began = performance.now()
  createCipheriv('sm4-ctr', key, key).update(data)
  createHmac('sm3', key).update(data).digest()
  createHash('sm3').update(data).digest()
  return octets / 1024 / 1024 / ((performance.now() - began) / 1000)
}
