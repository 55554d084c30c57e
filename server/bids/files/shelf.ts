import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, open, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BrokerError } from '../../kernel/errors.ts'
import type { Source } from '../../pki/cms-bytes.ts'
import { writeWhole } from '../../pki/cms-file.ts'

/**
 * The files of the bid room, in one folder: envelopes on their way in, received ones, and what was opened. Owns that a received envelope is never written over, that half of anything never has its final name, and that no
 * name leaves the folder. Not owned: whose an envelope is (the database says). Several processes share the folder.
 */
export interface Shelf {
  envelopes: { open(id: string): AsyncIterable<Buffer> }
  opened: {
    keep(envelope: string, content: Source): Promise<void>
    open(envelope: string): AsyncIterable<Buffer>
  }
  /** octets of an envelope on its way in */
  received(id: string): Promise<number>
  /** Adds octets where the last piece ended. @param most octets of the piece @returns octets received. @throws BrokerError bid_upload_out_of_step, too_large */
  add(id: string, offset: number, piece: AsyncIterable<Uint8Array>, most: number): Promise<number>
  /** What was received becomes the envelope: a copy, so that whoever still writes to the first changes nothing. Again is no fault. @throws BrokerError bid_upload_out_of_step where octets lack */
  finish(id: string, size: number): Promise<void>
  /** an envelope made here. @throws BrokerError bad_request where there is one of this id */
  put(id: string, source: Source): Promise<void>
  /** of an upload that was never registered */
  drop(id: string): Promise<void>
  close(): Promise<void>
}

const NAME = /^[A-Za-z0-9_-]{16,64}$/
const PIECE = 1024 * 1024

/** @param dataDir the data folder, or `memory`: a temporary one, removed at the end */
export async function openShelf(dataDir: string): Promise<Shelf> {
  const temporary = dataDir === 'memory'
  const base = temporary ? await mkdtemp(join(tmpdir(), 'shield-bids-')) : join(dataDir, 'bids')
  for (const folder of ['uploads', 'envelopes', 'opened']) await mkdir(join(base, folder), { recursive: true, mode: 0o700 })
  const path = (folder: 'uploads' | 'envelopes' | 'opened', id: string): string => {
    if (!NAME.test(id)) throw new BrokerError('bid_unknown', 'no name of an envelope')
    return join(base, folder, id)
  }
  const sizeOf = async (file: string): Promise<number | undefined> => (await stat(file).catch(() => undefined))?.size
  const received = async (id: string): Promise<number> => (await sizeOf(path('uploads', id))) ?? (await sizeOf(path('envelopes', id))) ?? 0

  return {
    envelopes: { open: id => reading(path('envelopes', id)) },
    opened: {
      async keep(envelope, content) {
        await writeWhole(path('opened', envelope), content, 'replace')
      },
      open: envelope => reading(path('opened', envelope)),
    },
    received,
    async add(id, offset, piece, most) {
      const name = path('uploads', id)
      const came = await received(id)
      if (came !== offset) throw outOfStep(offset, came)
      if (offset === 0) await (await open(name, 'a', 0o600)).close()
      const file = await open(name, 'r+')
      try {
        let at = offset
        for await (const octets of piece) {
          if (at + octets.length > offset + most) throw new BrokerError('too_large', 'more octets than a piece or the envelope may have')
          await file.write(octets, 0, octets.length, at)
          at += octets.length
        }
        return at
      } finally {
        await file.close()
      }
    },
    async finish(id, size) {
      const [from, to] = [path('uploads', id), path('envelopes', id)]
      if ((await sizeOf(to)) === undefined) {
        const came = await received(id)
        if (came !== size) throw outOfStep(size, came)
        try {
          await writeWhole(to, reading(from), 'keep')
        } catch (thrown) {
          // pressed twice: the other one was faster
          if ((await sizeOf(to)) === undefined) throw thrown
        }
      }
      await rm(from, { force: true })
    },
    async put(id, source) {
      await writeWhole(path('envelopes', id), source, 'keep')
    },
    async drop(id) {
      for (const folder of ['uploads', 'envelopes'] as const) await rm(path(folder, id), { force: true })
    },
    async close() {
      if (temporary) await rm(base, { recursive: true, force: true })
    },
  }
}

async function* reading(file: string): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const piece of createReadStream(file, { highWaterMark: PIECE })) yield piece as Buffer
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')
      throw new BrokerError('not_found', 'the file is gone', { cause: thrown })
    throw thrown
  }
}

const outOfStep = (given: number, received: number): BrokerError =>
  new BrokerError('bid_upload_out_of_step', 'not where the last piece ended', { received: String(given), expected: String(received) })
