import type { MessageHead } from '../../bank-adapters/channel/head.ts'
import { CHANNEL_HEADERS } from '../../bank-adapters/channel/head.ts'
import { type Answer, signAnswer } from '../../bank-adapters/channel/message.ts'
import { refusalOf } from '../../bank-adapters/channel/refusal.ts'
import type { Trail } from '../audit/events.ts'
import { type Clock, days } from '../kernel/clock.ts'
import type { FailureCode } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { ChannelStore } from '../storage/stores-channel.ts'
import type { ChannelKeys } from './own-keys.ts'
import type { Request } from './receive.ts'

/** how long a refused message is kept, in milliseconds, and how much of the body, in bytes, of a sender who proved who it is */
const KEPT = days(90)
const KEPT_BYTES = 64 * 1024

export interface Refusals {
  /** @param head of a message whose sender was proven. Keeps what was refused, tells the audit record, and makes the signed answer. A failure of ours is not the message's, so it is answered and not kept. */
  answer(thrown: unknown, request: Request, head?: MessageHead): Promise<Answer>
}

export interface RefusalDeps {
  /** our own name in the channel */
  name: string
  keys: ChannelKeys
  store: ChannelStore
  audit: Trail
  /** told of each, for the alarm */
  counted: (code: FailureCode) => void
  clock: Clock
}

export function createRefusals({ name, keys, store, audit, counted, clock }: RefusalDeps): Refusals {
  async function keep(code: FailureCode, { headers, body, trace }: Request, proven: boolean): Promise<void> {
    const at = clock.now()
    const claimed = headers('x-msg-sender') ?? ''
    await store.keepRefused({
      id: newId(),
      code,
      sender: claimed.slice(0, 32),
      headers: Object.fromEntries(CHANNEL_HEADERS.flatMap(header => entryOf(header, headers(header)))),
      body: proven ? Buffer.from(body.subarray(0, KEPT_BYTES)).toString('base64') : '',
      trace,
      at: at.toISOString(),
      expiresAt: new Date(at.getTime() + KEPT).toISOString(),
    })
    await audit.append({ code: 'channel.refused', trace, facts: { failure: code, sender: claimed.slice(0, 32) } })
  }

  return {
    async answer(thrown, request, head) {
      const { code, status, body } = refusalOf(thrown, request.trace)
      counted(code)
      if (status < 500) await keep(code, request, head !== undefined)
      return await signAnswer({ status, body }, { sender: name, to: head }, [await keys.sign.current()], clock)
    },
  }
}

const entryOf = (header: string, value: string | undefined): [string, string][] => (value === undefined ? [] : [[header, value.slice(0, 3000)]])
