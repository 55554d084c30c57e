import type { Clock } from '../kernel/clock.ts'
import type { FailureCode } from '../kernel/errors.ts'
import { failures } from '../kernel/failures.ts'
import type { AuditRow, AuditStore, TraceStep, TraceStore } from '../storage/stores-audit.ts'
import type { ClientStore } from '../storage/stores-parties.ts'
import type { TracePageStep, TracePageView } from './pages/trace.ts'
import { redactFacts, redactText } from './redact.ts'
import { remedyFor } from './remedies.ts'

/** The timeline of one login across center, broker, agent and bank: written step by step, redacted; read back together with the audit record under the trace code. */
export interface Tracer {
  /** never waits and never throws; the time is the end of the step */
  step(step: Omit<TraceStep, 'at'>): void
}

export function createTracer(deps: { store: TraceStore; clock: Clock }): Tracer {
  return {
    step({ received, expected, facts, ...step }) {
      deps.store.add({
        ...step,
        at: deps.clock.now().toISOString(),
        ...(received === undefined ? {} : { received: redactText(received) }),
        ...(expected === undefined ? {} : { expected: redactText(expected) }),
        ...(facts === undefined ? {} : { facts: redactFacts(facts) }),
      })
    },
  }
}

export interface TraceSources {
  traces: TraceStore
  audit: AuditStore
  clients: ClientStore
}

const MOST = 300

/** All that is known under a code, in time order; undefined when nothing is. @param trace as readTraceCode gives it */
export async function readTrace(stores: TraceSources, trace: string): Promise<TracePageView | undefined> {
  await stores.traces.flush()
  const [steps, rows] = await Promise.all([stores.traces.read(trace, MOST), stores.audit.byTrace(trace, MOST)])
  const events = rows.map(readEvent)
  const all = [...steps.map(toView), ...events.map(eventToView)].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  const [first] = all
  if (first === undefined) return undefined
  const state = stateOf(events, steps)
  const failure = state === 'granted' ? undefined : explain(events, steps)
  const fact = (name: string) => [...events, ...steps].map(entry => entry.facts?.[name]).findLast(value => value !== undefined && value !== '')
  const clientId = fact('client')
  const client = clientId === undefined ? undefined : await stores.clients.find(clientId)
  return { code: trace, state, startedAt: first.at, center: client?.name ?? clientId, bank: fact('bank'), failure, steps: all }
}

interface Event {
  seq: number
  at: string
  event: string
  facts: Record<string, string>
}

/** An audit row's body was masked when it was written; it is redacted again, for it may be shown to another party than it was written for. */
function readEvent(row: AuditRow): Event {
  return { seq: row.seq, at: row.at, event: row.code, facts: redactFacts(readBody(row.body)) }
}

function readBody(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return { body: 'unreadable' }
  }
}

const REFUSALS = [
  'login.refused',
  'request.refused',
  'authority.denied',
  'mandate.tampered',
  'guarantee.refused',
  'financing.refused',
  'token.reuse-detected',
]

function stateOf(events: readonly Event[], steps: readonly TraceStep[]): TracePageView['state'] {
  const ending = events.findLast(({ event }) => event === 'login.granted' || REFUSALS.includes(event))
  if (ending !== undefined) return ending.event === 'login.granted' ? 'granted' : 'refused'
  return steps.at(-1)?.outcome === 'failed' ? 'refused' : 'open'
}

/** The last failure: its code from the record or the timeline, and the difference from the step that saw it. */
function explain(events: readonly Event[], steps: readonly TraceStep[]): TracePageView['failure'] {
  const recorded = events.findLast(({ event }) => REFUSALS.includes(event))?.facts['failure']
  const failed = steps.filter(step => step.outcome === 'failed')
  const step = failed.findLast(candidate => candidate.code === recorded) ?? failed.at(-1)
  const code = [recorded, step?.code].find(isFailureCode)
  if (code === undefined) return undefined
  const { zh, en, who } = failures[code]
  return { code, zh, en, who, received: step?.received, expected: step?.expected, remedy: remedyFor(code) }
}

const isFailureCode = (text: string | undefined): text is FailureCode => text !== undefined && Object.hasOwn(failures, text)

const toView = (step: TraceStep): TracePageStep => ({
  at: step.at,
  ms: step.milliseconds,
  hop: step.hop,
  step: step.step,
  outcome: step.outcome,
  code: step.code,
  facts: {
    ...step.facts,
    ...(step.received === undefined ? {} : { received: step.received }),
    ...(step.expected === undefined ? {} : { expected: step.expected }),
  },
})

const eventToView = ({ seq, at, event, facts }: Event): TracePageStep => ({
  at,
  hop: event.startsWith('token.') || event === 'logout.notified' ? 'center' : 'broker',
  step: event,
  outcome: REFUSALS.includes(event) || event === 'logout.undelivered' ? 'failed' : 'ok',
  code: facts['failure'],
  facts: { record: `#${seq}`, ...facts },
})
