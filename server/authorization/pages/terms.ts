import { ACTS } from '../../kernel/acts.ts'
import { minuteOf, secondOf } from '../../web/beijing.ts'
import type { Words } from '../../web/words.ts'
import type { MandateTerms } from '../terms.ts'
import { yuanOf } from './words.ts'

/** A mandate's terms as people read them, for page and PDF alike; the signed text itself stands in terms.ts and decides. */
export interface TermRow {
  name: Words
  value: string
}

const ANY = '不限'
const listed = (values: readonly string[], name: (value: string) => string = value => value): string =>
  values.length === 0 ? ANY : values.map(name).join('、')

/** @param centerName what the register calls a center, by its client id */
export function termRows(terms: MandateTerms, centerName: (id: string) => string): TermRow[] {
  const { giver, grantee } = terms
  const known = [grantee.idMasked, grantee.phoneMasked].filter(each => each !== undefined)
  return [
    { name: { zh: '被授权人', en: 'Given to' }, value: [grantee.name, ...known].join(' · ') },
    {
      name: { zh: '授权人', en: 'Given by' },
      value: `${giver.name} · ${giver.capacity === 'legal-representative' ? '法定代表人' : '转授权人'}`,
    },
    { name: { zh: '可以办理', en: 'May do' }, value: terms.acts.map(act => ACTS[act].zh).join('、') },
    { name: { zh: '交易中心', en: 'Centers' }, value: listed(terms.centers, centerName) },
    { name: { zh: '项目', en: 'Projects' }, value: listed(terms.projects) },
    { name: { zh: '标段', en: 'Sections' }, value: listed(terms.sections) },
    ...(terms.acts.includes('seal_use') ? [{ name: { zh: '印章', en: 'Seals' }, value: listed(terms.seals) }] : []),
    { name: { zh: '单次金额上限', en: 'Limit for each act' }, value: terms.limitFen === undefined ? ANY : yuanOf(terms.limitFen) },
    { name: { zh: '累计金额上限', en: 'Limit in all' }, value: terms.totalFen === undefined ? ANY : yuanOf(terms.totalFen) },
    { name: { zh: '有效期', en: 'In force' }, value: `${minuteOf(terms.from)} 至 ${minuteOf(terms.until)}（北京时间）` },
    { name: { zh: '转授权', en: 'Passing on' }, value: terms.depth === 0 ? '不可转授权' : `可以转授权 ${terms.depth} 层` },
    {
      name: { zh: '他人同意', en: 'Approvals' },
      value: terms.approvals === 0 ? '不需要' : `除登录外，每次须另有 ${terms.approvals} 人同意`,
    },
    ...(terms.chain.length === 0 ? [] : [{ name: { zh: '转自授权书', en: 'Passed on from' }, value: terms.chain.join('、') }]),
    { name: { zh: '订立时间', en: 'Made' }, value: secondOf(terms.madeAt) },
    { name: { zh: '编号', en: 'Number' }, value: terms.id },
  ]
}
