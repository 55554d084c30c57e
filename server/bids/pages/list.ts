import type { Bid, Opening } from '../../storage/stores-bids.ts'
import { minuteOf } from '../../web/beijing.ts'
import { both, card, linkButton } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { Trouble } from '../watch-rules.ts'
import type { BidPage } from './ports.ts'
import { BIDS, bidBadge, bidPath, centerPath, openingBadge, troubleNotice } from './words.ts'

export interface BidLine {
  bid: Bid
  opening: Opening
  troubles: readonly (Trouble & Words)[]
}

/** A company's bids with what has to be done about them, and the openings for which one can be handed in. */
export function listPage({
  lines,
  soon,
  next,
  staff,
}: {
  lines: readonly BidLine[]
  soon: readonly Opening[]
  next?: string | undefined
  staff: boolean
}): BidPage {
  return {
    title: { zh: '投标与开标', en: 'Bids' },
    lead: {
      zh: '标书在本机加密后上传，开标时间以前谁都打不开。请在截止前做一次解密自检。',
      en: 'Bids are encrypted before they are uploaded, and nobody opens them before the opening. Test that yours opens before the deadline.',
    },
    body: html`${staff && html`<p>${linkButton(`${BIDS}/center`, { zh: '本中心的开标', en: 'Openings of my center' }, 'primary')}</p>`}
${card(lines.length === 0 ? nothing({ zh: '还没有投标。', en: 'No bids yet.' }) : html`<ul class="mandates">${lines.map(bidLine)}</ul>`, { zh: '我的投标', en: 'My bids' })}
${lines.length > 0 && html`<p>${linkButton('/workbench/contact', { zh: '标书要处理时怎么通知您', en: 'How you are told when a bid needs you' })}</p>`}
${card(
  html`${soon.length === 0 ? nothing({ zh: '现在没有已公告的开标。', en: 'Nothing is announced.' }) : html`<ul class="mandates">${soon.map(opening => openingLine(opening, bidPath(opening.id)))}</ul>`}${next !== undefined && html`<p class="card-end">${linkButton(next, { zh: '更晚的', en: 'Later ones' })}</p>`}`,
  { zh: '可以投标的开标', en: 'Openings ahead' },
)}`,
  }
}

/** The openings of the centers whose staff the person is. */
export function centerListPage(openings: readonly Opening[], next: string | undefined): BidPage {
  return {
    title: { zh: '本中心的开标', en: 'Openings of my center' },
    inside: true,
    body: card(
      html`${openings.length === 0 ? nothing({ zh: '还没有公告开标。由中心的系统通过接口公告。', en: 'Nothing is announced yet; the center’s program does that through the interface.' }) : html`<ul class="mandates">${openings.map(opening => openingLine(opening, centerPath(opening.id)))}</ul>`}${next !== undefined && html`<p class="card-end">${linkButton(next, { zh: '更早的', en: 'Earlier ones' })}</p>`}`,
    ),
  }
}

function bidLine({ bid, opening, troubles }: BidLine): Markup {
  const [worst] = troubles
  const address = bidPath(opening.id)
  return html`<li class="mandate-line"><div class="mandate-head"><a href="${address}"><strong>${opening.title}</strong></a> ${bidBadge(bid.state)} ${openingBadge(opening)}</div>
<p class="mandate-more quiet">${opening.project}${opening.section !== undefined && ` / ${opening.section}`} · ${both({ zh: `开标 ${minuteOf(opening.opensAt)}`, en: 'opening' })}</p>
${worst !== undefined && worst.severity !== 'remind' && troubleNotice(worst)}
${bid.state === 'waiting' && opening.state === 'announced' && html`<p>${linkButton(bidPath(opening.id, 'test'), { zh: '解密自检', en: 'Self-test' })}</p>`}</li>`
}

const openingLine = (opening: Opening, address: string): Markup =>
  html`<li class="mandate-line"><div class="mandate-head"><a href="${address}"><strong>${opening.title}</strong></a> ${openingBadge(opening)}</div>
<p class="mandate-more quiet">${opening.project}${opening.section !== undefined && ` / ${opening.section}`} · ${both({ zh: `开标 ${minuteOf(opening.opensAt)}`, en: 'opening' })}</p></li>`

const nothing = (words: Words): Markup => html`<p class="nothing">${both(words)}</p>`
