import { z } from 'zod'
import type { CenterAsk } from '../../http/center-ask.ts'
import type { Operation } from '../../web/interface/operation.ts'
import type { BondApiRoom } from './room.ts'

/** One row an operation: what the OpenAPI document and the page tell of it, and what it does. Owns the words that rows share. */
export const SCOPES = ['bonds.manage', 'bonds.read', 'bonds.supervise'] as const
export type Scope = (typeof SCOPES)[number]
export const BASE = '/api/bonds'

export interface BondOperation extends Operation {
  scope: Scope
  run(room: BondApiRoom, ask: CenterAsk): Promise<Told>
}

/** What comes back, and how many things the audit record counts of it. */
interface Told {
  body?: unknown
  items?: number
}

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
export const instant = (text: string): string => new Date(text).toISOString()
