import { both, card, linkButton } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { SeenState } from '../mandates.ts'
import { type Desk, workbenchPage } from './frame.ts'
import { type MandateLine, mandateList, nothing } from './lists.ts'
import { STATES, stateNames } from './words.ts'

export interface MandatesView {
  lines: readonly MandateLine[]
  state?: SeenState | undefined
  /** where the list goes on, as the address has it */
  next?: string | undefined
  now: Date
}

export function mandatesPage(desk: Desk, { lines, state, next, now }: MandatesView): string {
  return workbenchPage(desk, {
    title: { zh: '授权书', en: 'Mandates' },
    lead: desk.representative
      ? { zh: '企业的全部授权，新的在前。', en: 'Every mandate of the company, the newest first.' }
      : { zh: '给您的授权，和您转授的授权，新的在前。', en: 'Those given to you and those you passed on, the newest first.' },
    place: 'mandates',
    body: html`<div class="list-top"><nav aria-label="按状态筛选 By state"><ul class="filters">${filter(undefined, state)}${STATES.map(each => filter(each, state))}</ul></nav>
${desk.representative && linkButton('/workbench/give', { zh: '授权给他人', en: 'Give a mandate' }, 'primary')}</div>
${card(lines.length === 0 ? nothing({ zh: '没有这样的授权书。', en: 'There is none.' }) : mandateList(lines, now))}
${next !== undefined && html`<nav class="paging" aria-label="翻页 Pages">${linkButton(next, { zh: '更早的', en: 'Older' })}</nav>`}`,
  })
}

function filter(of: SeenState | undefined, chosen: SeenState | undefined): Markup {
  const address = of === undefined ? '/workbench/mandates' : `/workbench/mandates?state=${of}`
  const words = of === undefined ? { zh: '全部', en: 'All' } : of === 'tampered' ? { zh: '已损坏', en: 'Damaged' } : stateNames[of]
  return html`<li><a href="${address}"${of === chosen && html` aria-current="true"`}>${both(words)}</a></li>`
}
