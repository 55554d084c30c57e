import { both, linkButton } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'

/** The frame of every page of the company workbench: whose workbench it is, the way between its pages, and the way out. */
export interface Desk {
  company: { name: string; uscc: string }
  person: string
  representative: boolean
  /** whether the company has pages for everybody, or the person sees their own alone */
  trace: string
}

const PLACES = {
  overview: { path: '/workbench', zh: '首页', en: 'Overview', all: true },
  people: { path: '/workbench/people', zh: '人员', en: 'People', all: true },
  mandates: { path: '/workbench/mandates', zh: '授权书', en: 'Mandates', all: true },
  seals: { path: '/workbench/seals', zh: '印章', en: 'Seals', all: true },
  bids: { path: '/workbench/bids', zh: '投标', en: 'Bids', all: true },
  bonds: { path: '/workbench/bonds', zh: '保证金', en: 'Bonds', all: true },
  credit: { path: '/workbench/credit', zh: '信用', en: 'Credit', all: true },
  financing: { path: '/workbench/financing', zh: '融资', en: 'Financing', all: true },
  consents: { path: '/workbench/consents', zh: '数据授权', en: 'Data consents', all: true },
  shields: { path: '/workbench/shields', zh: '盾', en: 'Shields', all: false },
  contact: { path: '/workbench/contact', zh: '联系方式', en: 'Contact', all: true },
  history: { path: '/workbench/history', zh: '办理记录', en: 'History', all: true },
} as const
type Place = keyof typeof PLACES

export interface WorkbenchPage {
  title: Words
  lead?: Words
  /** the place the page belongs to; marked as the current one only where it is that very page */
  place: Place
  inside?: boolean
  scripts?: readonly string[]
  body: Markup
}

export function workbenchPage(desk: Desk, { title, lead, place, inside = false, scripts, body }: WorkbenchPage): string {
  return page({
    title,
    ...(lead === undefined ? {} : { lead }),
    ...(scripts === undefined ? {} : { scripts }),
    trace: desk.trace,
    above: deskBar(desk, place, inside),
    body: html`<div class="bench">${body}</div>`,
  })
}

function deskBar({ company, person, representative }: Desk, here: Place, inside: boolean): Markup {
  const places = Object.entries(PLACES).filter(([, { all }]) => all || representative)
  return html`<div class="desk">
  <section class="desk-who" aria-label="企业和本人 Company and person">
    <p class="desk-company"><strong>${company.name}</strong> <span class="desk-code">${company.uscc}</span></p>
    <p class="desk-person"><span>${person}</span> ${both(representative ? { zh: '法定代表人', en: 'Legal representative' } : { zh: '经办人', en: 'Operator' })}</p>
    ${linkButton('/oidc/session/end?client_id=workbench', { zh: '退出', en: 'Log out' }, 'secondary')}
  </section>
  <nav class="places" aria-label="企业工作台 Company workbench"><ul>${places.map(
    ([id, { path: address, zh, en }]) =>
      html`<li><a href="${address}"${id === here && html` aria-current="${inside ? 'true' : 'page'}"`}>${both({ zh, en })}</a></li>`,
  )}</ul></nav>
</div>`
}
