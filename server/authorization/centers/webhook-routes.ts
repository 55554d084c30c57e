import { type Response, Router } from 'express'
import type { Trail } from '../../audit/events.ts'
import { callerOf, type Guard } from '../../http/api-guard.ts'
import { bodyOf } from '../../http/batch-request.ts'
import { contextOf, nameRoute } from '../../http/context.ts'
import { readQuery } from '../../http/forms.ts'
import { readBody } from '../../http/read-body.ts'
import { BrokerError } from '../../kernel/errors.ts'
import type { Scope } from './ports.ts'
import { DeliveriesQuery, WebhookQuestion } from './schemas.ts'
import type { Webhooks } from './webhooks.ts'

/** `webhooks`, their secrets and their deliveries. */
export function webhookRoutes({ guard, webhooks, trail }: { guard: Guard<Scope>; webhooks: Webhooks; trail: Trail }): Router {
  const router = Router()
  const SCOPE = 'authorization.webhooks'

  async function begin(res: Response, path: string): Promise<string> {
    nameRoute(res, `/api/authorization/webhooks${path}`)
    await guard.charge(res, 1)
    return callerOf(res).clientId
  }
  const changed = (res: Response, what: string, webhook: string, more: Record<string, string> = {}) =>
    trail.append({ code: 'webhook.changed', trace: contextOf(res).trace, facts: { center: callerOf(res).clientId, what, webhook, ...more } })
  const looked = (res: Response, kind: string, items: number) =>
    trail.append({
      code: 'authorization.answered',
      trace: contextOf(res).trace,
      facts: { client: callerOf(res).clientId, kind, items, outcomes: 'ok' },
    })

  router.post('/webhooks', ...guard.enter(SCOPE), async (req, res) => {
    const client = await begin(res, '')
    const made = await webhooks.add(client, readWebhook(bodyOf(req)))
    await changed(res, 'added', made.id, { host: new URL(made.url).host })
    res.status(201).json(made)
  })
  router.get('/webhooks', ...guard.look(SCOPE), async (_req, res) => {
    const found = await webhooks.list(await begin(res, ''))
    await looked(res, 'webhooks', found.length)
    res.json({ webhooks: found })
  })
  router.delete('/webhooks/:id', ...guard.look(SCOPE), async (req, res) => {
    const client = await begin(res, '/{id}')
    const id = String(req.params['id'])
    await webhooks.remove(client, id)
    await changed(res, 'removed', id)
    res.status(204).end()
  })
  router.post('/webhooks/:id\\:rotate', ...guard.look(SCOPE), async (req, res) => {
    const client = await begin(res, '/{id}:rotate')
    const rotated = await webhooks.rotate(client, String(req.params['id']))
    await changed(res, 'rotated', rotated.id)
    res.json(rotated)
  })
  router.get('/webhooks/:id/deliveries', ...guard.look(SCOPE), async (req, res) => {
    const client = await begin(res, '/{id}/deliveries')
    const { undelivered, limit, before } = readQuery(req, DeliveriesQuery)
    const page = { undelivered: undelivered === '' || undelivered === 'true', limit, ...(before === undefined ? {} : { before }) }
    const found = await webhooks.deliveries(client, String(req.params['id']), page)
    await looked(res, 'deliveries', found.deliveries.length)
    res.json(found)
  })
  router.post('/webhooks/:id/deliveries/:delivery\\:replay', ...guard.look(SCOPE), async (req, res) => {
    const client = await begin(res, '/{id}/deliveries/{delivery}:replay')
    const delivery = await webhooks.replay(client, String(req.params['id']), String(req.params['delivery']))
    await changed(res, 'replayed', String(req.params['id']), { delivery: delivery.id })
    res.json(delivery)
  })
  return router
}

/** An event of another name is told as what is wrong with a webhook; anything else as what is wrong with a request. */
function readWebhook(body: unknown) {
  try {
    return readBody(body, WebhookQuestion)
  } catch (thrown) {
    if (thrown instanceof BrokerError && thrown.code === 'bad_request' && /^events\.\d+:/.test(thrown.expected ?? ''))
      throw new BrokerError('webhook_invalid', 'an event that is not told', {
        ...(thrown.expected === undefined ? {} : { expected: thrown.expected }),
      })
    throw thrown
  }
}
