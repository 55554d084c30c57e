import { createHmac, timingSafeEqual } from 'node:crypto'
import { Router } from 'express'
import { z } from 'zod'
import type { AppLines, AppRequest } from '../kernel/app-request.ts'
import { BrokerError } from '../kernel/errors.ts'
import type { Ask } from '../storage/stores-authorization.ts'
import type { Asks } from './asks.ts'

/**
 * What a bank's app fetches from us, without the phone's cookie: a bank's own servers may ask. Owns the address for it, which only the phone that opened the ask and gave the number is ever shown, and which answers no
 * longer than the ask is open. What the request is, is each kind's.
 */
export interface AppFetches {
  /** @throws BrokerError with the reason, where there is nothing left to ask */
  request(ask: Ask): Promise<AppRequest>
  /** @param from the line to begin with, from 1. @throws BrokerError where the list does not hold any more */
  lines?(ask: Ask, from: number): Promise<AppLines>
}

const lineNumber = z.coerce.number().int().min(1).max(500)

/** The path of an ask's request. It cannot be guessed from the QR code: what it is made of never leaves the phone and us. */
export const requestPath = (ask: Pick<Ask, 'id' | 'phone'>): string => `/phone/${ask.id}/request/${handleOf(ask)}`

const handleOf = ({ id, phone = '' }: Pick<Ask, 'id' | 'phone'>): string =>
  createHmac('sha256', phone).update(`app-request:${id}`).digest('base64url')

export function appRequestRoutes(asks: Pick<Asks, 'status'>, fetchesOf: (ask: Ask) => AppFetches | undefined): Router {
  const router = Router()

  /** @throws BrokerError ask_unknown for every wrong address; ask_expired, ask_settled for a right one that came too late */
  async function enter({ id = '', handle = '' }: Record<string, string | undefined>): Promise<{ ask: Ask; fetches: AppFetches }> {
    const { ask, state } = await asks.status(id)
    const fetches = fetchesOf(ask)
    if (fetches === undefined || ask.phone === undefined || ask.confirmed !== true || !same(handle, handleOf(ask)))
      throw new BrokerError('ask_unknown', 'no request of an app has this address')
    if (state === 'expired') throw new BrokerError('ask_expired', 'the ask has expired', { expected: `before ${ask.expiresAt}` })
    if (state !== 'opened') throw new BrokerError('ask_settled', `the ask is ${state}`)
    return { ask, fetches }
  }

  router.get('/phone/:id/request/:handle', async (req, res) => {
    const { ask, fetches } = await enter(req.params)
    res.json({ ...(await fetches.request(ask)), from: ask.center.name, expiresAt: ask.expiresAt })
  })
  router.get('/phone/:id/request/:handle/lines/:from', async (req, res) => {
    const { ask, fetches } = await enter(req.params)
    const from = lineNumber.safeParse(req.params.from)
    if (!from.success || fetches.lines === undefined) throw new BrokerError('bad_request', 'no such line', { expected: '1 to 500, of a list' })
    res.json(await fetches.lines(ask, from.data))
  })
  return router
}

function same(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}
