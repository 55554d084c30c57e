import { BrokerError } from '../../kernel/errors.ts'
import type { DigestedContent } from '../../pki/cms-verify-stream.ts'
import { sm3 } from '../../pki/sm2.ts'
import { verifyDetached } from '../cms/detached.ts'
import { LIMITS, recognised, type SealFormat, type SealJudge } from '../contract.ts'
import type { DocumentReport } from '../report.ts'

/**
 * Verifying a document for anybody who has one: which seals, by whom, when, over what, still good? Nothing is stored. Owns which format it is, and that so many are looked at together as the house can bear; the
 * formats own what is checked.
 */
export interface Verification {
  /**
   * Room for one document, asked for before it is read off the wire.
   * @param bytes as announced; unknown ones count as the most
   * @returns gives the room back, any number of times
   * @throws BrokerError too_large, too_many_requests (as many are under way as may be)
   */
  reserve(bytes: number | undefined): () => void
  /** @param file of a detached message, what is known of the file beside it. @throws BrokerError seal_document_unusable, too_large */
  verify(document: Uint8Array, file?: DigestedContent): Promise<Verified>
}

export interface Verified extends DocumentReport {
  /** SM3 and size of what was verified, so that a report can be held against a document later */
  document: { digest: string; size: number }
}

/** documents looked at together */
const AT_ONCE = 4
/** bytes of these together */
const BYTES_AT_ONCE = 2 * LIMITS.document

export function createVerification({ formats, judge }: { formats: readonly SealFormat[]; judge: SealJudge }): Verification {
  let [underWay, held] = [0, 0]
  return {
    reserve(bytes = LIMITS.document) {
      if (bytes > LIMITS.document) throw tooLarge(bytes)
      if (underWay >= AT_ONCE || held + bytes > BYTES_AT_ONCE) throw new BrokerError('too_many_requests', `${underWay} documents are being verified`)
      underWay += 1
      held += bytes
      let mine = true
      return () => {
        if (!mine) return
        mine = false
        underWay -= 1
        held -= bytes
      }
    },
    async verify(document, file) {
      if (document.length > LIMITS.document) throw tooLarge(document.length)
      if (file !== undefined) {
        const report = await verifyDetached({ cms: () => document, content: file, judge })
        return { ...report, document: { digest: file.digests.get('sm3')?.toString('hex') ?? '', size: file.size } }
      }
      const format = recognised(formats, document)
      if (format === undefined) throw new BrokerError('seal_document_unusable', 'of no known format')
      const report = await format.verify(document, judge)
      return { ...report, document: { digest: sm3(document), size: document.length } }
    },
  }
}

const tooLarge = (bytes: number): BrokerError => new BrokerError('too_large', `${bytes} bytes`, { expected: `at most ${LIMITS.document} bytes` })
