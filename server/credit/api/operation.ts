import { z } from 'zod'
import type { Row } from '../../interfaces/interface.ts'
import { SUBJECT_ABOUT, subjectKind } from '../facts/reading.ts'
import type { CreditApiRoom } from './room.ts'

/** One row an operation: what the OpenAPI document and the page tell of it, and what it does. Owns the words that rows share. */
export const SCOPES = ['credit.facts', 'credit.read'] as const
export type Scope = (typeof SCOPES)[number]
export const BASE = '/api/credit'

export type CreditOperation = Row<Scope, CreditApiRoom>

export const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine(text => text.isWellFormed() && !/\p{C}/u.test(text), 'one line of text')
export const subject = { kind: subjectKind, subject: z.string().max(64).describe(SUBJECT_ABOUT) }
export const after = (zh: string, en: string) => [{ name: 'after', in: 'query' as const, about: { zh, en }, schema: { type: 'string' } }]
export const afterQuery = z.strictObject({ after: z.string().max(60).optional() })
/** rows on one page */
export const PAGE = 100
