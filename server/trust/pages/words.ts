import type { Words } from '../../web/words.ts'
import type { Holder, TrustedCa, Use } from '../entry.ts'

/** What the pages of the trust list and the terminal call things. */
export const useNames = {
  login: { zh: '登录', en: 'Login' },
  seal: { zh: '签章', en: 'Seal' },
  encryption: { zh: '加密', en: 'Encryption' },
  'government-seal': { zh: '政务签章', en: 'Government seal' },
  authority: { zh: '机构证书', en: 'CA certificate' },
} as const satisfies Record<Use | 'authority', Words>
export const holderNames = {
  enterprise: { zh: '企业', en: 'Enterprise' },
  person: { zh: '个人', en: 'Person' },
  device: { zh: '设备', en: 'Device' },
} as const satisfies Record<Holder, Words>
export const filingNames = {
  none: { zh: '未登记', en: 'Not registered' },
  pending: { zh: '备案中', en: 'Filing pending' },
  filed: { zh: '已备案', en: 'Filed' },
  'to-correct': { zh: '需整改', en: 'To correct' },
} as const satisfies Record<TrustedCa['filing']['state'], Words>

export type State = 'in-force' | 'leaving' | 'left' | 'not-yet' | 'distrusted'
export const stateNames = {
  'in-force': { zh: '有效', en: 'In force' },
  leaving: { zh: '即将退出', en: 'Leaving' },
  left: { zh: '已退出', en: 'Left' },
  'not-yet': { zh: '尚未加入', en: 'Not joined yet' },
  distrusted: { zh: '已撤销信任', en: 'Distrusted' },
} as const satisfies Record<State, Words>
export const stateTones = { 'in-force': 'good', leaving: 'warn', left: 'plain', 'not-yet': 'plain', distrusted: 'bad' } as const

export function stateOf({ distrusted, joins, leaves }: TrustedCa, now: Date): State {
  if (distrusted !== undefined && now >= new Date(distrusted.since)) return 'distrusted'
  if (now < new Date(joins)) return 'not-yet'
  if (leaves === undefined) return 'in-force'
  return now < new Date(leaves) ? 'leaving' : 'left'
}
