import type { Bond, Finding } from '../../storage/stores-bonds.ts'
import { badge } from '../../web/components.ts'
import type { Markup } from '../../web/markup.ts'
import type { Hop, Words } from '../../web/words.ts'
import type { BondEvent } from '../state/events.ts'
import { balanceOf } from '../state/movements.ts'

/** Owns the words and addresses that the bond pages share. */
export const BONDS = '/workbench/bonds'
export const bondPath = (bond: string, step = ''): string => `${BONDS}/${encodeURIComponent(bond)}${step === '' ? '' : `/${step}`}`
export const CENTER = `${BONDS}/center`
export const centerPath = (section: string, step = ''): string => `${CENTER}/${encodeURIComponent(section)}${step === '' ? '' : `/${step}`}`
export const projectPath = (project: string): string => `${BONDS}/projects/${encodeURIComponent(project)}`
export const newPath = (section: string): string => `${BONDS}/new/${encodeURIComponent(section)}`

const STATE: Record<Bond['state'], Words & { tone: 'plain' | 'info' | 'good' | 'warn' | 'bad' }> = {
  expected: { zh: '等待来款', en: 'Waiting for money', tone: 'info' },
  received: { zh: '已收到', en: 'Received', tone: 'info' },
  held: { zh: '已冻结', en: 'Held', tone: 'good' },
  'refund-due': { zh: '应退还', en: 'To be returned', tone: 'warn' },
  returning: { zh: '退还中', en: 'Being returned', tone: 'info' },
  returned: { zh: '已退还', en: 'Returned', tone: 'good' },
  forfeited: { zh: '不予退还', en: 'Kept', tone: 'bad' },
  'to-performance': { zh: '已转履约保证金', en: 'Performance bond', tone: 'good' },
  released: { zh: '已解除', en: 'Released', tone: 'plain' },
  reconciled: { zh: '已对账', en: 'Reconciled', tone: 'plain' },
}
export function bondBadge({ state, way }: Pick<Bond, 'state' | 'way'>): Markup {
  const { tone, ...words } = STATE[state]
  // nobody froze any money
  return badge(state === 'held' && way !== 'transfer' ? { zh: '保函担保中', en: 'Guaranteed' } : words, tone)
}

/** What is wrong with money that came, and what happens to it. */
export const findingWords: Record<Exclude<Finding, 'matched'>, Words> = {
  unmatched: { zh: '这笔来款还没有对应到标段。', en: 'This money is assigned to no section yet.' },
  'wrong-payer': {
    zh: '付款人不是投标人，不算作保证金，开标后原路退回。请从本企业基本账户另行足额缴纳。',
    en: 'Somebody else paid. It does not count and goes back the way it came after the opening. Pay in full from your own basic account.',
  },
  'not-basic-account': {
    zh: '不是从登记的基本账户转出，不算作保证金，开标后原路退回。请从基本账户另行足额缴纳。',
    en: 'It did not come from the registered basic account. It does not count and goes back after the opening. Pay in full from the basic account.',
  },
  late: {
    zh: '到账时间不早于截止时间，不算作保证金，原路退回。',
    en: 'It reached the bank at the deadline or later. It does not count and goes back.',
  },
  short: {
    zh: '金额不足，不算作保证金，开标后原路退回。请在截止前另行一次足额缴纳。',
    en: 'It is too little. It does not count and goes back after the opening. Pay the whole amount again before the deadline.',
  },
  twice: {
    zh: '已有一笔保证金，这一笔是多付的，开标后原路退回。',
    en: 'There is a bond already; this was paid twice and goes back after the opening.',
  },
}

const EVENT: Record<BondEvent['kind'], Words> = {
  'money-arrived': { zh: '银行收到款项', en: 'The bank received money' },
  'guarantee-verified': { zh: '保函通过核验', en: 'The guarantee was verified' },
  'guarantee-amended': { zh: '保函已修改或展期', en: 'The guarantee was amended' },
  'guarantee-claimed': { zh: '再次向出具人索赔', en: 'Claimed from the issuer once more' },
  'guarantee-paid': { zh: '出具人已赔付', en: 'The issuer paid' },
  'guarantee-refused': { zh: '出具人拒付', en: 'The issuer refused to pay' },
  'guarantee-released': { zh: '保函已解除', en: 'The guarantee was released' },
  'guarantee-expired': { zh: '保函到期', en: 'The guarantee’s time was over' },
  assigned: { zh: '对应到标段', en: 'Assigned to its section' },
  frozen: { zh: '银行已冻结', en: 'The bank holds it' },
  decided: { zh: '已作出处理决定', en: 'Decided' },
  'refund-ordered': { zh: '已通知银行退款', en: 'The bank was told to pay back' },
  'refund-paid': { zh: '银行已退款', en: 'The bank paid back' },
  'refund-failed': { zh: '银行未能退款', en: 'The bank could not pay back' },
  reconciled: { zh: '与银行日终文件一致', en: 'Found in the bank’s day file' },
}
const CAUSE: Record<Extract<BondEvent, { kind: 'decided' }>['cause'], Words> = {
  withdrawn: { zh: '撤回投标', en: 'the bid was withdrawn' },
  abandoned: { zh: '招标终止', en: 'the tender was abandoned' },
  lost: { zh: '未中标', en: 'another bid won' },
  contract: { zh: '合同已签订', en: 'the contract is signed' },
  forfeiture: { zh: '有法定事由', en: 'on legal grounds' },
  'no-bond': { zh: '不算作保证金', en: 'it did not count as the bond' },
  'validity-ended': { zh: '投标有效期届满', en: 'the validity of the bid ended' },
}
export function eventWords(event: BondEvent): Words {
  const { zh, en } = EVENT[event.kind]
  if (event.kind !== 'decided') return { zh, en }
  return { zh: `${zh}：${CAUSE[event.cause].zh}`, en: `${en}: ${CAUSE[event.cause].en}` }
}

/** When it happened: money at the bank's own time, all else when it was told. */
export const timeOf = (event: BondEvent): string => (event.kind === 'money-arrived' ? event.receipt.at : event.at)

/** @param fen whole */
export function yuan(fen: bigint): string {
  const text = fen.toString().padStart(3, '0')
  const cents = text.slice(-2)
  return `${text.slice(0, -2).replaceAll(/\B(?=(\d{3})+$)/g, ',')}${cents === '00' ? '' : `.${cents}`} 元`
}

export const KEPT_AT_BANK: ReadonlySet<Bond['state']> = new Set<Bond['state']>(['received', 'held', 'refund-due', 'returning'])

/** Where each yuan is, as rows of a chart. */
export function whereMoneyIs(bonds: readonly Bond[]) {
  const row = (zh: string, en: string, look: Hop, of: (bond: Bond) => bigint) => {
    const fen = bonds.reduce((all, bond) => all + of(bond), 0n)
    return { label: { zh, en }, value: Number(fen), text: yuan(fen), look }
  }
  return [
    row('银行保管', 'With the bank', 'bank', bond => (KEPT_AT_BANK.has(bond.state) ? balanceOf(bond.totals) : 0n)),
    row('已退回', 'Returned', 'center', ({ totals }) => totals.returned),
    row('转为履约', 'Performance', 'agent', ({ totals }) => totals.toPerformance),
    row('不予退还', 'Kept', 'broker', ({ totals }) => totals.forfeited),
  ]
}
