/**
 * Owns incremental updates, ISO 32000-2 7.5.6: new and changed objects, a cross-reference section of the same kind as the last one, a trailer that leads to it. Not one byte before is touched. The same changes to
 * the same file give the same bytes: the second half of the file's identifier comes from what is written (14.4).
 */
import { createHash } from 'node:crypto'
import type { Revision } from './file.ts'
import { unusable } from './limits.ts'
import { array, dict, name, PdfArray, type PdfObject, PdfRef, PdfString } from './objects.ts'
import { textOf } from './serialize.ts'

/** Entries of a trailer that belong to its own section; all others go on. */
const OF_ONE_SECTION = ['Prev', 'XRefStm', 'Type', 'W', 'Index', 'Filter', 'DecodeParms', 'Length', 'Size', 'ID']

interface Written {
  /** what follows the file */
  bytes: Buffer
  /** where each new object begins, counted from the beginning of the file */
  offsets: ReadonlyMap<number, number>
}

export class Update {
  readonly revision: Revision
  readonly #objects = new Map<number, { gen: number; body: Buffer }>()
  #next: number

  constructor(revision: Revision) {
    this.revision = revision
    const size = revision.trailer.get('Size')
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 1 || size > 8_000_000) throw unusable('a trailer without a usable size')
    this.#next = size
    for (const { entries } of revision.file.sections) for (const num of entries.keys()) if (num >= this.#next) this.#next = num + 1
  }

  /** A number for an object whose value comes later. */
  reserve(): PdfRef {
    this.#next += 1
    return new PdfRef(this.#next - 1, 0)
  }

  add(value: PdfObject): PdfRef {
    const ref = this.reserve()
    this.set(ref, value)
    return ref
  }

  set(ref: PdfRef, value: PdfObject): void {
    this.write(ref, Buffer.from(textOf(value), 'latin1'))
  }

  addStream(entries: Readonly<Record<string, PdfObject | undefined>>, bytes: Uint8Array): PdfRef {
    const ref = this.reserve()
    const head = Buffer.from(`${textOf(dict({ ...entries, Length: bytes.length }))}\nstream\n`, 'latin1')
    this.write(ref, Buffer.concat([head, bytes, Buffer.from('\nendstream', 'latin1')]))
    return ref
  }

  /** An object whose bytes the caller has made. */
  write(ref: PdfRef, body: Buffer): void {
    this.#objects.set(ref.num, { gen: ref.gen, body })
  }

  finish(): Written {
    const { bytes: before, sections } = this.revision.file
    const last = before.at(-1)
    const parts: Buffer[] = last === 0x0a || last === 0x0d ? [] : [Buffer.from('\n')]
    let at = before.length + (parts[0]?.length ?? 0)
    const push = (part: Buffer): void => {
      parts.push(part)
      at += part.length
    }
    const offsets = new Map<number, number>()
    const numbers = [...this.#objects.keys()].sort((a, b) => a - b)
    for (const num of numbers) {
      const { gen, body } = this.#objects.get(num) ?? { gen: 0, body: Buffer.alloc(0) }
      const head = Buffer.from(`${num} ${gen} obj\n`, 'latin1')
      offsets.set(num, at + head.length)
      push(Buffer.concat([head, body, Buffer.from('\nendobj\n')]))
    }
    const hash = createHash('sha256').update(String(before.length))
    for (const part of parts) hash.update(part)
    const trailer = { ...this.#trailer(hash.digest().subarray(0, 16)), Prev: sections[0]?.at ?? 0 }
    const starts = numbers.map(num => ({
      num,
      gen: this.#objects.get(num)?.gen ?? 0,
      at: (offsets.get(num) ?? 0) - `${num} ${this.#objects.get(num)?.gen ?? 0} obj\n`.length,
    }))
    const startxref = at
    push(sections[0]?.kind === 'stream' ? this.#stream(starts, trailer, startxref) : this.#table(starts, trailer))
    push(Buffer.from(`startxref\n${startxref}\n%%EOF\n`, 'latin1'))
    return { bytes: Buffer.concat(parts), offsets }
  }

  #trailer(fresh: Buffer): Record<string, PdfObject> {
    const { trailer } = this.revision
    const kept = Object.fromEntries([...trailer.entries].filter(([key]) => !OF_ONE_SECTION.includes(key)))
    const [first] = this.revision.items(trailer.get('ID'))
    const same = first instanceof PdfString ? first.bytes : fresh
    return { ...kept, ID: array(new PdfString(same, true), new PdfString(fresh, true)) }
  }

  #table(starts: readonly Start[], trailer: Record<string, PdfObject>): Buffer {
    const lines = runs(starts).map(run => {
      const rows = run.map(({ at, gen }) => `${String(at).padStart(10, '0')} ${String(gen).padStart(5, '0')} n \n`)
      return `${run[0]?.num ?? 0} ${run.length}\n${rows.join('')}`
    })
    return Buffer.from(`xref\n${lines.join('')}trailer\n${textOf(dict({ ...trailer, Size: this.#next }))}\n`, 'latin1')
  }

  #stream(others: readonly Start[], trailer: Record<string, PdfObject>, at: number): Buffer {
    const own = this.reserve()
    const starts = [...others, { num: own.num, gen: 0, at }]
    const rows = Buffer.alloc(starts.length * 7)
    for (const [i, start] of starts.entries()) {
      rows[7 * i] = 1
      rows.writeUInt32BE(start.at, 7 * i + 1)
      rows.writeUInt16BE(start.gen, 7 * i + 5)
    }
    const index = runs(starts).flatMap(run => [run[0]?.num ?? 0, run.length])
    const entries = { Type: name('XRef'), ...trailer, Size: this.#next, W: array(1, 4, 2), Index: new PdfArray(index), Length: rows.length }
    return Buffer.concat([Buffer.from(`${own.num} 0 obj\n${textOf(dict(entries))}\nstream\n`, 'latin1'), rows, Buffer.from('\nendstream\nendobj\n')])
  }
}

interface Start {
  num: number
  gen: number
  at: number
}

/** Numbers that follow each other, which share a subsection. */
function runs(starts: readonly Start[]): Start[][] {
  const found: Start[][] = []
  for (const start of starts) {
    const run = found.at(-1)
    if (run?.at(-1)?.num === start.num - 1) run.push(start)
    else found.push([start])
  }
  return found
}
