import type { Guarantee } from '../../storage/stores-guarantees.ts'
import { minuteOf } from '../../web/beijing.ts'
import { actionForm, both, card, copyable, type Fact, facts, notice, type Submit, submit } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { offerName } from '../guarantees/state/offer.ts'
import { guaranteeBadge, unfitWords, wayWords } from './guarantee-words.ts'
import { bondPath, yuan } from './words.ts'

/** Guarantees on a bond's page: whom to ask, what they offer side by side, and how far each is. No issuer stands before another. */
interface View {
  bondId: string
  all: readonly Guarantee[]
  /** those that may be asked now, in an order that prefers none */
  issuers: readonly { id: string; name: Words }[]
  nameOf(issuer: string): Words
  now: Date
}

export function guaranteeCards({ bondId, all, issuers, nameOf, now }: View): Markup {
  return html`${all.length > 0 && card(html`<ul class="mandates">${all.map(each => line(bondId, each, nameOf(each.issuer), now))}</ul>`, { zh: '保函', en: 'Guarantees' })}
${issuers.length > 0 && card(applyForm(bondId, issuers), { zh: '用保函代替缴款', en: 'Use a guarantee instead' })}`
}

function applyForm(bondId: string, issuers: View['issuers']): Markup {
  return html`<p>${both({ zh: '可以向多家申请，再比较报价。出具人只知道本企业名称、金额和期限，不知道是哪个项目。排列次序每次随机。', en: 'Ask as many as you like and compare. An issuer learns who you are, the amount and the period, and not which tender. The order is random each time.' })}</p>
<form class="form" method="post" action="${bondPath(bondId, 'guarantees')}">
<fieldset><legend>${both({ zh: '出具人', en: 'Issuer' })}</legend>${issuers.map(({ id, name }) => html`<label class="choice"><input type="radio" name="issuer" value="${id}" required><span class="choice-words">${both(name)}</span></label>`)}</fieldset>
<fieldset><legend>${both({ zh: '种类', en: 'Kind' })}</legend>${Object.entries(wayWords).map(([way, words], i) => html`<label class="choice"><input type="radio" name="way" value="${way}" required${i === 0 && html` checked`}><span class="choice-words">${both(words)}</span></label>`)}</fieldset>
${submit({ label: { zh: '申请保函', en: 'Apply' } })}</form>`
}

function line(bondId: string, guarantee: Guarantee, name: Words, now: Date): Markup {
  const { id, state, way, unfit, reason, notAmended, noExtension, claims } = guarantee
  const path = (step: string) => bondPath(bondId, `guarantees/${encodeURIComponent(id)}/${step}`)
  const asked = claims.find(({ choice }) => choice === 'asked')
  return html`<li class="mandate-line"><div class="mandate-head"><h3>${both(name)}</h3> <span>${both(wayWords[way])}</span> ${guaranteeBadge(state)}</div>
${state === 'issued' && unfit !== undefined && notice(unfitWords[unfit], 'warn')}
${[reason, notAmended, noExtension].map(words => words !== undefined && notice({ zh: `出具人说明：${words}`, en: 'The issuer’s own words.' }, 'warn'))}
${facts(factsOf(guarantee))}
${buttons(guarantee, now).map(({ step, ...button }) => actionForm(path(step), [button]))}
${
  asked !== undefined &&
  html`${notice({ zh: '交易中心要求延期，否则赔付。请答复出具人。', en: 'The center asks to extend, or to be paid. Answer the issuer.' }, 'warn')}<form class="actions" method="post" action="${path('answer')}"><input type="hidden" name="claim" value="${asked.id}">${submit({ label: { zh: '同意延期', en: 'Extend' }, name: 'choice', value: 'extend' })}${submit({ label: { zh: '不延期，赔付', en: 'Pay' }, look: 'secondary', name: 'choice', value: 'pay' })}</form>`
}</li>`
}

function buttons({ state, offer, amendment }: Guarantee, now: Date): (Submit & { step: string })[] {
  const withdraw = { step: 'withdraw', label: { zh: '撤回申请', en: 'Withdraw' }, look: 'secondary' as const }
  if (state === 'offered' && offer !== undefined && now < new Date(offer.until))
    return [{ step: 'accept', label: { zh: '接受这份报价', en: 'Accept this offer' }, name: 'offer', value: offerName(offer) }, withdraw]
  if (state === 'applied') return [withdraw]
  if (amendment !== undefined) return []
  if (state === 'issued') return [{ step: 'amend', label: { zh: '要求修改', en: 'Ask for an amendment' } }]
  if (state === 'in-force') return [{ step: 'amend', label: { zh: '申请延期', en: 'Ask for an extension' }, look: 'secondary' }]
  return []
}

function factsOf({ asked, offer, document, amendment, verification, claims }: Guarantee): Fact[] {
  const fact = (zh: string, en: string, value: string | Markup | undefined): Fact[] => (value === undefined ? [] : [{ name: { zh, en }, value }])
  return [
    ...fact('担保金额', 'Amount', yuan(document?.fen ?? asked.fen)),
    ...fact('有效至', 'Valid until', minuteOf(document?.validUntil ?? asked.validUntil)),
    ...fact('费用', 'Premium', offer && yuan(offer.priceFen)),
    ...fact('条款', 'Terms', offer?.terms),
    ...fact('报价有效至', 'Offer stands until', document === undefined ? offer && minuteOf(offer.until) : undefined),
    ...fact('保函编号', 'Number', document?.number),
    ...fact('验真码', 'Verification code', document && copyable(verification, 'small')),
    ...fact('正在等出具人答复，延至', 'Asked to hold until', amendment && minuteOf(amendment.validUntil)),
    ...claims.flatMap(({ fen, paidFen }) => fact('索赔 / 已赔付', 'Claimed / paid', `${yuan(fen)} / ${yuan(paidFen)}`)),
  ]
}
