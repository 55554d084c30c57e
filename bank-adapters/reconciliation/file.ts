import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { BrokerError } from '../../server/kernel/errors.ts'
import type { Manifest } from './manifest.ts'
import { CSV_HEADER, type DayRow, KINDS, MOST_LINE, malformed, type RowFormat, readRow, signed, writeRow } from './row.ts'

/** A day's rows as a compressed file, written and read as a stream. Owns the bounds, and that what is read is what the manifest says, to the last byte, before the reader hears that it ended. */
export type Contents = Pick<Manifest, 'content' | 'file' | 'bytes' | 'fileBytes' | 'rows' | 'sums'>

/** rows and bytes of one file: ten times the largest day thought of */
const MOST_ROWS = 10_000_000
export const MOST_FILE = 2 ** 30
const MOST_BYTES = 4 * 2 ** 30
/** text shrinks some tenfold; what shrinks more is made to burst */
const MOST_RATIO = 200
const CHUNK = 64 * 1024

const emptySums = () => Object.fromEntries(KINDS.map(kind => [kind, { rows: 0, fen: 0n }])) as Record<DayRow['kind'], { rows: number; fen: bigint }>
const asText = (sums: ReturnType<typeof emptySums>): Manifest['sums'] =>
  Object.fromEntries(KINDS.map(kind => [kind, { rows: sums[kind].rows, fen: String(sums[kind].fen) }])) as Manifest['sums']

/** Writes rows in their order; on disk when it returns. A day without rows is a file that says so. */
export async function writeDayFile(path: string, format: RowFormat, rows: AsyncIterable<DayRow> | Iterable<DayRow>): Promise<Contents> {
  const [content, file, sums] = [createHash('sm3'), createHash('sm3'), emptySums()]
  const counts = { rows: 0, bytes: 0, fileBytes: 0 }
  async function* lines() {
    let pending = format === 'csv' ? `${CSV_HEADER}\n` : ''
    for await (const row of rows) {
      counts.rows++
      sums[row.kind].rows++
      sums[row.kind].fen += signed(row)
      pending += `${writeRow(row, format)}\n`
      if (pending.length < CHUNK) continue
      yield hashed(pending)
      pending = ''
    }
    if (pending !== '') yield hashed(pending)
  }
  const hashed = (text: string) => {
    const bytes = Buffer.from(text)
    content.update(bytes)
    counts.bytes += bytes.length
    return bytes
  }
  const sealing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      file.update(chunk)
      counts.fileBytes += chunk.length
      done(null, chunk)
    },
  })
  await pipeline(Readable.from(lines()), createGzip({ level: 1 }), sealing, createWriteStream(path))
  await flush(path)
  return { content: content.digest('hex'), file: file.digest('hex'), ...counts, sums: asText(sums) }
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Reads rows in lots. What it yields counts only once it has ended without a throw.
 * @throws BrokerError reconciliation_file_differs where the file is not the one of the manifest, reconciliation_malformed, reconciliation_too_large
 */
export async function* readDayFile(path: string, manifest: Contents & Pick<Manifest, 'format'>): AsyncGenerator<DayRow[]> {
  if (manifest.bytes > MOST_BYTES || manifest.fileBytes > MOST_FILE || manifest.rows > MOST_ROWS)
    throw tooLarge('the manifest tells of more than a file may hold')
  const [content, file, sums] = [createHash('sm3'), createHash('sm3'), emptySums()]
  const counts = { rows: 0, bytes: 0, fileBytes: 0 }
  const taken = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      counts.fileBytes += chunk.length
      if (counts.fileBytes > manifest.fileBytes) return done(differs('more bytes than the manifest tells'))
      file.update(chunk)
      done(null, chunk)
    },
  })
  const plain = createGunzip({ chunkSize: CHUNK })
  const flowing = pipeline(createReadStream(path), taken, plain).catch((thrown: unknown) => {
    plain.destroy(thrown instanceof Error ? thrown : undefined)
  })
  let number = 0
  try {
    for await (const lines of linesOf(bounded(plain, counts, manifest.bytes, chunk => content.update(chunk)))) {
      const rows: DayRow[] = []
      for (const line of lines) {
        number++
        if (number === 1 && manifest.format === 'csv') {
          if (line !== CSV_HEADER) throw malformed(1, `the first line is ${CSV_HEADER}`)
          continue
        }
        const row = readRow(line, manifest.format, number)
        sums[row.kind].rows++
        sums[row.kind].fen += signed(row)
        rows.push(row)
      }
      counts.rows += rows.length
      if (counts.rows > manifest.rows) throw differs('more rows than the manifest tells')
      if (rows.length > 0) yield rows
    }
    if (number === 0 && manifest.format === 'csv') throw malformed(1, `the first line is ${CSV_HEADER}`)
  } catch (thrown) {
    if (thrown instanceof BrokerError) throw thrown
    throw new BrokerError('reconciliation_malformed', 'the file does not unpack', { cause: thrown, expected: 'one whole gzip file' })
  } finally {
    plain.destroy()
    await flowing
  }
  const found: Contents = { content: content.digest('hex'), file: file.digest('hex'), ...counts, sums: asText(sums) }
  for (const name of ['fileBytes', 'file', 'bytes', 'content', 'rows', 'sums'] as const)
    if (JSON.stringify(found[name]) !== JSON.stringify(manifest[name])) throw differs(name)
}

async function* bounded(plain: AsyncIterable<Buffer>, counts: { bytes: number; fileBytes: number }, most: number, seen: (chunk: Buffer) => void) {
  for await (const chunk of plain) {
    counts.bytes += chunk.length
    if (counts.bytes > most) throw differs('more content than the manifest tells')
    // before the first megabyte a ratio says little
    if (counts.bytes > 2 ** 20 && counts.bytes > counts.fileBytes * MOST_RATIO) throw tooLarge('it unpacks to more than a file of rows can')
    seen(chunk)
    yield chunk
  }
}

/** Whole lines, a lot a chunk. Rows are ASCII, and so may be cut anywhere. */
async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + chunk.toString('latin1')).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > MOST_LINE || lines.some(line => line.length > MOST_LINE)) throw tooLarge(`a line of more than ${MOST_LINE} bytes`)
    if (lines.length > 0) yield lines
  }
  if (rest !== '') throw new BrokerError('reconciliation_malformed', 'the last line does not end', { expected: 'a line feed after each row' })
}

const differs = (what: string): BrokerError =>
  new BrokerError('reconciliation_file_differs', `not what the manifest says: ${what}`, { expected: what })
const tooLarge = (facts: string): BrokerError => new BrokerError('reconciliation_too_large', facts, { expected: facts })
