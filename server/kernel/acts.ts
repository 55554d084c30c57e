import type { Assurance } from './assurance.ts'

/**
 * What may be done in a company's name, one row an act, in the order in which a mandate lists them. `assurance` is the least proof of the person that the act is content with
 * (a login below it leads to a step-up); `money` says whether an amount belongs to it. Names are stable: they stand in signed mandates.
 */
interface ActRow {
  zh: string
  en: string
  assurance: Assurance
  money: boolean
}
const row = (zh: string, en: string, assurance: Assurance, money = false): ActRow => ({ zh, en, assurance, money })

export const ACTS = {
  login: row('登录交易中心', 'log in to trading centers', 'bank-session'),
  seal_use: row('使用电子印章', 'use an electronic seal', 'shield'),
  sign: row('电子签名', 'sign documents', 'shield'),
  bid_submit: row('递交投标文件', 'submit a bid', 'shield', true),
  bid_decrypt: row('解密投标文件', 'decrypt a bid', 'shield'),
  bond_pay: row('缴纳投标保证金', 'pay a bid bond', 'shield', true),
  bond_reclaim: row('申请退还保证金', 'reclaim a bid bond', 'shield', true),
  credit_consent: row('授权查询信用', 'consent to a credit inquiry', 'shield'),
  financing: row('申请和接受融资', 'apply for financing and accept it', 'shield', true),
  delegate: row('转授权', 'pass the power on', 'shield'),
} as const satisfies Record<string, ActRow>

export type Act = keyof typeof ACTS
export const ACT_NAMES = Object.keys(ACTS).filter((name): name is Act => name in ACTS)
export const isAct = (text: string): text is Act => Object.hasOwn(ACTS, text)
