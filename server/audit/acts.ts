import { createHash } from 'node:crypto'
import { asBrokerError } from '../kernel/errors.ts'
import { isRecorded, markRecorded } from '../kernel/recorded.ts'
import type { Trail } from './events.ts'

/**
 * What an act whose events are sealed leaves in the record: one event, done or refused. Owns that neither says whose it was nor how much: of what was done the record has a digest, of what was refused the code.
 */
type Kind = 'guarantee' | 'financing'

/** @param lines what the act wrote, sealed; none where it had been done before */
export async function noteDone(trail: Trail, kind: Kind, trace: string, lines: readonly { sealed: string }[]): Promise<void> {
  if (lines.length === 0) return
  const sm3 = createHash('sm3')
    .update(lines.map(({ sealed }) => sealed).join('\n'))
    .digest('hex')
  await trail.append({ code: `${kind}.happened`, trace, facts: { sm3 } })
}

/**
 * What is refused has one event: one that a room below has written already (no power, no consent) gets no second, and none is written above.
 * @param by `company`, or the center
 */
export async function notingRefusal<T>(trail: Trail, kind: Kind, { by, trace }: { by: string; trace: string }, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    const error = asBrokerError(thrown)
    if (!isRecorded(error)) {
      await trail.append({ code: `${kind}.refused`, trace, facts: { failure: error.code, by } })
      markRecorded(error)
    }
    throw error
  }
}
