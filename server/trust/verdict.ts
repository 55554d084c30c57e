/**
 * Owns the one answer about a certificate: does it lead to an anchor of the list, does its CA's row allow this use at this time, who is it about, and is it revoked. Every other room that
 * wants to know asks here, so no two places can answer differently. It decides; fetching lists is the revocation service's, the list itself the register's.
 */
import { asBrokerError, type FailureCode } from '../kernel/errors.ts'
import { Certificate, readCertificate } from '../pki/certificate.ts'
import type { KeyUsage } from '../pki/extensions.ts'
import { verifyChain } from '../pki/path.ts'
import type { CarriedWords } from '../pki/revocation-carried.ts'
import { defaultRule, type RevocationPurpose } from '../pki/revocation-rule.ts'
import { readSubject, type SubjectOfShield } from '../pki/subject-profiles.ts'
import { type TrustedCa, USES, type Use } from './entry.ts'
import type { TrustSnapshot } from './snapshot.ts'
import { type Objection, objectionTo, purposeOf } from './standing.ts'
import { type CaPlace, type CertificateVerdict, type Common, refused, type VerdictQuestion, type VerdictSubject } from './verdict-shape.ts'

export type { CertificateVerdict, VerdictQuestion } from './verdict-shape.ts'

/** When it was used, where that was before now, and what came along about that time. */
interface Usage {
  used?: { at: Date; proven: boolean }
  carried?: CarriedWords
}

/** What the revocation service has to do for a verdict (server/pki/revocation.ts): return when all is well, throw the reason otherwise. */
export interface RevocationCheck {
  check(
    certificate: Certificate,
    issuer: Certificate,
    options: { purpose: RevocationPurpose; optional: boolean; told: (since: Date | undefined) => void } & Usage,
  ): Promise<void>
}

const USAGE: Record<Use, readonly KeyUsage[]> = {
  login: ['digitalSignature', 'nonRepudiation'],
  seal: ['digitalSignature', 'nonRepudiation'],
  'government-seal': ['digitalSignature', 'nonRepudiation'],
  encryption: ['keyEncipherment', 'dataEncipherment', 'keyAgreement'],
}
const CLAUSE = 'trust list'

/** Whether its key may be used so; one that names no usage may be used for all. RFC 5280 4.2.1.3. */
export const allowsKey = ({ keyUsage }: Certificate, use: Use): boolean => keyUsage === undefined || USAGE[use].some(each => keyUsage.has(each))

/** What a snapshot says without asking anybody: all but revocation. */
export interface Judged {
  verdict: CertificateVerdict
  path: readonly Certificate[]
  /** until when the same is true, no version, date of the list or validity passing in between */
  from: number
  until: number
}

/** Never throws. */
export function judge(snapshot: TrustSnapshot, question: VerdictQuestion): Judged {
  const { at, use } = question
  const common = { version: snapshot.version, at: at.toISOString(), use, uses: [], path: [], revocation: NOT_ASKED }
  try {
    const leaf = question.certificate instanceof Certificate ? question.certificate : readCertificate(question.certificate)
    return new Judgement(snapshot, question, leaf).run()
  } catch (thrown) {
    const { code, facts } = asBrokerError(thrown)
    const known = code === 'internal' ? 'certificate_malformed' : code
    return { verdict: refused(common, known, 'RFC 5280 4.1', facts), path: [], from: 0, until: 0 }
  }
}

const NOT_ASKED = { state: 'not-asked', facts: '' } as const

class Judgement {
  readonly #snapshot: TrustSnapshot
  readonly #question: VerdictQuestion
  readonly #leaf: Certificate

  constructor(snapshot: TrustSnapshot, question: VerdictQuestion, leaf: Certificate) {
    this.#snapshot = snapshot
    this.#question = question
    this.#leaf = leaf
  }

  run(): Judged {
    const { at, use, bank, chain = [] } = this.#question
    const leaf = this.#leaf
    const few = chain.slice(0, 16)
    const { roots, intermediates } = this.#snapshot.candidatesFor(leaf, { at, ...(bank === undefined ? {} : { bank }) }, few)
    const subject = subjectOf(leaf)
    const common: Common = {
      version: this.#snapshot.version,
      at: at.toISOString(),
      use,
      uses: [],
      subject,
      path: [],
      reasons: [],
      revocation: NOT_ASKED,
    }
    const found = verifyChain({ leaf, roots, intermediates: [...intermediates, ...few], at })
    if (!found.ok) {
      const listed = this.#outOfForce()
      const { code, clause, facts } = found
      const place = listed === undefined ? {} : { ca: placeOf(listed.ca) }
      if (code === 'certificate_untrusted' && listed !== undefined)
        return this.#end(refused({ ...common, ...place }, listed.objection.code, CLAUSE, listed.objection.facts), [])
      const unlisted = code === 'certificate_untrusted' && this.#snapshot.named(leaf.issuer.key).length === 0
      return this.#end(refused(common, unlisted ? 'trust_ca_unlisted' : code, unlisted ? CLAUSE : clause, facts), [])
    }
    const path = found.path
    const shown = { ...common, path: path.map(each => ({ thumbprint: each.thumbprint, subject: each.subject.text, serial: each.serial })) }
    const isCa = leaf.basicConstraints?.ca === true
    if (use === 'authority') {
      const [row] = this.#rows(path, 0)
      const place = row === undefined ? {} : { ca: placeOf(row) }
      if (isCa || path.length === 1) return this.#end({ ...shown, ...place, ok: true }, path)
      return this.#end(refused({ ...shown, ...place }, 'certificate_wrong_use', 'RFC 5280 4.2.1.9', 'it is no CA certificate'), path)
    }
    if (isCa) return this.#end(refused(shown, 'certificate_wrong_use', 'RFC 5280 4.2.1.9', 'a CA certificate is no shield'), path)
    return this.#byList(shown, path, use)
  }

  /** With a path: the row of the nearest listed issuer decides, or of several rows the first that has nothing against it. */
  #byList(common: Common, path: readonly Certificate[], use: Use): Judged {
    // a distrusted authority may have come along in the chain, where the list did not offer it
    const out = path
      .flatMap(each => this.#snapshot.listings(each))
      .find(({ ca: { distrusted } }) => distrusted !== undefined && this.#question.at >= new Date(distrusted.since))
    if (out !== undefined)
      return this.#end(refused({ ...common, ca: placeOf(out.ca) }, 'trust_ca_distrusted', CLAUSE, out.ca.distrusted?.why ?? ''), path)
    const rows = this.#rows(path, path.length === 1 ? 0 : 1)
    const [first] = rows
    if (first === undefined) return this.#end(refused(common, 'trust_ca_unlisted', CLAUSE, 'no row of the list names an issuer of it'), path)
    const uses = USES.filter(each => allowsKey(this.#leaf, each) && rows.some(row => this.#objection(row, each) === undefined))
    const allowed = rows.find(row => this.#objection(row, use) === undefined)
    const row = allowed ?? first
    const read = readBy(row, this.#leaf)
    const subject = { ...subjectOf(this.#leaf), ...(read !== undefined && 'uscc' in read ? read : {}) }
    const shown: Common = { ...common, ca: placeOf(row), uses, subject }
    const objection = this.#objection(row, use)
    if (objection !== undefined) return this.#end(refused(shown, objection.code, `${CLAUSE}: ${objection.rule}`, objection.facts), path)
    if (!allowsKey(this.#leaf, use))
      return this.#end(refused(shown, 'certificate_wrong_use', 'RFC 5280 4.2.1.3', `its key is not for ${USAGE[use].join(' or ')}`), path)
    // who asks about a company must be told which
    if (this.#question.holder === 'enterprise' && !('uscc' in (read ?? {}))) {
      const said: { code: FailureCode; facts: string } =
        read !== undefined && 'code' in read
          ? read
          : { code: 'subject_unreadable', facts: `the row of ${row.id} has no profile for reading the company` }
      return this.#end(refused(shown, said.code, `${CLAUSE}: profile`, said.facts), path)
    }
    return this.#end({ ...shown, ok: true }, path)
  }

  #objection(row: TrustedCa, use: Use): Objection | undefined {
    const { at, holder } = this.#question
    return objectionTo(row, { at, use, ...(holder === undefined ? {} : { holder }), certificate: this.#leaf })
  }

  /** The rows that name the nearest listed certificate of the path. */
  #rows(path: readonly Certificate[], from: number): TrustedCa[] {
    const { bank } = this.#question
    for (const certificate of path.slice(from)) {
      const rows = this.#snapshot.listings(certificate).map(({ ca }) => ca)
      const fitting = bank === undefined ? rows : rows.filter(row => row.banks.includes(bank))
      if (fitting.length > 0) return fitting
    }
    return []
  }

  /** Without a path: is the reason that the CA is on the list, but not at this time? */
  #outOfForce(): { ca: TrustedCa; objection: Objection } | undefined {
    const { at, bank, use } = this.#question
    const names = new Set([this.#leaf.issuer.key])
    // the issuer may be in force and its root not; a hierarchy is not deep
    for (const name of names) {
      if (names.size > 10) break
      for (const { ca, certificate } of this.#snapshot.named(name)) {
        if (bank !== undefined && !ca.banks.includes(bank)) continue
        const objection = objectionTo(ca, { at, use: use === 'authority' ? 'login' : use, certificate: this.#leaf })
        if (objection?.rule === 'distrust' || objection?.rule === 'dates') return { ca, objection }
        names.add(certificate.issuer.key)
      }
    }
    return undefined
  }

  #end(verdict: CertificateVerdict, path: readonly Certificate[]): Judged {
    return {
      verdict: Object.freeze(verdict),
      path,
      from: Math.max(0, ...path.map(each => each.notBefore.getTime())),
      until: path.length === 0 ? 0 : Math.min(...path.map(each => each.notAfter.getTime())),
    }
  }
}

const placeOf = ({ id, name, region, banks, qualification, filing, joins, leaves }: TrustedCa): CaPlace => ({
  id,
  name,
  ...(region === undefined ? {} : { region }),
  banks,
  qualification: qualification.state,
  filing: filing.state,
  joins,
  ...(leaves === undefined ? {} : { leaves }),
})

const subjectOf = (leaf: Certificate): VerdictSubject => ({
  text: leaf.subject.text,
  serial: leaf.serial,
  thumbprint: leaf.thumbprint,
  notBefore: leaf.notBefore.toISOString(),
  notAfter: leaf.notAfter.toISOString(),
  algorithm: leaf.keyName,
})

/** Who the certificate is about, by its CA's profile; what stands against it; undefined where the row has no profile. */
export function readBy(
  { subjectProfile }: TrustedCa,
  leaf: Certificate,
): { uscc: string; name: string; person?: NonNullable<SubjectOfShield['person']> } | { code: FailureCode; facts: string } | undefined {
  if (subjectProfile === undefined) return undefined
  try {
    const { uscc, enterprise, person } = readSubject(subjectProfile, leaf)
    return { uscc, name: enterprise, ...(person === undefined ? {} : { person }) }
  } catch (thrown) {
    const { code, facts } = asBrokerError(thrown)
    return { code: code === 'internal' ? 'subject_unreadable' : code, facts }
  }
}

/** The verdict with the word of the revocation service, asked for each certificate below the anchor by the rule of its issuer. */
export async function withRevocation(
  judged: Judged,
  snapshot: TrustSnapshot,
  service: RevocationCheck | undefined,
  usage: Usage = {},
): Promise<CertificateVerdict> {
  const { verdict, path } = judged
  if (!verdict.ok) return verdict
  if (path.length < 2) return { ...verdict, revocation: { state: 'good', facts: 'an anchor, which nobody revokes but the list' } }
  const first: RevocationPurpose = verdict.use === 'authority' ? 'authority' : purposeOf(verdict.use)
  let since: Date | undefined
  const told = (when: Date | undefined): void => {
    if (since === undefined || (when !== undefined && when < since)) since = when
  }
  for (const [i, issuer] of path.slice(1).entries()) {
    const certificate = path[i]
    if (certificate === undefined) continue
    const purpose = i === 0 ? first : 'authority'
    const { when } = snapshot.ruleFor(issuer, purpose) ?? defaultRule(purpose)
    if (service === undefined && when === 'known-only') continue
    try {
      if (service === undefined) throw new Error('no revocation service here')
      await service.check(certificate, issuer, { purpose, optional: when !== 'always', told, ...usage })
    } catch (thrown) {
      const { code, facts } = asBrokerError(thrown)
      const known: FailureCode = code === 'internal' ? 'revocation_unknown' : code
      const { ok: _ok, ...common } = verdict
      const state = known === 'certificate_revoked' ? ('revoked' as const) : ('unknown' as const)
      return refused(
        { ...common, revocation: { state, facts, ...sinceOf(since) } },
        known,
        'RFC 5280 6.1.3 (a)(3)',
        `${facts}: ${certificate.subject.text}`,
      )
    }
  }
  return { ...verdict, revocation: { state: 'good', facts: `${path.length - 1} certificates asked about`, ...sinceOf(since) } }
}

const sinceOf = (since: Date | undefined): { since?: string } => (since === undefined ? {} : { since: since.toISOString() })
