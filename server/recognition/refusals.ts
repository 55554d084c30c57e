import type { ErrorRequestHandler } from 'express'
import type { Trail } from '../audit/events.ts'
import { refusalHandler } from '../http/api-refusals.ts'
import type { TraceStep } from '../storage/stores.ts'

/** A refusal of this room: an audit event with the client, and a step in the trace with what was received and expected. */
export interface RefusalDeps {
  trail: Trail
  /** one step in the trace that an integrator reads; must not throw */
  trace(step: Omit<TraceStep, 'at'>): void
}

export const recognitionRefusals = (deps: RefusalDeps): ErrorRequestHandler =>
  refusalHandler(async ({ error: { code, facts, received, expected }, trace, method, client }) => {
    const whose = client === undefined ? {} : { client }
    deps.trace({
      trace,
      hop: 'broker',
      step: 'recognition refused',
      outcome: 'failed',
      code,
      ...(received === undefined ? {} : { received }),
      ...(expected === undefined ? {} : { expected }),
      facts: { reason: facts, ...whose },
    })
    await deps.trail.append({ code: 'recognition.refused', trace, facts: { failure: code, method, ...whose } })
  })
