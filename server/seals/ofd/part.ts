/** Owns one part of a package: unpacked when asked for, and remembered as far as it is asked for again. */
import { asBrokerError, type BrokerError } from '../../kernel/errors.ts'
import { aside } from '../../kernel/threads.ts'
import { inPassing, type LookedAt, lookedAt, type PackedPart, parcel, perform, unpacked } from './part-jobs.ts'
import type { ZipRecord } from './zip-records.ts'

/** bytes, unpacked, from which it is worth the way to a thread */
const LARGE = 64 * 1024

const inThread = aside(new URL('./part-jobs.ts', import.meta.url), perform, parcel)

export class Part {
  /** absolute */
  readonly path: string
  readonly record: ZipRecord
  readonly #packed: PackedPart
  /** kept, once somebody read it */
  #bytes: Buffer | undefined
  #glimpsed = false
  /** by the hash's name, as node:crypto has it */
  readonly #digests = new Map<string, Buffer>()
  /** known once it was unpacked, whole and undamaged */
  #mentionsSignature: boolean | undefined
  /** known once it was unpacked, and is not: it is not tried again */
  #damaged: BrokerError | undefined

  /** @param file the whole package */
  constructor(file: Buffer, record: ZipRecord) {
    const { name, method, size, crc, data, packed } = record
    this.path = `/${name}`
    this.record = record
    this.#packed = { name, method, size, crc, packed: file.subarray(data, data + packed) }
  }

  /** Kept, as what is read is read again. @throws BrokerError seal_document_unusable: damaged */
  read(): Buffer {
    this.#bytes ??= this.#tried(() => unpacked(this.#packed))
    return this.#bytes
  }

  /**
   * For who reads its beginning alone: not kept but from the second time on, and digested while it is there.
   * @param look may keep nothing of the bytes
   * @param hash that will most likely be asked for
   * @throws BrokerError seal_document_unusable: damaged; and what `look` throws
   */
  glimpse<T>(look: (bytes: Buffer) => T, hash: string | undefined): T {
    if (this.#bytes !== undefined || this.#glimpsed) return look(this.read())
    this.#glimpsed = true
    // a thread digests the large ones
    const wanted = this.isLarge ? undefined : hash
    return this.#tried(() =>
      inPassing(this.#packed, bytes => {
        this.#learn(lookedAt(bytes, wanted), wanted)
        return look(bytes)
      }),
    )
  }

  /** What is only digested is not kept: most of a package is pictures and fonts. @throws BrokerError seal_document_unusable: damaged */
  digest(hash: string): Buffer {
    return this.#digests.get(hash) ?? this.#learn(this.#looked(hash), hash).digest
  }

  /** @throws BrokerError seal_document_unusable: damaged */
  mentionsSignature(): boolean {
    return this.#mentionsSignature ?? this.#learn(this.#looked(undefined), undefined).mentionsSignature
  }

  /** Whether there is nothing to be unpacked any more to know its digest, or, without hash, whether it is sound. */
  isKnown(hash: string | undefined): boolean {
    return this.#damaged !== undefined || (hash === undefined ? this.#mentionsSignature !== undefined : this.#digests.has(hash))
  }

  /** One that was read is unpacked already. */
  get isLarge(): boolean {
    return this.#bytes === undefined && this.record.size >= LARGE
  }

  /** So that it is known. What is damaged is told when it is asked for. */
  look(hash: string | undefined): void {
    try {
      this.#learn(this.#looked(hash), hash)
    } catch (thrown) {
      this.#note(thrown)
    }
  }

  /** The same in a thread. */
  async lookAside(hash: string | undefined): Promise<void> {
    try {
      this.#learn(await inThread({ part: this.#packed, hash }, undefined), hash)
    } catch (thrown) {
      this.#note(thrown)
    }
  }

  #looked(hash: string | undefined): LookedAt {
    return this.#bytes === undefined ? this.#tried(() => perform({ part: this.#packed, hash })) : lookedAt(this.#bytes, hash)
  }

  #learn({ mentionsSignature, digest: bytes }: LookedAt, hash: string | undefined): { mentionsSignature: boolean; digest: Buffer } {
    const digest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#mentionsSignature = mentionsSignature
    if (hash !== undefined) this.#digests.set(hash, digest)
    return { mentionsSignature, digest }
  }

  #tried<T>(unpack: () => T): T {
    if (this.#damaged !== undefined) throw this.#damaged
    try {
      return unpack()
    } catch (thrown) {
      throw this.#note(thrown)
    }
  }

  /** @throws what is no fault of the part's */
  #note(thrown: unknown): BrokerError {
    const error = asBrokerError(thrown)
    if (error.code === 'internal') throw error
    // what was whole once stays so: then it is the reader who does not like it
    if (this.#mentionsSignature === undefined) this.#damaged = error
    return error
  }
}
