import type { SourceState } from '../../pki/revocation-sources.ts'
import { dayOf, minuteOf } from '../../web/beijing.ts'
import { both, type Fact, facts, notice, submit } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { HOLDERS, USES } from '../entry.ts'
import type { Explanation } from '../explain.ts'
import type { CertificateVerdict } from '../verdict.ts'
import { placesNav } from './nav.ts'
import { reasoning } from './reasoning.ts'
import { sourceTable } from './sources.ts'
import { holderNames, useNames } from './words.ts'

/** Any certificate, explained: the form to ask with, the verdict in plain words, and every decision that led to it. */
export interface QuestionView {
  asked: { certificate?: string; use?: string; holder?: string | undefined; bank?: string | undefined; at?: string | undefined }
  /** banks that rows of the list name */
  banks: readonly string[]
  answer?:
    | {
        kind: 'explained'
        explanation: Explanation
        sources: readonly SourceState[] /** certificates pasted after the first */
        chain: number
        now: Date
      }
    /** not looked at: a row of failures.ts */
    | { kind: 'refused'; code: string; words: Words }
}

export function questionPage({ asked, banks, answer }: QuestionView): string {
  return page({
    title: { zh: '解释一张证书', en: 'Explain a certificate' },
    lead: {
      zh: '粘贴证书，选用途、持有人和时间，逐步查看它为什么被认可或拒绝。',
      en: 'Paste a certificate, choose use, holder and time, and see step by step why it is accepted or refused.',
    },
    body: html`${placesNav('explain')}
${answer !== undefined && (answer.kind === 'refused' ? refusal(answer) : explained(answer))}
${form(asked, banks)}`,
  })
}

const refusal = ({ code, words }: { code: string; words: Words }): Markup => html`${notice(words, 'bad')}<p>${failureLink(code)}</p>`
const failureLink = (code: string): Markup => html`${both({ zh: '错误代码', en: 'Error' })} <a href="/errors/${code}"><code>${code}</code></a>`

function explained({
  explanation: { verdict, steps },
  sources,
  chain,
  now,
}: Extract<NonNullable<QuestionView['answer']>, { kind: 'explained' }>): Markup {
  const shown =
    sources.length > 0 &&
    html`<h4 id="verdict-sources">${both({ zh: '来源与新旧', en: 'Sources and their age' })}</h4>${sourceTable(sources, now, 'verdict-sources')}`
  return html`${notice(sentence(verdict), verdict.ok ? 'good' : 'bad')}
<p><a href="#certificate">${both({ zh: '改条件再查', en: 'Ask again with other conditions' })}</a></p>
<section class="card" aria-labelledby="verdict"><h2 id="verdict">${both({ zh: '结论', en: 'Verdict' })}</h2>${facts(verdictFacts(verdict, chain))}${way(verdict)}</section>
<section class="card" aria-labelledby="steps"><h2 id="steps">${both({ zh: '逐步说明', en: 'Step by step' })}</h2>${reasoning(steps, shown)}</section>`
}

/** The verdict as one would say it. */
function sentence(verdict: CertificateVerdict): Words {
  if (!verdict.ok) {
    const reason = verdict.reasons.at(-1)
    return { zh: `不认可。${reason?.zh ?? ''}`, en: `Refused. ${reason?.en ?? ''}` }
  }
  const whose = verdict.subject?.name ?? verdict.subject?.text ?? ''
  const issuer = verdict.ca?.name.zh ?? ''
  const use = useNames[verdict.use]
  return {
    zh: `认可。${issuer === '' ? '' : `由${issuer}签发，`}属于${whose}，${dayOf(verdict.at)} 可用于${use.zh}。`,
    en: `Accepted for ${use.en.toLowerCase()} on ${dayOf(verdict.at)}.`,
  }
}

const revocationWords = {
  good: { zh: '未被吊销', en: 'not revoked' },
  revoked: { zh: '已被吊销', en: 'revoked' },
  unknown: { zh: '查不到', en: 'could not be found out' },
  'not-asked': { zh: '没有查：前面已经拒绝', en: 'not asked: refused before' },
} as const satisfies Record<CertificateVerdict['revocation']['state'], Words>

function verdictFacts(verdict: CertificateVerdict, chain: number): Fact[] {
  const { subject, ca, revocation, uses } = verdict
  const fact = (zh: string, en: string, value: string | Markup): Fact => ({ name: { zh, en }, value })
  return [
    ...(verdict.ok
      ? []
      : [
          fact(
            '拒绝的依据',
            'Refused by',
            html`${failureLink(verdict.code)} · ${verdict.clause}<br><span lang="en">${verdict.reasons.at(-1)?.facts ?? ''}</span>`,
          ),
        ]),
    ...(subject === undefined
      ? []
      : [
          fact('证书主题', 'Subject', subject.text),
          fact('有效期', 'Valid', `${dayOf(subject.notBefore)} – ${dayOf(subject.notAfter)}，${subject.algorithm}`),
        ]),
    ...(subject?.name === undefined ? [] : [fact('企业', 'Company', `${subject.name} ${subject.uscc ?? ''}`)]),
    ...(subject?.person?.name === undefined ? [] : [fact('个人', 'Person', subject.person.name)]),
    ...(ca === undefined ? [] : [fact('机构', 'CA', html`<a href="/trust/cas/${ca.id}">${ca.name.zh}</a> <code>${ca.id}</code>`)]),
    fact('查吊销之前可用于', 'Good for, before revocation', uses.map(use => useNames[use].zh).join('、') || '无'),
    fact(
      '吊销',
      'Revocation',
      html`${both(revocationWords[revocation.state])}${revocation.facts !== '' && html`<br><span lang="en">${revocation.facts}</span>`}`,
    ),
    fact('按这个时间判断', 'Judged at', minuteOf(verdict.at)),
    fact('列表版本', 'Version of the list', String(verdict.version)),
    ...(chain === 0 ? [] : [fact('一同粘贴的证书', 'Pasted along', `${chain} 张，只作候选上级，本身不被信任`)]),
  ]
}

function way({ path }: CertificateVerdict): Markup | false {
  return (
    path.length > 0 &&
    html`<h3 class="path-title">${both({ zh: '找到的路径：从证书到信任锚', en: 'The path found, from the certificate to the anchor' })}</h3>
<ol class="path">${path.map(({ subject, serial }) => html`<li>${subject}<br><code class="address">${serial}</code></li>`)}</ol>`
  )
}

function form({ certificate, use = 'login', holder, bank, at }: QuestionView['asked'], banks: readonly string[]): Markup {
  const option = (value: string, label: string, chosen: string | undefined) =>
    html`<option value="${value}"${value === (chosen ?? '') && html` selected`}>${label}</option>`
  const named = ({ zh, en }: Words) => `${zh} ${en}`
  return html`<form class="card question" method="post" action="/trust/explain">
<div class="field"><label for="certificate">${both({ zh: '证书（PEM 或 base64，最多 64 KB）', en: 'Certificate (PEM or base64, 64 KB at most)' })}</label>
<textarea id="certificate" name="certificate" rows="8" required spellcheck="false" autocomplete="off" aria-describedby="certificate-note">${certificate ?? ''}</textarea>
<p class="field-note" id="certificate-note">${both({ zh: '可以连同上级证书一起粘贴，第一张是要解释的。证书只用于这次判断，不保存。', en: 'CA certificates may follow: the first is the one explained. Nothing is kept.' })}</p></div>
<div class="form-row">
<div class="field"><label for="use">${both({ zh: '用途', en: 'Use' })}</label><select id="use" name="use">${[...USES, 'authority' as const].map(each => option(each, named(useNames[each]), use))}</select></div>
<div class="field"><label for="holder">${both({ zh: '持有人', en: 'Holder' })}</label><select id="holder" name="holder">${option('', '不限 Any', holder)}${HOLDERS.map(each => option(each, named(holderNames[each]), holder))}</select></div>
${banks.length > 0 && html`<div class="field"><label for="bank">${both({ zh: '银行', en: 'Bank' })}</label><select id="bank" name="bank">${option('', '不限 Any', bank)}${banks.map(each => option(each, each, bank))}</select></div>`}
<div class="field"><label for="at">${both({ zh: '北京时间，留空为现在', en: 'Beijing time, empty is now' })}</label><input id="at" name="at" type="datetime-local" value="${at ?? ''}"></div>
</div>
${submit({ label: { zh: '解释', en: 'Explain' } })}
</form>`
}
