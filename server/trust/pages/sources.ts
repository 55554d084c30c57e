import type { SourceState } from '../../pki/revocation-sources.ts'
import { minuteOf } from '../../web/beijing.ts'
import { badge, both } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import { conditionNames, conditionTones, kindNames, purposeNames, span } from './words-more.ts'

/** Sources of revocation as rows: where, for whom, how fresh, what went wrong, when it is asked again. @param labelledBy id of the heading above */
export function sourceTable(sources: readonly SourceState[], now: Date, labelledBy: string): Markup {
  return html`<div class="table-scroll" tabindex="0" role="region" aria-labelledby="${labelledBy}"><table class="record-table">
<thead><tr><th scope="col">${both({ zh: '来源', en: 'Source' })}</th><th scope="col">${both({ zh: '状态', en: 'Condition' })}</th><th scope="col">${both({ zh: '签发与到期', en: 'This and next update' })}</th><th scope="col">${both({ zh: '条数', en: 'Entries' })}</th><th scope="col">${both({ zh: '最近一次失败', en: 'Last error' })}</th><th scope="col">${both({ zh: '下次更新', en: 'Next refresh' })}</th></tr></thead>
<tbody>${sources.map(source => row(source, now))}</tbody></table></div>`
}

function row(
  { kind, url, host, issuer, condition, thisUpdate, nextUpdate, ageSeconds, entries, lastError, nextRefresh, lastAnswer, rules }: SourceState,
  now: Date,
): Markup {
  const fails = rules.filter(({ when }) => when === 'known-only')
  return html`<tr${(condition === 'ended' || condition === 'nothing') && html` class="failed"`}>
<th scope="row">${both(kindNames[kind])} <strong>${host === '' ? url : host}</strong><br><code class="address">${url}</code><br><span class="quiet">${issuer}</span></th>
<td>${badge(conditionNames[condition], conditionTones[condition])}${ageSeconds !== undefined && html`<br>${both({ zh: `签发于 ${span(ageSeconds).zh}前`, en: `${span(ageSeconds).en} old` })}`}${
    fails.length > 0 &&
    html`<br>${badge({ zh: `查不到也放行：${fails.map(each => purposeNames[each.purpose].zh).join('、')}`, en: 'silence passes' }, 'warn')}`
  }</td>
<td class="number" data-label="签发、到期">${thisUpdate === undefined ? none() : minuteOf(thisUpdate)}<br>${nextUpdate === undefined ? none() : minuteOf(nextUpdate)}</td>
<td class="number" data-label="条数">${entries ?? none()}</td>
<td data-label="最近失败">${
    lastError === undefined
      ? html`${both({ zh: '无', en: 'none' })}${lastAnswer !== undefined && html`<br><span class="quiet">${both({ zh: `${minuteOf(lastAnswer)} 答复过`, en: 'last answer' })}</span>`}`
      : html`<span class="number">${minuteOf(lastError.at)}</span><br><a href="/errors/${lastError.code}"><code>${lastError.code}</code></a><br><span class="quiet">${lastError.facts}</span>`
  }</td>
<td class="number" data-label="下次更新">${nextRefresh === undefined ? none() : nextRefresh <= now ? both({ zh: '即刻', en: 'now' }) : minuteOf(nextRefresh)}</td></tr>`
}

const none = (): Markup => html`<span class="quiet">—</span>`
