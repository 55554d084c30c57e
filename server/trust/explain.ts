/** Owns telling how a verdict came about: every decision in its order, in words for the operator's page and the terminal. It decides nothing; it asks the same rules and says what each said. */
import { asBrokerError } from '../kernel/errors.ts'
import { Certificate, readCertificate } from '../pki/certificate.ts'
import { explainChain } from '../pki/path.ts'
import type { TrustedCa, Use } from './entry.ts'
import type { TrustSnapshot } from './snapshot.ts'
import { checks } from './standing.ts'
import { allowsKey, type CertificateVerdict, readBy, type VerdictQuestion } from './verdict.ts'

export interface ExplainedStep {
  title: { zh: string; en: string }
  outcome: 'ok' | 'failed' | 'note'
  /** where the rule stands */
  clause: string
  /** which certificate or row it is about */
  about: string
  facts: string
}
export interface Explanation {
  verdict: CertificateVerdict
  steps: readonly ExplainedStep[]
}

/** One line a rule of standing.ts, by its function's name. */
const STANDING: Record<string, { zh: string; en: string }> = {
  distrust: { zh: '未被撤销信任', en: 'Not distrusted' },
  dates: { zh: '在加入与退出日期之间', en: 'Between joining and leaving' },
  scope: { zh: '认可的用途', en: 'Recognised for the use' },
  holders: { zh: '认可的持有人', en: 'Recognised for the holder' },
  qualification: { zh: '电子政务资质', en: 'Qualified for government affairs' },
  algorithm: { zh: '密码算法切换', en: 'Algorithm switch' },
}
const OUTCOME = { holds: 'ok', refused: 'failed', 'passed over': 'note' } as const

/** @param verdict what the register answered to the same question. Never throws. */
export function explain(snapshot: TrustSnapshot, question: VerdictQuestion, verdict: CertificateVerdict): Explanation {
  let leaf: Certificate
  try {
    leaf = question.certificate instanceof Certificate ? question.certificate : readCertificate(question.certificate)
  } catch (thrown) {
    return { verdict, steps: [{ ...READ, outcome: 'failed', about: '', facts: asBrokerError(thrown).facts }] }
  }
  const steps: ExplainedStep[] = [
    { ...READ, outcome: 'ok', about: leaf.subject.text, facts: `serial ${leaf.serial}; ${leaf.keyName}; issuer ${leaf.issuer.text}` },
    ...issuerSteps(snapshot, leaf),
    ...pathSteps(snapshot, question, leaf),
  ]
  const row = verdict.ca === undefined ? undefined : snapshot.ca(verdict.ca.id)
  if (row !== undefined && question.use !== 'authority') steps.push(...rowSteps(row, { ...question, use: question.use }, leaf))
  const { state, facts } = verdict.revocation
  const asked = { good: 'ok', revoked: 'failed', unknown: verdict.ok ? 'note' : 'failed', 'not-asked': 'note' } as const
  steps.push({
    title: { zh: '吊销状态', en: 'Revocation' },
    outcome: asked[state],
    clause: 'RFC 5280 6.3',
    about: leaf.subject.text,
    facts: state === 'not-asked' ? 'not asked: refused before' : `${state}: ${facts}`,
  })
  steps.push({
    title: { zh: '结论', en: 'Verdict' },
    outcome: verdict.ok ? 'ok' : 'failed',
    clause: verdict.ok ? '' : verdict.clause,
    about: `version ${verdict.version}`,
    facts: verdict.ok ? `good for ${verdict.uses.join(', ') || verdict.use}` : `${verdict.code}: ${verdict.reasons.at(-1)?.facts ?? ''}`,
  })
  return { verdict, steps }
}

const READ = { title: { zh: '读取证书', en: 'Reading the certificate' }, clause: 'RFC 5280 4.1' }

function issuerSteps(snapshot: TrustSnapshot, leaf: Certificate): ExplainedStep[] {
  const found = snapshot.named(leaf.issuer.key)
  const title = { zh: '颁发者在列表中', en: 'Issuer on the list' }
  if (found.length === 0)
    return [{ title, outcome: 'failed', clause: 'trust list', about: leaf.issuer.text, facts: 'no row names a certificate of this name' }]
  return found.slice(0, 20).map(({ ca, role, certificate }) => ({
    title,
    outcome: 'ok',
    clause: 'trust list',
    about: `${ca.id} ${ca.name.zh}`,
    facts: `${role}, serial ${certificate.serial}`,
  }))
}

function pathSteps(snapshot: TrustSnapshot, { at, bank, chain = [] }: VerdictQuestion, leaf: Certificate): ExplainedStep[] {
  const few = chain.slice(0, 16)
  const { roots, intermediates } = snapshot.candidatesFor(leaf, { at, ...(bank === undefined ? {} : { bank }) }, few)
  return explainChain({ leaf, roots, intermediates: [...intermediates, ...few], at })
    .steps.filter(({ rule }) => rule !== 'revocation')
    .map(step => ({
      title: { zh: `证书路径：${step.rule}`, en: `Path: ${step.rule}` },
      outcome: OUTCOME[step.outcome],
      clause: step.clause,
      about: step.certificate.subject.text,
      facts: step.facts,
    }))
}

function rowSteps(row: TrustedCa, { at, use, holder }: VerdictQuestion & { use: Use }, certificate: Certificate): ExplainedStep[] {
  const about = `${row.id} ${row.name.zh}`
  const standing = checks.map((check): ExplainedStep => {
    const said = check(row, { at, use, ...(holder === undefined ? {} : { holder }), certificate })
    const title = STANDING[check.name] ?? { zh: check.name, en: check.name }
    return { title, outcome: said === undefined ? 'ok' : 'failed', clause: 'trust list', about, facts: said?.facts ?? '' }
  })
  standing.push({
    title: { zh: '密钥用途', en: 'Key usage' },
    outcome: allowsKey(certificate, use) ? 'ok' : 'failed',
    clause: 'RFC 5280 4.2.1.3',
    about: certificate.subject.text,
    facts: certificate.keyUsage === undefined ? 'not limited' : [...certificate.keyUsage].join(', '),
  })
  const read = readBy(row, certificate)
  const title = { zh: '读取企业', en: 'Reading the company' }
  const clause = `profile ${row.subjectProfile ?? 'none'}`
  if (read === undefined) return [...standing, { title, outcome: 'note', clause, about, facts: 'the row has no profile' }]
  if ('uscc' in read) return [...standing, { title, outcome: 'ok', clause, about, facts: `${read.name}, ${read.uscc}` }]
  return [...standing, { title, outcome: holder === 'enterprise' ? 'failed' : 'note', clause, about, facts: `${read.code}: ${read.facts}` }]
}
