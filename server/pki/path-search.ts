/**
 * Owns looking for a path (RFC 4158): from the leaf up, every issuer of a name, those whose key identifier fits first, until a path keeps every rule. Real hierarchies
 * have one CA name with several certificates and keys, so the first path that fails is not the answer.
 */
import { asBrokerError } from '../kernel/errors.ts'
import type { Certificate } from './certificate.ts'
import type { Crl } from './crl.ts'
import { Budget, type BudgetSpent } from './path-budget.ts'
import { checkPath, type Demands, type PathFailure } from './path-rules.ts'
import { Steps } from './path-steps.ts'
import { judgeRevocation, type RevocationVerdict } from './revocation-verdict.ts'
import { admit, isKnown, isSelfSigned, isSignedBy, type SignatureChecks } from './signed-by.ts'

export interface Question extends Demands {
  leaf: Certificate
  intermediates: readonly Certificate[]
  roots: readonly Certificate[]
  maxDepth?: number
  signatureChecks?: SignatureChecks
}

export type SearchResult = { ok: true; path: readonly Certificate[]; policies: readonly string[] } | PathFailure

/** What a question and the questions it raises about CRL signers have in common. */
interface Shared {
  budget: Budget
  steps: Steps
  /** verdicts on revocation; `asked` while one is being found, so that two signers who vouch for each other come to an end */
  verdicts: Map<string, RevocationVerdict | 'asked'>
  /** how many CRL signers deep the question is */
  nesting: number
}

/** A CRL signer, and the signer of the list about that signer. More is no hierarchy anybody has. */
const MAX_NESTING = 3
const MAX_DEPTH = 10

export class Search {
  readonly #question: Question
  readonly #shared: Shared
  readonly #anchors: ReadonlySet<string>
  readonly #byName = new Map<string, Certificate[]>()
  #worth = -1
  #failure: PathFailure

  constructor(question: Question, shared: Shared = { budget: new Budget(), steps: new Steps('dropped'), verdicts: new Map(), nesting: 0 }) {
    this.#question = question
    this.#shared = shared
    this.#anchors = new Set(question.roots.map(root => root.thumbprint))
    const seen = new Set<string>()
    for (const candidate of [...question.roots, ...question.intermediates]) {
      if (seen.has(candidate.thumbprint)) continue
      seen.add(candidate.thumbprint)
      const sameName = this.#byName.get(candidate.subject.key)
      if (sameName === undefined) this.#byName.set(candidate.subject.key, [candidate])
      else sameName.push(candidate)
    }
    this.#failure = {
      ok: false,
      code: 'certificate_untrusted',
      certificate: question.leaf,
      clause: 'RFC 5280 6.1.1',
      facts: 'no path to a trusted root',
    }
  }

  /** @throws BudgetSpent; BrokerError `algorithm_refused` for a leaf whose key nobody accepts */
  run(): SearchResult {
    const { leaf, signatureChecks } = this.#question
    // a key too weak or of no known kind says so before anything else does
    admit(leaf, signatureChecks)
    if (this.#anchors.has(leaf.thumbprint)) return this.#decide([leaf]) ?? this.#failure
    if (isSelfSigned(leaf, signatureChecks)) this.#note(1, 'certificate_untrusted', leaf, '6.1.1', 'self-signed, and not one of the trusted roots')
    return this.#extend([leaf]) ?? this.#failure
  }

  /** Tries every issuer of the last certificate; undefined when none leads on. */
  #extend(path: readonly Certificate[]): SearchResult | undefined {
    const last = path.at(-1)
    if (last === undefined) return undefined
    const issuers = this.#issuersOf(last)
    if (issuers.length === 0) this.#note(0, 'certificate_untrusted', last, '6.1.1', `no certificate of its issuer ${last.issuer.text}`)
    for (const issuer of issuers) {
      // RFC 4158 2.4.2: one name and key twice would be a loop
      if (path.some(each => each.subject.key === issuer.subject.key && each.spki.equals(issuer.spki))) continue
      this.#shared.budget.spend('steps')
      if (!this.#isSignedBy(last, issuer)) continue
      const longer = [...path, issuer]
      const result = this.#anchors.has(issuer.thumbprint) ? this.#decide(longer) : this.#deeper(longer)
      if (result !== undefined) return result
    }
    return undefined
  }

  #deeper(path: readonly Certificate[]): SearchResult | undefined {
    if (path.length < (this.#question.maxDepth ?? MAX_DEPTH)) return this.#extend(path)
    this.#note(1, 'certificate_chain_invalid', path.at(-1), '6.1', 'the path is longer than allowed')
    return undefined
  }

  #decide(path: readonly Certificate[]): SearchResult | undefined {
    const { budget, steps } = this.#shared
    if (path.length > (this.#question.maxDepth ?? MAX_DEPTH)) {
      this.#note(3, 'certificate_chain_invalid', path[0], '6.1', `a path of ${path.length} certificates is longer than allowed`)
      return undefined
    }
    const found = checkPath({ path, demands: this.#question, budget, steps, revocationOf: (...asked) => this.#revocationOf(...asked) })
    if (!('ok' in found)) return { ok: true, path, policies: found.policies }
    this.#keep(3, found)
    return undefined
  }

  /** Those whose key identifier fits first; the identifier only orders, the signature decides. */
  #issuersOf(certificate: Certificate): readonly Certificate[] {
    const found = this.#byName.get(certificate.issuer.key) ?? []
    const wanted = certificate.authorityKeyId
    if (wanted === undefined || found.length < 2) return found
    return [...found].sort((a, b) => Number(b.subjectKeyId === wanted) - Number(a.subjectKeyId === wanted))
  }

  #isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
    const { signatureChecks } = this.#question
    const { budget, steps } = this.#shared
    if (!isKnown(certificate, issuer, signatureChecks)) budget.spend('signatures')
    const clause = '6.1.3 (a)(1)'
    try {
      const good = isSignedBy(certificate, issuer, signatureChecks)
      const by = () => `its signature is ${good ? '' : 'not '}by ${issuer.subject.text}, serial ${issuer.serial}`
      steps.add(certificate, 'building', `RFC 5280 ${clause}`, good ? 'holds' : 'passed over', by)
      if (!good) this.#note(1, 'certificate_untrusted', certificate, clause, by())
      return good
    } catch (thrown) {
      const { code, facts } = asBrokerError(thrown)
      steps.add(certificate, 'building', `RFC 5280 ${clause}`, 'passed over', () => facts)
      this.#note(2, code === 'algorithm_refused' ? code : 'certificate_chain_invalid', certificate, clause, facts)
      return false
    }
  }

  #revocationOf(certificate: Certificate, issuer: Certificate, path: readonly Certificate[]): RevocationVerdict {
    const { at, crls = [], ocsp = [], signatureChecks } = this.#question
    const { budget, verdicts } = this.#shared
    // who signed the list has to lead to the same anchor, so another anchor is another question
    const key = `${path.at(-1)?.thumbprint}/${certificate.thumbprint}/${issuer.spki.toString('latin1')}`
    const before = verdicts.get(key)
    // asked while its own verdict is being found: a list that a signer signed about itself may say that it is revoked, never that it is not
    if (before === 'asked') return { state: 'unknown', facts: 'only a list that it signed itself speaks of it' }
    if (before !== undefined) return before
    verdicts.set(key, 'asked')
    const verdict = judgeRevocation(certificate, issuer, {
      at,
      crls,
      ocsp,
      budget,
      signersOf: crl => this.#signersOf(crl, path),
      ...(signatureChecks === undefined ? {} : { checks: signatureChecks }),
    })
    verdicts.set(key, verdict)
    return verdict
  }

  /** Other certificates of the list's issuer that may sign it and lead to the same anchor. 6.3.3 (f). */
  #signersOf(crl: Crl, path: readonly Certificate[]): readonly Certificate[] {
    const anchor = path.at(-1)
    const { nesting, budget } = this.#shared
    if (anchor === undefined || nesting >= MAX_NESTING) return []
    const { at, crls = [], ocsp = [], requireRevocation = false, intermediates, maxDepth, signatureChecks } = this.#question
    for (const signer of [...(this.#byName.get(crl.issuer.key) ?? [])]) {
      if (signatureChecks !== undefined || !crl.isKnown(signer)) budget.spend('signatures')
      if (crl.unfitSigner(signer, signatureChecks) !== undefined) continue
      const found = new Search(
        {
          leaf: signer,
          intermediates,
          roots: [anchor],
          at,
          crls,
          ocsp,
          requireRevocation,
          ...(maxDepth === undefined ? {} : { maxDepth }),
          ...(signatureChecks === undefined ? {} : { signatureChecks }),
        },
        { ...this.#shared, steps: new Steps('dropped'), nesting: nesting + 1 },
      ).run()
      if (found.ok) return [signer]
    }
    return []
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

/** What a spent budget means to whoever asked. */
export const exhausted = (leaf: Certificate, spent: BudgetSpent): PathFailure => ({
  ok: false,
  code: 'certificate_chain_invalid',
  certificate: leaf,
  clause: 'RFC 4158 2.4',
  facts: `looking for a path took too many steps: ${spent.message}`,
})
