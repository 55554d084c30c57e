/** Owns the digests by which a signature beside a file is judged, in one pass over the file. */
import { hex } from '../bid/octets.js'
import { eachChunk } from '../bid/reading.js'
import { Sm3 } from '../bid/sm3.js'
import { Sha256 } from './sha256.js'

/** one letter an octet; browsers read latin1 as windows-1252, so both sides go through it */
const letters = new TextDecoder('latin1')
/** DER of id-sha256 (RFC 5754, 2.2) */
const SHA256 = letters.decode(Uint8Array.of(0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01))
/** a message beyond this is refused anyway, and not looked through here */
const MOST_READ = 16 * 1024 * 1024

/**
 * SM3 names the file in a report whoever signed; SHA-256 costs as much again, and is left out where the signature cannot need it.
 * @param {Blob} file
 * @param {Blob} signature
 * @param {(octets: number) => void} [onProgress] octets so far
 * @returns {Promise<{ sm3: string, sha256?: string }>} lower-case hexadecimal
 * @throws BidFailure as readChunk
 */
export async function digestsOf(file, signature, onProgress) {
  const sm3 = new Sm3()
  const sha256 = (await mayNeedSha256(signature)) ? new Sha256() : undefined
  /** @param {Uint8Array} bytes */
  const take = bytes => {
    sm3.update(bytes)
    sha256?.update(bytes)
  }
  await eachChunk(file, take, onProgress)
  return { sm3: hex(sm3.digest()), ...(sha256 && { sha256: hex(sha256.digest()) }) }
}

/** Whether it is text, which is not decoded here, or names SHA-256 anywhere. @param {Blob} signature */
async function mayNeedSha256(signature) {
  const bytes = new Uint8Array(await signature.slice(0, MOST_READ).arrayBuffer())
  return bytes[0] !== 0x30 || bytes[1] < 0x80 || letters.decode(bytes).includes(SHA256)
}
