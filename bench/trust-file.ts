/** Owns the row on large files: a detached signature over one, made and verified, against nothing but SM3 of the same bytes, read in the same way. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sourceFile } from '../server/pki/cms-file.ts'
import { signDetachedCms } from '../server/pki/cms-sign-stream.ts'
import { judgeCmsStream } from '../server/pki/cms-verify-stream.ts'
import { makeRoot, makeUnder } from '../test/pki/hierarchy.ts'

const PIECE = 1024 * 1024
/** Each is read so often; the ratios are compared turn by turn. */
const TURNS = 3

export interface FileRates {
  bytes: number
  /** bytes a second, turn by turn */
  bare: number[]
  sign: number[]
  verify: number[]
}

export async function benchFile(bytes: number): Promise<FileRates> {
  const folder = await mkdtemp(join(tmpdir(), 'shield-bench-'))
  try {
    return await measure(join(folder, 'large'), bytes)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function measure(path: string, bytes: number): Promise<FileRates> {
  await fill(path, bytes)
  const file = await sourceFile(path)
  const signer = makeUnder(makeRoot(), 'shield')
  const sign = () => signDetachedCms({ content: file.open(), signers: [signer] })
  const cms = await sign()
  const verify = async (content = file.open) => (await judgeCmsStream({ cms: () => cms, content })).signers.every(({ ok }) => ok)
  // seen to refuse before it is measured: the same length, another last octet
  if (!(await verify()) || (await verify(() => altered(file.open())))) throw new Error('the signature over the file is not judged as it should be')

  const rates: FileRates = { bytes, bare: [], sign: [], verify: [] }
  for (let turn = 0; turn < TURNS; turn++) {
    rates.bare.push(await rate(bytes, () => bareSm3(path)))
    rates.sign.push(await rate(bytes, sign))
    rates.verify.push(await rate(bytes, verify))
  }
  return rates
}

async function fill(path: string, bytes: number): Promise<void> {
  const file = createWriteStream(path)
  for (let left = bytes; left > 0; left -= PIECE) {
    if (!file.write(randomBytes(Math.min(PIECE, left)))) await once(file, 'drain')
  }
  file.end()
  await once(file, 'close')
}

async function bareSm3(path: string): Promise<string> {
  const hash = createHash('sm3')
  for await (const piece of createReadStream(path, { highWaterMark: PIECE })) hash.update(piece)
  return hash.digest('hex')
}

async function* altered(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let before: Buffer | undefined
  for await (const piece of source) {
    if (before !== undefined) yield before
    before = Buffer.from(piece)
  }
  if (before === undefined) return
  before.writeUInt8((before.at(-1) ?? 0) ^ 1, before.length - 1)
  yield before
}

async function rate(bytes: number, call: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await call()
  return (bytes * 1000) / (performance.now() - began)
}
