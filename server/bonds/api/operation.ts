import { z } from 'zod'
import type { Row } from '../../interfaces/interface.ts'
import type { BondApiRoom } from './room.ts'

/** One row an operation: what the OpenAPI document and the page tell of it, and what it does. Owns the words that rows share. */
export const SCOPES = ['bonds.manage', 'bonds.read', 'bonds.supervise'] as const
export type Scope = (typeof SCOPES)[number]
export const BASE = '/api/bonds'

export type BondOperation = Row<Scope, BondApiRoom>

export const when = z.iso.datetime({ offset: true })
export const line = z
  .string()
  .min(1)
  .max(200)
  .refine(text => text.isWellFormed() && !/[\p{Cc}]/u.test(text), 'one line of text')
export const fen = z.int().min(0).max(1_000_000_000_000).describe('Whole fen (分), CNY.')
export const reference = z
  .string()
  .regex(/^[!-~]{1,100}$/)
  .describe('Number of the notice, contract or decision, as the evidence shall name it.')
/** A list page by page, in the order of the ids. */
export const Paged = z.strictObject({ after: z.string().max(100).default(''), limit: z.coerce.number().int().min(1).max(100).default(50) })
export const PAGING: NonNullable<BondOperation['parameters']> = [
  { name: 'after', in: 'query', about: { zh: '上一页最后一个的 id。', en: 'The last id of the page before.' }, schema: { type: 'string' } },
  { name: 'limit', in: 'query', about: { zh: '1 至 100。', en: '1 to 100.' }, schema: { type: 'integer' } },
]
export const instant = (text: string): string => new Date(text).toISOString()
