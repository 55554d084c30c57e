/**
 * PDF (ISO 32000-1 and -2) as a format that carries seals. Owns the folder's one face: sign.ts prepares and fills, verify.ts judges, evidence.ts keeps it verifiable. What every file here holds to: not one byte that
 * stands is ever changed, nothing broken is repaired, and nothing that a document says is followed without a limit.
 */
import type { SealFormat } from '../contract.ts'
import { LIMITS } from '../contract.ts'
import { addEvidence } from './evidence.ts'
import { unusable } from './limits.ts'
import { fillSeal, prepareSeal } from './sign.ts'
import { verifyPdf } from './verify.ts'

export const pdf: SealFormat = {
  name: 'pdf',

  recognises(head) {
    return Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 1024)).includes('%PDF-')
  },

  async prepare(document, order, value) {
    return value.toSign(prepareSeal(bounded(document), order, value).signed)
  },

  async build(document, order, value, signature, stamp) {
    const prepared = prepareSeal(bounded(document), order, value)
    const token = stamp === undefined ? undefined : await stamp(signature)
    return fillSeal(document, prepared, value.write(prepared.signed, signature, token))
  },

  addEvidence,

  verify: verifyPdf,
}

function bounded(document: Uint8Array): Uint8Array {
  if (document.length > LIMITS.document) throw unusable(`a document of ${document.length} bytes`)
  return document
}
