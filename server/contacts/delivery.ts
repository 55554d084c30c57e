import { z } from 'zod'
import { hours, seconds } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { noticeHeaders, postNotice } from '../notices/signing.ts'
import type { ContactMessage } from '../storage/stores-contacts.ts'
import { addressLabel, bodyFor, type Content, noticeIdOf, openContent } from './message.ts'
import type { ContactDeps } from './ports.ts'

/**
 * Hands messages to the operator's gateway: at least once, tried again by the outbox, given up where a person sees it, and taken up again as long as it helps. Owns that nothing leaves for an address that was
 * taken away, for a person who acts for the company no more, or when it is no longer so.
 */
export interface Delivery {
  send(messageId: string): Promise<void>
  /** Takes up what was given up or left lying an hour ago: a gateway may be away for longer than the outbox tries. */
  work(): Promise<void>
  start(): Promise<void>
}

const QUEUE = 'contact-message'
/** one try, the gateway's answer included */
const TRY = seconds(10)
const LEFT_LYING = hours(1)
const AT_ONCE = 200
const job = z.object({ message: z.string() })

export function createDelivery(deps: ContactDeps): Delivery {
  const { stores, sealing, gateway, trail, clock, log } = deps
  const { contacts, contactMessages: messages, outbox } = stores
  const send = (message: string) => outbox.send(QUEUE, { message })

  /** Where it goes now; undefined where it is not to go any more. */
  async function whereTo({ id, membershipId, channel, kind }: ContactMessage, { to }: Content): Promise<string | undefined> {
    if (kind === 'code') return (await contacts.waiting(membershipId, clock.now())).some(code => code.id === id) ? to : undefined
    const address = (await contacts.of(membershipId)).find(each => each.channel === channel)
    if (address === undefined) return undefined
    const isDue = (await deps.due(membershipId)).some(({ key }) => noticeIdOf(membershipId, channel, key) === id)
    if (!isDue) return undefined
    return sealing.open(address.sealed, addressLabel(membershipId, channel))
  }

  /** Throws to be tried again. */
  async function deliver({ url, secrets }: NonNullable<typeof gateway>, messageId: string, last: boolean): Promise<void> {
    const message = await messages.find(messageId)
    // sent already by a job that came twice
    if (message?.state !== 'waiting') return
    const at = clock.now()
    const content = openContent(sealing, message)
    const to = at < new Date(message.usefulUntil) ? await whereTo(message, content) : undefined
    if (to === undefined) return await messages.tried(message.id, { state: 'dropped', at })
    const body = bodyFor(message, to, content)
    const sent = await postNotice(deps.fetch, url, body, noticeHeaders(message.id, at, body, secrets), TRY)
    const { channel, kind, trace } = message
    const facts = { message: message.id, channel, kind }
    if (sent.error === undefined) {
      await messages.tried(message.id, { state: 'delivered', status: sent.status ?? 200, at })
      return await trail.append({ code: 'contact.told', trace, facts })
    }
    await messages.tried(message.id, {
      state: last ? 'dead' : 'waiting',
      error: sent.error,
      at,
      ...(sent.status === undefined ? {} : { status: sent.status }),
    })
    if (last) {
      log.warn({ message: message.id, channel, error: sent.error }, 'a message to a person was given up')
      await trail.append({ code: 'contact.undelivered', trace, facts })
    }
    throw new BrokerError('contact_gateway_unreachable', sent.error)
  }

  return {
    send,
    async work() {
      if (gateway === undefined) return
      const now = clock.now()
      for (const id of await messages.again(new Date(now.getTime() - LEFT_LYING), now, AT_ONCE)) await send(id)
    },
    async start() {
      if (gateway !== undefined) await outbox.work(QUEUE, (data, { last }) => deliver(gateway, job.parse(data).message, last))
    },
  }
}
