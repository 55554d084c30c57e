/** Owns an OFD package as its parts by absolute path, inflated when asked for and never beyond what the directory says. Which of them mean what is the document's (document.ts). */
import { setImmediate } from 'node:timers/promises'
import { LIMITS } from '../contract.ts'
import { unusable } from './limits.ts'
import { beginToLook, finishLooking, type Looking } from './looking.ts'
import { checkNames, keyOf } from './package-names.ts'
import { Part } from './part.ts'
import { readRecords, type ZipRecord } from './zip-records.ts'

export class OfdPackage {
  readonly file: Buffer
  /** in the order of the directory, folders too */
  readonly records: readonly ZipRecord[]
  /** the absolute paths of all parts, in the order of the directory */
  readonly paths: readonly string[]
  readonly #parts: readonly Part[]
  readonly #byPath: ReadonlyMap<string, Part>
  #byKey: ReadonlyMap<string, Part> | undefined
  #ahead: Looking | undefined

  /** @throws BrokerError seal_document_unusable */
  constructor(document: Uint8Array) {
    if (document.length > LIMITS.document) throw unusable(`a document of ${document.length} bytes`)
    this.file = Buffer.from(document.buffer, document.byteOffset, document.byteLength)
    this.records = readRecords(this.file)
    checkNames(this.records.map(({ name }) => name))
    const files = this.records.filter(({ name }) => !name.endsWith('/'))
    this.#parts = files.map(record => new Part(this.file, record))
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
    return this.#there(path).read()
  }

  /** For who reads the beginning alone: Part.glimpse. @throws BrokerError seal_document_unusable: not there, or damaged; and what `look` throws */
  glimpse<T>(path: string, look: (bytes: Buffer) => T): T {
    return this.#there(path).glimpse(look, this.#ahead?.hash)
  }

  /** lookAt() before spares the wait. @param hash as node:crypto names it @throws BrokerError seal_document_unusable: not there, or damaged */
  digest(path: string, hash: string): Buffer {
    return this.#there(path).digest(hash)
  }

  /** Whether the word stands in its first 4 KiB; nothing is unpacked again to know it. @throws BrokerError seal_document_unusable: not there, or damaged */
  mentionsSignature(path: string): boolean {
    return this.#there(path).mentionsSignature()
  }

  /** Begins with what takes long, in threads, for who has something else to do before lookAt(), where whatever goes wrong is told; it is on its way when this returns. @param hash that it will most likely be asked with */
  async lookAhead(hash: string): Promise<void> {
    this.#ahead = beginToLook(this.#parts, hash)
    this.#ahead.done.catch(() => undefined)
    await setImmediate()
  }

  /**
   * Unpacks parts, and digests them, so that who asks for their digests next does not wait, and nobody else meanwhile. What is damaged is told when it is asked for.
   * @param paths of parts that are there
   * @param hash as node:crypto names it; absent: whether they are sound is all that will be asked
   */
  async lookAt(paths: readonly string[], hash?: string): Promise<void> {
    const parts = paths.map(path => this.#there(path))
    const ahead = this.#ahead
    this.#ahead = undefined
    const guessed = ahead !== undefined && ahead.hash === hash
    if (!guessed) await ahead?.done
    await finishLooking(guessed ? ahead : beginToLook(parts, hash), parts)
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
}
