/** Owns the policy part of path validation: the three counters and the graph, from the anchor to the leaf. RFC 5280 6.1.2 (d) to (f), 6.1.4 (h) to (j), 6.1.5; RFC 9618. */
import type { Certificate } from './certificate.ts'
import type { Budget } from './path-budget.ts'
import { ANY_POLICY, type PolicyExtensions } from './policy.ts'
import { PolicyGraph } from './policy-graph.ts'

/** What the caller asks of policies; left out, every policy is fine and none is needed. 6.1.1 (c) to (g). */
export interface PolicyDemands {
  /** user-initial-policy-set; any unless told */
  acceptable?: readonly string[]
  /** initial-explicit-policy */
  explicit?: 'required'
  /** initial-policy-mapping-inhibit */
  mapping?: 'inhibited'
  /** initial-any-policy-inhibit */
  any?: 'inhibited'
}

export type PolicyVerdict =
  /** `authority` in the anchor's words, `user` those of it that were asked for; anyPolicy stands for all */
  { ok: true; authority: readonly string[]; user: readonly string[] } | { ok: false; certificate: Certificate; clause: string; facts: string }

const least = (counter: number, limit: number | undefined): number => (limit === undefined ? counter : Math.min(counter, limit))

/** @param path leaf first, anchor last. @throws BudgetSpent; BrokerError `certificate_malformed` */
export function checkPolicies(path: readonly Certificate[], demands: PolicyDemands, budget: Budget): PolicyVerdict {
  const below = path.slice(0, -1).reverse()
  const [leaf, anchor] = [path[0], path.at(-1)]
  if (leaf === undefined || anchor === undefined || below.length === 0)
    return { ok: true, authority: [ANY_POLICY], user: demands.acceptable ?? [ANY_POLICY] }
  const unlimited = below.length + 1
  // what the anchor's own certificate demands holds from the start (RFC 5937 3.2); the policies it names do not limit
  const first = anchor.policyExtensions
  let explicit = least(demands.explicit === 'required' ? 0 : unlimited, first.requireExplicit)
  let mapping = least(demands.mapping === 'inhibited' ? 0 : unlimited, first.inhibitMapping)
  let any = least(demands.any === 'inhibited' ? 0 : unlimited, first.inhibitAny)
  const graph = new PolicyGraph(budget)

  for (const certificate of below) {
    const said = certificate.policyExtensions
    const last = certificate === leaf
    const { selfIssued } = certificate
    if (said.policies === undefined) graph.clear()
    else graph.descend(said.policies, any > 0 || (!last && selfIssued) ? 'counts' : 'inhibited')
    if (explicit === 0 && graph.isNull) return refused(certificate, '6.1.3 (f)', 'no policy is left where one must be explicit')
    // also in a leaf that is a CA itself: nobody could use it
    if (mapsAny(said)) return refused(certificate, '6.1.4 (a)', 'it maps anyPolicy')
    if (last) {
      explicit = said.requireExplicit === 0 ? 0 : Math.max(0, explicit - 1)
      break
    }
    graph.map(said.mappings, mapping > 0 ? 'allowed' : 'inhibited')
    if (!selfIssued) {
      explicit = Math.max(0, explicit - 1)
      mapping = Math.max(0, mapping - 1)
      any = Math.max(0, any - 1)
    }
    explicit = least(explicit, said.requireExplicit)
    mapping = least(mapping, said.inhibitMapping)
    any = least(any, said.inhibitAny)
  }

  const authority = graph.authorityPolicies()
  const user = chosen(authority, demands.acceptable ?? [ANY_POLICY])
  if (explicit === 0 && user.length === 0) return refused(leaf, '6.1.5 (g)', 'none of the acceptable policies holds for the whole path')
  return { ok: true, authority: [...authority].sort(), user }
}

function chosen(authority: ReadonlySet<string>, acceptable: readonly string[]): string[] {
  if (acceptable.includes(ANY_POLICY)) return [...authority].sort()
  return [...new Set(acceptable)].filter(policy => authority.has(policy) || authority.has(ANY_POLICY)).sort()
}

const mapsAny = ({ mappings }: PolicyExtensions): boolean => mappings.some(({ issuer, subject }) => issuer === ANY_POLICY || subject === ANY_POLICY)

const refused = (certificate: Certificate, clause: string, facts: string): PolicyVerdict => ({
  ok: false,
  certificate,
  clause: `RFC 5280 ${clause}`,
  facts,
})
