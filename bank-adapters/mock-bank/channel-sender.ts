/** Sends what the bank's book has to tell the platform, until the signed answer is here: at least once on the wire. */
import { asBrokerError } from '../../server/kernel/errors.ts'
import { newId } from '../../server/kernel/ids.ts'
import { hide } from '../channel/confidential.ts'
import { encryptionKeyOf, type OwnKey, type Party } from '../channel/keys.ts'
import { type Outgoing, signMessage, verifyAnswer } from '../channel/message.ts'
import { PLATFORM } from '../channel/published.ts'
import { readRefusal } from '../channel/refusal.ts'
import type { AccountBook, Sealed, Tell } from './account-book.ts'
import type { Bank } from './bank.ts'
import type { Trouble } from './trouble.ts'

export interface BankSender {
  /** Tries once to tell everything; one run at a time. Never throws. */
  flush(): Promise<void>
}

export function createBankSender(
  bank: Bank,
  book: AccountBook,
  deps: {
    /** @param known as it was asked for last; otherwise asked for anew */ platform(known: boolean): Promise<Party>
    own(): Promise<OwnKey>
    trouble(): Trouble
  },
): BankSender {
  const { profile, clock, log } = bank
  let running: Promise<void> | undefined
  let again = false
  // after a failure its keys may have changed
  let known = false

  /** What is sent in the name of an id: written down before it is sent for the first time, and the same ever after. */
  async function sealed(tell: Tell, id: string, platform: Party): Promise<Sealed> {
    if (tell.confidential === undefined) return { id, body: JSON.stringify(tell.body), encryptionKey: '-' }
    const before = book.sealed(id)
    if (before !== undefined) return before
    const key = encryptionKeyOf(platform, clock.now())
    const confidential = await hide(tell.confidential, { sender: profile.id, receiver: PLATFORM, id }, key)
    const made = { id, body: JSON.stringify({ ...tell.body, confidential }), encryptionKey: key.id }
    if (id === tell.id) book.write({ sealed: made })
    return made
  }

  async function send(tell: Tell, id: string): Promise<string | undefined> {
    const target = `${bank.brokerUrl()}/channel/messages`
    const platform = await deps.platform(known)
    const { body: text, encryptionKey } = await sealed(tell, id, platform)
    const message: Outgoing = {
      ...{ target, sender: profile.id, receiver: PLATFORM, id, type: tell.type, schema: '1', encryptionKey },
      idempotencyKey: id === tell.id ? tell.key : `${tell.key}/${id}`,
      body: Buffer.from(text),
    }
    const headers = await signMessage(message, [await deps.own()], clock)
    const answer = await fetch(target, {
      method: 'POST',
      headers,
      body: Buffer.from(message.body),
      redirect: 'error',
      signal: AbortSignal.timeout(20_000),
    })
    const body = Buffer.from(await answer.arrayBuffer())
    await verifyAnswer({ status: answer.status, headers: name => answer.headers.get(name) ?? undefined, body }, message, platform, clock)
    if (answer.status === 200) return 'recorded'
    const { code, final } = readRefusal(body.toString('utf8'))
    return final ? `given up: ${code}` : undefined
  }

  async function one(tell: Tell): Promise<void> {
    try {
      const outcome = await send(tell, tell.id)
      if (deps.trouble().doubled === true) {
        await send(tell, tell.id)
        await send(tell, newId())
      }
      known = true
      if (outcome !== undefined) book.write({ told: { id: tell.id, outcome } })
    } catch (thrown) {
      known = false
      log.info({ failure: asBrokerError(thrown).code, message: tell.id }, 'mock bank: the platform was not told')
    }
  }

  return {
    flush() {
      again = true
      running ??= (async () => {
        while (again) {
          again = false
          if (deps.trouble().down === true) break
          const pending = book.pending()
          for (const tell of deps.trouble().outOfOrder === true ? pending.toReversed() : pending) await one(tell)
        }
      })().finally(() => {
        running = undefined
      })
      return running
    },
  }
}
