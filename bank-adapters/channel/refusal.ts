import { asBrokerError, type FailureCode } from '../../server/kernel/errors.ts'
import { failures } from '../../server/kernel/failures.ts'

/** Owns how either end of the channel says that it did not take a message, and how the other reads that. */

/** What a sender's program does about a refusal: try again as it is, mend the message, give it up, or do nothing since it came before. */
type Category = 'RETRY' | 'FIX' | 'FINAL' | 'DUPLICATE'

const OWN: Partial<Record<FailureCode, Category>> = { channel_replayed: 'DUPLICATE', channel_key_reused: 'FINAL' }

/** Failures of the receiver and of the hour pass; everything else is the sender's to mend. */
function categoryOf(code: FailureCode): Category {
  const { status } = failures[code]
  return OWN[code] ?? (status >= 500 || status === 429 || status === 408 ? 'RETRY' : 'FIX')
}

/** The answer to whatever was thrown; of what the receiver itself failed at, nothing is said but that. @param trace under which the receiver finds it */
export function refusalOf(thrown: unknown, trace?: string): { code: FailureCode; status: number; body: object } {
  const { code, expected } = asBrokerError(thrown)
  const { status, zh, en } = failures[code]
  const body = {
    result: 'refused',
    code,
    category: categoryOf(code),
    user_message: { zh, en },
    ...(expected === undefined || status >= 500 ? {} : { expected }),
    ...(trace === undefined ? {} : { trace }),
  }
  return { code, status, body }
}

/** What the other end said, bounded; empty where it said nothing that can be read. @returns `final`: sending the same again would get the same */
export function readRefusal(text: string): { code: string; category: string; final: boolean } {
  const said = parse(text)
  const member = (name: string) => (typeof said === 'object' && said !== null ? String(Reflect.get(said, name) ?? '').slice(0, 60) : '')
  const category = member('category')
  // a duplicate is sent again with a new time and nonce, and then gets its answer
  return { code: member('code'), category, final: category === 'FIX' || category === 'FINAL' }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
