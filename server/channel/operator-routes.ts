import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import type { Trail } from '../audit/events.ts'
import { contextOf } from '../http/context.ts'
import { jsonBody, readForm } from '../http/forms.ts'
import { type Clock, hours } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { OutgoingMessage, OutgoingStore } from '../storage/stores-channel.ts'
import type { Sender } from './send.ts'

/** What an operator does about messages on their way: sees them, tries the line to a bank, sends a dead one again, or settles it with a note. Mounted at the management port. */
export interface OperatorRoutes {
  store: OutgoingStore
  sender: Sender
  audit: Trail
  clock: Clock
}

const PAGE = 50
const tryForm = z.strictObject({ receiver: z.string().min(2).max(32) })
const settleForm = z.strictObject({ note: z.string().trim().min(2).max(500) })
const stateOf = z.enum(['waiting', 'delivered', 'dead', 'settled']).optional()

export function operatorRoutes({ store, sender, audit, clock }: OperatorRoutes): Router {
  const router = Router()
  router.get('/outgoing', async (req, res) => {
    const state = stateOf.safeParse(req.query['state']).data
    const messages = await store.list(state === undefined ? {} : { state }, PAGE)
    res.json({ messages: messages.map(viewOf) })
  })
  router.post('/try', jsonBody(), async (req: Request, res: Response) => {
    const { receiver } = readForm(req, tryForm)
    const id = newId()
    const { trace } = contextOf(res)
    const now = clock.now()
    const body = JSON.stringify({ text: `line check ${now.toISOString()}` })
    const kept = {
      id,
      receiver,
      idempotencyKey: id,
      type: 'channel.test',
      schema: '1',
      body,
      encryptionKey: '-',
      createdAt: now.toISOString(),
      trace,
    }
    // an operator waits for the outcome: hours of retries would tell nobody anything
    sender.wake(receiver)
    await sender.queue({ ...kept, deadline: new Date(now.getTime() + hours(1)).toISOString() })
    await sender.work()
    res.json(viewOf(await found(id)))
  })
  router.post('/outgoing/:id/replay', jsonBody(), async (req: Request, res: Response) => {
    const id = String(req.params['id'])
    const { receiver } = await found(id)
    if (!(await store.replay(id, clock.now()))) throw notDead(id)
    await audit.append({ code: 'channel.replayed', trace: contextOf(res).trace, facts: { message: id } })
    sender.wake(receiver)
    await sender.work()
    res.json(viewOf(await found(id)))
  })
  router.post('/outgoing/:id/settle', jsonBody(), async (req: Request, res: Response) => {
    const id = String(req.params['id'])
    const { note } = readForm(req, settleForm)
    await found(id)
    if (!(await store.settle(id, note, clock.now()))) throw notDead(id)
    await audit.append({ code: 'channel.settled', trace: contextOf(res).trace, facts: { message: id, note } })
    res.json(viewOf(await found(id)))
  })

  async function found(id: string): Promise<OutgoingMessage> {
    const message = await store.find(id)
    if (message === undefined) throw new BrokerError('not_found', 'no message of ours has this id')
    return message
  }
  return router
}

const notDead = (id: string): BrokerError => new BrokerError('channel_not_dead', `message ${id} is not one that was given up`)

/** What its body says stays out: it may be confidential, and whose message it is says enough. */
const viewOf = ({ body: _body, answer, ...message }: OutgoingMessage) => ({
  ...message,
  ...(answer === undefined ? {} : { answered: answer.status }),
})
