import type { Guarantee } from '../../storage/stores-guarantees.ts'
import { minuteOf } from '../../web/beijing.ts'
import { barChart } from '../../web/charts.ts'
import { both, card, facts } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { BondEvent } from '../state/events.ts'
import { guaranteeBadge } from './guarantee-words.ts'
import { type BondLineView, line } from './list.ts'
import type { BondPage } from './ports.ts'
import { bondPath, eventWords, timeOf, whereMoneyIs, yuan } from './words.ts'

export interface ProjectView {
  project: NonNullable<BondLineView['project']>
  center: string
  lines: readonly (BondLineView & { events: readonly BondEvent[]; guarantees: readonly Guarantee[] })[]
  now: Date
}

/** A point on the line: what happened, or what is to come. */
interface Point {
  at: string
  words: Words
  section: string
  /** to whose page it leads */
  bond?: string
}

/** One project from the company's side: its bonds in every section, where each yuan is, and one time line of what was, and what is to come. */
export function projectPage(view: ProjectView): BondPage {
  const { project, center, lines, now } = view
  const points = pointsOf(view).sort((a, b) => (a.at < b.at ? -1 : 1))
  const [past, ahead] = [points.filter(({ at }) => new Date(at) <= now), points.filter(({ at }) => new Date(at) > now)]
  return {
    title: { zh: project.title, en: 'Project' },
    inside: true,
    body: html`${card(
      facts([
        { name: { zh: '编号', en: 'Number' }, value: project.code },
        { name: { zh: '交易中心', en: 'Center' }, value: center },
      ]),
    )}
${card(barChart({ caption: { zh: '本项目各笔保证金的去向', en: 'Where the bonds of this project are' }, rows: whereMoneyIs(lines.map(({ bond }) => bond)) }), { zh: '钱在哪里', en: 'Where the money is' })}
${card(html`<ul class="mandates">${lines.map(each => html`${line(each)}${each.guarantees.map(guaranteeLine)}`)}</ul>`, { zh: '各标段', en: 'Sections' })}
${ahead.length > 0 && card(timeLine(ahead), { zh: '接下来', en: 'What is to come' })}
${past.length > 0 && card(timeLine(past.toReversed()), { zh: '经过', en: 'What happened' })}`,
  }
}

const guaranteeLine = ({ state, asked, bondId }: Guarantee): Markup =>
  html`<li class="mandate-line"><div class="mandate-head"><a href="${bondPath(bondId)}">${both({ zh: '保函', en: 'Guarantee' })}</a> ${guaranteeBadge(state)}</div><p class="mandate-more quiet">${yuan(asked.fen)}</p></li>`

const timeLine = (points: readonly Point[]): Markup =>
  html`<ol class="signatures">${points.map(
    ({ at, words, section, bond }) =>
      html`<li>${bond === undefined ? html`<strong>${both(words)}</strong>` : html`<a href="${bondPath(bond)}"><strong>${both(words)}</strong></a>`} <span class="quiet">${section}</span> <span class="quiet number"><time datetime="${at}">${minuteOf(at)}</time></span></li>`,
  )}</ol>`

function pointsOf({ lines }: ProjectView): Point[] {
  const sections = new Map(lines.flatMap(({ section }) => (section === undefined ? [] : [[section.id, section] as const])))
  const announced = [...sections.values()].flatMap(({ name, deadline, opensAt }): Point[] => [
    { at: deadline, words: { zh: '保证金到账截止', en: 'Bonds have to be at the bank' }, section: name },
    ...(opensAt === undefined ? [] : [{ at: opensAt, words: { zh: '开标', en: 'Opening' }, section: name }]),
  ])
  const happened = lines.flatMap(({ bond, section, events }) =>
    events.map((event): Point => ({ at: timeOf(event), words: eventWords(event), section: section?.name ?? '', bond: bond.id })),
  )
  return [...announced, ...happened]
}
