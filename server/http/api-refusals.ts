import type { ErrorRequestHandler } from 'express'
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import { isRecorded, isTraced, markRecorded, markTraced } from '../kernel/recorded.ts'
import { knownCaller } from './api-guard.ts'
import { contextOf } from './context.ts'

/** A refusal of an interface for programs, before the one mapping (respond.ts) shows it. */
export interface Refusal {
  error: BrokerError
  trace: string
  method: string
  /** undefined before the guard knew the caller */
  /** for the facts; empty before the guard knew the caller */
  whose: { client?: string }
  /** where the error tells it: for a step of the trace */
  told: { received?: string; expected?: string }
}

/**
 * @param told.step a step in the trace, with the client and what was received and expected; must not throw
 * @param told.event an event in the audit record, unless the room that refused has written its own
 */
export function refusalHandler(told: { step(refusal: Refusal): void; event(refusal: Refusal): Promise<void> }): ErrorRequestHandler {
  return async (thrown: unknown, req, res, next) => {
    const error = named(thrown)
    if (error.code === 'not_found') return next(error)
    const { trace, log } = contextOf(res)
    const client = knownCaller(res)?.clientId
    const { received, expected } = error
    const refusal: Refusal = {
      ...{ error, trace, method: req.method.slice(0, 10) },
      whose: client === undefined ? {} : { client },
      told: { ...(received === undefined ? {} : { received }), ...(expected === undefined ? {} : { expected }) },
    }
    if (!isTraced(error)) {
      markTraced(error)
      told.step(refusal)
    }
    if (!isRecorded(error)) {
      markRecorded(error)
      await told.event(refusal).catch((failed: unknown) => log.error({ err: failed }, 'a refusal could not be written down'))
    }
    next(error)
  }
}

/** Errors of the body parser by our codes, as respond.ts has them: the audit record and the answer say the same. */
function named(thrown: unknown): BrokerError {
  if (thrown instanceof BrokerError || !(thrown instanceof Error)) return asBrokerError(thrown)
  const status = 'status' in thrown ? thrown.status : undefined
  if (typeof status !== 'number' || status < 400 || status > 499) return asBrokerError(thrown)
  if (status === 413) return new BrokerError('too_large', thrown.message, { cause: thrown })
  return new BrokerError('bad_request', thrown.message, {
    cause: thrown,
    expected: 'Content-Type: application/json; charset=utf-8, not compressed, an object',
  })
}
