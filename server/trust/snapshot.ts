/**
 * Owns one version of the trust list in memory: immutable, indexed by name and by thumbprint, so that a question about one certificate never walks the whole list. Where a rule depends on
 * dates, what is remembered is remembered for the span in which no date of the list falls.
 */
import type { Certificate } from '../pki/certificate.ts'
import { bounded, type RevocationPurpose, type RevocationRule } from '../pki/revocation-rule.ts'
import { certificatesOf, type Holder, type Scope, type TrustedCa } from './entry.ts'
import { isInForce } from './standing.ts'

/** One certificate's mention in one row. */
interface Listing {
  ca: TrustedCa
  role: 'anchor' | 'intermediate'
  certificate: Certificate
}
interface Candidates {
  roots: readonly Certificate[]
  intermediates: readonly Certificate[]
}
interface Wanted {
  at: Date
  /** CAs whose own certificates are wanted for this; every CA in force without it */
  scope?: Scope
  holder?: Holder
  bank?: string
}

export interface TrustSnapshot {
  /** 0: the list is empty and was never written */
  readonly version: number
  readonly cas: readonly TrustedCa[]
  readonly roots: readonly Certificate[]
  readonly intermediates: readonly Certificate[]
  ca(id: string): TrustedCa | undefined
  /** every row that names this authority: its subject name with its key, whichever of its certificates (a cross-certificate would else be a way around the list) */
  listings(authority: Certificate): readonly Listing[]
  /** certificates of this subject name (Name.key) */
  named(key: string): readonly Listing[]
  /** what a path from this certificate could go through, found by name: only rows in force at that time, anchors apart */
  candidatesFor(leaf: Certificate, wanted: Pick<Wanted, 'at' | 'bank'>, chain?: readonly Certificate[]): Candidates
  /** all anchors and intermediates in force for a use; the same object until a date of the list passes */
  anchorsFor(wanted: Wanted): Candidates & { readonly all: readonly Certificate[] }
  /** numbers the spans between the dates of the list: equal for two times that no rule tells apart */
  spanOf(at: Date): number
  /** the revocation rule for certificates that this one issued; undefined where the list says nothing, which is defaultRule(): fail closed */
  ruleFor(issuer: Certificate, purpose: RevocationPurpose): RevocationRule | undefined
  /** whether lists and answers about certificates of this issuer may be fetched from there; host and port as URL.host has them */
  allowsHost(host: string, issuer: Certificate): boolean
}

/** certificates in a question's candidates; a name with more is somebody's attack on the search */
const MOST_CANDIDATES = 200
const NONE: readonly Listing[] = Object.freeze([])

/** @param known certificates read before, by their base64: the same object keeps what was verified of it */
export function compileSnapshot(version: number, rows: readonly TrustedCa[], known: ReadonlyMap<string, Certificate> = new Map()): TrustSnapshot {
  const cas = Object.freeze([...rows].sort((a, b) => (a.id < b.id ? -1 : 1)).map(deepFrozen))
  const byId = new Map(cas.map(ca => [ca.id, ca]))
  const byThumbprint = new Map<string, Listing[]>()
  const byAuthority = new Map<string, Listing[]>()
  const byName = new Map<string, Listing[]>()
  const moments = new Set<number>()
  for (const ca of cas) {
    const held = ca.certificates.map(each => known.get(each.der))
    const certificates = held.every(each => each !== undefined) ? held : certificatesOf(ca)
    for (const [i, certificate] of certificates.entries()) {
      const listing = { ca, role: ca.certificates[i]?.role ?? 'intermediate', certificate }
      push(byThumbprint, certificate.thumbprint, listing)
      push(byAuthority, authorityKey(certificate), listing)
      push(byName, certificate.subject.key, listing)
    }
    for (const date of datesOf(ca)) moments.add(new Date(date).getTime())
  }
  const boundaries = [...moments].sort((a, b) => a - b)
  const one = (listings: readonly Listing[]) => listings[0]?.certificate
  const unique = [...byThumbprint.values()]
  const anchors = unique.filter(listings => listings.some(({ role }) => role === 'anchor'))
  const remembered = new Map<string, Candidates & { all: readonly Certificate[] }>()

  /** An authority that any row calls distrusted is out, whichever other row names it. */
  const isOut = (authority: Certificate, at: Date) =>
    byAuthority.get(authorityKey(authority))?.some(({ ca: { distrusted } }) => distrusted !== undefined && at >= new Date(distrusted.since)) === true

  function spanOf(at: Date): number {
    let low = 0
    let high = boundaries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((boundaries[middle] ?? 0) <= at.getTime()) low = middle + 1
      else high = middle
    }
    return low
  }

  return Object.freeze({
    version,
    cas,
    roots: Object.freeze(anchors.flatMap(listings => one(listings) ?? [])),
    intermediates: Object.freeze(unique.filter(listings => !anchors.includes(listings)).flatMap(listings => one(listings) ?? [])),
    ca: (id: string) => byId.get(id),
    listings: (authority: Certificate) => byAuthority.get(authorityKey(authority)) ?? NONE,
    named: (key: string) => byName.get(key) ?? NONE,
    spanOf,
    allowsHost: (host: string, issuer: Certificate) => byAuthority.get(authorityKey(issuer))?.some(({ ca }) => ca.hosts.includes(host)) === true,

    candidatesFor(leaf: Certificate, { at, bank }: Pick<Wanted, 'at' | 'bank'>, chain: readonly Certificate[] = []): Candidates {
      const roots = new Map<string, Certificate>()
      const intermediates = new Map<string, Certificate>()
      const asked = new Set<string>()
      // a leaf that is itself listed is its own candidate
      const names = [leaf.subject.key, leaf.issuer.key, ...chain.map(each => each.issuer.key)]
      for (let name = names.pop(); name !== undefined && roots.size + intermediates.size < MOST_CANDIDATES; name = names.pop()) {
        if (asked.has(name)) continue
        asked.add(name)
        for (const { ca, role, certificate } of byName.get(name) ?? []) {
          if (!isInForce(ca, at) || (bank !== undefined && !ca.banks.includes(bank)) || isOut(certificate, at)) continue
          ;(role === 'anchor' ? roots : intermediates).set(certificate.thumbprint, certificate)
          names.push(certificate.issuer.key)
        }
      }
      for (const thumbprint of roots.keys()) intermediates.delete(thumbprint)
      return { roots: [...roots.values()], intermediates: [...intermediates.values()] }
    },

    anchorsFor({ at, scope, holder, bank }: Wanted) {
      const key = `${spanOf(at)}/${scope ?? ''}/${holder ?? ''}/${bank ?? ''}`
      const before = remembered.get(key)
      if (before !== undefined) return before
      const roots = new Map<string, Certificate>()
      const intermediates = new Map<string, Certificate>()
      for (const { ca, role, certificate } of unique.flat()) {
        const fits =
          isInForce(ca, at) &&
          (bank === undefined || ca.banks.includes(bank)) &&
          (scope === undefined || ca.scope.uses.includes(scope)) &&
          (holder === undefined || ca.scope.holders.includes(holder))
        if (fits && !isOut(certificate, at)) (role === 'anchor' ? roots : intermediates).set(certificate.thumbprint, certificate)
      }
      for (const thumbprint of roots.keys()) intermediates.delete(thumbprint)
      const found = { roots: [...roots.values()], intermediates: [...intermediates.values()] }
      const made = Object.freeze({ ...found, all: Object.freeze([...found.roots, ...found.intermediates]) })
      // a question about each year of the past must not fill the memory
      if (remembered.size >= 1000) remembered.clear()
      remembered.set(key, made)
      return made
    },

    ruleFor(issuer: Certificate, purpose: RevocationPurpose): RevocationRule | undefined {
      // of several rows the strictest word would need an order that operators know; the one with a rule of its own speaks, the first by id
      for (const { ca } of byAuthority.get(authorityKey(issuer)) ?? []) {
        const rule = ca.revocation[purpose]
        if (rule === undefined) continue
        const { crlUrls, ocspUrls, ...more } = rule
        return bounded({ ...more, ...(crlUrls === undefined ? {} : { crlUrls }), ...(ocspUrls === undefined ? {} : { ocspUrls }) })
      }
      return undefined
    },
  })
}

const authorityKey = ({ subject, spki }: Certificate): string => `${subject.key}\n${spki.toString('latin1')}`

/** Every moment at which a rule of the row changes its answer. */
const datesOf = ({ joins, leaves, distrusted, qualification, algorithmSwitch }: TrustedCa): string[] =>
  [
    joins,
    leaves,
    distrusted?.since,
    ...(qualification.state === 'qualified' ? [qualification.from, qualification.until] : []),
    algorithmSwitch?.oldUntil,
  ].filter(date => date !== undefined)

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

function deepFrozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const each of Object.values(value)) deepFrozen(each)
  return Object.freeze(value)
}
