import { DATA_SETS, PURPOSES } from '../../kernel/data-consent.ts'
import { both, notice, submit } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { Recipient } from '../ports.ts'

/** The form by which a company says what it consents to; the next page shows the very words, and signs them. */
export interface GiveView {
  id: string
  recipients: readonly Recipient[]
  /** the earliest and the usual last day */
  today: string
  until: string
  problem: Words | undefined
}

export function giveBody({ id, recipients, today, until, problem }: GiveView): Markup {
  const choice = (name: string, rows: Readonly<Record<string, Words>>) =>
    html`<select id="${name}" name="${name}">${Object.entries(rows).map(([value, { zh, en }]) => html`<option value="${value}">${zh} ${en}</option>`)}</select>`
  return html`${problem !== undefined && notice(problem, 'bad')}
${recipients.length === 0 && notice({ zh: '现在没有可以查询信用数据的机构。', en: 'Nobody is registered to query credit data at the moment.' })}
<form class="give" method="get" action="/workbench/consents/sign">
<input type="hidden" name="id" value="${id}">
<div class="card give-part">
<div class="give-row">
${field('recipient', { zh: '授权给谁', en: 'To whom' }, html`<select id="recipient" name="recipient">${recipients.map(each => html`<option value="${each.id}">${each.name}</option>`)}</select>`)}
${field('data', { zh: '什么数据', en: 'Which data' }, choice('data', DATA_SETS))}
</div>
<div class="give-row">
${field('purpose', { zh: '什么用途', en: 'What for' }, choice('purpose', PURPOSES))}
${field('project', { zh: '项目编号（可不填）', en: 'Project code (optional)' }, html`<input type="text" id="project" name="project" maxlength="100" autocomplete="off" aria-describedby="project-note">`, { zh: '不填就是所有项目。', en: 'Empty means every project.' })}
</div>
<div class="give-row">
${field('until', { zh: '有效到哪一天', en: 'Until which day' }, html`<input type="date" id="until" name="until" min="${today}" value="${until}" required>`)}
${field('uses', { zh: '最多几次（可不填）', en: 'How often at most (optional)' }, html`<input type="text" inputmode="numeric" pattern="[0-9]{0,4}" id="uses" name="uses" maxlength="4" autocomplete="off">`)}
</div>
</div>
<div class="give-end"><div class="actions">${submit({ label: { zh: '下一步：看授权书', en: 'Next: read it' } })}</div></div>
</form>`
}

const field = (name: string, label: Words, input: Markup, note?: Words): Markup =>
  html`<div class="field"><label for="${name}">${both(label)}</label>${input}${note !== undefined && html`<p class="field-note" id="${`${name}-note`}">${both(note)}</p>`}</div>`
