import type { ErrorRequestHandler } from 'express'
import type { Trail } from '../audit/events.ts'
import { refusalHandler } from '../http/api-refusals.ts'
import type { TraceStep } from '../storage/stores-audit.ts'

/** A refusal of this room: an audit event with the client, and a step in the trace with what was received and expected. */
export interface RefusalDeps {
  trail: Trail
  /** one step in the trace that an integrator reads; must not throw */
  trace(step: Omit<TraceStep, 'at'>): void
}

export const recognitionRefusals = (deps: RefusalDeps): ErrorRequestHandler =>
  refusalHandler({
    step({ error: { code, facts }, trace, whose, told }) {
      deps.trace({
        trace,
        hop: 'broker',
        step: 'recognition refused',
        outcome: 'failed',
        code,
        ...told,
        facts: { reason: facts, ...whose },
      })
    },
    event: ({ error: { code }, trace, method, whose }) =>
      deps.trail.append({ code: 'recognition.refused', trace, facts: { failure: code, method, ...whose } }),
  })
