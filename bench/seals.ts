/**
 * Owns what sealing costs against its bound: SM3 of the same bytes plus one SM2 signature, or its verification, native, in the same run. Documents in memory are a 1 MB PDF and an OFD of 20 pages; a large file flows by in
 * pieces and is nowhere as a whole. Whether certificates are trusted is `bench -- trust`: here they are believed.
 */
import { createHash, randomBytes } from 'node:crypto'
import { fixedClock } from '../server/kernel/clock.ts'
import { startThreads } from '../server/kernel/threads.ts'
import { algorithmFor } from '../server/pki/algorithms.ts'
import { generateSm2, signSm2, verifySm2 } from '../server/pki/sm2.ts'
import { buildDetached, prepareDetached, verifyDetached } from '../server/seals/cms/detached.ts'
import type { SealFormat, SealOrder, SignatureValue } from '../server/seals/contract.ts'
import { createSealJudge } from '../server/seals/judge.ts'
import { ofd } from '../server/seals/ofd/ofd.ts'
import { pdf } from '../server/seals/pdf/pdf.ts'
import { drawRoundSeal } from '../server/seals/picture/round.ts'
import type { DocumentReport } from '../server/seals/report.ts'
import { makeSeal } from '../server/seals/ses/make.ts'
import { createCmsValue } from '../server/seals/values/cms-value.ts'
import { createSesValue } from '../server/seals/values/ses-value.ts'
import { at, makeRoot, makeUnder } from '../test/pki/hierarchy.ts'
import { made, page, text } from '../test/seals/ofd/stage.ts'
import { rezip, unzip } from '../test/seals/ofd/zip.ts'
import { makeDocument } from '../test/seals/pdf/builder.ts'
import { type Call, median, ratesOf, ratioOf } from './rate.ts'

const MIB = 1024 * 1024
const GOALS = { document: 0.5, large: 0.8, memoryMb: 300 } as const
/** how often the large file flows by, for each row */
const TURNS = 3

const root = makeRoot('演示根')
const signer = makeUnder(root, '演示公司')
const maker = makeUnder(root, '演示制章者')
const picture = drawRoundSeal({ name: '示例建设有限公司' })
const seal = makeSeal({
  esId: 'DEMO-0001',
  vid: 'BENCH',
  type: 1,
  name: '示例建设有限公司',
  certificates: [signer.certificate],
  createdAt: new Date('2027-01-01T00:00:00Z'),
  validFrom: new Date('2027-01-01T00:00:00Z'),
  validUntil: new Date('2028-01-01T00:00:00Z'),
  // as large as a picture usually is; what is in it is nobody's question here
  picture: { type: 'PNG', data: randomBytes(20 * 1024), width: 40, height: 40 },
  maker,
})
const judge = createSealJudge({
  clock: fixedClock(at),
  verdictOf: async () => ({ ok: true, reasons: [], revocation: { state: 'good' } }),
  stampVerdictOf: async () => ({ ok: false, code: 'timestamp_invalid', clause: '', facts: 'none here' }),
})
const order: SealOrder = { id: 'one', at, places: [{ kind: 'at', page: 1, x: 150, y: 250 }], picture }
const sign = (bytes: Uint8Array): Buffer => algorithmFor(signer.privateKey).sign(signer.privateKey, bytes)
const bare = generateSm2()
const short = Buffer.from('as long as what a shield signs')
const shortSigned = signSm2(bare.privateKey, short)
const hashed = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, piece) => sum + createHash('sm3').update(piece).digest().length, 0)

interface Row {
  what: string
  /** calls a second: of ours and of the bound */
  perSecond: number
  bound: number
  ratio: number
  goal: number
}

interface Options {
  json: boolean
  /** of the large file; 1 GiB unless told */
  sizeMib?: number
  /** of each row of the documents */
  milliseconds?: number
}

export async function benchSeals({ json, sizeMib = 1024, milliseconds = 1500 }: Options): Promise<void> {
  // first, so that its memory is its own
  const large = await largeRows(sizeMib)
  // as the broker's own program
  const threads = startThreads(cause => {
    throw cause
  })
  const paper = pdfOfOneMegabyte()
  const pages = ofdOfTwentyPages()
  const ses = createSesValue({ seal, certificate: signer.certificate, stampRoom: 0 })
  const cms = createCmsValue({ certificate: signer.certificate, stampRoom: 0 })
  const rows = [
    ...(await documentRows('PDF of 1 MB, CMS', pdf, paper, [paper], cms, milliseconds)),
    ...(await documentRows('PDF of 1 MB, electronic seal', pdf, paper, [paper], ses, milliseconds)),
    ...(await documentRows('OFD of 20 pages and 1 MB, electronic seal', ofd, pages, [...unzip(pages).values()], ses, milliseconds)),
    ...large.rows,
  ]
  await threads.close()
  console.log('Sealing against its bound: SM3 of the same bytes and one SM2 signature (or its verification), native, in the same run')
  for (const { what, perSecond, bound, ratio, goal } of rows)
    console.log(`${what.padEnd(50)} ${figure(perSecond)}/s  bound ${figure(bound)}/s  ratio ${ratio.toFixed(2)} (goal ${goal})`)
  console.log(`peak memory with the large file: ${large.peakMb} MB (goal under ${GOALS.memoryMb})`)
  const reached = rows.every(({ ratio, goal }) => ratio >= goal) && large.peakMb < GOALS.memoryMb
  if (json) console.log(JSON.stringify({ bench: 'seals', sizeMib, rows, peakMb: large.peakMb, goals: GOALS, reached }))
}

const figure = (rate: number): string => (rate >= 10 ? rate.toFixed(0) : rate.toFixed(3)).padStart(7)

/** @param bytes what the format digests: of a package its parts, as they are inside */
async function documentRows(
  what: string,
  format: SealFormat,
  document: Buffer,
  bytes: readonly Uint8Array[],
  value: SignatureValue,
  milliseconds: number,
): Promise<Row[]> {
  const sealed = await sealOf(format, document, value)
  const altered = Buffer.from(sealed)
  altered[sealed.length >> 1] = (altered[sealed.length >> 1] ?? 0) ^ 1
  const broken = await format.verify(altered, judge).then(isIntact, () => false)
  // seen to refuse before it is measured
  if (!isIntact(await format.verify(sealed, judge)) || broken) throw new Error(`${what} is not judged as it should be`)
  const calls: Record<'seal' | 'sealBound' | 'verify' | 'verifyBound', Call> = {
    // a view of its own: nothing may be known about the document from the last time. Who signs, and the seal, stay the same, as in a batch
    seal: () => sealOf(format, document.subarray(), value),
    sealBound: () => hashed(bytes) + signSm2(bare.privateKey, short).length,
    verify: () => format.verify(sealed.subarray(), judge),
    verifyBound: () => hashed(bytes) > 0 && verifySm2(bare.publicKey, short, shortSigned),
  }
  const rates = await ratesOf(calls, milliseconds)
  const row = (how: 'seal' | 'verify'): Row => ({
    what: `${how}: ${what}`,
    perSecond: median(rates[how]),
    bound: median(rates[`${how}Bound`]),
    ratio: ratioOf(rates[how], rates[`${how}Bound`]),
    goal: GOALS.document,
  })
  return [row('seal'), row('verify')]
}

async function sealOf(format: SealFormat, document: Uint8Array, value: SignatureValue): Promise<Buffer> {
  return format.build(document, order, value, sign(await format.prepare(document, order, value)))
}

const isIntact = ({ seals, findings }: DocumentReport): boolean =>
  seals.length > 0 && seals.every(({ intact }) => intact === 'yes') && findings.every(({ ok }) => ok !== 'no')

/** Twenty pages of text as programs write it, not compressed. */
function pdfOfOneMegabyte(): Buffer {
  const lines = Array.from({ length: 690 }, (_, i) => `BT /F1 9 Tf 40 ${800 - (i % 76) * 10} Td (${randomBytes(20).toString('hex')}) Tj ET`)
  return makeDocument({ pages: 20, page: '/MediaBox [0 0 595 842]', content: lines.join('\n') })
}

/** Pages of 40 lines with a place for each character, as programs write them, a subset of a font, which packs to a half, and a scanned picture, which does not: 1 MB in all. What it costs to unpack is in no bound. */
function ofdOfTwentyPages(): Buffer {
  const line = (i: number): string => {
    const words = `投标函第${i}条：${randomBytes(20).toString('hex')}`
    return text(words, { y: 20 + i * 6, delta: Array.from(words, (_, n) => (3 + (n % 7) / 10).toFixed(3)).join(' ') })
  }
  const pages = Array.from({ length: 20 }, () => page(Array.from({ length: 40 }, (_, i) => line(i)).join('')))
  const parts = unzip(made({ pages }))
  parts.set('Doc_0/Res/font_1.ttf', Buffer.from(randomBytes(175_000).toString('hex')))
  parts.set('Doc_0/Res/image_2.jpg', randomBytes(350_000))
  return rezip(parts)
}

async function largeRows(sizeMib: number): Promise<{ rows: Row[]; peakMb: number }> {
  const piece = randomBytes(MIB)
  async function* content(): AsyncGenerator<Buffer> {
    for (let i = 0; i < sizeMib; i += 1) yield piece
  }
  async function bareSm3(): Promise<Buffer> {
    const hash = createHash('sm3')
    for await (const each of content()) hash.update(each)
    return hash.digest()
  }
  const value = createCmsValue({ certificate: signer.certificate, signingTime: true, stampRoom: 0 })
  const sealed = async (): Promise<Buffer> => {
    const prepared = await prepareDetached(content(), { at }, value)
    return buildDetached(prepared, { at }, value, sign(prepared.toSign))
  }
  const message = await sealed()
  async function* cms(): AsyncGenerator<Buffer> {
    yield message
  }
  const verified = async (): Promise<boolean> => isIntact(await verifyDetached({ cms, content, judge }))
  if (!(await verified())) throw new Error('the signature over the large file is not judged as it should be')
  const calls = {
    seal: sealed,
    sealBound: async () => (await bareSm3()).equals(signSm2(bare.privateKey, short)),
    verify: verified,
    verifyBound: async () => (await bareSm3()).length === 32 && verifySm2(bare.publicKey, short, shortSigned),
  }
  const rates = { seal: [] as number[], sealBound: [] as number[], verify: [] as number[], verifyBound: [] as number[] }
  for (let turn = 0; turn < TURNS; turn += 1)
    for (const name of ['seal', 'sealBound', 'verify', 'verifyBound'] as const) {
      const began = performance.now()
      await calls[name]()
      rates[name].push(1000 / (performance.now() - began))
    }
  const row = (how: 'seal' | 'verify'): Row => ({
    what: `${how}: file of ${sizeMib} MiB, beside itself`,
    perSecond: median(rates[how]),
    bound: median(rates[`${how}Bound`]),
    ratio: ratioOf(rates[how], rates[`${how}Bound`]),
    goal: GOALS.large,
  })
  // in kilobytes, of this process since it began
  return { rows: [row('seal'), row('verify')], peakMb: Math.round(process.resourceUsage().maxRSS / 1024) }
}
