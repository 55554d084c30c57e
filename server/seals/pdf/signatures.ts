/**
 * Owns finding every signature in a PDF, whether a viewer would or not: those that fields name, and those that stand anywhere in the bytes, in whichever revision, with a field or without one.
 */
import type { PdfFile, Revision } from './file.ts'
import { type Field, fieldsOf, isSignatureField } from './form.ts'
import { PdfDict, PdfName, PdfRef, PdfString } from './objects.ts'
import { Parser } from './parser.ts'

export interface FoundSignature {
  dict: PdfDict
  /** inside an object stream: its places are not the file's */
  packed: boolean
  /** of the document as it is now */
  fields: readonly Field[]
}

/** looked at in the bytes; a real document has a few of each */
const HITS = 5000
const ESCAPES = 200_000
/** how far before a word the object that it belongs to may begin */
const WINDOW = 64 * 1024
const TYPES = ['Sig', 'DocTimeStamp']

const isSignature = (dict: PdfDict): boolean => {
  const type = dict.get('Type')
  const typed = type instanceof PdfName && TYPES.includes(type.name)
  return dict.get('Contents') instanceof PdfString && (dict.has('ByteRange') || typed)
}

/** In the order they stand in the file. @param revision undefined when the file cannot be read as a set of objects: then by its bytes alone */
export function signaturesOf(bytes: Buffer, revision: Revision | undefined): FoundSignature[] {
  const found = new Map<string, FoundSignature>()
  const named = revision === undefined ? [] : namedBy(revision)
  const add = (dict: PdfDict, packed: boolean): void => {
    const key = `${packed} ${dict.at}`
    if (found.has(key)) return
    const fields = named.filter(({ value }) => value.at === dict.at && value.end === dict.end).map(({ field }) => field)
    found.set(key, { dict, packed, fields })
  }
  for (const { value, packed } of named) add(value, packed)
  for (const dict of inBytes(bytes, revision?.file)) add(dict, false)
  if (revision !== undefined) for (const dict of inContainers(revision)) add(dict, true)
  return [...found.values()].sort((a, b) => a.dict.at - b.dict.at)
}

function namedBy(revision: Revision): { field: Field; value: PdfDict; packed: boolean }[] {
  return fieldsOf(revision).flatMap(field => {
    const value = isSignatureField(field) ? revision.dict(field.value) : undefined
    const holder = field.value instanceof PdfRef ? field.value : field.ref
    return value === undefined ? [] : [{ field, value, packed: revision.entry(holder.num)?.kind === 'in' }]
  })
}

/** Looks for the words that make a signature, and reads the objects they are in. */
function inBytes(bytes: Buffer, file: PdfFile | undefined): PdfDict[] {
  const starts = file === undefined ? [] : startsOf(file)
  const looked = new Set<number>()
  const found: PdfDict[] = []
  let reached = 0
  for (const at of hitsIn(bytes)) {
    if (at < reached) continue
    const near = bytes.subarray(Math.max(0, at - WINDOW), at).lastIndexOf(' obj')
    const candidates = [lastBefore(starts, at), near === -1 ? undefined : headerOf(bytes, Math.max(0, at - WINDOW) + near)]
    for (const start of candidates) {
      if (start === undefined || looked.has(start)) continue
      looked.add(start)
      const dict = dictAt(bytes, start)
      if (dict === undefined) continue
      const value = dict.get('V')
      for (const each of [dict, value]) if (each instanceof PdfDict && isSignature(each)) found.push(each)
      if (dict.at <= at && at < dict.end) reached = dict.end
    }
  }
  return found
}

function* hitsIn(bytes: Buffer): Generator<number> {
  const hits: number[] = []
  for (const word of ['/ByteRange', '/Sig']) {
    let count = 0
    for (let at = bytes.indexOf(word); at !== -1 && count < HITS; at = bytes.indexOf(word, at + word.length), count += 1) hits.push(at)
  }
  hits.push(...escaped(bytes))
  yield* hits.sort((a, b) => a - b)
}

/** Names may be written with escapes (7.3.5), such as /Byte#52ange. */
function escaped(bytes: Buffer): number[] {
  const hits: number[] = []
  let looked = 0
  for (let at = bytes.indexOf(0x23); at !== -1 && looked < ESCAPES && hits.length < HITS; at = bytes.indexOf(0x23, at + 1)) {
    if (!isHex(bytes[at + 1]) || !isHex(bytes[at + 2])) continue
    looked += 1
    const slash = bytes.subarray(Math.max(0, at - 12), at).lastIndexOf(0x2f)
    if (slash === -1) continue
    const from = Math.max(0, at - 12) + slash
    const name = new Parser(bytes.subarray(from, from + 60)).token()
    if (name instanceof PdfName && (name.name === 'ByteRange' || TYPES.includes(name.name))) hits.push(from)
  }
  return hits
}

const isHex = (octet = 0): boolean => (octet >= 0x30 && octet <= 0x39) || ((octet | 0x20) >= 0x61 && (octet | 0x20) <= 0x66)

/** "12 0 obj": where the 12 begins. */
function headerOf(bytes: Buffer, obj: number): number | undefined {
  const from = Math.max(0, obj - 20)
  const match = /(?:^|[^0-9])([0-9]{1,10} [0-9]{1,5})$/.exec(bytes.toString('latin1', from, obj))
  return match === null ? undefined : obj - (match[1]?.length ?? 0)
}

function dictAt(bytes: Buffer, start: number): PdfDict | undefined {
  try {
    const parser = new Parser(bytes, start)
    parser.integer()
    parser.integer()
    parser.expect('obj')
    const value = parser.object()
    return value instanceof PdfDict ? value : undefined
  } catch {
    // what no reader can read, none shows
    return undefined
  }
}

function startsOf({ sections }: PdfFile): Float64Array {
  const starts = new Float64Array(sections.reduce((sum, { entries }) => sum + entries.size, 0))
  let count = 0
  for (const { entries } of sections) {
    for (const entry of entries.values()) {
      if (entry.kind !== 'at') continue
      starts[count] = entry.offset
      count += 1
    }
  }
  return starts.subarray(0, count).sort()
}

function lastBefore(sorted: ArrayLike<number>, at: number): number | undefined {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0) <= at) low = middle + 1
    else high = middle
  }
  return sorted[low - 1]
}

/** A signature has no business in an object stream; one that is there is told all the same. */
function inContainers(revision: Revision): PdfDict[] {
  const { file } = revision
  const found: PdfDict[] = []
  for (const [section, { entries }] of file.sections.entries()) {
    const at = file.revision(section)
    const streams = new Set<number>()
    for (const entry of entries.values()) if (entry.kind === 'in') streams.add(entry.stream)
    const suspects = new Set([...streams].filter(num => holdsSignature(at, num)))
    if (suspects.size === 0) continue
    for (const [num, entry] of entries) {
      if (entry.kind !== 'in' || !suspects.has(entry.stream)) continue
      const dict = at.dict(new PdfRef(num, 0))
      if (dict !== undefined && isSignature(dict)) found.push(dict)
    }
  }
  return found
}

function holdsSignature(revision: Revision, num: number): boolean {
  const bytes = revision.packedBytes(num)
  return bytes?.includes('/ByteRange') === true || bytes?.includes('/Sig') === true
}
