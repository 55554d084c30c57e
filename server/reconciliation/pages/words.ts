import type { DifferenceKind } from '../../../bank-adapters/reconciliation/difference.ts'
import { DIFFERENCES } from '../../../bank-adapters/reconciliation/difference.ts'
import type { ReconciliationCase, ReconciliationDay } from '../../storage/stores-reconciliation.ts'
import type { Words } from '../../web/words.ts'

/** What the pages of reconciliation call things. */
export const kindWords: Readonly<Record<DifferenceKind, Words>> = {
  'bank-only': { zh: '银行有、平台无（长款）', en: 'At the bank only' },
  'platform-only': { zh: '平台有、银行无（短款）', en: 'Here only' },
  amount: { zh: '金额不符', en: 'Amount' },
  payer: { zh: '付款人不符', en: 'Payer' },
  state: { zh: '状态不符', en: 'State' },
  time: { zh: '时间不符', en: 'Time' },
  serial: { zh: '流水号不符', en: 'Bank’s number' },
  duplicate: { zh: '重复', en: 'Twice' },
}
export const kindOf = (kind: string): DifferenceKind => DIFFERENCES.find(each => each === kind) ?? 'bank-only'

export const caseStates: Readonly<Record<ReconciliationCase['state'], Words>> = {
  open: { zh: '待处理', en: 'Open' },
  doubtful: { zh: '存疑', en: 'In doubt' },
  matched: { zh: '次日已勾对', en: 'Matched next day' },
  resolved: { zh: '已处理', en: 'Resolved' },
}
export const dayStates: Readonly<Record<ReconciliationDay['state'], Words & { tone: 'info' | 'warn' | 'good' }>> = {
  comparing: { zh: '比对中', en: 'Comparing', tone: 'info' },
  compared: { zh: '待银行确认', en: 'Awaits the bank', tone: 'warn' },
  agreed: { zh: '双方一致', en: 'Agreed', tone: 'good' },
}

/** 1234567 fen as ¥12,345.67 */
export function yuan(fen: bigint): string {
  return `¥${(fen / 100n).toLocaleString('en-US')}.${String(fen % 100n).padStart(2, '0')}`
}
