import type { CreditFact, FactStep, StoredReport, SubjectKind } from '../../storage/stores-credit.ts'
import { minuteOf } from '../../web/beijing.ts'
import { badge, both, card, type Fact, facts, linkButton, notice, submit } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { levelWords } from '../facts/types.ts'
import { CREDIT, FACT_STATES, factPath, REPORTS, STEP_WORDS } from './words.ts'

/** The company's facts: the list, one with its source and what happened to it, the appeal; and who was given reports. */
export function factListBody(kind: SubjectKind, rows: readonly CreditFact[], next: string | undefined, nameOf: (source: string) => string): Markup {
  const line = (fact: CreditFact) => {
    const state = FACT_STATES[fact.state]
    const address = factPath(fact.id, kind)
    return html`<li class="mandate-line"><div class="mandate-head"><a href="${address}">${fact.title}</a> ${badge(state, state.tone)}</div>
<p class="mandate-acts">${both(levelWords(fact.type, fact.level))}</p><p class="mandate-more"><span>${fact.happenedOn}</span><span>${nameOf(fact.source)}</span><span>${fact.project}</span></p></li>`
  }
  return html`${card(
    rows.length === 0
      ? html`<p class="nothing">${both({ zh: '还没有关于企业的信用记录。', en: 'Nothing is recorded about the company yet.' })}</p>`
      : html`<ul class="mandates">${rows.map(line)}</ul>`,
  )}
${next !== undefined && html`<nav class="paging" aria-label="翻页 Pages">${linkButton(next, { zh: '更早的', en: 'Older' })}</nav>`}`
}

export interface FactView {
  fact: CreditFact
  steps: readonly FactStep[]
  source: string
  done: Words | undefined
  problem: Words | undefined
}

export function factBody({ fact, steps, source, done, problem }: FactView): Markup {
  const state = FACT_STATES[fact.state]
  return html`${done !== undefined && notice(done, 'good')}${problem !== undefined && notice(problem, 'bad')}
${card(html`<p>${badge(state, state.tone)}</p>${facts(aboutFact(fact, source))}`)}
${
  steps.length > 0 &&
  card(
    html`<ol class="signatures">${steps.map(({ kind, at, why }) => html`<li><strong>${both(STEP_WORDS[kind])}</strong> <span class="quiet">${minuteOf(at)}</span><p>${why}</p></li>`)}</ol>`,
    { zh: '经过', en: 'What happened' },
  )
}
${fact.state === 'in-force' && appealCard(fact)}
<p>${linkButton(`${CREDIT}?kind=${fact.kind}`, { zh: '回到我的信用', en: 'Back to my credit' })}</p>`
}

const aboutFact = (fact: CreditFact, source: string): Fact[] => [
  { name: { zh: '来源', en: 'Source' }, value: `${source}（${fact.source}）` },
  { name: { zh: '来源编号', en: 'Its number there' }, value: fact.sourceKey },
  ...(fact.document === undefined ? [] : [{ name: { zh: '文书编号', en: 'Document' }, value: fact.document }]),
  ...(fact.project === undefined ? [] : [{ name: { zh: '项目', en: 'Project' }, value: fact.project }]),
  { name: { zh: '发生日期', en: 'Day' }, value: fact.happenedOn },
  { name: { zh: '最早可修复', en: 'Repairable from' }, value: fact.minUntil },
  { name: { zh: '自动到期', en: 'Ages out' }, value: fact.maxUntil },
  { name: { zh: '证据摘要（SM3）', en: 'Evidence' }, value: html`<code class="digest">${fact.evidence}</code>` },
  { name: { zh: '记录摘要（SM3）', en: 'Record' }, value: html`<code class="digest">${fact.digest}</code>` },
  {
    name: { zh: '来源签名', en: 'Signed by' },
    value:
      fact.thumbprint === undefined
        ? '由来源的程序凭据报送 sent with the source’s own credentials'.replace('’', "'")
        : html`<code class="digest">${fact.thumbprint}</code>`,
  },
]

function appealCard({ id, kind }: CreditFact): Markup {
  const action = factPath(id, kind, 'appeal')
  return card(
    html`<form class="give" method="post" action="${action}"><p>${both({
      zh: '认为这条记录有误，可以提出异议。来源答复之前，记录标明“有异议”，报告同时写明不计它的分数。',
      en: 'If it is wrong, appeal. Until its source answers it is marked as disputed, and reports tell the score without it too.',
    })}</p>
<div class="field"><label for="why">${both({ zh: '哪里有误，有什么依据', en: 'What is wrong, and how it is shown' })}</label><textarea id="why" name="why" rows="3" maxlength="500" required></textarea></div>
<div class="actions">${submit({ label: { zh: '提出异议', en: 'Appeal' } })}</div></form>`,
    { zh: '异议', en: 'Appeal' },
  )
}

export function givenBody(
  rows: readonly Omit<StoredReport, 'document' | 'inputs'>[],
  next: string | undefined,
  nameOf: (id: string) => string,
): Markup {
  const line = ({ id, report, recipient, project, at, recalledAt, consentId, useNumber }: (typeof rows)[number]) =>
    html`<tr><th scope="row">${minuteOf(at)}</th><td>${recipient === undefined ? '本企业 own' : nameOf(recipient)}</td><td>${both(REPORTS[report])}</td><td>${project}</td><td>${consentId !== undefined && consentLink(consentId, useNumber ?? 0)}</td><td>${reportLink(id)}${recalledAt !== undefined && html` ${badge({ zh: '已停用', en: 'recalled' }, 'warn')}`}</td></tr>`
  return html`${card(
    rows.length === 0
      ? html`<p class="nothing">${both({ zh: '还没有出具过报告。', en: 'No report was given yet.' })}</p>`
      : html`<div class="table-scroll" tabindex="0" role="region" aria-label="查询记录 Queries"><table class="record-table"><thead><tr><th scope="col">${both({ zh: '时间', en: 'When' })}</th><th scope="col">${both({ zh: '谁', en: 'Who' })}</th><th scope="col">${both({ zh: '报告', en: 'Report' })}</th><th scope="col">${both({ zh: '项目', en: 'Project' })}</th><th scope="col">${both({ zh: '授权', en: 'Consent' })}</th><th scope="col">${both({ zh: '编号', en: 'Number' })}</th></tr></thead><tbody>${rows.map(line)}</tbody></table></div>`,
  )}
${next !== undefined && html`<nav class="paging" aria-label="翻页 Pages">${linkButton(next, { zh: '更早的', en: 'Older' })}</nav>`}`
}

function reportLink(id: string): Markup {
  const address = `${CREDIT}/reports/${id}`
  return html`<a href="${address}"><code>${id}</code></a>`
}

function consentLink(id: string, number: number): Markup {
  const address = `/workbench/consents/${id}`
  return html`<a href="${address}">第 ${number} 次</a>`
}
