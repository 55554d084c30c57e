import type { Trail } from '../audit/events.ts'
import type { RequestContext } from '../http/context.ts'
import type { BrokerError } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import { isRecorded, isTraced, markRecorded, markTraced } from '../kernel/recorded.ts'
import type { TraceStep } from '../storage/stores-audit.ts'

/** What a request's refusal leaves behind, wherever it was refused. Owns that it has one event in the audit record, the one of the room that knew most of it, and one step in the trace. */
export interface RefusalRecord {
  /** told by a page, which writes the event itself (http/tell-refusal.ts) */
  told(error: BrokerError, context: RequestContext): void
  /** on its way to the one mapping */
  refused(error: BrokerError, context: RequestContext): void
}

/** @param trace must not throw */
export function createRefusalRecord({
  trail,
  trace: step,
  log,
}: {
  trail: Trail
  trace(step: Omit<TraceStep, 'at'>): void
  log: Pick<Log, 'error'>
}): RefusalRecord {
  function told(error: BrokerError, { trace }: RequestContext): void {
    if (isTraced(error)) return
    markTraced(error)
    step({ trace, hop: 'broker', step: 'refused', outcome: 'failed', code: error.code, facts: { reason: error.facts } })
  }
  return {
    told,
    refused(error, context) {
      // what is asked for and not there is in the access log
      if (error.code === 'not_found') return
      told(error, context)
      if (isRecorded(error)) return
      markRecorded(error)
      trail
        .append({ code: 'request.refused', trace: context.trace, facts: { failure: error.code } })
        .catch((thrown: unknown) => log.error({ err: thrown }, 'a refusal could not be written down'))
    },
  }
}
