import type { CreditFact, FactStepKind, ReportKind, SubjectKind } from '../../storage/stores-credit.ts'
import type { Words } from '../../web/words.ts'

export const CREDIT = '/workbench/credit'
export const factPath = (id: string, kind: SubjectKind, act?: string): string =>
  `${CREDIT}/facts/${encodeURIComponent(id)}${act === undefined ? '' : `/${act}`}?kind=${kind}`

/** As what a company is looked at; experts are persons, and have no workbench. */
export const KINDS: Record<Exclude<SubjectKind, 'expert'>, Words> = {
  bidder: { zh: '投标人', en: 'Bidder' },
  tenderer: { zh: '招标人', en: 'Tenderer' },
  agent: { zh: '代理机构', en: 'Agent' },
}
export const REPORTS: Record<ReportKind, Words> = {
  bid: { zh: '投标信用', en: 'Bid credit' },
  financing: { zh: '融资信用', en: 'Financing credit' },
}

export const FACT_STATES: Record<CreditFact['state'], Words & { tone: 'plain' | 'warn' | 'good' }> = {
  'in-force': { zh: '计入', en: 'counts', tone: 'plain' },
  disputed: { zh: '有异议', en: 'disputed', tone: 'warn' },
  repaired: { zh: '已修复', en: 'repaired', tone: 'good' },
  recalled: { zh: '已撤回', en: 'recalled', tone: 'good' },
}

export const STEP_WORDS: Record<FactStepKind, Words> = {
  appealed: { zh: '企业提出异议', en: 'The company appealed' },
  upheld: { zh: '异议成立，记录撤回', en: 'Upheld: the record was taken back' },
  rejected: { zh: '异议不成立', en: 'Rejected' },
  repaired: { zh: '已修复，停止公示、共享和使用', en: 'Repaired: no longer shown, shared or used' },
  recalled: { zh: '来源撤回', en: 'Taken back by its source' },
}
