/**
 * The operator's desk: what the command line and the operator's page may do with the list, the same in this process and over the management port (routes.ts serves one, cli/trust-remote.ts
 * speaks to one). It owns no rule.
 */
import type { Trail } from '../audit/events.ts'
import { newTraceCode } from '../kernel/ids.ts'
import type { ImportProgress, KnownCertificateStore, TrustVersionRow } from '../storage/stores-trust.ts'
import type { Proposal, Wish } from './decisions.ts'
import type { TrustedCa } from './entry.ts'
import { type Explanation, explain } from './explain.ts'
import { createIntake, type IntakeItem, type IntakeOutcome } from './intake.ts'
import type { TrustRegister } from './register.ts'
import type { VerdictQuestion } from './verdict.ts'

export type WishOutcome = Awaited<ReturnType<TrustRegister['changeOrPropose']>>

export interface TrustDesk {
  list(version?: number): Promise<{ version: number; cas: readonly TrustedCa[] }>
  versions(limit: number): Promise<TrustVersionRow[]>
  proposals(filter: { state?: 'open' }, limit: number): Promise<Proposal[]>
  wish(wish: Wish): Promise<WishOutcome>
  decide(decision: { id: string; by: string; decision: 'approve' | 'reject' }): Promise<{ version?: number }>
  explain(question: Omit<VerdictQuestion, 'certificate' | 'chain'> & { certificate: string }): Promise<Explanation>
  take(items: readonly IntakeItem[], progress?: ImportProgress): Promise<IntakeOutcome[]>
  progress(source: string): Promise<ImportProgress | undefined>
  /** writes into the audit record that an import was done */
  imported(facts: { source: string; added: number; known: number; bad: number }): Promise<void>
  counts(): Promise<{ all: number; byCa: Record<string, number> }>
}

export function createDesk({ register, store, audit }: { register: TrustRegister; store: KnownCertificateStore; audit: Trail }): TrustDesk {
  const intake = createIntake({ store, current: register.current })
  return {
    async list(version) {
      const { version: found, cas } = version === undefined ? register.current() : await register.asOf(version)
      return { version: found, cas }
    },
    versions: limit => register.versions(limit),
    proposals: (filter, limit) => register.proposals(filter, limit),
    wish: wish => register.changeOrPropose(wish),
    async decide({ id, by, decision }) {
      if (decision === 'approve') return await register.approve({ id, by })
      await register.reject({ id, by })
      return {}
    },
    async explain(question) {
      const verdict = await register.verdictOf(question.certificate, question)
      const snapshot = verdict.version === register.current().version ? register.current() : await register.asOf(verdict.version)
      return explain(snapshot, question, verdict)
    },
    take: (items, progress) => intake.take(items, progress),
    progress: source => intake.progress(source),
    imported: facts => audit.append({ code: 'trust.imported', trace: newTraceCode(), facts }),
    counts: () => store.counts(),
  }
}
