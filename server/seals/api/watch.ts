import { timingSafeEqual } from 'node:crypto'
import { Router } from 'express'
import { nameRoute } from '../../http/context.ts'
import { BrokerError } from '../../kernel/errors.ts'
import type { SealTask } from '../../storage/stores-seal-tasks.ts'
import { BASE } from './operation.ts'
import type { SealRoom } from './room.ts'

/**
 * How far a task is, for the page of the center that opened it (browser/shared-shield-seal.v1.js), wherever the person seals: in another window, on another computer. Owns who may look: whoever has the address that
 * the center was given, which has a secret of its own, from an origin of the center's registered redirect addresses. It tells nothing of documents or people, and a browser sends no cookie here.
 */
const WATCH = `${BASE}/watch`

/** Mounted at WATCH, before the interface itself, whose token no browser has. */
export function watchRouter(room: () => Pick<SealRoom, 'stores' | 'tasks'>): Router {
  const router = Router()
  router.get('/:task/:secret', async (req, res) => {
    nameRoute(res, `${WATCH}/{task}/{secret}`)
    const { stores, tasks } = room()
    const { task: id, secret } = req.params
    const task = /^[\w-]{20,40}$/.test(id) ? await stores.sealTasks.find(id) : undefined
    if (task === undefined || !isWatch(task, secret)) throw new BrokerError('seal_task_unknown', 'no such task to watch')
    const origin = req.get('origin')
    if (origin !== undefined) {
      const client = await stores.clients.find(task.center.id)
      if (!originsOf(client?.metadata['redirect_uris']).includes(origin))
        throw new BrokerError('seal_task_unknown', 'watched from a page of another site', { received: origin.slice(0, 200) })
      res.set({ 'Access-Control-Allow-Origin': origin, 'Cross-Origin-Resource-Policy': 'cross-origin' })
    }
    res.set('Vary', 'Origin')
    const { state, sealed, count } = await tasks.status(task)
    res.json({ task: task.id, state, prepared: task.lists.length > 0, sealed, documents: count })
  })
  return router
}

function isWatch({ watch }: SealTask, given: string): boolean {
  const [one, other] = [Buffer.from(watch ?? ''), Buffer.from(given)]
  return one.length > 0 && one.length === other.length && timingSafeEqual(one, other)
}

/** Of a client's registered redirect addresses. */
export const originsOf = (registered: unknown): string[] =>
  Array.isArray(registered) ? registered.flatMap(each => URL.parse(String(each))?.origin ?? []) : []

/** @returns undefined for a task that no center's program opened */
export const watchUrl = (publicUrl: string, { id, watch }: SealTask): string | undefined =>
  watch === undefined ? undefined : `${publicUrl}${WATCH}/${id}/${watch}`
