import { z } from 'zod'
import type { Row } from '../../interfaces/interface.ts'
import { REASONS } from '../opening/reasons.ts'
import type { BidApiRoom } from './room.ts'

/** One row an operation: what the OpenAPI document and the page tell of it, and what it does. Owns the words that rows share. */
export const SCOPES = ['bids.openings', 'bids.read', 'bids.webhooks'] as const
export type Scope = (typeof SCOPES)[number]
export const BASE = '/api/bids'

export type BidOperation = Row<Scope, BidApiRoom>

export const when = z.iso.datetime({ offset: true })
export const line = z
  .string()
  .min(1)
  .max(200)
  .refine(text => text.isWellFormed() && !/[\p{Cc}]/u.test(text), 'one line of text')
export const usccText = z.string().describe('Unified social credit code (统一社会信用代码).')
export const by = line.optional().describe('The person of the center who did it, as the evidence shall name them.')
export const base64 = z
  .string()
  .min(1)
  .max(12_000)
  .regex(/^[A-Za-z0-9+/]+={0,2}$/)
export const reason = z.enum(Object.keys(REASONS) as [keyof typeof REASONS, ...(keyof typeof REASONS)[]])
