/** Owns an OFD package as its parts by absolute path, inflated when asked for and never beyond what the directory says. Which of them mean what is the document's (document.ts). */
import { hash as digestOf } from 'node:crypto'
import { crc32, inflateRawSync } from 'node:zlib'
import { LIMITS } from '../contract.ts'
import { unusable } from './limits.ts'
import { checkNames, keyOf } from './package-names.ts'
import { readRecords, type ZipRecord } from './zip-records.ts'

/** how much of a part is looked at to see whether it may be a signature */
const HEAD = 4096

interface Part {
  path: string
  record: ZipRecord
  /** kept, once somebody read it */
  bytes?: Buffer
  /** by the hash's name, as node:crypto has it */
  digests: Map<string, Buffer>
  /** known once it was unpacked, whole and undamaged */
  mentionsSignature?: boolean
}

export class OfdPackage {
  readonly file: Buffer
  /** in the order of the directory, folders too */
  readonly records: readonly ZipRecord[]
  /** the absolute paths of all parts, in the order of the directory */
  readonly paths: readonly string[]
  readonly #parts: readonly Part[]
  readonly #byPath: ReadonlyMap<string, Part>
  #byKey: ReadonlyMap<string, Part> | undefined

  /** @throws BrokerError seal_document_unusable */
  constructor(document: Uint8Array) {
    if (document.length > LIMITS.document) throw unusable(`a document of ${document.length} bytes`)
    this.file = Buffer.from(document.buffer, document.byteOffset, document.byteLength)
    this.records = readRecords(this.file)
    checkNames(this.records.map(({ name }) => name))
    const files = this.records.filter(({ name }) => !name.endsWith('/'))
    this.#parts = files.map(record => ({ path: `/${record.name}`, record, digests: new Map() }))
    this.#byPath = new Map(this.#parts.map(part => [part.path, part]))
    this.paths = this.#parts.map(({ path }) => path)
  }

  /** The path as the package writes it: readers on Windows do not mind the case, and no two parts differ by it alone. */
  find(path: string): string | undefined {
    return this.#part(path)?.path
  }

  size(path: string): number {
    return this.#part(path)?.record.size ?? 0
  }

  /** Kept, as what is read is read again. @throws BrokerError seal_document_unusable: not there, or damaged */
  read(path: string): Buffer {
    const part = this.#there(path)
    part.bytes ??= this.#unpacked(part)
    return part.bytes
  }

  /** What is only digested is not kept: most of a package is pictures and fonts. @param hash as node:crypto names it @throws BrokerError seal_document_unusable: not there, or damaged */
  digest(path: string, hash: string): Buffer {
    const part = this.#there(path)
    const digest = part.digests.get(hash) ?? digestOf(hash, part.bytes ?? this.#unpacked(part), 'buffer')
    part.digests.set(hash, digest)
    return digest
  }

  /** Whether the word stands in its first 4 KiB; nothing is unpacked again to know it. @throws BrokerError seal_document_unusable: not there, or damaged */
  mentionsSignature(path: string): boolean {
    const part = this.#there(path)
    if (part.mentionsSignature === undefined) this.#unpacked(part)
    return part.mentionsSignature === true
  }

  /** Most paths are written as the package has them. */
  #part(path: string): Part | undefined {
    const there = this.#byPath.get(path)
    if (there !== undefined) return there
    this.#byKey ??= new Map(this.#parts.map(part => [keyOf(part.path), part]))
    return this.#byKey.get(keyOf(path))
  }

  #there(path: string): Part {
    const part = this.#part(path)
    if (part === undefined) throw unusable(`no part ${path.slice(0, 200)}`)
    return part
  }

  #unpacked(part: Part): Buffer {
    const { record } = part
    const bytes = inflated(this.file.subarray(record.data, record.data + record.packed), record)
    if (bytes.length !== record.size || crc32(bytes) !== record.crc) throw unusable(`a damaged part: ${record.name}`)
    part.mentionsSignature = bytes.subarray(0, HEAD).includes('Signature')
    return bytes
  }
}

function inflated(packed: Buffer, { method, size, name }: ZipRecord): Buffer {
  if (method === 'stored') return packed
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(size, 1), chunkSize: Math.min(Math.max(size + 64, 64), 1024 * 1024) })
  } catch (cause) {
    throw unusable(`a damaged part: ${name}`, cause)
  }
}
