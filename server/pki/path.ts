/**
 * Owns the question "does this certificate lead to a trusted root, and may it be used so?". Building paths is path-search.ts, the rules path-rules.ts, how much work they may
 * make path-budget.ts.
 *
 * It never throws: a hostile certificate gets a code like any other.
 */
import { asBrokerError } from '../kernel/errors.ts'
import { Certificate, readCertificate } from './certificate.ts'
import { Budget, BudgetSpent, type Work } from './path-budget.ts'
import type { Demands, PathFailure } from './path-rules.ts'
import { exhausted, Search } from './path-search.ts'
import { type PathStep, Steps } from './path-steps.ts'
import type { SignatureChecks } from './signed-by.ts'

export interface PathQuestion extends Demands {
  leaf: Certificate | Uint8Array
  /** candidates, trusted in nothing */
  intermediates: readonly Certificate[]
  /** trust anchors */
  roots: readonly Certificate[]
  /** certificates in a path, leaf and anchor included; 10 unless told */
  maxDepth?: number
  /** for trials with published test certificates only, whose keys nobody accepts any more; a test keeps it out of the product */
  signatureChecks?: SignatureChecks
}

export type PathResult =
  | {
      ok: true
      /** leaf first, anchor last */
      path: readonly Certificate[]
      /** user-constrained policy set, RFC 5280 6.1.6; anyPolicy stands for all */
      policies: readonly string[]
    }
  | PathFailure

export interface PathExplanation {
  result: PathResult
  /** every decision in the order in which it was made, paths that came to nothing included; 500 at the most */
  steps: readonly PathStep[]
  /** what it took */
  work: Readonly<Work>
}

/** Decides whether `leaf` leads to one of `roots` at the time `at`, and whether it may be used as demanded. RFC 5280 6. */
export const verifyChain = (question: PathQuestion): PathResult => decide(question, new Budget(), new Steps('dropped'))

/** The same decision with all that led to it, for whoever has to explain it. */
export function explainChain(question: PathQuestion): PathExplanation {
  const [budget, steps] = [new Budget(), new Steps('kept')]
  return { result: decide(question, budget, steps), steps: steps.list, work: { ...budget.work } }
}

function decide(question: PathQuestion, budget: Budget, steps: Steps): PathResult {
  let leaf: Certificate | undefined
  try {
    leaf = question.leaf instanceof Certificate ? question.leaf : readCertificate(question.leaf)
    return new Search({ ...question, leaf }, { budget, steps, verdicts: new Map(), nesting: 0 }).run()
  } catch (thrown) {
    if (thrown instanceof BudgetSpent && leaf !== undefined) return exhausted(leaf, thrown)
    const { code, facts } = asBrokerError(thrown)
    return {
      ok: false,
      code: code === 'internal' ? 'certificate_malformed' : code,
      ...(leaf === undefined ? {} : { certificate: leaf }),
      clause: 'RFC 5280 4.1',
      facts: code === 'internal' ? 'it cannot be judged' : facts,
    }
  }
}
