import type { Certificate } from './certificate.ts'

/** One decision on the way to a verdict, for whoever has to explain it. */
export interface PathStep {
  /** the certificate it is about */
  certificate: Certificate
  /** the rule, by its name in path-rules.ts, or `building` while a path is looked for */
  rule: string
  clause: string
  /** `passed over`: another way was tried instead */
  outcome: 'holds' | 'refused' | 'passed over'
  facts: string
}

/** A crafted question makes a thousand steps; nobody reads more than this. */
const MAX_STEPS = 500

/** Owns the record of decisions: kept only where somebody asked for it, as facts cost more to write than most rules to run. */
export class Steps {
  readonly list: PathStep[] = []
  readonly #wanted: boolean

  constructor(kept: 'kept' | 'dropped') {
    this.#wanted = kept === 'kept'
  }

  /** @param facts called only when somebody will read them */
  add(certificate: Certificate, rule: string, clause: string, outcome: PathStep['outcome'], facts: () => string): void {
    if (this.#wanted && this.list.length < MAX_STEPS) this.list.push({ certificate, rule, clause, outcome, facts: facts() })
  }
}
