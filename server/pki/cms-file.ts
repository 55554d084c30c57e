/**
 * Owns files as sources and targets of messages: large ones pass in pieces, and what is written gets its name only when it is whole. A half-made plaintext or message
 * never lies under the name that was asked for.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { access, link, rename, rm, stat } from 'node:fs/promises'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import { bytesOf, type Source } from './cms-bytes.ts'
import type { Bytes } from './der-stream.ts'

const PIECE = 1024 * 1024

export interface SourceFile {
  /** octets when it was looked at */
  size: number
  /** reads it from its beginning */
  open(): Bytes
}

/** @param onBytes hears how far each reading is. @throws BrokerError `not_found` */
export async function sourceFile(path: string, onBytes?: (done: number, size: number) => void): Promise<SourceFile> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() !== true) throw new BrokerError('not_found', `there is no file ${path}`)
  const { size } = found
  return { size, open: () => reading(path, done => onBytes?.(done, size)) }
}

async function* reading(path: string, onBytes: (done: number) => void): AsyncGenerator<Buffer, void, undefined> {
  let done = 0
  for await (const piece of createReadStream(path, { highWaterMark: PIECE })) {
    const bytes: Buffer = piece
    done += bytes.length
    onBytes(done)
    yield bytes
  }
}

type Existing = 'keep' | 'replace'

/** @throws BrokerError `bad_request` when something is there that must be kept */
export async function mayWrite(path: string, existing: Existing): Promise<void> {
  const there = await access(path).then(
    () => true,
    () => false,
  )
  if (there && existing === 'keep') throw new BrokerError('bad_request', `${path} is there already; nothing was written`)
}

/**
 * Writes bytes under a temporary name beside the target, for the owner alone, and gives them their name when the stream ended well.
 * @returns octets written
 * @throws BrokerError what the stream failed with; `bad_request` when something is there that must be kept; `internal` when it cannot be written
 */
export async function writeWhole(path: string, source: Source, existing: Existing): Promise<number> {
  await mayWrite(path, existing)
  const temporary = `${path}.${randomBytes(6).toString('hex')}.partial`
  let written = 0
  async function* counted() {
    for await (const piece of bytesOf(source)) {
      written += piece.length
      yield piece
    }
  }
  try {
    await pipeline(
      Readable.from(counted(), { objectMode: false }),
      createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true, highWaterMark: PIECE }),
    )
    if (existing === 'replace') await rename(temporary, path)
    else await named(temporary, path)
    return written
  } catch (thrown) {
    throw asBrokerError(thrown)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** A link fails where something came to be there meanwhile; a rename would replace it. */
async function named(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path)
  } catch (thrown) {
    await mayWrite(path, 'keep')
    // a file system without links
    if (thrown instanceof Error && 'code' in thrown && thrown.code !== 'EEXIST') return rename(temporary, path)
    throw thrown
  }
}

/**
 * Turns what is handed out piece by piece into a stream that can be written while it comes, no faster than it is written.
 * @param run gets the receiver of the pieces; the stream ends only when it has ended well, and fails as it fails
 */
export function handedOut<T>(run: (onContent: (piece: Buffer) => Promise<void>) => Promise<T>): {
  content: AsyncIterable<Uint8Array>
  result: Promise<T>
} {
  const content = new PassThrough({ highWaterMark: PIECE })
  const result = run(async piece => {
    if (!content.write(piece) && !content.destroyed) await roomIn(content)
    if (content.destroyed) throw new BrokerError('internal', 'the output cannot be written')
  })
  result.then(
    () => content.end(),
    (thrown: unknown) => content.destroy(asBrokerError(thrown)),
  )
  return { content, result }
}

/** Waits until a stream takes more, or takes nothing any more. */
async function roomIn(stream: PassThrough): Promise<void> {
  const done = new AbortController()
  try {
    await Promise.race(['drain', 'close'].map(event => once(stream, event, { signal: done.signal })))
  } finally {
    done.abort()
  }
}
