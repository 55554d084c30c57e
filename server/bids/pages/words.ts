import type { Bid, Opening } from '../../storage/stores-bids.ts'
import { minuteOf, secondOf } from '../../web/beijing.ts'
import { badge, type Fact, notice } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { isReason, REASONS } from '../opening/reasons.ts'
import type { Trouble } from '../watch-rules.ts'

/** Owns the words and addresses that the bid pages share. */
export const BIDS = '/workbench/bids'
export const bidPath = (opening: string, step = ''): string => `${BIDS}/${encodeURIComponent(opening)}${step === '' ? '' : `/${step}`}`
export const centerPath = (opening: string, step = ''): string => `${BIDS}/center/${encodeURIComponent(opening)}${step === '' ? '' : `/${step}`}`
export const rescuePath = (ticket: string, step = ''): string => `${BIDS}/rescues/${encodeURIComponent(ticket)}${step === '' ? '' : `/${step}`}`

const BID: Record<Bid['state'], Words & { tone: 'plain' | 'info' | 'good' | 'warn' | 'bad' }> = {
  waiting: { zh: '已递交，等待解密', en: 'Handed in', tone: 'info' },
  decrypting: { zh: '正在解密', en: 'Decrypting', tone: 'info' },
  opened: { zh: '已解密', en: 'Decrypted', tone: 'good' },
  failed: { zh: '没有解密', en: 'Not decrypted', tone: 'bad' },
  rescuing: { zh: '应急解密中', en: 'Being rescued', tone: 'warn' },
  rescued: { zh: '已应急解密', en: 'Rescued', tone: 'good' },
  withdrawn: { zh: '已撤回', en: 'Withdrawn', tone: 'plain' },
}
export const bidBadge = (state: Bid['state']): Markup => badge(BID[state], BID[state].tone)
export const bidState = (state: Bid['state']): Words => BID[state]

const OPENING: Record<Opening['state'], Words & { tone: 'plain' | 'info' | 'good' | 'warn' }> = {
  announced: { zh: '已公告', en: 'Announced', tone: 'info' },
  open: { zh: '开标中', en: 'Open', tone: 'good' },
  closed: { zh: '已结束', en: 'Closed', tone: 'plain' },
  cancelled: { zh: '已取消', en: 'Cancelled', tone: 'warn' },
}
export const openingBadge = ({ state, drill }: Opening): Markup =>
  html`${badge(OPENING[state], OPENING[state].tone)}${drill && html` ${badge({ zh: '演练', en: 'Rehearsal' }, 'warn')}`}`

export const openingFacts = ({ project, section, opensAt, decryptBy, rescue }: Opening, center: string): Fact[] => [
  { name: { zh: '交易中心', en: 'Center' }, value: center },
  { name: { zh: '项目编号', en: 'Project' }, value: section === undefined ? project : `${project} / ${section}` },
  { name: { zh: '投标截止和开标时间', en: 'Deadline and opening' }, value: secondOf(opensAt) },
  { name: { zh: '解密截止时间', en: 'Decrypted by' }, value: secondOf(decryptBy) },
  {
    name: { zh: '应急解密', en: 'Rescue' },
    value:
      rescue === undefined
        ? '无 none'
        : `${rescue.custodians.length} 位保管人中的 ${rescue.threshold} 位 ${rescue.threshold} of ${rescue.custodians.length}`,
  },
]

/** What is left of time, counted down by browser/bid-clock.js from the server's own clock; readable without it. */
export const countdown = (what: Words, until: string, now: Date): Markup =>
  html`<p class="bid-clock"><span>${what.zh}</span> <span lang="en">${what.en}</span> <strong data-until="${until}" data-now="${now.toISOString()}">${minuteOf(until)}</strong></p>`

export function failureNotice({ failure }: Bid): Markup | false {
  if (failure === undefined) return false
  const row = isReason(failure.reason) ? REASONS[failure.reason] : REASONS.platform
  const whose = row.cause === 'bidder' ? { zh: '属投标人原因', en: 'the bidder’s cause' } : { zh: '非投标人原因', en: 'not the bidder’s cause' }
  return notice({ zh: `没有解密：${row.zh}（${whose.zh}）。`, en: `Not decrypted: ${row.en} (${whose.en}).` }, 'bad')
}

export const troubleNotice = ({ severity, zh, en }: Trouble & Words): Markup =>
  notice({ zh, en }, severity === 'stop' ? 'bad' : severity === 'care' ? 'warn' : 'info')
