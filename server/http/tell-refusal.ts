import type { Response } from 'express'
import { asBrokerError, type BrokerError } from '../kernel/errors.ts'
import { failures } from '../kernel/failures.ts'
import { isRecorded, markRecorded } from '../kernel/recorded.ts'
import { restrictionWords } from '../kernel/restrictions.ts'
import { contextOf } from './context.ts'

interface Record {
  append(event: { code: 'request.refused'; trace: string; facts: { failure: string } }): Promise<void>
}

/**
 * A refusal that the page itself tells, so that nothing typed is lost: written down like any other, once, and answered with its own status.
 * @returns the words for the page, with the restriction that is in the way where there is one
 * @throws what is no refusal but a fault: it goes on to the error page
 */
export async function tellRefusal(
  { trail }: { trail: Record },
  res: Response,
  thrown: unknown,
): Promise<{ error: BrokerError; words: { zh: string; en: string } }> {
  const error = asBrokerError(thrown)
  const { status, zh, en } = failures[error.code]
  if (status >= 500) throw thrown
  const context = contextOf(res)
  const { trace, log } = context
  log.warn({ failure: error.code, facts: error.facts, received: error.received, expected: error.expected }, 'refused')
  context.told(error)
  if (!isRecorded(error)) {
    markRecorded(error)
    await trail.append({ code: 'request.refused', trace, facts: { failure: error.code } })
  }
  res.status(status)
  if (error.restriction === undefined) return { error, words: { zh, en } }
  const more = restrictionWords(error.restriction)
  return { error, words: { zh: `${zh}${more.zh}`, en: `${en} ${more.en}` } }
}
