/**
 * Owns the cross-reference chain, ISO 32000-2 7.5.4, 7.5.5, 7.5.8: tables, streams, files with both, and each update's way to the one before. Nothing is guessed: a file whose chain does not lead everywhere is
 * refused, for every viewer repairs it differently and a signature would cover no certain document.
 */
import { unfiltered } from './filters.ts'
import { PDF_LIMITS, unusable } from './limits.ts'
import { nameOf, PdfArray, PdfDict, type PdfObject, PdfStream } from './objects.ts'
import { isSpace, Parser } from './parser.ts'
import { directFilters, streamAfter } from './streams.ts'

/** Where an object is: at a byte, or inside an object stream, or nowhere. */
export type Entry = { kind: 'at'; offset: number; gen: number } | { kind: 'in'; stream: number; index: number } | { kind: 'free' }

export interface Section {
  /** the byte that `startxref` or `Prev` names */
  at: number
  kind: 'table' | 'stream'
  entries: ReadonlyMap<number, Entry>
  trailer: PdfDict
}

/** What ends a file and each of its revisions, 7.5.5. */
export interface Tail {
  startxref: number
  /** the byte after `%%EOF` */
  end: number
}

const FREE: Entry = { kind: 'free' }
/** how far before the end `%%EOF` may stand */
const TAIL = 1024

/** @param end where the file or the revision ends @throws BrokerError `seal_document_unusable` */
export function readTail(bytes: Buffer, end: number): Tail {
  const mark = lastBefore(bytes, '%%EOF', end)
  const word = lastBefore(bytes, 'startxref', mark)
  const parser = new Parser(bytes, word + 'startxref'.length)
  const startxref = parser.integer()
  while (parser.at < mark && isSpace(bytes[parser.at])) parser.at += 1
  if (parser.at !== mark) throw unusable('something between startxref and %%EOF')
  if (startxref <= 0 || startxref >= word) throw unusable(`startxref leads to byte ${startxref}`)
  return { startxref, end: mark + '%%EOF'.length }
}

function lastBefore(bytes: Buffer, word: string, end: number): number {
  const from = Math.max(0, end - TAIL)
  const found = bytes.subarray(from, end).lastIndexOf(word)
  if (found === -1) throw unusable(`no ${word} at the end`)
  return from + found
}

/** All sections, the newest first. @param from what `startxref` says @throws BrokerError `seal_document_unusable` */
export function readSections(bytes: Buffer, from: number): Section[] {
  const sections: Section[] = []
  const seen = new Set<number>()
  let count = 0
  for (let at: number | undefined = from; at !== undefined; ) {
    if (seen.has(at)) throw unusable('cross-reference sections in a circle')
    if (seen.size >= PDF_LIMITS.sections) throw unusable('too many updates')
    seen.add(at)
    const section: Section = readSection(bytes, at, PDF_LIMITS.entries - count)
    sections.push(section)
    count += section.entries.size
    at = offsetIn(section.trailer, 'Prev', bytes)
  }
  return sections
}

function readSection(bytes: Buffer, at: number, room: number): Section {
  const parser = new Parser(bytes, at)
  if (bytes.toString('latin1', at, at + 4) !== 'xref') return readStream(parser, at, room)
  parser.at = at + 4
  const entries = readTable(parser, room)
  const trailer = parser.object()
  if (!(trailer instanceof PdfDict)) throw unusable('no trailer after a cross-reference table')
  const beside = offsetIn(trailer, 'XRefStm', bytes)
  if (beside !== undefined) {
    // 7.5.8.4: what the table hides from old readers as free is told by the stream beside it
    for (const [num, entry] of readStream(new Parser(bytes, beside), beside, room - entries.size).entries) {
      const known = entries.get(num)
      if (known === undefined || known.kind === 'free') entries.set(num, entry)
    }
  }
  return { at, kind: 'table', entries, trailer }
}

function offsetIn(trailer: PdfDict, key: string, bytes: Buffer): number | undefined {
  const value = trailer.get(key)
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value) || value <= 0 || value >= bytes.length) throw unusable(`${key} leads nowhere`)
  return value
}

/** Up to the word `trailer`, which is read. */
function readTable(parser: Parser, room: number): Map<number, Entry> {
  const { bytes } = parser
  const entries = new Map<number, Entry>()
  for (;;) {
    parser.skip()
    if (bytes.toString('latin1', parser.at, parser.at + 7) === 'trailer') {
      parser.at += 7
      return entries
    }
    const first = parser.integer()
    const count = parser.integer()
    if (count > room - entries.size) throw unusable('too many objects')
    parser.skip()
    for (let i = 0; i < count; i += 1) {
      const entry = tableEntry(bytes, parser.at)
      if (!entries.has(first + i)) entries.set(first + i, entry)
      parser.at += 20
    }
  }
}

/** Twenty bytes: ten digits, a space, five digits, a space, n or f, two that end the line. */
function tableEntry(bytes: Buffer, at: number): Entry {
  const offset = digits(bytes, at, 10)
  const gen = digits(bytes, at + 11, 5)
  const kind = bytes[at + 17]
  const shaped = bytes[at + 10] === 0x20 && bytes[at + 16] === 0x20 && isSpace(bytes[at + 18]) && isSpace(bytes[at + 19])
  if (!shaped || (kind !== 0x6e && kind !== 0x66)) throw unusable(`a malformed cross-reference entry at byte ${at}`)
  return kind === 0x66 || offset === 0 ? FREE : { kind: 'at', offset, gen }
}

function digits(bytes: Buffer, at: number, count: number): number {
  let value = 0
  for (let i = at; i < at + count; i += 1) {
    const digit = (bytes[i] ?? 0) - 0x30
    if (digit < 0 || digit > 9) throw unusable(`a malformed cross-reference entry at byte ${at}`)
    value = value * 10 + digit
  }
  return value
}

/** 7.5.8: rows of big-endian numbers whose widths W tells. */
function readStream(parser: Parser, at: number, room: number): Section {
  parser.integer()
  parser.integer()
  parser.expect('obj')
  const trailer = parser.object()
  if (!(trailer instanceof PdfDict) || nameOf(trailer.get('Type')) !== 'XRef') throw unusable(`no cross-reference section at byte ${at}`)
  const length = trailer.get('Length')
  if (typeof length !== 'number') throw unusable('a cross-reference stream without its length')
  const stream = new PdfStream(trailer, streamAfter(parser, length))
  const widths = wholes(trailer.get('W'))
  const [kindWidth = 0, placeWidth = 0, moreWidth = 0] = widths
  const row = kindWidth + placeWidth + moreWidth
  if (widths.length !== 3 || widths.some(width => width > 8) || row === 0) throw unusable('a cross-reference stream of odd widths')
  const rows = unfiltered(stream.raw, directFilters(trailer), room * row)
  const size = trailer.get('Size')
  const index = trailer.has('Index') ? wholes(trailer.get('Index')) : [0, typeof size === 'number' ? size : 0]
  const entries = new Map<number, Entry>()
  let from = 0
  for (let i = 0; i + 1 < index.length; i += 2) {
    const first = index[i] ?? 0
    const count = index[i + 1] ?? 0
    if (from + count * row > rows.length) throw unusable('a cross-reference stream that is too short')
    for (let num = first; num < first + count; num += 1, from += row) {
      const kind = kindWidth === 0 ? 1 : wide(rows, from, kindWidth)
      const place = wide(rows, from + kindWidth, placeWidth)
      const more = wide(rows, from + kindWidth + placeWidth, moreWidth)
      if (!entries.has(num)) entries.set(num, streamEntry(kind, place, more))
    }
  }
  return { at, kind: 'stream', entries, trailer }
}

/** A number of up to eight octets, of which this file can need no more than six. */
function wide(rows: Buffer, at: number, width: number): number {
  if (width === 0) return 0
  const excess = Math.max(0, width - 6)
  if (rows.subarray(at, at + excess).some(octet => octet !== 0)) throw unusable('a cross-reference stream of odd numbers')
  return rows.readUIntBE(at + excess, width - excess)
}

function streamEntry(kind: number, place: number, more: number): Entry {
  if (kind === 1) return { kind: 'at', offset: place, gen: more }
  // 7.5.8.3: a kind that is not known is a reference to null
  return kind === 2 ? { kind: 'in', stream: place, index: more } : FREE
}

function wholes(value: PdfObject | undefined): number[] {
  if (!(value instanceof PdfArray) || value.items.length > 100_000) throw unusable('a cross-reference stream without its numbers')
  return value.items.map(item => {
    if (typeof item !== 'number' || !Number.isInteger(item) || item < 0 || item > 2 ** 40) throw unusable('a cross-reference stream of odd numbers')
    return item
  })
}
