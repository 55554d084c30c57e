import { ACTS } from '../../kernel/acts.ts'
import type { ProjectKind, RestrictedAct } from '../../kernel/restrictions.ts'
import type { Measure } from '../../storage/stores-enforcement.ts'
import { dayOf } from '../../web/beijing.ts'
import { badge, both, card, type Fact, facts, linkButton } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'

/** A company's measures: what each refuses or flags, where, until when, and how it is repaired. */
export const MEASURES = '/workbench/measures'

const ACT_WORDS: Record<RestrictedAct, Words> = {
  login: ACTS.login,
  mandate_sign: { zh: '签署授权书', en: 'sign mandates' },
  bond_pay: ACTS.bond_pay,
  bid_submit: ACTS.bid_submit,
}
const KIND_WORDS: Record<ProjectKind, Words> = {
  bidding: { zh: '招标投标', en: 'bidding' },
  procurement: { zh: '政府采购', en: 'government procurement' },
  land: { zh: '土地使用权', en: 'land' },
  mineral: { zh: '矿业权', en: 'mining rights' },
  'state-property': { zh: '国有产权', en: 'state property' },
  medicine: { zh: '药品耗材', en: 'medicine' },
}

export function listBody(measures: readonly Measure[], next: string | undefined, now: Date, nameOf: (center: string) => string): Markup {
  if (measures.length === 0)
    return card(
      html`<p class="nothing">${both({ zh: '没有关于本企业的惩戒措施。', en: 'There is no measure against the company.' })}</p>${backToCredit()}`,
    )
  return html`${measures.map(measure => measureCard(measure, now, nameOf))}
${next !== undefined && html`<nav class="paging" aria-label="翻页 Pages">${linkButton(`${MEASURES}?after=${encodeURIComponent(next)}`, { zh: '更早的', en: 'Older' })}</nav>`}
${backToCredit()}`
}

const backToCredit = () => html`<p>${linkButton('/workbench/credit', { zh: '我的信用', en: 'My credit' })}</p>`

function measureCard(measure: Measure, now: Date, nameOf: (center: string) => string): Markup {
  const { terms, effect, source, number } = measure
  const { words, tone, counts } = standingOf(measure, now)
  return card(
    html`<p>${badge(words, tone)} ${badge(effect === 'refuse' ? { zh: '不得办理', en: 'refused' } : { zh: '提示中心', en: 'told to the center' }, effect === 'refuse' ? 'bad' : 'warn')}</p>
${facts([
  { name: { zh: '影响的事项', en: 'Reaches' }, value: listed(terms.acts.map(act => ACT_WORDS[act])) },
  { name: { zh: '范围', en: 'Where' }, value: whereOf(measure, nameOf) },
  { name: { zh: '期限', en: 'Period' }, value: `${terms.from} – ${terms.until}` },
  { name: { zh: '依据', en: 'Basis' }, value: terms.basis },
  { name: { zh: '文书', en: 'Decision' }, value: terms.document },
  { name: { zh: '认定单位', en: 'Recognised by' }, value: terms.authority },
  { name: { zh: '编号', en: 'Number' }, value: `${number}（${source}）` },
  { name: { zh: '证据摘要（SM3）', en: 'Evidence' }, value: html`<code class="digest">${terms.evidence}</code>` },
  ...endOf(measure),
])}
${
  counts &&
  html`<h3>${both({ zh: '怎样修复', en: 'How to repair it' })}</h3><p>${terms.repair}</p>
<p>${both({ zh: `修复和异议由认定单位办理：${terms.authority}，${terms.contact}。修复或解除后立即停止生效。`, en: `Repairs and objections are for who recognised it: ${terms.contact}. It stops at once when it is repaired or lifted.` })}</p>
<p class="quiet">${both({ zh: '解密已递交的投标文件、退还保证金、信用授权不受影响。', en: 'Decrypting what was handed in, refunds and consents are not affected.' })}</p>`
}`,
    { zh: terms.list, en: 'Measure' },
  )
}

function standingOf({ state, fromAt, untilAt }: Measure, now: Date): { words: Words; tone: 'bad' | 'good' | 'info' | 'plain'; counts: boolean } {
  if (state === 'repaired') return { words: { zh: '已修复', en: 'repaired' }, tone: 'good', counts: false }
  if (state === 'lifted') return { words: { zh: '已解除', en: 'lifted' }, tone: 'good', counts: false }
  if (new Date(untilAt) <= now) return { words: { zh: '已到期', en: 'over' }, tone: 'plain', counts: false }
  if (new Date(fromAt) > now) return { words: { zh: '尚未开始', en: 'not yet' }, tone: 'info', counts: true }
  return { words: { zh: '生效中', en: 'in force' }, tone: 'bad', counts: true }
}

function whereOf({ terms: { centers, regions, kinds } }: Measure, nameOf: (center: string) => string): Markup | string {
  const parts: Words[] = [
    ...centers.map(center => ({ zh: nameOf(center), en: center })),
    ...regions.map(region => ({ zh: `行政区划 ${region}`, en: `region ${region}` })),
    ...kinds.map(kind => KIND_WORDS[kind]),
  ]
  return parts.length === 0 ? both({ zh: '各交易中心', en: 'every center' }) : listed(parts)
}

const listed = (words: readonly Words[]): Markup => both({ zh: words.map(({ zh }) => zh).join('、'), en: words.map(({ en }) => en).join(', ') })

const endOf = ({ ended }: Measure): Fact[] =>
  ended === undefined ? [] : [{ name: { zh: '结束', en: 'Ended' }, value: `${dayOf(ended.at)} ${ended.why}` }]
