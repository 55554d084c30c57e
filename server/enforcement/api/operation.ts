import type { Trail } from '../../audit/events.ts'
import type { CenterAsk } from '../../http/center-ask.ts'
import type { AskRestrictions } from '../../kernel/restrictions.ts'
import type { MeasureStore } from '../../storage/stores-enforcement.ts'
import type { Operation } from '../../web/interface/operation.ts'
import type { Measures } from '../measures.ts'

/** One row an operation: what the OpenAPI document and the page tell of it, and what it does. */
export const SCOPES = ['enforcement.manage', 'enforcement.authority', 'enforcement.check'] as const
export type Scope = (typeof SCOPES)[number]
export const BASE = '/api/enforcement'

/** What the operations are given. The composition root joins it. */
export interface EnforcementRoom {
  publicUrl: string
  measures: Measures
  restrictions: AskRestrictions
  store: Pick<MeasureStore, 'ofSource'>
  trail: Trail
}

export interface EnforcementOperation extends Operation {
  scope: Scope
  run(room: EnforcementRoom, ask: CenterAsk): Promise<{ body: unknown; items?: number }>
}
