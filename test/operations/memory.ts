import type { AuditRow, AuditStore, TraceStep, TraceStore } from '../../server/storage/stores-audit.ts'
import type { ClientRecord, ClientStore } from '../../server/storage/stores-parties.ts'

/** The three stores a trace is read from, in memory. */
export function memoryTraces(): { traces: TraceStore; audit: AuditStore; clients: ClientStore; rows: AuditRow[]; steps: TraceStep[] } {
  const steps: TraceStep[] = []
  const rows: AuditRow[] = []
  const clients: ClientRecord[] = [{ id: 'gz', name: '广州交易中心', metadata: {} }]
  return {
    steps,
    rows,
    traces: {
      add: step => void steps.push(step),
      read: async (trace, limit) => steps.filter(step => step.trace === trace).slice(0, limit),
      flush: async () => undefined,
    },
    audit: {
      head: async () => ({ seq: rows.length, hash: rows.at(-1)?.hash ?? '' }),
      append: async more => {
        rows.push(...more)
        return true
      },
      read: async (from, limit) => rows.filter(row => row.seq >= from).slice(0, limit),
      byTrace: async (trace, limit) => rows.filter(row => row.trace === trace).slice(0, limit),
    },
    clients: {
      find: async id => clients.find(client => client.id === id),
      put: async client => void clients.push(client),
      list: async () => clients,
    },
  }
}

export function auditRow(seq: number, at: string, code: string, trace: string, facts: Record<string, string>): AuditRow {
  return { seq, at, code, trace, body: JSON.stringify(facts), hash: String(seq) }
}
