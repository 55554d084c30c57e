import { once } from 'node:events'
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { type DayRow, keyOf, readRow, writeRow } from './row.ts'

/** Rows on disk by a hash of their key, so that a part of both sides fits in memory and no row has its counterpart elsewhere. */
export interface Partitions {
  add(row: DayRow, carried: boolean): void
  /** lets what was added reach the disk; for whoever adds much */
  drain(): Promise<void>
  close(): Promise<void>
}

/** a million rows make some sixteen thousand a part */
export const PARTS = 64
const LOT = 32 * 1024

export const pathOf = (folder: string, side: string, part: number): string => join(folder, `${side}-${part}`)

export function openPartitions(folder: string, side: string): Partitions {
  const parts = Array.from({ length: PARTS }, (_, n) => ({ pending: '', stream: createWriteStream(pathOf(folder, side, n), { mode: 0o600 }) }))
  const waiting = new Set<WriteStream>()
  const push = (part: (typeof parts)[number]) => {
    if (!part.stream.write(part.pending, 'latin1')) waiting.add(part.stream)
    part.pending = ''
  }
  return {
    add(row, carried) {
      const part = parts[partOf(keyOf(row))]
      if (part === undefined) return
      part.pending += `${carried ? '+' : '-'}${writeRow(row, 'csv')}\n`
      if (part.pending.length > LOT) push(part)
    },
    async drain() {
      for (const stream of waiting) {
        if (stream.errored !== null) throw stream.errored
        if (stream.writableNeedDrain) await once(stream, 'drain')
      }
      waiting.clear()
    },
    async close() {
      for (const part of parts) {
        push(part)
        part.stream.end()
      }
      await Promise.all(parts.map(({ stream }) => finished(stream)))
    },
  }
}

/** FNV-1a over the key, 32 bits. */
function partOf(key: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  return (hash ^ (hash >>> 15)) & (PARTS - 1)
}

export async function* readPartition(path: string): AsyncGenerator<{ row: DayRow; carried: boolean }> {
  for await (const line of linesIn(path)) yield { row: readRow(line.slice(1), 'csv', 0), carried: line.startsWith('+') }
}

/** Lines of a file that we wrote ourselves. */
export async function* linesIn(path: string): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of createReadStream(path, { encoding: 'latin1', highWaterMark: LOT })) {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}
