import type { Request, Response } from 'express'
import { BrokerError } from '../kernel/errors.ts'

/** What requests with one question or many have in common. */

/** Express leaves `body` undefined where there is none of the right type. */
export const bodyOf = (req: Request): unknown => req.body

/** The caller's own name of an item, which comes back with its answer; what cannot be one is left out. */
export function itemId(item: unknown): { id?: string } {
  const id = typeof item === 'object' && item !== null && 'id' in item ? item.id : undefined
  return typeof id === 'string' && id.length > 0 && id.length <= 64 ? { id } : {}
}

/** Whoever went away before the answer needs none. */
export function goneSignal(res: Response): AbortSignal {
  const gone = new AbortController()
  res.once('close', () => {
    if (!res.writableFinished) gone.abort(new BrokerError('service_too_slow', 'whoever asked is gone'))
  })
  return gone.signal
}
