import type { Words } from '../../web/words.ts'

/**
 * What a fact can be: one row a type. Owns how long each level counts, in months from its effective day. Penalties follow the law (信用修复管理办法, 发改委令第36号): slight ones (轻微) are published for three months
 * at most and repaired once the duties are done; ordinary ones (一般) for three months at least and a year at most; grave ones (严重) for one year at least and three at most; from the day of the decision.
 */
interface Level extends Words {
  /** from when on it may be repaired */
  least: number
  /** when it stops to count by itself */
  most: number
}
interface FactType extends Words {
  levels: Readonly<Record<string, Level>>
  /** what `value` counts; absent: it has none */
  value?: Words & { most: number }
  /** a source may name an earlier end, never a later one */
  document: 'needed' | 'optional'
}

const level = (zh: string, en: string, most: number, least = 0): Level => ({ zh, en, least, most })
const YEARS_3 = 36

const FACT_TYPES = {
  'bid.submitted': {
    zh: '投标记录',
    en: 'bid',
    levels: {
      valid: level('有效投标', 'a valid bid', YEARS_3),
      rejected: level('被否决', 'rejected', YEARS_3),
      revoked: level('截止后撤销', 'revoked after the deadline', 12, 3),
    },
    document: 'optional',
  },
  'deal.won': {
    zh: '中标成交',
    en: 'deal',
    levels: {
      signed: level('已签合同', 'contract signed', YEARS_3),
      refused: level('中标后不签合同', 'won and refused the contract', 12, 3),
    },
    value: { zh: '合同金额（分）', en: 'contract sum in fen', most: 9_000_000_000_000_000 },
    document: 'optional',
  },
  performance: {
    zh: '履约评价',
    en: 'performance',
    levels: {
      good: level('良好', 'good', YEARS_3),
      fair: level('合格', 'fair', YEARS_3),
      poor: level('不合格', 'poor', 12, 3),
    },
    document: 'optional',
  },
  penalty: {
    zh: '行政处罚',
    en: 'administrative penalty',
    levels: {
      light: level('轻微', 'slight', 3),
      general: level('一般', 'ordinary', 12, 3),
      severe: level('严重', 'grave', YEARS_3, 12),
    },
    document: 'needed',
  },
  'center.index': {
    zh: '中心信用指数',
    en: 'a center’s own index',
    levels: { index: level('指数', 'index', 12) },
    value: { zh: '指数（百分之一分，0 至 10000）', en: 'index in hundredths of a point, 0 to 10000', most: 10_000 },
    document: 'optional',
  },
  'bond.conduct': {
    zh: '保证金履约',
    en: 'conduct with bid bonds',
    levels: {
      kept: level('按时足额', 'in time and in full', YEARS_3),
      late: level('迟交或不足', 'late or short', 12, 3),
      forfeited: level('不予退还', 'forfeited', 12, 3),
    },
    document: 'optional',
  },
} as const satisfies Record<string, FactType>

export type FactTypeName = keyof typeof FACT_TYPES
export const TYPE_NAMES = Object.keys(FACT_TYPES) as [FactTypeName, ...FactTypeName[]]

export const factType = (name: string): FactType | undefined => (Object.hasOwn(FACT_TYPES, name) ? FACT_TYPES[name as FactTypeName] : undefined)
/** In words, for a type that may be of another version of this table. */
export function levelWords(type: string, name: string): Words {
  const found = factType(type)
  const { zh, en } = found?.levels[name] ?? { zh: name, en: name }
  return found === undefined ? { zh: name, en: name } : { zh: `${found.zh}·${zh}`, en: `${found.en}: ${en}` }
}
