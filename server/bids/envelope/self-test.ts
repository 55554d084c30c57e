/** Owns the check before upload that an envelope opens: all of it is decrypted with the shield in hand and thrown away, so that a bidder learns of a broken file or a wrong certificate days before the opening. */
import { asBrokerError, type FailureCode, isOurFault } from '../../kernel/errors.ts'
import type { Source } from '../../pki/cms-bytes.ts'
import type { Cover } from './cover.ts'
import type { EnvelopeHeader } from './header.ts'
import { openBid, type Unlock } from './open.ts'

export type SelfTest = { ok: true; header: EnvelopeHeader; cover: Cover } | { ok: false; code: FailureCode; facts: string }

/**
 * Opens an envelope to its end; what is found is the answer and nothing is thrown but a failing source.
 * @param onProgress octets of the content so far, and in all; about once a MiB
 * @throws BrokerError `internal`, `database_unavailable`: nothing was found out
 */
export async function selfTest(envelope: Source, unlock: Unlock, onProgress?: (done: number, size: number) => void): Promise<SelfTest> {
  try {
    const { header, cover, content } = await openBid(envelope, unlock)
    let done = 0
    for await (const piece of content) {
      done += piece.length
      onProgress?.(done, cover.content.size)
    }
    return { ok: true, header, cover }
  } catch (thrown) {
    const error = asBrokerError(thrown)
    if (isOurFault(error.code)) throw error
    return { ok: false, code: error.code, facts: error.facts }
  }
}
