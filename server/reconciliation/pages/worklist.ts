import { readDifference } from '../../../bank-adapters/reconciliation/difference.ts'
import type { ReconciliationCase, ReconciliationDay } from '../../storage/stores-reconciliation.ts'
import { minuteOf } from '../../web/beijing.ts'
import { barChart } from '../../web/charts.ts'
import { badge, both, card, linkButton, notice } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup } from '../../web/markup.ts'
import { proposals } from '../worklist.ts'
import { caseStates, dayStates, kindOf, kindWords, yuan } from './words.ts'

/** The operator's worklist: what waits for a person, by kind and age; how far each day is; how many differences the last days had. */
export interface WorklistView {
  days: readonly ReconciliationDay[]
  counted: readonly { kind: string; state: ReconciliationCase['state']; cases: number; dueAt: string }[]
  state: ReconciliationCase['state']
  cases: readonly ReconciliationCase[]
  next?: string
  now: Date
}

const CHARTED = 14
const LISTED = 20
const HOME = '/reconciliation'

export function worklistPage(view: WorklistView): string {
  const { days, counted, now } = view
  const open = counted.filter(({ state }) => state === 'open')
  const late = open.some(({ dueAt }) => new Date(dueAt) < now)
  return page({
    title: { zh: '对账差错', en: 'Reconciliation' },
    lead: {
      zh: '平台总账与各银行日终文件逐笔核对。现金以银行为准，业务状态以平台为准；更正只能双人冲正或补记。',
      en: 'Our ledger against each bank’s day file, row by row. The bank counts for cash, we for the state of business; corrections are reversals by two persons.',
    },
    body: html`${late && notice({ zh: '有差错已过处理期限，请先处理。', en: 'Some differences are past their due time: take these first.' }, 'warn')}
${days.length > 0 && card(chart(days), { zh: '每日差错', en: 'Differences by day' })}
${card(kinds(view), { zh: '差错清单', en: 'Worklist' })}
${card(days.length === 0 ? html`<p>${both({ zh: '还没有比对过的日期。', en: 'No day was compared yet.' })}</p>` : dayTable(days), { zh: '各日进度', en: 'Days' })}`,
  })
}

interface Counts {
  found?: Record<string, number>
  doubtful?: number
  agreed?: number
}
const countsOf = ({ counts }: ReconciliationDay): Counts => JSON.parse(counts)
const foundIn = ({ found = {} }: Counts): number => Object.values(found).reduce((all, each) => all + each, 0)

function chart(days: readonly ReconciliationDay[]): Markup {
  const byDay = new Map<string, number>()
  for (const each of days) byDay.set(each.day, (byDay.get(each.day) ?? 0) + foundIn(countsOf(each)))
  const rows = [...byDay].slice(0, CHARTED).map(([day, count]) => ({
    label: { zh: day, en: '' },
    value: count,
    text: String(count),
    look: count === 0 ? ('center' as const) : ('broker' as const),
  }))
  return barChart({ caption: { zh: '最近各日的差错数', en: 'Differences of the last days' }, rows })
}

function kinds({ counted, state, cases, next, now }: WorklistView): Markup {
  const states = (['open', 'doubtful', 'matched', 'resolved'] as const).map(each => {
    const address = `${HOME}?state=${each}`
    return html`<li><a href="${address}"${each === state && html` aria-current="true"`}>${both(caseStates[each])}</a></li>`
  })
  const waiting = counted.filter(each => each.state === state)
  return html`<ul class="state-links" aria-label="按状态 By state">${states}</ul>
${waiting.length > 0 && html`<p role="status">${waiting.map(({ kind, cases: count }) => html`${badge(kindWords[kindOf(kind)], 'info')} <strong>${count}</strong> `)}</p>`}
${cases.length === 0 ? html`<p>${both({ zh: '没有。', en: 'None.' })}</p>` : caseTable(cases, now)}
${next !== undefined && html`<p class="card-end">${linkButton(`${HOME}?state=${state}&after=${encodeURIComponent(next)}`, { zh: '更多', en: 'More' })}</p>`}`
}

function caseTable(cases: readonly ReconciliationCase[], now: Date): Markup {
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="差错 Differences"><table class="record-table">
<thead><tr><th scope="col">${both({ zh: '差错', en: 'Difference' })}</th><th scope="col">${both({ zh: '银行与日期', en: 'Bank, day' })}</th><th scope="col">${both({ zh: '金额', en: 'Amount' })}</th><th scope="col">${both({ zh: '期限', en: 'Due' })}</th><th scope="col">${both({ zh: '建议', en: 'Proposed' })}</th></tr></thead>
<tbody>${cases.map(each => caseRow(each, now))}</tbody></table></div>`
}

function caseRow({ id, bank, day, kind, key, body, state, dueAt, owner }: ReconciliationCase, now: Date): Markup {
  const { bank: theirs, platform: ours } = readDifference(body)
  const late = state === 'open' && new Date(dueAt) < now
  const address = `${HOME}/cases/${id}`
  return html`<tr${late && html` class="failed"`}>
<th scope="row"><a href="${address}">${both(kindWords[kindOf(kind)])}</a><br><code>${key}</code></th>
<td>${bank}<br><span class="number">${day}</span></td>
<td class="number">${[...new Set([theirs, ours].flatMap(row => (row === undefined ? [] : [yuan(row.fen)])))].join(' / ')}</td>
<td class="number">${minuteOf(dueAt)}<br><span class="quiet">${owner}</span></td>
<td>${both(proposals[kindOf(kind)])}</td></tr>`
}

function dayTable(days: readonly ReconciliationDay[]): Markup {
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="各日进度 Days"><table class="record-table">
<thead><tr><th scope="col">${both({ zh: '日期与银行', en: 'Day, bank' })}</th><th scope="col">${both({ zh: '状态', en: 'State' })}</th><th scope="col">${both({ zh: '一致', en: 'Agree' })}</th><th scope="col">${both({ zh: '差错', en: 'Differ' })}</th><th scope="col">${both({ zh: '存疑', en: 'In doubt' })}</th></tr></thead>
<tbody>${days.slice(0, LISTED).map(each => {
    const counts = countsOf(each)
    const { tone, ...words } = dayStates[each.state]
    return html`<tr><th scope="row"><span class="number">${each.day}</span> ${each.bank}</th>
<td>${badge(words, tone)}${each.state === 'comparing' && html` <progress max="100" value="${each.progress}" aria-label="进度 Progress">${each.progress}%</progress>`}</td>
<td class="number" data-label="一致">${counts.agreed ?? '—'}</td><td class="number" data-label="差错">${foundIn(counts)}</td><td class="number" data-label="存疑">${counts.doubtful ?? '—'}</td></tr>`
  })}</tbody></table></div>`
}
