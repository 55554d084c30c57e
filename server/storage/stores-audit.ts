/** The audit record, and the traces that help an integrator: kept for weeks, and no evidence. */

export interface AuditRow {
  /** 1, 2, 3 … without a gap */
  seq: number
  /** ISO 8601 with milliseconds */
  at: string
  code: string
  trace: string
  /** canonical JSON of the event's facts, personal data masked */
  body: string
  /** SM3 over (previous hash ‖ seq ‖ at ‖ code ‖ trace ‖ body), lower-case hexadecimal */
  hash: string
}
export interface AuditStore {
  head(): Promise<{ seq: number; hash: string }>
  /** one durable statement: rows go in only if the head is still `after`; false when another process was faster */
  append(rows: readonly AuditRow[], after: { seq: number; hash: string }): Promise<boolean>
  read(fromSeq: number, limit: number): Promise<AuditRow[]>
  byTrace(trace: string, limit: number): Promise<AuditRow[]>
}

export interface TraceStep {
  trace: string
  at: string
  /** where it happened */
  hop: 'center' | 'broker' | 'agent' | 'bank'
  step: string
  milliseconds?: number
  outcome: 'ok' | 'failed'
  code?: string
  received?: string
  expected?: string
  /** redacted facts */
  facts?: Record<string, string>
}
export interface TraceStore {
  /** gathered and written in the background; never awaited by a login, may be lost in a crash */
  add(step: TraceStep): void
  read(trace: string, limit: number): Promise<TraceStep[]>
  flush(): Promise<void>
}
