import type { Bid, Opening, StoredStep } from '../../storage/stores-bids.ts'
import { secondOf } from '../../web/beijing.ts'
import { actionForm, both, card, facts, linkButton, notice } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { Board } from '../opening/board.ts'
import { REASONS } from '../opening/reasons.ts'
import type { BidPage } from './ports.ts'
import { bidBadge, bidState, centerPath, countdown, failureNotice, openingBadge, openingFacts, rescuePath } from './words.ts'

/** What a center's staff see: the board, live, only once it is open; and one bid with what can be done for it. */
export interface BoardView {
  opening: Opening
  center: string
  board: Board
  stamp: string
  now: Date
  problem?: Words | undefined
}

export function boardPage({ opening, center, board, stamp, now, problem }: BoardView): BidPage {
  return {
    title: { zh: opening.title, en: opening.drill ? 'Rehearsal: the board' : 'The board' },
    inside: true,
    scripts: ['bid-clock.js', 'progress.js'],
    body: html`<div data-progress="${centerPath(opening.id, 'state')}" data-stamp="${stamp}"></div>
${problem !== undefined && notice(problem, 'bad')}
${'bids' in board ? openBoard(opening, board, now) : beforeBoard(opening, now)}
${card(html`<p>${openingBadge(opening)}</p>${facts(openingFacts(opening, center))}`, { zh: '公告', en: 'Announced' })}`,
  }
}

function beforeBoard(opening: Opening, now: Date): Markup {
  if (opening.state === 'cancelled') return notice({ zh: '这场开标已取消。', en: 'The opening was cancelled.' })
  if (now < new Date(opening.opensAt))
    return html`${countdown({ zh: '距开标', en: 'Until the opening' }, opening.opensAt, now)}${notice({ zh: '宣布开标以前，这里不显示任何投标信息，也不显示数量。', en: 'Before it is open nothing of the bids is shown, not their number either.' })}`
  return card(
    html`<p>${both({ zh: '开标时间已到。宣布开标后，投标人可以解密，这里显示进展。', en: 'The time has come. Once you open, bidders decrypt, and this page shows how it goes.' })}</p>${actionForm(centerPath(opening.id, 'open'), [{ label: { zh: '宣布开标', en: 'Open' } }])}`,
  )
}

function openBoard(opening: Opening, board: Extract<Board, { bids: unknown }>, now: Date): Markup {
  const counts = Object.entries(board.counts) as [Bid['state'], number][]
  return html`${board.phase === 'open' && countdown({ zh: '距解密截止', en: 'Until decrypting ends' }, board.decryptBy, now)}
<section class="card" id="bid-board"><h2>${both({ zh: '开标一览', en: 'The board' })}</h2>
<p>${counts.length === 0 ? both({ zh: '没有投标。', en: 'No bids.' }) : counts.map(([state, count]) => html`<span class="bid-count">${bidBadge(state)} ${count}</span> `)}</p>
<div class="table-scroll" role="region" aria-label="开标一览 The board" tabindex="0"><table class="step-table"><thead><tr><th scope="col">${both({ zh: '投标人', en: 'Bidder' })}</th><th scope="col">${both({ zh: '状态', en: 'State' })}</th><th scope="col">${both({ zh: '时间', en: 'At' })}</th><th scope="col">${both({ zh: '原因', en: 'Reason' })}</th></tr></thead><tbody>
${board.bids.map(({ name, uscc, state, at, failure, rescued }) => {
  const address = centerPath(opening.id, `bids/${uscc}`)
  return html`<tr><th scope="row"><a href="${address}">${name}</a><br><span class="quiet">${uscc}</span></th><td>${bidBadge(state)}</td><td>${at !== undefined && secondOf(at)}</td><td>${failure !== undefined && both(failure)}${rescued !== undefined && both({ zh: `${rescued.custodians} 位保管人`, en: `${rescued.custodians} custodians` })}</td></tr>`
})}
</tbody></table></div>
<div class="actions">${board.next !== undefined && linkButton(`${centerPath(opening.id)}?after=${board.next}`, { zh: '下一页', en: 'Next page' })}${linkButton(centerPath(opening.id, 'evidence'), { zh: '导出证据', en: 'Export the evidence' })}</div></section>
${board.phase === 'open' && managing(opening)}`
}

function managing(opening: Opening): Markup {
  const action = centerPath(opening.id, 'extend')
  return html`${card(
    html`<form class="seal-form" method="post" action="${action}">
<div class="field"><label for="minutes">${both({ zh: '延长几分钟', en: 'Minutes to add' })}</label><input id="minutes" name="minutes" type="number" min="1" max="1440" value="30" required></div>
<div class="field"><label for="why">${both({ zh: '原因', en: 'Why' })}</label><input id="why" name="why" type="text" maxlength="200" required></div>
<div class="actions"><button type="submit" class="button button-secondary">${both({ zh: '延长解密时间', en: 'Extend' })}</button></div></form>`,
    { zh: '延长解密时间', en: 'More time to decrypt' },
  )}
${card(actionForm(centerPath(opening.id, 'close'), [{ label: { zh: '结束开标', en: 'Close the opening' }, look: 'secondary' }]), { zh: '结束开标', en: 'Close' })}`
}

const STEPS: Record<StoredStep['kind'], Words> = {
  announced: { zh: '公告', en: 'announced' },
  postponed: { zh: '推迟', en: 'postponed' },
  'opening-opened': { zh: '宣布开标', en: 'opened' },
  extended: { zh: '延长解密时间', en: 'extended' },
  closed: { zh: '结束开标', en: 'closed' },
  cancelled: { zh: '取消', en: 'cancelled' },
  registered: { zh: '递交', en: 'handed in' },
  withdrawn: { zh: '撤回', en: 'withdrawn' },
  'self-tested': { zh: '解密自检', en: 'self-test' },
  'sign-tested': { zh: '签名自检', en: 'signature tested' },
  'shield-gone': { zh: '申报盾遗失、损坏或更换', en: 'shield said to be gone' },
  'phone-tested': { zh: '手机试钥匙', en: 'key tried on a phone' },
  begun: { zh: '开始解密', en: 'decryption begun' },
  opened: { zh: '解密成功', en: 'decrypted' },
  failed: { zh: '解密失败', en: 'not decrypted' },
  attributed: { zh: '认定原因', en: 'attributed' },
  interrupted: { zh: '解密中断', en: 'interrupted' },
  late: { zh: '超时未解密', en: 'late' },
  'rescue-asked': { zh: '申请应急解密', en: 'rescue asked for' },
  'share-given': { zh: '保管人交出份额', en: 'share given' },
  released: { zh: '平台交出份额', en: 'released by the platform' },
  rescued: { zh: '应急解密成功', en: 'rescued' },
  'rescue-failed': { zh: '应急解密失败', en: 'rescue failed' },
  warned: { zh: '提醒投标人', en: 'bidder warned' },
}

export interface StaffBidView {
  opening: Opening
  bid: Bid
  steps: readonly StoredStep[]
  problem?: Words | undefined
}

export function staffBidPage({ opening, bid, steps, problem }: StaffBidView): BidPage {
  const at = centerPath(opening.id, `bids/${bid.uscc}`)
  const open = opening.state === 'open'
  return {
    title: { zh: bid.name, en: 'One bid' },
    inside: true,
    body: html`${problem !== undefined && notice(problem, 'bad')}
${card(
  html`<div class="bid-card"><p>${bidBadge(bid.state)}</p>${failureNotice(bid)}${facts([
    { name: { zh: '统一社会信用代码', en: 'Code' }, value: bid.uscc },
    { name: { zh: '收到时间', en: 'Received' }, value: secondOf(bid.receivedAt) },
    { name: { zh: '信封摘要 SM3', en: 'SM3 of the envelope' }, value: html`<code class="bid-digest">${bid.file.sm3}</code>` },
    ...(bid.failure?.attributedBy === undefined
      ? []
      : [{ name: { zh: '原因认定', en: 'Attributed' }, value: `${bid.failure.attributedBy}：${bid.failure.facts}` }]),
  ])}
<div class="actions">${bid.content !== undefined && linkButton(`${at}/content`, { zh: '下载投标文件', en: 'Download the bid' }, 'primary')}${bid.ticket !== undefined && linkButton(rescuePath(bid.ticket), { zh: '应急解密单', en: 'The rescue' }, bid.state === 'rescuing' ? 'primary' : 'secondary')}${linkButton(centerPath(opening.id), { zh: '回到开标一览', en: 'Back to the board' })}</div></div>`,
  bidState(bid.state),
)}
${open && (bid.state === 'waiting' || bid.state === 'failed') && opening.rescue !== undefined && reasonForm(`${at}/rescue`, 'rescue', { zh: '申请应急解密', en: 'Ask for a rescue' })}
${bid.state === 'failed' && reasonForm(`${at}/attribute`, 'attribute', { zh: '认定原因', en: 'Attribute the cause' }, reasonChoice())}
${card(
  html`<ol class="bid-steps">${steps.map(({ at, kind, by }) => html`<li>${secondOf(at)} ${both(STEPS[kind])} <span class="quiet">${by}</span></li>`)}</ol>`,
  { zh: '经过', en: 'What happened' },
)}`,
  }
}

const reasonForm = (action: string, id: string, title: Words, more?: Markup): Markup =>
  card(
    html`<form class="seal-form" method="post" action="${action}">${more}<div class="field"><label for="${id}-why">${both({ zh: '说明', en: 'Why' })}</label><input id="${id}-why" name="why" type="text" maxlength="200" required></div>
<div class="actions"><button type="submit" class="button button-primary">${both(title)}</button></div></form>`,
    title,
  )

const reasonChoice = (): Markup =>
  html`<div class="field"><label for="reason">${both({ zh: '原因', en: 'Reason' })}</label><select id="reason" name="reason">${Object.entries(REASONS).map(([name, { zh, en, cause }]) => html`<option value="${name}">${zh}（${cause === 'bidder' ? '投标人原因' : '非投标人原因'}）${en}</option>`)}</select></div>`
