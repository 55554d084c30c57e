import type { RevocationState } from '../../pki/revocation-state.ts'
import { dayOf } from '../../web/beijing.ts'
import { badge, both, notice } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { horizonChart, nearness } from '../../web/horizon.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { paging, placesNav } from './nav.ts'
import type { Part } from './select.ts'
import { sourceTable } from './sources.ts'
import { type Upcoming, type UpcomingKind, upcomingKinds } from './upcoming.ts'
import { span } from './words-more.ts'

/** What ends next, as a picture and as a table, and how fresh each source of revocation is. */
export interface EndsView {
  now: Date
  /** all that is to come, the soonest first; the picture shows it, the table a part */
  coming: readonly Upcoming[]
  part: Part<Upcoming>
  /** what ran out and is still on the list in force */
  over: readonly Upcoming[]
  /** absent where this process asks nobody about revocation */
  revocation?: RevocationState
}

const MOST_OVER = 20
const MOST_SOURCES = 100

export function endsPage({ now, coming, part, over, revocation }: EndsView): string {
  return page({
    title: { zh: '到期与吊销', en: 'What ends next' },
    lead: { zh: '越近的日子画得越宽，今天和三十年后都看得清。', en: 'The nearer, the more room: today and thirty years ahead are both to be seen.' },
    body: html`${placesNav('ends')}
${over.length > 0 && overCard(over, now)}
<section class="card" aria-labelledby="ahead"><h2 id="ahead">${both({ zh: '时间线', en: 'Timeline' })}</h2>${picture(coming, now, revocation)}</section>
<section class="card"><h2 id="dates">${both({ zh: '按日期', en: 'By date' })}</h2>${
      coming.length === 0
        ? html`<p>${both({ zh: '列表中没有将到的日期。', en: 'No date of the list is ahead.' })}</p>`
        : dateTable(part.items, now, 'dates')
    }${paging('/trust/ends', {}, part)}</section>
<section class="card"><h2 id="sources">${both({ zh: '吊销来源', en: 'Revocation sources' })}</h2>${sources(revocation, now)}</section>`,
  })
}

/** Who joins, and a switch of algorithm, come as they should; the rest is a deadline for somebody. */
const looks = {
  certificate: 'deadline',
  qualification: 'deadline',
  joins: 'event',
  leaves: 'deadline',
  distrust: 'deadline',
  algorithm: 'event',
  'old-algorithm': 'deadline',
} as const satisfies Record<UpcomingKind, 'deadline' | 'event'>

const KINDS = Object.keys(upcomingKinds) as UpcomingKind[]

function picture(coming: readonly Upcoming[], now: Date, revocation: RevocationState | undefined): Markup {
  const lanes = KINDS.map(kind => ({
    label: upcomingKinds[kind],
    marks: coming.filter(each => each.kind === kind).map(({ at }) => at - now.getTime()),
    look: looks[kind],
  }))
  const lists = (revocation?.sources ?? []).flatMap(({ nextUpdate }) => (nextUpdate === undefined ? [] : [nextUpdate.getTime() - now.getTime()]))
  return horizonChart(
    [...lanes, { label: { zh: '吊销列表到期', en: 'Revocation lists end' }, marks: lists, look: 'event' as const }].filter(
      ({ marks }) => marks.length > 0,
    ),
  )
}

function overCard(over: readonly Upcoming[], now: Date): Markup {
  return html`<section class="card"><h2 id="over">${both({ zh: '已经过期，仍在列表中', en: 'Run out, and still on the list' })}</h2>
${notice({ zh: `有 ${over.length} 项已经过期，请更新或移除。`, en: `${over.length} have run out: renew them or take them out.` }, 'warn')}
${dateTable(over.slice(-MOST_OVER).reverse(), now, 'over', { zh: '已过', en: 'Ago' })}</section>`
}

const nearWords = {
  over: { words: { zh: '已过', en: 'Past' }, tone: 'bad' },
  soon: { words: { zh: '30 天内', en: 'Within 30 days' }, tone: 'bad' },
  near: { words: { zh: '90 天内', en: 'Within 90 days' }, tone: 'warn' },
  far: { words: { zh: '较远', en: 'Later' }, tone: 'plain' },
} as const satisfies Record<ReturnType<typeof nearness>, { words: Words; tone: string }>

/** Dates as rows: when, in how long, what, of whom. */
function dateTable(rows: readonly Upcoming[], now: Date, labelledBy: string, amountName: Words = { zh: '还有', en: 'In' }): Markup {
  return html`<div class="table-scroll" tabindex="0" role="region" aria-labelledby="${labelledBy}"><table class="record-table">
<thead><tr><th scope="col">${both({ zh: '日期', en: 'Date' })}</th><th scope="col">${both(amountName)}</th><th scope="col">${both({ zh: '事项', en: 'What' })}</th><th scope="col">${both({ zh: '机构', en: 'CA' })}</th></tr></thead>
<tbody>${rows.map(({ at, kind, ca, about }) => {
    const left = at - now.getTime()
    const { words, tone } = nearWords[nearness(left)]
    const look = tone !== 'plain' && looks[kind] === 'event' ? 'info' : tone
    const amount = span(Math.abs(left) / 1000)
    return html`<tr><td class="number">${dayOf(new Date(at))}</td><td>${badge(words, look)} ${both(amount)}</td><td>${both(upcomingKinds[kind])}${about !== '' && html`<br><span class="quiet">${about}</span>`}</td><th scope="row"><a href="/trust/cas/${ca.id}">${ca.name.zh}</a> <code>${ca.id}</code></th></tr>`
  })}</tbody></table></div>`
}

function sources(revocation: RevocationState | undefined, now: Date): Markup {
  if (revocation === undefined)
    return notice({ zh: '本进程不查询吊销，没有来源可列。', en: 'This process asks nobody about revocation: no source to show.' }, 'warn')
  const { sources: all, more } = revocation
  if (all.length === 0)
    return html`<p>${both({ zh: '还没有查过任何来源：第一次验证证书时才开始查。', en: 'No source has been asked yet: the first certificate judged makes the first question.' })}</p>`
  const hidden = Math.max(0, all.length - MOST_SOURCES) + more
  return html`<p>${both({ zh: '有问题的排在前面。', en: 'Those in trouble come first.' })}</p>${sourceTable(all.slice(0, MOST_SOURCES), now, 'sources')}${
    hidden > 0 && html`<p>${both({ zh: `另有 ${hidden} 个来源未列出。`, en: `${hidden} more are not shown.` })}</p>`
  }`
}
