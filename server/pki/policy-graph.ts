/**
 * Owns the policy graph of RFC 9618, which replaces the tree of RFC 5280 6.1: one node for each policy and depth, whatever number of ways lead to it. The tree doubles with
 * every mapping of two policies on two; the graph grows with the size of the certificates alone, and what it grows by is budgeted.
 */
import type { Budget } from './path-budget.ts'
import { ANY_POLICY, type PolicyMapping } from './policy.ts'

interface Node {
  policy: string
  parents: Node[]
  /** what the next certificate must say for this node to go on; the policy itself unless mapped */
  expected: ReadonlySet<string>
  alive: boolean
}
type Level = Map<string, Node>

export class PolicyGraph {
  readonly #budget: Budget
  readonly #levels: Level[]
  /** set when no policy is left: NULL in the standard's words */
  #gone = false

  constructor(budget: Budget) {
    this.#budget = budget
    this.#levels = [new Map([[ANY_POLICY, node(ANY_POLICY, [])]])]
  }

  get isNull(): boolean {
    return this.#gone
  }

  /** 6.1.3 (e): a certificate that names no policy. */
  clear(): void {
    this.#gone = true
  }

  /**
   * 6.1.3 (d) as RFC 9618 5.2 has it.
   * @param any whether the anyPolicy of this certificate counts
   */
  descend(policies: readonly string[], any: 'counts' | 'inhibited'): void {
    if (this.#gone) return
    const above = this.#last
    const level: Level = new Map()
    const expecting = this.#expecting(above)
    const anyAbove = above.get(ANY_POLICY)
    for (const policy of policies) {
      if (policy === ANY_POLICY) continue
      const parents = expecting.get(policy) ?? (anyAbove === undefined ? [] : [anyAbove])
      if (parents.length > 0) this.#add(level, policy, parents)
    }
    if (any === 'counts' && policies.includes(ANY_POLICY)) {
      for (const [policy, parents] of expecting) if (!level.has(policy)) this.#add(level, policy, parents)
    }
    this.#levels.push(level)
    this.#prune()
  }

  /** 6.1.4 (b) as RFC 9618 5.3 has it: `inhibited` when policy_mapping is 0. */
  map(mappings: readonly PolicyMapping[], mapping: 'allowed' | 'inhibited'): void {
    if (this.#gone) return
    const level = this.#last
    const subjects = new Map<string, Set<string>>()
    for (const { issuer, subject } of mappings) {
      this.#budget.spend('policyNodes')
      const known = subjects.get(issuer)
      if (known === undefined) subjects.set(issuer, new Set([subject]))
      else known.add(subject)
    }
    const any = level.get(ANY_POLICY)
    for (const [issuer, expected] of subjects) {
      const found = level.get(issuer)
      if (mapping === 'inhibited') level.delete(issuer)
      else if (found !== undefined) found.expected = expected
      // the policy was allowed by anyPolicy only: a node of its own, beside it
      else if (any !== undefined) this.#add(level, issuer, any.parents, expected)
    }
    if (mapping === 'inhibited') this.#prune()
  }

  /**
   * 6.1.5 (g) as RFC 9618 5.4 has it: the policies in the words of the anchor's domain, that is those that came out of anyPolicy, and anyPolicy itself when it
   * lasted to the end.
   */
  authorityPolicies(): Set<string> {
    if (this.#gone) return new Set()
    const found = new Set<string>(this.#last.has(ANY_POLICY) ? [ANY_POLICY] : [])
    for (const level of this.#levels) {
      for (const { policy, parents } of level.values())
        if (policy !== ANY_POLICY && parents.some(each => each.policy === ANY_POLICY)) found.add(policy)
    }
    return found
  }

  get #last(): Level {
    return this.#levels.at(-1) ?? new Map()
  }

  /** From an expected policy to the nodes that expect it. */
  #expecting(level: Level): Map<string, Node[]> {
    const found = new Map<string, Node[]>()
    for (const each of level.values()) {
      for (const policy of each.expected) {
        this.#budget.spend('policyNodes')
        const same = found.get(policy)
        if (same === undefined) found.set(policy, [each])
        else same.push(each)
      }
    }
    return found
  }

  #add(level: Level, policy: string, parents: Node[], expected?: ReadonlySet<string>): void {
    this.#budget.spend('policyNodes', 1 + parents.length)
    level.set(policy, node(policy, parents, expected))
  }

  /** 6.1.3 (d)(3): what leads nowhere goes, from the bottom up, as far as something goes. */
  #prune(): void {
    for (let depth = this.#levels.length - 1; depth > 0; depth--) {
      const above = this.#levels[depth - 1]
      if (above === undefined) return
      for (const each of above.values()) each.alive = false
      for (const each of this.#levels[depth]?.values() ?? []) {
        this.#budget.spend('policyNodes', each.parents.length)
        for (const parent of each.parents) parent.alive = true
      }
      const before = above.size
      for (const [policy, each] of above) if (!each.alive) above.delete(policy)
      // further up nothing has lost a child
      if (above.size === before) break
    }
    this.#gone = this.#levels[0]?.size === 0 || this.#last.size === 0
  }
}

const node = (policy: string, parents: Node[], expected: ReadonlySet<string> = new Set([policy])): Node => ({
  policy,
  parents,
  expected,
  alive: true,
})
