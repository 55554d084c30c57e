import { z } from 'zod'
import type { CenterAsk } from '../../http/center-ask.ts'
import type { Operation } from '../../web/interface/operation.ts'
import { LIMITS } from './limits.ts'
import type { SealRoom } from './room.ts'

/** One row an operation: what the OpenAPI document and the page tell of it, and what it does. Owns the words that rows share. */
export const SCOPES = ['seals.tasks', 'seals.read', 'seals.webhooks'] as const
export type Scope = (typeof SCOPES)[number]

export interface SealOperation extends Operation {
  scope: Scope
  run(room: SealRoom, ask: Ask): Promise<Told>
}

/** One request of a center's program, after the guard. */
export interface Ask extends CenterAsk {
  /** of an operation whose body is bytes. @throws BrokerError bad_request where there are none */
  bytes(): Buffer
  /** beyond the one that every request costs. @throws BrokerError too_many_requests */
  charge(items: number): Promise<void>
}

/** What comes back, and what of it the audit record keeps. */
export interface Told {
  body?: unknown
  file?: { type: string; name: string; bytes: Buffer }
  items?: number
  outcome?: string
  /** the answer to the same request before */
  again?: true
}

export const BASE = '/api/seals'

export const when = z.iso.datetime()
export const uscc = z.string().describe('Unified social credit code (统一社会信用代码).')
export const ID = z.string().regex(/^[\w-]{1,60}$/)

/** a list in pages */
export const Paged = z.strictObject({ limit: z.coerce.number().int().min(1).max(LIMITS.page).default(20), before: ID.optional() })
export const PAGED: NonNullable<Operation['parameters']> = [
  {
    name: 'limit',
    in: 'query',
    about: { zh: '一页条数，最多一百。', en: 'How many on a page, at most 100.' },
    schema: { type: 'integer', minimum: 1, maximum: LIMITS.page },
  },
  { name: 'before', in: 'query', about: { zh: '上一页答复中的 next。', en: 'The next of the page before.' }, schema: { type: 'string' } },
]
export const next = z.string().optional().describe('Give it as `before` for the next page.')
/** @returns the `next` of a page that is full */
export const nextOf = <Row>(rows: readonly Row[], limit: number, id: (row: Row) => string): { next?: string } => {
  const last = rows.at(-1)
  return last !== undefined && rows.length === limit ? { next: id(last) } : {}
}
