/**
 * Owns the question "does this certificate lead to a trusted root?": building every possible path (RFC 4158) and deciding on each (RFC 5280 6, the rules are
 * path-rules.ts). Real hierarchies have one CA name with several certificates and keys, so the first path that fails is not the answer.
 *
 * It never throws: a hostile certificate gets a code like any other. And it never works long: depth, steps and signature checks are budgeted.
 */
import { asBrokerError } from '../kernel/errors.ts'
import { Certificate, readCertificate } from './certificate.ts'
import { checkPath, type Demands, type PathFailure } from './path-rules.ts'
import { isKnown, isSelfSigned, isSignedBy } from './signed-by.ts'

export interface PathQuestion extends Demands {
  leaf: Certificate | Uint8Array
  /** candidates, trusted in nothing */
  intermediates: readonly Certificate[]
  /** trust anchors */
  roots: readonly Certificate[]
  /** certificates in a path, leaf and anchor included; 10 unless told */
  maxDepth?: number
}

export type PathResult = { ok: true /** leaf first, anchor last */; path: readonly Certificate[] } | PathFailure

const MAX_STEPS = 1000
const MAX_SIGNATURES = 100

/** Decides whether `leaf` leads to one of `roots` at the time `at`, and whether it may be used as demanded. */
export function verifyChain(question: PathQuestion): PathResult {
  try {
    const leaf = question.leaf instanceof Certificate ? question.leaf : readCertificate(question.leaf)
    // a key too weak or of no known kind says so before anything else does
    void leaf.publicKey
    return new Search(leaf, question).run()
  } catch (thrown) {
    const { code, facts } = asBrokerError(thrown)
    return { ok: false, code: code === 'internal' ? 'certificate_malformed' : code, clause: 'RFC 5280 4.1', facts }
  }
}

class Search {
  readonly #leaf: Certificate
  readonly #question: PathQuestion
  readonly #anchors: ReadonlySet<string>
  readonly #byName = new Map<string, Certificate[]>()
  #steps = 0
  #signatures = 0
  #worth = -1
  #failure: PathFailure

  constructor(leaf: Certificate, question: PathQuestion) {
    this.#leaf = leaf
    this.#question = question
    this.#anchors = new Set(question.roots.map(root => root.thumbprint))
    const seen = new Set<string>()
    for (const candidate of [...question.roots, ...question.intermediates]) {
      if (seen.has(candidate.thumbprint)) continue
      seen.add(candidate.thumbprint)
      const sameName = this.#byName.get(candidate.subject.key)
      if (sameName === undefined) this.#byName.set(candidate.subject.key, [candidate])
      else sameName.push(candidate)
    }
    this.#failure = { ok: false, code: 'certificate_untrusted', certificate: leaf, clause: 'RFC 5280 6.1.1', facts: 'no path to a trusted root' }
  }

  run(): PathResult {
    if (this.#anchors.has(this.#leaf.thumbprint)) return this.#decide([this.#leaf]) ?? this.#failure
    if (isSelfSigned(this.#leaf)) this.#note(1, 'certificate_untrusted', this.#leaf, '6.1.1', 'self-signed, and not one of the trusted roots')
    return this.#extend([this.#leaf]) ?? this.#failure
  }

  /** Tries every issuer of the last certificate; undefined when none leads on. */
  #extend(path: readonly Certificate[]): PathResult | undefined {
    const last = path.at(-1)
    if (last === undefined) return undefined
    const issuers = this.#issuersOf(last)
    if (issuers.length === 0) this.#note(0, 'certificate_untrusted', last, '6.1.1', `no certificate of its issuer ${last.issuer.text}`)
    for (const issuer of issuers) {
      // RFC 4158 2.4.2: one name and key twice would be a loop
      if (path.some(each => each.subject.key === issuer.subject.key && each.spki.equals(issuer.spki))) continue
      if (++this.#steps > MAX_STEPS) return this.#exhausted()
      const signed = this.#isSignedBy(last, issuer)
      if (signed === undefined) return this.#exhausted()
      if (!signed) continue
      const longer = [...path, issuer]
      const result = this.#anchors.has(issuer.thumbprint) ? this.#decide(longer) : this.#deeper(longer)
      if (result !== undefined) return result
    }
    return undefined
  }

  #deeper(path: readonly Certificate[]): PathResult | undefined {
    if (path.length < (this.#question.maxDepth ?? 10)) return this.#extend(path)
    this.#note(1, 'certificate_chain_invalid', path.at(-1), '6.1', 'the path is longer than allowed')
    return undefined
  }

  #decide(path: readonly Certificate[]): PathResult | undefined {
    const failure = path.length > (this.#question.maxDepth ?? 10) ? tooLong(path) : checkPath(path, this.#question)
    if (failure === undefined) return { ok: true, path }
    this.#keep(3, failure)
    return undefined
  }

  /** Those whose key identifier fits first; the identifier only orders, the signature decides. */
  #issuersOf(certificate: Certificate): readonly Certificate[] {
    const found = this.#byName.get(certificate.issuer.key) ?? []
    const wanted = certificate.authorityKeyId
    if (wanted === undefined || found.length < 2) return found
    return [...found].sort((a, b) => Number(b.subjectKeyId === wanted) - Number(a.subjectKeyId === wanted))
  }

  /** undefined when the budget is used up. */
  #isSignedBy(certificate: Certificate, issuer: Certificate): boolean | undefined {
    if (!isKnown(certificate, issuer) && ++this.#signatures > MAX_SIGNATURES) return undefined
    let good: boolean
    try {
      good = isSignedBy(certificate, issuer)
    } catch (thrown) {
      const { code, facts } = asBrokerError(thrown)
      this.#note(2, code === 'algorithm_refused' ? code : 'certificate_chain_invalid', certificate, '6.1.3 (a)(1)', facts)
      return false
    }
    if (!good)
      this.#note(1, 'certificate_untrusted', certificate, '6.1.3 (a)(1)', `its signature is not by ${issuer.subject.text}, serial ${issuer.serial}`)
    return good
  }

  #exhausted(): PathFailure {
    return {
      ok: false,
      code: 'certificate_chain_invalid',
      certificate: this.#leaf,
      clause: 'RFC 4158 2.4',
      facts: 'looking for a path took too many steps',
    }
  }

  #note(worth: number, code: PathFailure['code'], certificate: Certificate | undefined, clause: string, facts: string): void {
    this.#keep(worth, { ok: false, code, ...(certificate === undefined ? {} : { certificate }), clause: `RFC 5280 ${clause}`, facts })
  }

  /** Of several reasons, the one that came closest to a good path says the most. */
  #keep(worth: number, failure: PathFailure): void {
    if (worth <= this.#worth) return
    this.#worth = worth
    this.#failure = failure
  }
}

const tooLong = (path: readonly Certificate[]): PathFailure => ({
  ok: false,
  code: 'certificate_chain_invalid',
  ...(path[0] === undefined ? {} : { certificate: path[0] }),
  clause: 'RFC 5280 6.1',
  facts: `a path of ${path.length} certificates is longer than allowed`,
})
