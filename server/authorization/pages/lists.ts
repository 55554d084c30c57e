import type { CompanyEntry } from '../../storage/stores-authorization.ts'
import { dayOf, minuteOf } from '../../web/beijing.ts'
import { badge, both, linkButton } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { MandateView, SeenState } from '../mandates.ts'
import { entryWords, powerNames, shortId, stateBadge, stateNames, yuanOf } from './words.ts'

/** How a mandate and a line of the company's record look in a list, on whichever page. */
export const mandatePath = (
  id: string,
  step?: 'sign' | 'accept' | 'decline' | 'offer' | 'discard' | 'suspend' | 'resume' | 'revoke' | 'pdf',
): string => `/workbench/mandates/${encodeURIComponent(id)}${step === undefined ? '' : `/${step}`}`

export interface MandateLine {
  mandate: MandateView
  /** named where it is another company than the workbench's */
  company?: string | undefined
  /** the state of a mandate above it that keeps it from being used */
  above?: SeenState | undefined
  /** what is to be done with it */
  todo?: Words | undefined
}

export function mandateList(lines: readonly MandateLine[], now: Date): Markup {
  return html`<ul class="mandates">${lines.map(line => mandateLine(line, now))}</ul>`
}

function mandateLine({ mandate: { row, state, terms }, company, above, todo }: MandateLine, now: Date): Markup {
  const address = mandatePath(row.id)
  const left = Math.ceil((Date.parse(row.validUntil) - now.getTime()) / 86_400_000)
  const soon = state === 'active' && left <= 30
  return html`<li class="mandate-line">
  <div class="mandate-head"><a href="${address}"><strong>${terms?.grantee.name ?? '（内容已损坏）'}</strong></a> ${stateBadge(state)}${above !== undefined && badge({ zh: `原授权${stateNames[above].zh}`, en: 'the one above is not in force' }, 'warn')}</div>
  <p class="mandate-acts">${terms === undefined ? '—' : terms.acts.map(act => entryWords({ kind: 'used', act }).zh).join('、')}</p>
  <p class="mandate-more quiet">${company !== undefined && html`<span>${company}</span>`}<span>${both({ zh: `${terms?.giver.name ?? '—'} 授权`, en: 'gave it' })}</span><span${soon && html` class="soon"`}>${both({ zh: `到 ${dayOf(row.validUntil)}${soon ? `，还剩 ${left} 天` : ''}`, en: soon ? `${left} days left` : 'until then' })}</span><span class="number">${shortId(row.id)}</span></p>
  ${todo !== undefined && linkButton(address, todo, 'primary')}
</li>`
}

export type EntryRow = CompanyEntry & { entry: number }

/** "Who did what with our name, when, on whose authority", a row each. */
export function entryTable(rows: readonly EntryRow[], centerName: (id: string) => string, caption: Words): Markup {
  return html`<div class="table-scroll"><table class="record-table entries"><caption class="visually-hidden">${caption.zh} ${caption.en}</caption><thead><tr>
<th scope="col">${both({ zh: '时间', en: 'When' })}</th><th scope="col">${both({ zh: '谁', en: 'Who' })}</th><th scope="col">${both({ zh: '做了什么', en: 'Did what' })}</th><th scope="col">${both({ zh: '凭什么', en: 'On whose authority' })}</th></tr></thead>
<tbody>${rows.map(row => entryRow(row, centerName))}</tbody></table></div>`
}

function entryRow(row: EntryRow, centerName: (id: string) => string): Markup {
  const about = [
    ...(row.center === undefined ? [] : [centerName(row.center)]),
    ...(row.project === undefined ? [] : [`项目 ${row.project}`]),
    ...(row.section === undefined ? [] : [`标段 ${row.section}`]),
    // what happened to a seal names it; its use names it as the mandate does
    ...(row.seal === undefined ? [] : [`印章 ${row.kind === 'used' ? row.seal : (row.reference ?? row.seal)}`]),
  ]
  return html`<tr><td class="number" data-label="时间">${minuteOf(row.at)}</td><td data-label="谁">${row.personName}</td>
<td data-label="做了什么"><span class="entry-what">${both(entryWords(row))}${row.amountFen !== undefined && html` <strong class="number">${yuanOf(row.amountFen)}</strong>`}</span>${about.length > 0 && html`<span class="quiet entry-about">${about.join(' · ')}</span>`}</td>
<td data-label="凭什么">${authority(row)}</td></tr>`
}

function authority({ power, mandateId, place }: EntryRow): Markup | string {
  if (mandateId === undefined) return power === undefined ? '—' : both(powerNames[power])
  const address = mandatePath(mandateId)
  return html`<a href="${address}">${both(powerNames.mandate)} <span class="number">${shortId(mandateId)}</span></a>${place !== undefined && html` <span class="quiet number">#${place}</span>`}`
}

export const nothing = (words: Words): Markup => html`<p class="nothing">${both(words)}</p>`
