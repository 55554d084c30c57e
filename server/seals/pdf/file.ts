/**
 * Owns a PDF as a set of objects, ISO 32000-2 7.5: each looked up when it is asked for, in any of the file's revisions. An update is a new section before the older ones, so a revision is the chain from its
 * section on, and all share what was read once.
 */
import { unfiltered } from './filters.ts'
import { PDF_LIMITS, unusable } from './limits.ts'
import { nameOf, PdfArray, PdfDict, PdfName, type PdfObject, PdfRef, PdfStream, PdfString } from './objects.ts'
import { Parser } from './parser.ts'
import { filtersOf, streamBytes, streamStart } from './streams.ts'
import { type Entry, readSections, readTail, type Section, type Tail } from './xref.ts'

/** read objects are kept up to this many bytes of source, then forgotten and read again when asked for */
const KEPT = 24 * 1024 * 1024

interface Container {
  bytes: Buffer
  /** number and place of each object inside */
  index: readonly { num: number; at: number }[]
}

interface Place {
  section: number
  entry: Entry
}
const FEW = 8

function placesIn(sections: readonly Section[]): Map<number, Place[]> {
  const places = new Map<number, Place[]>()
  for (const [section, { entries }] of sections.entries()) {
    for (const [num, entry] of entries) {
      const known = places.get(num)
      if (known === undefined) places.set(num, [{ section, entry }])
      else known.push({ section, entry })
    }
  }
  return places
}

export class PdfFile {
  readonly bytes: Buffer
  readonly sections: readonly Section[]
  readonly tail: Tail
  readonly #read = new Map<string, PdfObject>()
  readonly #containers = new Map<number, Container>()
  /** for each object the sections that say where it is, the newest first; undefined where asking them one by one is as quick */
  readonly #places: ReadonlyMap<number, readonly Place[]> | undefined
  readonly #busy = new Set<string>()
  #kept = 0
  #decoded = 0

  /** @throws BrokerError `seal_document_unusable` */
  constructor(bytes: Buffer) {
    if (bytes.toString('latin1', 0, 5) !== '%PDF-') throw unusable('it does not begin as a PDF does')
    this.bytes = bytes
    this.tail = readTail(bytes, bytes.length)
    this.sections = readSections(bytes, this.tail.startxref)
    this.#places = this.sections.length > FEW ? placesIn(this.sections) : undefined
  }

  /** @param section the newest section that counts; 0 is the whole file */
  revision(section = 0): Revision {
    return new Revision(this, section)
  }

  entry(num: number, section: number): Entry | undefined {
    if (this.#places !== undefined) return this.#places.get(num)?.find(place => place.section >= section)?.entry
    for (let i = section; i < this.sections.length; i += 1) {
      const entry = this.sections[i]?.entries.get(num)
      if (entry !== undefined) return entry
    }
    return undefined
  }

  /** @param key what makes the reading unique @param read the value, and the bytes of source it took */
  kept(key: string, read: () => { value: PdfObject; size: number }): PdfObject {
    const known = this.#read.get(key)
    if (known !== undefined) return known
    const { value, size } = read()
    this.#kept += size
    if (this.#kept > KEPT) {
      this.#read.clear()
      this.#kept = size
    }
    this.#read.set(key, value)
    return value
  }

  container(offset: number, read: () => Container): Container {
    const known = this.#containers.get(offset) ?? this.alone(`:${offset}`, read)
    this.#containers.set(offset, known)
    return known
  }

  /** Does what may ask for other objects on its way, such as a stream for its length, and never for itself again. */
  alone<T>(key: string, act: () => T): T {
    if (this.#busy.has(key) || this.#busy.size > PDF_LIMITS.depth) throw unusable('objects that need each other to be read')
    this.#busy.add(key)
    try {
      return act()
    } finally {
      this.#busy.delete(key)
    }
  }

  decode(raw: Buffer, filters: Parameters<typeof unfiltered>[1]): Buffer {
    const room = Math.min(PDF_LIMITS.decoded, PDF_LIMITS.decodedTotal - this.#decoded)
    const decoded = unfiltered(raw, filters, room)
    this.#decoded += decoded.length
    return decoded
  }
}

export class Revision {
  readonly file: PdfFile
  readonly section: number

  constructor(file: PdfFile, section: number) {
    this.file = file
    this.section = section
  }

  get trailer(): PdfDict {
    return this.file.sections[this.section]?.trailer ?? new PdfDict(new Map())
  }

  entry(num: number): Entry | undefined {
    return this.file.entry(num, this.section)
  }

  /** Where the value of an object begins in the file; undefined for one that is packed, or not there. */
  offsetOf(num: number): number | undefined {
    const entry = this.entry(num)
    return entry?.kind === 'at' ? entry.offset : undefined
  }

  /** Follows references to a value; what is not there is null, 7.3.10. @throws BrokerError `seal_document_unusable` */
  resolve(value: PdfObject | undefined): PdfObject {
    let current = value ?? null
    for (let steps = 0; current instanceof PdfRef; steps += 1) {
      if (steps > PDF_LIMITS.depth) throw unusable('references in a circle')
      current = this.#object(current)
    }
    return current
  }

  dict(value: PdfObject | undefined): PdfDict | undefined {
    const found = this.resolve(value)
    return found instanceof PdfDict ? found : undefined
  }

  items(value: PdfObject | undefined): readonly PdfObject[] {
    const found = this.resolve(value)
    return found instanceof PdfArray ? found.items : []
  }

  number(value: PdfObject | undefined): number | undefined {
    const found = this.resolve(value)
    return typeof found === 'number' ? found : undefined
  }

  name(value: PdfObject | undefined): string | undefined {
    const found = this.resolve(value)
    return found instanceof PdfName ? found.name : undefined
  }

  string(value: PdfObject | undefined): Buffer | undefined {
    const found = this.resolve(value)
    return found instanceof PdfString ? found.bytes : undefined
  }

  /** The bytes of a stream without its filters. @throws BrokerError `seal_document_unusable` */
  decoded(stream: PdfStream): Buffer {
    return this.file.decode(
      stream.raw,
      filtersOf(stream.dict, value => this.resolve(value)),
    )
  }

  /** What is inside an object stream; undefined for what is none. */
  packedBytes(num: number): Buffer | undefined {
    const place = this.entry(num)
    return place?.kind === 'at' ? this.file.container(place.offset, () => this.#container(num, place)).bytes : undefined
  }

  #object({ num, gen }: PdfRef): PdfObject {
    const entry = this.entry(num)
    if (entry === undefined || entry.kind === 'free') return null
    if (entry.kind === 'in') return gen === 0 ? this.#packed(num, entry) : null
    return entry.gen === gen ? this.#plain(num, entry) : null
  }

  #plain(num: number, { offset, gen }: Extract<Entry, { kind: 'at' }>): PdfObject {
    const { bytes } = this.file
    const parser = new Parser(bytes, offset)
    // a stream's length may stand elsewhere and differ between revisions: it belongs to the key
    const value = this.file.kept(String(offset), () => {
      if (parser.integer() !== num || parser.integer() !== gen) throw unusable(`object ${num} is not at byte ${offset}`)
      parser.expect('obj')
      const found = parser.object()
      const start = found instanceof PdfDict ? streamStart(parser) : undefined
      if (start === undefined) parser.expect('endobj')
      return {
        value: start === undefined || !(found instanceof PdfDict) ? found : new PdfStream(found, bytes.subarray(start)),
        size: parser.at - offset,
      }
    })
    if (!(value instanceof PdfStream)) return value
    const length = this.file.alone(String(offset), () => this.number(value.dict.get('Length')))
    if (length === undefined) throw unusable(`the stream of object ${num} without its length`)
    return this.file.kept(`${offset}/${length}`, () => {
      const start = value.raw.byteOffset - bytes.byteOffset
      return { value: new PdfStream(value.dict, streamBytes(bytes, start, length)), size: 64 }
    })
  }

  /** 7.5.7: an object stream begins with the number and place of each object in it. */
  #packed(num: number, { stream, index }: Extract<Entry, { kind: 'in' }>): PdfObject {
    const place = this.entry(stream)
    if (place?.kind !== 'at') throw unusable(`object ${num} is packed in ${stream}, which is not there`)
    const container = this.file.container(place.offset, () => this.#container(stream, place))
    const found = container.index[index]
    if (found?.num !== num) throw unusable(`object ${num} is not where its object stream says`)
    return this.file.kept(`${place.offset}:${index}`, () => {
      const parser = new Parser(container.bytes, found.at)
      const value = parser.object()
      return { value, size: parser.at - found.at }
    })
  }

  #container(num: number, place: Extract<Entry, { kind: 'at' }>): Container {
    const value = this.#plain(num, place)
    if (!(value instanceof PdfStream) || nameOf(value.dict.get('Type')) !== 'ObjStm') throw unusable(`object ${num} is no object stream`)
    const bytes = this.decoded(value)
    const count = this.number(value.dict.get('N')) ?? 0
    const first = this.number(value.dict.get('First')) ?? 0
    if (count > PDF_LIMITS.entries || first > bytes.length) throw unusable(`object stream ${num} out of its range`)
    const parser = new Parser(bytes)
    const index: { num: number; at: number }[] = []
    for (let i = 0; i < count; i += 1) index.push({ num: parser.integer(), at: first + parser.integer() })
    return { bytes, index }
  }
}

/** The whole file as it is now. @throws BrokerError `seal_document_unusable`, also for one that is encrypted: a seal in it could be read by nobody without its password */
export function openPdf(document: Uint8Array): Revision {
  const revision = new PdfFile(Buffer.from(document.buffer, document.byteOffset, document.byteLength)).revision()
  if (revision.trailer.has('Encrypt')) throw unusable('it is encrypted')
  if (nameOf(revision.dict(revision.trailer.get('Root'))?.get('Type')) !== 'Catalog') throw unusable('it has no catalog')
  return revision
}
