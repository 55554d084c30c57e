import type { CaseState, FlowGround } from '../../storage/stores-financing.ts'
import { badge } from '../../web/components.ts'
import type { Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { FinancingEvent } from '../state/events.ts'

/** Owns the words and addresses that the pages of financing share. */
export const FINANCING = '/workbench/financing'
export const financingPath = (id: string, act = ''): string => `${FINANCING}/${encodeURIComponent(id)}${act === '' ? '' : `/${act}`}`
export const dealPath = (id: string): string => `${FINANCING}/deals/${encodeURIComponent(id)}`
export const newPath = (kind: 'deal-loan' | 'bond-loan', of: string): string => `${FINANCING}/new?${new URLSearchParams({ kind, of })}`

const STATE: Record<CaseState, Words & { tone: 'plain' | 'info' | 'good' | 'warn' | 'bad' }> = {
  applied: { zh: '等待银行答复', en: 'Waiting for the bank', tone: 'info' },
  offered: { zh: '已报价', en: 'Offered', tone: 'good' },
  declined: { zh: '银行不予融资', en: 'Declined', tone: 'plain' },
  withdrawn: { zh: '已撤回', en: 'Withdrawn', tone: 'plain' },
  closed: { zh: '已结束', en: 'Closed', tone: 'plain' },
  accepted: { zh: '已接受，等待审批', en: 'Accepted, being approved', tone: 'info' },
  approved: { zh: '审批通过', en: 'Approved', tone: 'info' },
  signed: { zh: '已签约', en: 'Signed', tone: 'info' },
  'paid-out': { zh: '已放款', en: 'Paid out', tone: 'good' },
  refused: { zh: '银行拒绝放款', en: 'Refused by the bank', tone: 'bad' },
}
export const caseBadge = (state: CaseState): Markup => badge(STATE[state], STATE[state].tone)

export const groundWords = (ground: FlowGround): Words =>
  ground.kind === 'law'
    ? { zh: `法律依据：${ground.law} ${ground.article}`, en: 'on a legal ground that the center named' }
    : { zh: `凭企业授权，第 ${ground.use} 次使用`, en: `by your consent, use ${ground.use}` }

export function eventWords(event: FinancingEvent | { kind: 'applied' }, bank: Words): Words {
  switch (event.kind) {
    case 'applied':
      return { zh: '提出申请', en: 'Applied' }
    case 'withdrawn':
      return { zh: '撤回申请', en: 'Withdrawn' }
    case 'offered':
      return { zh: `${bank.zh}报价`, en: `${bank.en} made an offer` }
    case 'declined':
      return { zh: `${bank.zh}不予融资：${event.reason}`, en: `${bank.en} declined` }
    case 'accepted':
      return { zh: `接受${bank.zh}的报价`, en: `Accepted ${bank.en}’s offer` }
    case 'progress':
      return {
        zh: `${bank.zh}：${STATE[event.stage].zh}${event.reason === undefined ? '' : `（${event.reason}）`}`,
        en: `${bank.en}: ${STATE[event.stage].en}`,
      }
  }
}

/** @param fen whole */
export function yuan(fen: bigint): string {
  const text = fen.toString().padStart(3, '0')
  const cents = text.slice(-2)
  return `${text.slice(0, -2).replaceAll(/\B(?=(\d{3})+$)/g, ',')}${cents === '00' ? '' : `.${cents}`} 元`
}
/** Millionths as percent, exactly: 38500 is 3.85%. */
export function percent(millionths: number | bigint): string {
  const text = millionths.toString().padStart(5, '0')
  return `${text.slice(0, -4)}.${text.slice(-4).replace(/0{1,2}$/, '')}%`
}
/** Yuan as people type them, to whole fen; undefined for what is none. */
export function fenOf(typed: string): bigint | undefined {
  const found = /^(\d{1,13})(?:\.(\d{1,2}))?$/.exec(typed.replaceAll(/[\s,，￥¥元]/g, ''))
  return found === null ? undefined : BigInt(found[1] ?? '') * 100n + BigInt((found[2] ?? '').padEnd(2, '0'))
}
export const plainYuan = (fen: bigint): string => `${fen / 100n}.${(fen % 100n).toString().padStart(2, '0')}`
