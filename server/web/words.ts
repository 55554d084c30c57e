/**
 * What pages say is always said twice: Chinese first and large, English beside it and quieter. Both are on the page, so there is nothing to switch and
 * a colleague or a screen reader of either language finds their own.
 */
export interface Words {
  zh: string
  en: string
}

export const productName: Words = { zh: '共享盾', en: 'Shared Shield' }

/** Who can mend a failure, as the person reads it. */
export const whoCanFix = {
  clerk: { zh: '您自己就能解决', en: 'You can fix this yourself' },
  bank: { zh: '需要开户银行处理', en: 'Your bank can fix this' },
  center: { zh: '需要交易中心处理', en: 'The trading center can fix this' },
  operator: { zh: '需要平台客服处理', en: 'Platform support can fix this' },
} as const satisfies Record<string, Words>
export type Who = keyof typeof whoCanFix

/** The places a login passes through. */
export const hopNames = {
  center: { zh: '交易中心', en: 'Center' },
  broker: { zh: '共享盾', en: 'Broker' },
  agent: { zh: '盾助手', en: 'Agent' },
  bank: { zh: '银行', en: 'Bank' },
} as const satisfies Record<string, Words>
export type Hop = keyof typeof hopNames

/** What a person may do for a company, by the bank's word. */
export const roleNames = {
  'legal-representative': { zh: '法定代表人', en: 'Legal representative' },
  operator: { zh: '经办人', en: 'Operator' },
} as const satisfies Record<string, Words>
export type Role = keyof typeof roleNames

/** How strongly the bank proved the person, weakest first. */
export const assuranceNames = {
  'bank-session': { zh: '银行账号登录', en: 'Signed in at the bank' },
  shield: { zh: '用盾签名', en: 'Signed with the shield' },
  'shield-person': { zh: '用盾签名并核验本人', en: 'Shield and person checked' },
} as const satisfies Record<string, Words>
