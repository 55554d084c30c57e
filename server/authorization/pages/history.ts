import { ACT_NAMES } from '../../kernel/acts.ts'
import { both, card, linkButton } from '../../web/components.ts'
import { html } from '../../web/markup.ts'
import { type Desk, workbenchPage } from './frame.ts'
import { type EntryRow, entryTable, nothing } from './lists.ts'
import { actWords } from './words.ts'

export interface HistoryView {
  entries: readonly EntryRow[]
  /** to choose from; empty for those who see their own alone */
  people: readonly { membershipId: string; name: string }[]
  person: string
  act: string
  next?: string | undefined
  csv: string
  centerName: (id: string) => string
}

export function historyPage(desk: Desk, view: HistoryView): string {
  const option = (value: string, chosen: string, text: string) =>
    html`<option value="${value}"${value === chosen && html` selected`}>${text}</option>`
  return workbenchPage(desk, {
    title: { zh: '办理记录', en: 'History' },
    lead: desk.representative
      ? {
          zh: '谁在什么时候、凭谁的授权、以企业名义做了什么。记录只增不改。',
          en: 'Who did what with the company’s name, when, and on whose authority. Lines are only ever added.',
        }
      : { zh: '您以企业名义做过的事。记录只增不改。', en: 'What you did with the company’s name. Lines are only ever added.' },
    place: 'history',
    body: html`<form class="history-form" method="get" action="/workbench/history">
${
  view.people.length > 0 &&
  html`<div class="field"><label for="person">${both({ zh: '谁', en: 'Who' })}</label><select id="person" name="person">${option('', view.person, '所有人 Everybody')}${view.people.map(({ membershipId, name }) => option(membershipId, view.person, name))}</select></div>`
}
<div class="field"><label for="act">${both({ zh: '做了什么', en: 'Did what' })}</label><select id="act" name="act">${option('', view.act, '所有事项 Everything')}${ACT_NAMES.filter(act => act !== 'delegate').map(act => option(act, view.act, actWords(act).zh))}${option('none', view.act, '授权的变更 Changes of mandates')}</select></div>
<button type="submit" class="button button-secondary">${both({ zh: '筛选', en: 'Filter' })}</button>
${linkButton(view.csv, { zh: '导出 CSV', en: 'Export CSV' })}
</form>
${card(
  view.entries.length === 0
    ? nothing({ zh: '没有这样的记录。', en: 'There is nothing of that.' })
    : entryTable(view.entries, view.centerName, { zh: '办理记录', en: 'History' }),
)}
${view.next !== undefined && html`<nav class="paging" aria-label="翻页 Pages">${linkButton(view.next, { zh: '更早的', en: 'Older' })}</nav>`}`,
  })
}
