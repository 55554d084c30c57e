import { Router } from 'express'
import { z } from 'zod'
import type { Trail } from '../audit/events.ts'
import { seeOther, sendPage } from '../http/answers.ts'
import { contextOf } from '../http/context.ts'
import { formBody, readForm, readQuery } from '../http/forms.ts'
import { sameSiteGuard } from '../http/same-site.ts'
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { ChannelStore, OutgoingStore } from '../storage/stores-channel.ts'
import { queuePage } from './pages/queue.ts'
import type { Sender } from './send.ts'

/** The operator's page of the channel, at the management port, mounted at /channel. Nobody logs in there, and a form of another site can be sent without asking: what changes anything has to come from this page. */
export interface ChannelPages {
  outgoing: OutgoingStore
  channel: Pick<ChannelStore, 'list' | 'refused'>
  parties: readonly string[]
  sender: Pick<Sender, 'resting' | 'wake' | 'work'>
  /** of the management port */
  url: string
  audit: Trail
  clock: Clock
}

/** messages that the chart counts, each way */
const COUNTED = 200
const SHOWN = 20

export function channelPageRoutes({ outgoing, channel, parties, sender: sending, url, audit, clock }: ChannelPages): Router {
  const router = Router()
  router.get('/', async (req, res) => {
    const { party } = readQuery(req, z.object({ party: z.string().max(32).optional() }))
    const [receiver, sender] = party === undefined ? [{}, {}] : [{ receiver: party }, { sender: party }]
    const [dead, waiting, sent, received, refused] = await Promise.all([
      outgoing.list({ state: 'dead', ...receiver }, SHOWN),
      outgoing.list({ state: 'waiting', ...receiver }, SHOWN),
      outgoing.list(receiver, COUNTED),
      channel.list(sender, COUNTED),
      channel.refused(undefined, SHOWN),
    ])
    const ofParty = refused.filter(each => party === undefined || each.sender === party)
    sendPage(res, queuePage({ parties, party, dead, waiting, sent, received, refused: ofParty, resting: sending.resting() }))
  })

  const own = sameSiteGuard({ publicUrl: url, exempt: [] })
  const body = formBody()
  const notDead = (id: string) => new BrokerError('channel_not_dead', `message ${id} is not one that was given up`)
  router.post('/queue/:id/replay', own, body, async (req, res) => {
    const id = String(req.params['id'])
    const message = await outgoing.find(id)
    if (message === undefined || !(await outgoing.replay(id, clock.now()))) throw notDead(id)
    await audit.append({ code: 'channel.replayed', trace: contextOf(res).trace, facts: { message: id } })
    sending.wake(message.receiver)
    await sending.work()
    seeOther(res, '/channel')
  })
  router.post('/queue/:id/settle', own, body, async (req, res) => {
    const id = String(req.params['id'])
    const { note } = readForm(req, z.object({ note: z.string().trim().min(2).max(500) }))
    if (!(await outgoing.settle(id, note, clock.now()))) throw notDead(id)
    await audit.append({ code: 'channel.settled', trace: contextOf(res).trace, facts: { message: id, note } })
    seeOther(res, '/channel')
  })
  return router
}
