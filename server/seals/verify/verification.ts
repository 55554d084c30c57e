import { createHash } from 'node:crypto'
import type { Clock } from '../../kernel/clock.ts'
import { asBrokerError, BrokerError } from '../../kernel/errors.ts'
import { SIGNED_DATA } from '../../pki/cms-algorithms.ts'
import type { DigestedContent } from '../../pki/cms-verify-stream.ts'
import { oid } from '../../pki/der-write.ts'
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
  /**
   * @param file where `document` is a detached message: the file beside it, or what is known of it
   * @throws BrokerError seal_document_unusable, too_large; seal_signature_unusable for no such message, seal_pair_incomplete for one without its file
   */
  verify(document: Uint8Array, file?: Uint8Array | DigestedContent): Promise<Verified>
}

export interface Verified extends DocumentReport {
  /** SM3 and size of what was verified, so that a report can be held against a document later; of a file beside its signature SHA-256 too, where it is known */
  document: { digest: string; size: number; sha256?: string }
  /** SM3 and size of the message that stands beside the document */
  signature?: { digest: string; size: number }
  /** ISO 8601 */
  verifiedAt: string
}

/** documents looked at together */
const AT_ONCE = 4
/** bytes of these together */
const BYTES_AT_ONCE = 2 * LIMITS.document

export function createVerification({ formats, judge, clock }: { formats: readonly SealFormat[]; judge: SealJudge; clock: Clock }): Verification {
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
      const verifiedAt = clock.now().toISOString()
      if (file !== undefined) {
        const report = await besideFile(document, file, judge)
        return { ...report, document: about(file), signature: { digest: sm3(document), size: document.length }, verifiedAt }
      }
      const format = recognised(formats, document)
      if (format === undefined) {
        if (looksDetached(document)) throw new BrokerError('seal_pair_incomplete', 'a signed message by itself', { expected: 'the file beside it' })
        throw new BrokerError('seal_document_unusable', 'of no known format')
      }
      const report = await format.verify(document, judge)
      return { ...report, document: { digest: sm3(document), size: document.length }, verifiedAt }
    },
  }
}

async function besideFile(message: Uint8Array, file: Uint8Array | DigestedContent, judge: SealJudge): Promise<DocumentReport> {
  try {
    return await verifyDetached({ cms: () => message, content: file instanceof Uint8Array ? () => file : file, judge })
  } catch (thrown) {
    const { code, facts } = asBrokerError(thrown)
    throw code === 'seal_document_unusable' ? new BrokerError('seal_signature_unusable', facts, { cause: thrown, received: facts }) : thrown
  }
}

function about(file: Uint8Array | DigestedContent): Verified['document'] {
  if (file instanceof Uint8Array) return { digest: sm3(file), size: file.length, sha256: createHash('sha256').update(file).digest('hex') }
  const sha256 = file.digests.get('sha256')?.toString('hex')
  return { digest: file.digests.get('sm3')?.toString('hex') ?? '', size: file.size, ...(sha256 === undefined ? {} : { sha256 }) }
}

/** By its first octets, for the words of a refusal alone: signed data as it is, or as text. */
function looksDetached(document: Uint8Array): boolean {
  const head = Buffer.from(document.subarray(0, 64))
  return SIGNED.some(name => head.subarray(0, 32).includes(name)) || /^-----BEGIN (?:CMS|PKCS7|PKCS #7)/.test(head.toString('latin1'))
}
const SIGNED = SIGNED_DATA.map(dotted => oid(dotted))

const tooLarge = (bytes: number): BrokerError => new BrokerError('too_large', `${bytes} bytes`, { expected: `at most ${LIMITS.document} bytes` })
