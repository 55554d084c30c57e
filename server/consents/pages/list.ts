import { DATA_SETS, PURPOSES } from '../../kernel/data-consent.ts'
import type { DataConsent, DataUse } from '../../storage/stores-consents.ts'
import { minuteOf, secondOf } from '../../web/beijing.ts'
import { actionForm, badge, both, card, facts, linkButton, notice } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { lastDayOf } from '../terms.ts'
import { CONSENTS, consentPath, STATE_WORDS, stateOf, termFacts } from './words.ts'

/** The company's consents, and one with each of its uses. */
export function listBody(view: { consents: readonly (DataConsent & { recipientName: string })[]; next: string | undefined; now: Date }): Markup {
  return html`<div class="list-top"><p>${both({
    zh: '没有您的授权，平台不提供企业的信用数据。随时可以撤回，撤回后立即停止。',
    en: 'Without your consent nothing is given. Withdraw at any time; it stops at once.',
  })}</p>${linkButton(`${CONSENTS}/give`, { zh: '新的授权', en: 'Give a consent' }, 'primary')}</div>
${card(
  view.consents.length === 0
    ? html`<p class="nothing">${both({ zh: '还没有授权过。', en: 'None yet.' })}</p>`
    : html`<ul class="mandates">${view.consents.map(consent => line(consent, view.now))}</ul>`,
)}
${view.next !== undefined && html`<nav class="paging" aria-label="翻页 Pages">${linkButton(view.next, { zh: '更早的', en: 'Older' })}</nav>`}`
}

function line(consent: DataConsent & { recipientName: string }, now: Date): Markup {
  const state = STATE_WORDS[stateOf(consent, now)]
  const { dataSet, purpose, project, validUntil, used, maxUses } = consent
  const address = consentPath(consent.id)
  return html`<li class="mandate-line"><div class="mandate-head"><a href="${address}">${consent.recipientName}</a> ${badge(state, state.tone)}</div>
<p class="mandate-acts">${both({ zh: `${DATA_SETS[dataSet].zh}，用于${PURPOSES[purpose].zh}`, en: `${DATA_SETS[dataSet].en}, for ${PURPOSES[purpose].en}` })}</p>
<p class="mandate-more"><span>${project === undefined ? '不限项目' : `项目 ${project}`}</span><span>到 ${lastDayOf(validUntil)}</span><span>用过 ${used}${maxUses !== undefined && ` / ${maxUses}`} 次</span></p></li>`
}

export interface ConsentView {
  consent: DataConsent
  recipientName: string
  uses: readonly DataUse[]
  next: string | undefined
  now: Date
  done: Words | undefined
  problem: Words | undefined
}

export function consentBody({ consent, recipientName, uses, next, now, done, problem }: ConsentView): Markup {
  const state = stateOf(consent, now)
  const words = STATE_WORDS[state]
  return html`${done !== undefined && notice(done, 'good')}${problem !== undefined && notice(problem, 'bad')}
${card(html`<p>${badge(words, words.tone)}${consent.withdrawnAt !== undefined && html` ${minuteOf(consent.withdrawnAt)}`}</p>
${facts([...termFacts({ ...consent, lastDay: lastDayOf(consent.validUntil) }, recipientName), { name: { zh: '签名', en: 'Signed' }, value: `${consent.personName} · ${minuteOf(consent.createdAt)}` }])}
${
  consent.state === 'in-force' &&
  html`<div class="card-end">${actionForm(consentPath(consent.id, 'withdraw'), [{ label: { zh: '立即撤回', en: 'Withdraw now' }, look: 'secondary' }])}</div>`
}
<details class="give-more"><summary>${both({ zh: '签名的原文', en: 'The very words that were signed' })}</summary><pre class="signed-text" tabindex="0">${consent.text}</pre>
<p class="certificate">${both({ zh: '证书摘要', en: 'Certificate' })} <code>${consent.thumbprint}</code></p></details>`)}
${card(uses.length === 0 ? html`<p class="nothing">${both({ zh: '还没有使用过。', en: 'Not used yet.' })}</p>` : useTable(uses), { zh: '使用记录', en: 'Uses' })}
${next !== undefined && html`<nav class="paging" aria-label="翻页 Pages">${linkButton(next, { zh: '更早的', en: 'Older' })}</nav>`}`
}

const useTable = (
  uses: readonly DataUse[],
): Markup => html`<div class="table-scroll" tabindex="0" role="region" aria-label="使用记录 Uses"><table class="record-table">
<thead><tr><th scope="col" class="number">${both({ zh: '第几次', en: 'No.' })}</th><th scope="col">${both({ zh: '时间', en: 'When' })}</th><th scope="col">${both({ zh: '项目', en: 'Project' })}</th><th scope="col">${both({ zh: '报告', en: 'Report' })}</th><th scope="col">${both({ zh: '追踪码', en: 'Trace' })}</th></tr></thead>
<tbody>${uses.map(({ number, at, project, reference, trace }) => {
  const address = `/workbench/credit/reports/${reference}`
  return html`<tr><th scope="row" class="number">${number}</th><td>${secondOf(at)}</td><td>${project}</td><td><a href="${address}"><code>${reference}</code></a></td><td><code>${trace}</code></td></tr>`
})}</tbody></table></div>`
