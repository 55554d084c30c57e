/**
 * OFD (GB/T 33190-2016) as a format that carries seals. Owns the folder's one face: seal.ts sets one, verify.ts judges all, evidence.ts keeps them verifiable. What every file here holds to: the package is one for every reader or it is refused, nothing that
 * stands is written anew, and nothing that a document says is followed without a limit.
 */
import type { SealFormat } from '../contract.ts'
import { addEvidence } from './evidence.ts'
import { fillSeal, prepareSeal } from './seal.ts'
import { verifyOfd } from './verify.ts'

export const ofd: SealFormat = {
  name: 'ofd',

  /** A ZIP package whose first parts say so: their names stand before their bytes, in the clear. */
  recognises(head) {
    const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 1024))
    return bytes.toString('latin1', 0, 4) === 'PK\u0003\u0004' && /OFD\.xml|Doc_\d/.test(bytes.toString('latin1'))
  },

  async prepare(document, order, value) {
    return value.toSign((await prepareSeal(document, order, value)).signed)
  },

  async build(document, order, value, signature, stamp) {
    const prepared = await prepareSeal(document, order, value)
    const token = stamp === undefined ? undefined : await stamp(signature)
    return fillSeal(prepared, value.write(prepared.signed, signature, token))
  },

  addEvidence,

  verify: verifyOfd,
}
