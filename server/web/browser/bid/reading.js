/** Owns reading a chosen file chunk by chunk, so that never more of it than one chunk is held, and the first pass over it. */
import { BidFailure } from './failure.js'
import { hex } from './octets.js'
import { CHUNK, MOST_CHUNKS } from './records.js'
import { Sm3 } from './sm3.js'

/** @typedef {import('./octets.js').Octets} Octets */

/** How many chunks a content has: one without octets has one, empty. @param {number} size */
export const chunksOf = size => Math.max(1, Math.ceil(size / CHUNK))

/**
 * @param {Blob} file
 * @param {number} number counted from 1
 * @returns {Promise<Octets>}
 * @throws BidFailure `file_unreadable`, which browsers also say of a file that was changed on the disk, or `file_changed`
 */
export async function readChunk(file, number) {
  const [start, end] = [(number - 1) * CHUNK, Math.min(number * CHUNK, file.size)]
  const bytes = await file
    .slice(start, end)
    .arrayBuffer()
    .catch(cause => {
      throw new BidFailure('file_unreadable', String(cause))
    })
  if (bytes.byteLength !== end - start) throw new BidFailure('file_changed', `${bytes.byteLength} octets where there were ${end - start}`)
  return new Uint8Array(bytes)
}

/**
 * Reads a file through, chunk by chunk.
 * @param {Blob} file
 * @param {(chunk: Octets) => void} take
 * @param {(octets: number) => void} [onProgress] octets so far
 * @throws BidFailure as readChunk
 */
export async function eachChunk(file, take, onProgress) {
  const chunks = chunksOf(file.size)
  for (let number = 1; number <= chunks; number++) {
    take(await readChunk(file, number))
    onProgress?.(Math.min(number * CHUNK, file.size))
  }
}

/**
 * SM3 of a file, in hexadecimal.
 * @param {Blob} file
 * @param {(octets: number) => void} [onProgress] octets so far
 */
export async function measure(file, onProgress) {
  if (chunksOf(file.size) >= MOST_CHUNKS) throw new BidFailure('file_too_large', `${file.size} octets`)
  const hash = new Sm3()
  await eachChunk(file, chunk => hash.update(chunk), onProgress)
  return hex(hash.digest())
}
