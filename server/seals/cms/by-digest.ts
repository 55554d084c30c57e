/** Owns sealing a file that is elsewhere, whatever its size: its center keeps it and says its digests, and a detached message (detached.ts) is made of these. Whether the file has them is for whoever has the file. */
import { BrokerError } from '../../kernel/errors.ts'
import type { DigestedContent } from '../../pki/cms-verify-stream.ts'
import type { Evidence, SealJudge, SealOrder, SignatureValue, Stamp } from '../contract.ts'
import { addDetachedEvidence, buildDetached, requireMessage, verifyDetached } from './detached.ts'

/** @param known lower-case hexadecimal; SHA-256 where the center said it */
export const digestedFile = ({ size, digest, sha256 }: { size: number; digest: string; sha256?: string }): DigestedContent => ({
  size,
  digests: new Map([['sm3', Buffer.from(digest, 'hex')], ...(sha256 === undefined ? [] : [['sha256', Buffer.from(sha256, 'hex')] as const])]),
})

/**
 * What a format does for a document it holds (contract.ts), for a file that is elsewhere.
 * @returns its functions throw BrokerError seal_digest_missing where the shield signs another digest than its center said, bad_request for a value that is no message
 */
export function besideFile(file: DigestedContent) {
  function digestFor(value: SignatureValue): Buffer {
    requireMessage(value)
    const found = file.digests.get(value.digest)
    if (found !== undefined) return found
    throw new BrokerError('seal_digest_missing', `no ${value.digest} of the file`, { expected: value.digest })
  }
  return {
    prepare: async ({ at }: SealOrder, value: SignatureValue): Promise<Buffer> => value.toSign({ digest: digestFor(value), property: '', at }),
    build: async (order: SealOrder, value: SignatureValue, signature: Uint8Array, stamp?: Stamp): Promise<Buffer> =>
      buildDetached({ digest: digestFor(value) }, order, value, signature, stamp),
    addEvidence: (message: Buffer, evidence: Evidence): Buffer => addDetachedEvidence(message, evidence),
    verify: (message: Buffer, judge: SealJudge) => verifyDetached({ cms: () => message, content: file, judge }),
  }
}
