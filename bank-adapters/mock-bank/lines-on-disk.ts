/**
 * A file of JSON lines, each on disk before it counts. Owns that a last line which a crash cut short counts for nothing, and is cut off: the next line would run on into it, and be lost with it when the file is read
 * again.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import type { z } from 'zod'

export interface LinesOnDisk<Line> {
  /** what stood there when it was opened */
  found: Line[]
  /** on disk when it returns */
  append(line: Line): void
}

/** @throws Error for a whole line that is none of these */
export function openLines<Line>(path: string, shape: z.ZodType<Line>): LinesOnDisk<Line> {
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
  const whole = bytes.lastIndexOf('\n') + 1
  if (whole < bytes.length) truncateSync(path, whole)
  const texts = bytes.subarray(0, whole).toString('utf8').split('\n').slice(0, -1)
  return {
    found: texts.map(text => shape.parse(JSON.parse(text))),
    append(line) {
      const file = openSync(path, 'a')
      try {
        writeSync(file, `${JSON.stringify(line)}\n`)
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
    },
  }
}
