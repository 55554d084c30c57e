/** Owns an OFD package as its parts by absolute path, inflated when asked for and never beyond what the directory says. Which of them mean what is the document's (document.ts). */
import { hash as digestOf } from 'node:crypto'
import { crc32, inflateRawSync } from 'node:zlib'
import { LIMITS } from '../contract.ts'
import { unusable } from './limits.ts'
import { checkNames, keyOf } from './package-names.ts'
import { readRecords, type ZipRecord } from './zip-records.ts'

const HEAD = 4096

export class OfdPackage {
  readonly file: Buffer
  /** in the order of the directory, folders too */
  readonly records: readonly ZipRecord[]
  readonly #parts = new Map<string, ZipRecord>()
  readonly #read = new Map<string, Buffer>()
  readonly #digests = new Map<string, Buffer>()
  /** how each part begins that was unpacked once, whole and undamaged */
  readonly #heads = new Map<string, Buffer>()

  /** @throws BrokerError seal_document_unusable */
  constructor(document: Uint8Array) {
    if (document.length > LIMITS.document) throw unusable(`a document of ${document.length} bytes`)
    this.file = Buffer.from(document.buffer, document.byteOffset, document.byteLength)
    this.records = readRecords(this.file)
    checkNames(this.records.map(({ name }) => name))
    for (const record of this.records) if (!record.name.endsWith('/')) this.#parts.set(keyOf(`/${record.name}`), record)
  }

  /** The absolute paths of all parts, in the order of the directory. */
  get paths(): string[] {
    return [...this.#parts.values()].map(({ name }) => `/${name}`)
  }

  /** The path as the package writes it: readers on Windows do not mind the case, and no two parts differ by it alone. */
  find(path: string): string | undefined {
    const record = this.#parts.get(keyOf(path))
    return record === undefined ? undefined : `/${record.name}`
  }

  size(path: string): number {
    return this.#parts.get(keyOf(path))?.size ?? 0
  }

  /** Kept, as what is read is read again. @throws BrokerError seal_document_unusable: not there, or damaged */
  read(path: string): Buffer {
    const key = keyOf(path)
    const bytes = this.#read.get(key) ?? this.#unpacked(key, path)
    this.#read.set(key, bytes)
    return bytes
  }

  /** What is only digested is not kept: most of a package is pictures and fonts. @param hash as node:crypto names it @throws BrokerError seal_document_unusable: not there, or damaged */
  digest(path: string, hash: string): Buffer {
    const key = keyOf(path)
    const name = `${hash} ${key}`
    const digest = this.#digests.get(name) ?? digestOf(hash, this.#read.get(key) ?? this.#unpacked(key, path), 'buffer')
    this.#digests.set(name, digest)
    return digest
  }

  /** Its first 4 KiB, where it can be read whole; nothing is unpacked again to know it. @throws BrokerError seal_document_unusable: not there, or damaged */
  head(path: string): Buffer {
    const key = keyOf(path)
    return this.#heads.get(key) ?? this.#unpacked(key, path).subarray(0, HEAD)
  }

  #unpacked(key: string, path: string): Buffer {
    const record = this.#parts.get(key)
    if (record === undefined) throw unusable(`no part ${path.slice(0, 200)}`)
    const bytes = inflated(this.file.subarray(record.data, record.data + record.packed), record)
    if (bytes.length !== record.size || crc32(bytes) !== record.crc) throw unusable(`a damaged part: ${record.name}`)
    this.#heads.set(key, Buffer.from(bytes.subarray(0, HEAD)))
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
