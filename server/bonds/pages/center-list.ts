import type { BondProject, BondSection } from '../../storage/stores-bonds.ts'
import { minuteOf } from '../../web/beijing.ts'
import { badge, both, card, linkButton } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { BondPage } from './ports.ts'
import { CENTER, centerPath, yuan } from './words.ts'

/** A center's projects and their sections, as announced; nothing of who bids. */
export function projectsPage(projects: readonly BondProject[], next: string | undefined): BondPage {
  return {
    title: { zh: '本中心的保证金', en: 'Our center’s bonds' },
    lead: { zh: '开标以前，这里只有公告的内容。', en: 'Before the opening there is only what was announced.' },
    inside: true,
    body: card(
      html`${projects.length === 0 ? html`<p class="nothing">${both({ zh: '还没有登记项目。项目由中心的系统登记。', en: 'No project yet. The center’s program announces them.' })}</p>` : html`<ul class="mandates">${projects.map(({ id, code, title }) => html`<li class="mandate-line"><div class="mandate-head"><a href="${CENTER}/projects/${encodeURIComponent(id)}"><strong>${title}</strong></a></div><p class="mandate-more quiet">${code}</p></li>`)}</ul>`}${more(CENTER, next)}`,
      {
        zh: '项目',
        en: 'Projects',
      },
    ),
  }
}

export function projectPage({ id, code, title }: BondProject, sections: readonly BondSection[], next: string | undefined): BondPage {
  return {
    title: { zh: title, en: code },
    inside: true,
    body: card(
      html`${sections.length === 0 ? html`<p class="nothing">${both({ zh: '还没有标段。', en: 'No section yet.' })}</p>` : html`<ul class="mandates">${sections.map(sectionLine)}</ul>`}${more(`${CENTER}/projects/${encodeURIComponent(id)}`, next)}`,
      {
        zh: '标段',
        en: 'Sections',
      },
    ),
  }
}

const sectionLine = ({ id, name, demandedFen, deadline, state }: BondSection): Markup =>
  html`<li class="mandate-line"><div class="mandate-head"><a href="${centerPath(id)}"><strong>${name}</strong></a> ${state === 'abandoned' && badge({ zh: '已终止', en: 'Abandoned' })}</div><p class="mandate-more quiet">${yuan(demandedFen)} · ${both({ zh: `截止 ${minuteOf(deadline)}`, en: 'deadline' })}</p></li>`

const more = (path: string, next: string | undefined): Markup | false =>
  next !== undefined && html`<p class="card-end">${linkButton(`${path}?after=${encodeURIComponent(next)}`, { zh: '更多', en: 'More' })}</p>`
