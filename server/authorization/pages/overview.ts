import type { Assurance } from '../../kernel/assurance.ts'
import { both, card, linkButton } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import { assuranceNames, type Words } from '../../web/words.ts'
import { type Desk, workbenchPage } from './frame.ts'
import { type EntryRow, entryTable, type MandateLine, mandateList, nothing } from './lists.ts'

export interface AskedLine {
  path: string
  title: Words
  about: string
}

export interface OverviewView {
  assurance: Assurance
  /** to accept, or one's own drafts to sign */
  waiting: readonly MandateLine[]
  /** what others wait for this person's word on */
  asked: readonly AskedLine[]
  /** this person's own acts that wait for others */
  requested: readonly { path: string; about: string }[]
  ending: readonly MandateLine[]
  entries: readonly EntryRow[]
  centerName: (id: string) => string
  now: Date
}

export function overviewPage(desk: Desk, view: OverviewView): string {
  const count = view.waiting.length + view.asked.length
  const { asked } = view
  return workbenchPage(desk, {
    title: { zh: `${desk.person}，您好`, en: `Welcome, ${desk.person}` },
    lead: desk.representative
      ? {
          zh: '您以法定代表人的身份办理。谁能以企业名义做什么，由您决定。',
          en: 'You act as the legal representative. Who may do what in the company’s name is yours to decide.',
        }
      : { zh: '您以经办人的身份办理。这里是等您处理的事和您的授权。', en: 'You act as an operator. Here is what waits for you, and your mandates.' },
    place: 'overview',
    body: html`<p class="desk-proof quiet">${both({ zh: `本次登录：${assuranceNames[view.assurance].zh}`, en: assuranceNames[view.assurance].en })}</p>
${desk.representative && giveCard()}
${view.requested.length > 0 && card(html`<ul class="mandates">${view.requested.map(requestedLine)}</ul>`, { zh: '您办的事在等别人同意', en: 'Yours, waiting for others' })}
<div class="bench-columns">
${card(
  html`${asked.length > 0 && html`<ul class="mandates">${asked.map(askedLine)}</ul>`}${view.waiting.length > 0 && mandateList(view.waiting, view.now)}${count === 0 && nothing({ zh: '现在没有等您处理的事。', en: 'Nothing waits for you.' })}`,
  { zh: `等您处理（${count}）`, en: 'Waiting for you' },
)}
${card(
  view.ending.length === 0 ? nothing({ zh: '30 天内没有到期的授权。', en: 'Nothing ends within 30 days.' }) : mandateList(view.ending, view.now),
  { zh: '快要到期', en: 'Ending soon' },
)}
</div>
${card(
  html`${
    view.entries.length === 0
      ? nothing({ zh: '还没有办理记录。', en: 'Nothing is on record yet.' })
      : entryTable(view.entries, view.centerName, { zh: '最近办理', en: 'The latest' })
  }<p class="card-end">${linkButton('/workbench/history', { zh: '全部记录', en: 'All of it' })}</p>`,
  { zh: '最近办理', en: 'The latest' },
)}`,
  })
}

function giveCard(): Markup {
  return html`<section class="card give-now"><div><h2>${both({ zh: '要让别人代办？', en: 'Somebody else should act?' })}</h2><p>${both({ zh: '不用把盾和 PIN 码交出去：写清谁、什么事、多少钱、到哪天，用盾签一次。随时可以撤回。', en: 'No need to hand over shield and PIN: say who, what, how much, until when, and sign once. Take it back at any time.' })}</p></div>${linkButton('/workbench/give', { zh: '授权给他人', en: 'Give a mandate' }, 'primary')}</section>`
}

function requestedLine({ path: address, about }: OverviewView['requested'][number]): Markup {
  return html`<li class="mandate-line"><a href="${address}">${about}</a></li>`
}

function askedLine({ path: address, title, about }: AskedLine): Markup {
  return html`<li class="mandate-line"><div class="mandate-head"><a href="${address}"><strong>${both(title)}</strong></a></div><p class="mandate-more quiet">${about}</p>${linkButton(address, { zh: '去处理', en: 'Open' }, 'primary')}</li>`
}
