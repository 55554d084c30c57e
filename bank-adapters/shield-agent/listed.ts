/**
 * Many signatures with one PIN, and no blank cheque: the person reads and signs a list, and the shield then signs what stands on it, each line once. Owns that list while it is open. What stands on it is whose list
 * it is (the page's); what is handed in for a line is found out by to-sign.ts.
 */
import { type Clock, minutes } from '../../server/kernel/clock.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import type { ShieldSession } from './driver.ts'
import { digestToSign } from './to-sign.ts'

/** The form of a line: whatever the person reads, and at its end the digest that the signature will be over. */
const LINE = /^\d{1,3}\. .{1,400} 摘要:([0-9a-f]{64})$/
const MOST_LISTED = 500
/** a person who went away has not agreed to what happens meanwhile */
const OPEN_TIME = minutes(15)

export interface OpenList {
  /** base64 of what is signed for one line; answers the signature. @throws BrokerError `shield_text_refused` (not on the list, signed already), `shield_closed` */
  sign(bytes: Buffer): Promise<Buffer>
  left(): number
  close(): void
}

/** @returns the digests in their order. @throws BrokerError `shield_text_refused` where there is none, too many, or one twice */
export function digestsOn(list: string): string[] {
  const digests = list.split('\n').flatMap(line => LINE.exec(line)?.[1] ?? [])
  if (digests.length === 0 || digests.length > MOST_LISTED || new Set(digests).size !== digests.length)
    throw new BrokerError('shield_text_refused', `${digests.length} lines with a digest`, { expected: `1 to ${MOST_LISTED}, each digest once` })
  return digests
}

/** @param held the shield, open; given back by `release` when the list is over */
export function openList(list: string, held: { session: ShieldSession; release(): void }, clock: Clock): OpenList {
  const left = new Set(digestsOn(list))
  const until = clock.now().getTime() + OPEN_TIME
  let open = true
  const close = (): void => {
    if (open) held.release()
    open = false
  }
  return {
    async sign(bytes) {
      if (clock.now().getTime() >= until) close()
      if (!open) throw new BrokerError('shield_closed', 'the list is not open any more')
      const digest = digestToSign(bytes)
      // before it is signed: of two requests at once for one line, one is refused
      if (!left.delete(digest)) throw new BrokerError('shield_text_refused', 'not on the list, or signed already', { received: digest })
      const signature = await held.session.sign(bytes)
      if (left.size === 0) close()
      return signature
    },
    left: () => left.size,
    close,
  }
}
