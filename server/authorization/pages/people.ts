import type { PersonRole } from '../../kernel/identity.ts'
import { badge, both, card, linkButton } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import { roleNames, type Words } from '../../web/words.ts'
import { type Desk, workbenchPage } from './frame.ts'
import { nothing } from './lists.ts'

export interface PersonLine {
  personId: string
  name: string
  role: PersonRole
  suspended: boolean
  /** the person who looks */
  self: boolean
  /** what they may do in the company's name, by whichever power; undefined where it is not shown to the one who looks */
  may?: readonly Words[] | undefined
  mandates: number
}

export function peoplePage(desk: Desk, people: readonly PersonLine[], cut: boolean): string {
  return workbenchPage(desk, {
    title: { zh: '人员', en: 'People' },
    lead: desk.representative
      ? { zh: '能以企业名义登录的人，和他们各自能做的事。', en: 'Those who log in for the company, and what each of them may do.' }
      : { zh: '能以企业名义登录的人。', en: 'Those who log in for the company.' },
    place: 'people',
    body: html`${card(
      people.length === 0
        ? nothing({ zh: '还没有人登录过。', en: 'Nobody has logged in yet.' })
        : html`<ul class="people">${people.map(person => personLine(person, desk.representative))}</ul>`,
    )}
${cut && html`<p class="quiet">${both({ zh: '人数较多，这里只列出前 200 人。', en: 'The first 200 are listed here.' })}</p>`}
${
  desk.representative &&
  html`<p class="quiet stranger"><span>${both({ zh: '要授权给还没有登录过的人？', en: 'Somebody who has never logged in?' })}</span> ${linkButton('/workbench/give?person=new', { zh: '按身份证号授权', en: 'Give by id number' })}</p>`
}`,
  })
}

function personLine({ personId, name, role, suspended, self, may, mandates }: PersonLine, canGive: boolean): Markup {
  return html`<li class="person">
  <div class="person-who"><strong>${name}</strong> ${badge(roleNames[role], role === 'legal-representative' ? 'info' : 'plain')}${self && badge({ zh: '您', en: 'You' }, 'good')}${suspended && badge({ zh: '已停用', en: 'Suspended' }, 'warn')}</div>
  <div class="person-may">${
    may === undefined
      ? false
      : may.length === 0
        ? html`<span class="quiet">${both({ zh: '没有授权', en: 'Nothing' })}</span>`
        : html`<ul class="tags">${may.map(words => html`<li>${words.zh}</li>`)}</ul>`
  }${mandates > 0 && html`<span class="quiet">${both({ zh: `${mandates} 份有效授权`, en: `${mandates} in force` })}</span>`}</div>
  ${canGive && !self && !suspended ? linkButton(`/workbench/give?person=${encodeURIComponent(personId)}`, { zh: '授权', en: 'Give a mandate' }) : html`<span></span>`}
</li>`
}
