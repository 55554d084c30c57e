/**
 * Owns how much work one question about a path may cause. A path of a real CA takes a few dozen of each; crafted certificates ask for millions, and are refused
 * as soon as one of these is used up. RFC 4158 2.4, RFC 9618 1.
 */
export const MOST = {
  /** candidates looked at as the issuer of another */
  steps: 1000,
  /** public key operations: 100 of SM2 are about 30 ms on one core */
  signatures: 100,
  /** one name against one constraint, counted by RDN for directory names */
  nameComparisons: 250_000,
  /** nodes and edges of policy graphs */
  policyNodes: 20_000,
  /** one list against one distribution point of one certificate */
  lists: 10_000,
} as const
export type Work = Record<keyof typeof MOST, number>

/** Thrown inside the path rooms only; verifyChain turns it into its result. */
export class BudgetSpent extends Error {
  readonly what: keyof Work

  constructor(what: keyof Work) {
    super(`more than ${MOST[what]} ${what}`)
    this.name = 'BudgetSpent'
    this.what = what
  }
}

/** One for a whole question, the paths of CRL signers included: asking in another way must not begin anew. */
export class Budget {
  readonly work: Work = { steps: 0, signatures: 0, nameComparisons: 0, policyNodes: 0, lists: 0 }

  /** @throws BudgetSpent when there is no more */
  spend(what: keyof Work, amount = 1): void {
    this.work[what] += amount
    if (this.work[what] > MOST[what]) throw new BudgetSpent(what)
  }
}
