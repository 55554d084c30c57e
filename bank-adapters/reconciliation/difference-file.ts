import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { FIRST, type Manifest } from './manifest.ts'

/** A list of differences as a file with its manifest, made by either end: the same list has the same digest of its content. */
export async function packDifferences(
  list: string,
  target: string,
  names: Pick<Manifest, 'bank' | 'sender' | 'receiver' | 'day' | 'madeAt'>,
  before: { manifest: Manifest; hash: string } | undefined,
): Promise<Manifest> {
  const [content, file] = [createHash('sm3'), createHash('sm3')]
  const counts = { rows: 0, bytes: 0, fileBytes: 0 }
  const plain = seeing(chunk => {
    content.update(chunk)
    counts.bytes += chunk.length
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) counts.rows++
  })
  const packed = seeing(chunk => {
    file.update(chunk)
    counts.fileBytes += chunk.length
  })
  await pipeline(createReadStream(list), plain, createGzip({ level: 1 }), packed, createWriteStream(target, { mode: 0o600 }))
  const none = { rows: 0, fen: '0' }
  return {
    ...{
      version: 1,
      what: 'differences',
      ...names,
      format: 'jsonl',
      sequence: (before?.manifest.sequence ?? 0) + 1,
      previous: before?.hash ?? FIRST,
    },
    ...{ content: content.digest('hex'), file: file.digest('hex'), ...counts },
    ...{ sums: { receipt: none, interest: none, refund: none, payout: none, correction: none }, opening: '0', closing: '0' },
  }
}

const seeing = (see: (chunk: Buffer) => void): Transform =>
  new Transform({
    transform(chunk: Buffer, _encoding, done) {
      see(chunk)
      done(null, chunk)
    },
  })
