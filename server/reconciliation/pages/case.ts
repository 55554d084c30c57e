import { z } from 'zod'
import { readDifference } from '../../../bank-adapters/reconciliation/difference.ts'
import type { DayRow } from '../../../bank-adapters/reconciliation/row.ts'
import type { ReconciliationCase } from '../../storage/stores-reconciliation.ts'
import { minuteOf } from '../../web/beijing.ts'
import { both, card, facts, notice, submit } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { proposals } from '../worklist.ts'
import { caseStates, kindOf, kindWords, yuan } from './words.ts'

/** One difference: what each side has, what is proposed, and the form by which a person resolves it. */
const resolution = z.object({ by: z.string(), note: z.string(), evidence: z.string(), at: z.string() })

export function casePage(found: ReconciliationCase, now: Date): string {
  const { bank, platform } = readDifference(found.body)
  const kind = kindOf(found.kind)
  const late = found.state === 'open' && new Date(found.dueAt) < now
  return page({
    title: kindWords[kind],
    body: html`${late && notice({ zh: '已过处理期限。', en: 'This is past its due time.' }, 'warn')}
${facts([
  { name: { zh: '银行与日期', en: 'Bank, day' }, value: `${found.bank} ${found.day}` },
  { name: { zh: '业务', en: 'Movement' }, value: html`<code>${found.key}</code>` },
  { name: { zh: '状态', en: 'State' }, value: both(caseStates[found.state]) },
  { name: { zh: '负责与期限', en: 'Owner, due' }, value: `${found.owner} ${minuteOf(found.dueAt)}` },
  { name: { zh: '建议', en: 'Proposed' }, value: both(proposals[kind]) },
])}
${card(rows(bank, platform), { zh: '两边的记录', en: 'What each side has' })}
${found.state === 'open' && card(form(found.id), { zh: '处理', en: 'Resolve' })}
${found.resolution !== undefined && card(resolved(found.resolution), { zh: '处理结果', en: 'How it was resolved' })}
<p><a href="/reconciliation">${both({ zh: '返回清单', en: 'Back to the list' })}</a></p>`,
  })
}

const members: readonly (Words & { of: (row: DayRow) => string })[] = [
  { zh: '金额', en: 'Amount', of: ({ direction, fen }) => `${direction === 'in' ? '收 in' : '付 out'} ${yuan(fen)}` },
  { zh: '银行流水号', en: 'Bank’s number', of: ({ serial }) => serial },
  { zh: '银行时间', en: 'Bank’s time', of: ({ at }) => (at === '' ? '' : minuteOf(at)) },
  { zh: '起息日', en: 'Value day', of: ({ value }) => value },
  { zh: '记账状态', en: 'State', of: ({ state }) => (state === 'booked' ? '已记账 booked' : '已冲正 reversed') },
  { zh: '付款人代码', en: 'Code of the payer', of: ({ payer }) => payer.slice(0, 8) },
]

function rows(bank: DayRow | undefined, platform: DayRow | undefined): Markup {
  const shown = (row: DayRow | undefined, of: (row: DayRow) => string) => (row === undefined ? '' : of(row)) || '—'
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="两边的记录 Both sides"><table class="step-table">
<thead><tr><th scope="col">${both({ zh: '项目', en: 'Member' })}</th><th scope="col">${both({ zh: '银行', en: 'Bank' })}</th><th scope="col">${both({ zh: '平台', en: 'Platform' })}</th></tr></thead>
<tbody>${members.map(({ of, ...words }) => html`<tr><th scope="row">${both(words)}</th><td class="number">${shown(bank, of)}</td><td class="number">${shown(platform, of)}</td></tr>`)}</tbody></table></div>`
}

function form(id: string): Markup {
  const address = `/reconciliation/cases/${id}`
  return html`<form method="post" action="${address}">
<div class="field"><label for="by">${both({ zh: '处理人', en: 'Your name' })}</label><input id="by" name="by" required minlength="2" maxlength="60" autocomplete="name"></div>
<div class="field"><label for="evidence">${both({ zh: '凭证编号（回单、冲正分录）', en: 'Evidence: number of the receipt or reversal' })}</label><input id="evidence" name="evidence" required minlength="2" maxlength="200"></div>
<div class="field"><label for="note">${both({ zh: '说明', en: 'What was done' })}</label><textarea id="note" name="note" required minlength="2" maxlength="500" rows="3"></textarea></div>
${submit({ label: { zh: '确认处理', en: 'Resolve' } })}</form>`
}

function resolved(text: string): Markup {
  const { by, note, evidence, at } = resolution.parse(JSON.parse(text))
  return facts([
    { name: { zh: '处理人', en: 'By' }, value: `${by} ${minuteOf(at)}` },
    { name: { zh: '凭证', en: 'Evidence' }, value: evidence },
    { name: { zh: '说明', en: 'Note' }, value: note },
  ])
}
