/** Owns the first pass over a content: its size and SM3, which stand in the cover. */
import { createHash } from 'node:crypto'
import { bytesOf, type Source } from '../../pki/cms-bytes.ts'

/** @returns octets, and SM3 in lower-case hexadecimal. @throws BrokerError `internal` when the source fails */
export async function measure(content: Source): Promise<{ size: number; sm3: string }> {
  const hash = createHash('sm3')
  let size = 0
  for await (const piece of bytesOf(content)) {
    hash.update(piece)
    size += piece.length
  }
  return { size, sm3: hash.digest('hex') }
}
