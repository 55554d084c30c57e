/** Owns unpacking one part, never beyond what the directory says, and what is looked at when that is all that is wanted of it: a job that a thread does (kernel/threads.ts). */
import { hash as digestOf } from 'node:crypto'
import { crc32, inflateRawSync } from 'node:zlib'
import type { Parcel } from '../../kernel/thread-messages.ts'
import { unusable } from './limits.ts'
import type { ZipRecord } from './zip-records.ts'

/** how much of a part is looked at to see whether it may be a signature */
const HEAD = 4096
/** bytes, from which a buffer shares its memory with none: larger ones than half a pool are not cut from it */
const OWN = (Buffer.poolSize >> 1) + 1
const NONE = new Uint8Array(0)

export interface PackedPart extends Pick<ZipRecord, 'name' | 'method' | 'size' | 'crc'> {
  packed: Uint8Array
}

export interface LookedAt {
  /** whether the word stands in its first 4 KiB */
  mentionsSignature: boolean
  /** empty where none was asked for */
  digest: Uint8Array
}

export interface PartJob {
  part: PackedPart
  /** as node:crypto names it */
  hash: string | undefined
}

/** @throws BrokerError seal_document_unusable: damaged */
export const perform = ({ part, hash }: PartJob): LookedAt => inPassing(part, bytes => lookedAt(bytes, hash))

/** Unpacked for a moment: nothing of these bytes may be kept. @throws BrokerError seal_document_unusable: damaged */
export function inPassing<T>(part: PackedPart, look: (bytes: Buffer) => T): T {
  const bytes = inflated(part, OWN)
  try {
    demandSound(part, bytes)
    return look(bytes)
  } finally {
    if (part.method === 'deflated') release(bytes)
  }
}

export const lookedAt = (bytes: Buffer, hash: string | undefined): LookedAt => ({
  mentionsSignature: bytes.subarray(0, HEAD).includes('Signature'),
  digest: hash === undefined ? NONE : digestOf(hash, bytes, 'buffer'),
})

/** Gives memory back at once, since a package a second makes more of it than the collector likes to be told of. What may be shared with others is left alone. */
function release({ buffer }: Buffer<ArrayBuffer>): void {
  if (buffer.byteLength >= OWN && buffer.byteLength !== Buffer.poolSize) buffer.transfer(0)
}

/** For the way to a thread: this part of the file alone. */
export function parcel({ part, hash }: PartJob): Parcel<PartJob> {
  const packed = new Uint8Array(part.packed)
  return { job: { part: { ...part, packed }, hash }, moved: [packed.buffer] }
}

/** To be kept. @throws BrokerError seal_document_unusable: damaged */
export function unpacked(part: PackedPart): Buffer {
  const bytes = inflated(part, 0)
  demandSound(part, bytes)
  return bytes
}

function demandSound({ size, crc, name }: PackedPart, bytes: Buffer): void {
  if (bytes.length !== size || crc32(bytes) !== crc) throw unusable(`a damaged part: ${name}`)
}

/** @param room at least so many bytes of memory */
function inflated({ method, size, name, packed }: PackedPart, room: number): Buffer<ArrayBuffer> {
  if (method === 'stored') return Buffer.from(packed.buffer as ArrayBuffer, packed.byteOffset, packed.byteLength)
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(size, 1), chunkSize: Math.min(Math.max(size + 64, 64, room), 1024 * 1024) })
  } catch (cause) {
    throw unusable(`a damaged part: ${name}`, cause)
  }
}
