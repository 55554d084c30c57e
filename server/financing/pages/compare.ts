import { DATA_SETS, type DataSet } from '../../kernel/data-consent.ts'
import type { Financing, FinancingCase, FinancingOffer } from '../../storage/stores-financing.ts'
import { minuteOf } from '../../web/beijing.ts'
import { barChart } from '../../web/charts.ts'
import { actionForm, both, card, type Fact, facts, notice, submit } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { Applied } from '../rows.ts'
import { byCost, interestOf, totalCostOf, yearlyMillionthsOf } from '../state/cost.ts'
import type { FinancingEvent } from '../state/events.ts'
import { acceptedOf } from '../state/step.ts'
import { kindWords } from './list.ts'
import type { FinancingPage } from './ports.ts'
import { caseBadge, eventWords, financingPath, percent, yuan } from './words.ts'

export interface CompareView {
  financing: Financing
  events: readonly (FinancingEvent | Applied)[]
  bankName: (id: string) => Words
  problem: Words | undefined
  now: Date
}
type Offered = FinancingCase & { offer: FinancingOffer }

/** One application: the offers side by side by what they cost in all, the acceptance, and how far the loan is. */
export function comparePage(view: CompareView): FinancingPage {
  const { financing, events, bankName, problem } = view
  const won = acceptedOf(financing)
  const offers = financing.cases.filter((one): one is Offered => one.offer !== undefined).sort((a, b) => byCost(a.offer, b.offer))
  const others = financing.cases.filter(({ offer }) => offer === undefined)
  const waiting = financing.cases.some(({ state }) => state === 'applied' || state === 'offered')
  return {
    title: kindWords[financing.kind],
    inside: true,
    body: html`${problem !== undefined && notice(problem, 'bad')}
${won !== undefined && card(html`<p><strong>${both(bankName(won.bank))}</strong> ${caseBadge(won.state)}</p>${won.reason !== undefined && html`<p>${won.reason}</p>`}`, { zh: '进度', en: 'Progress' })}
${offers.length > 0 && card(html`${chart(offers, bankName)}<p class="quiet">${both({ zh: '总费用 = 全部期限的利息（一年按 360 天）+ 费用，从低到高排列。没有银行可以花钱排在前面。', en: 'Total cost is interest for the whole term (360 days a year) and fees, lowest first. No bank can buy a place.' })}</p>`, { zh: '总费用比较', en: 'Total cost' })}
${offers.filter(one => won === undefined || one === won).map(one => card(offerCard(view, one), bankName(one.bank)))}
${won !== undefined && offers.length > 1 && card(html`${offers.filter(one => one !== won).map(one => html`<details class="help"><summary>${both(bankName(one.bank))} <span class="number">${yuan(totalCostOf(one.offer))}</span></summary>${offerCard(view, one)}</details>`)}`, { zh: '没有接受的报价', en: 'Offers not accepted' })}
${others.length > 0 && card(html`<ul class="mandates">${others.map(({ bank, state, reason }) => html`<li class="mandate-line"><div class="mandate-head"><strong>${both(bankName(bank))}</strong> ${caseBadge(state)}</div>${reason !== undefined && html`<p class="mandate-more quiet">${reason}</p>`}</li>`)}</ul>`, { zh: '其他银行', en: 'Other banks' })}
${card(html`<ol class="signatures">${events.map(event => html`<li><strong>${both(eventWords(event, 'bank' in event ? bankName(event.bank) : NOBODY))}</strong> <span class="quiet number">${minuteOf(event.at)}</span></li>`)}</ol>`, { zh: '经过', en: 'What happened' })}
${card(facts(factsOf(financing)), { zh: '申请', en: 'The application' })}
${won === undefined && waiting && card(actionForm(financingPath(financing.id, 'withdraw'), [{ label: { zh: '撤回申请', en: 'Withdraw the application' }, look: 'secondary' }]), { zh: '撤回', en: 'Withdraw' })}`,
  }
}
const NOBODY = { zh: '', en: '' }

const chart = (offers: readonly Offered[], bankName: CompareView['bankName']): Markup =>
  barChart({
    caption: { zh: '各银行报价的总费用', en: 'What each offer costs in all' },
    rows: offers.map(({ bank, offer }) => {
      const fen = totalCostOf(offer)
      return { label: bankName(bank), value: Number(fen), text: yuan(fen), look: 'bank' }
    }),
  })

function offerCard({ financing, now }: CompareView, { bank, state, offer }: Offered): Markup {
  const over = Date.parse(offer.validUntil) <= now.getTime()
  return html`<p>${caseBadge(state)}</p>${facts(termsOf(offer))}
${state === 'offered' && over && notice({ zh: '这份报价已经过期。', en: 'This offer has expired.' }, 'warn')}
${state === 'offered' && !over && html`<form class="actions" method="post" action="${financingPath(financing.id, 'accept')}"><input type="hidden" name="bank" value="${bank}"><input type="hidden" name="serial" value="${offer.serial}">${submit({ label: { zh: '接受这份报价', en: 'Accept this offer' } })}</form>`}`
}

const termsOf = (offer: FinancingOffer): Fact[] => [
  { name: { zh: '金额', en: 'Amount' }, value: yuan(offer.fen) },
  { name: { zh: '年利率', en: 'Yearly rate' }, value: percent(offer.rateMillionths) },
  { name: { zh: '期限', en: 'Term' }, value: `${offer.termDays} 天 days` },
  { name: { zh: '利息', en: 'Interest' }, value: yuan(interestOf(offer)) },
  { name: { zh: '费用', en: 'Fees' }, value: yuan(offer.feeFen) },
  { name: { zh: '总费用', en: 'Total cost' }, value: yuan(totalCostOf(offer)) },
  { name: { zh: '含费用年化', en: 'A year, fees included' }, value: percent(yearlyMillionthsOf(offer)) },
  { name: { zh: '有效至', en: 'Stands until' }, value: minuteOf(offer.validUntil) },
  { name: { zh: '条件', en: 'Conditions' }, value: offer.conditions },
]

const factsOf = ({ fen, termDays, appliedAt, cases }: Financing): Fact[] => [
  { name: { zh: '金额', en: 'Amount' }, value: yuan(fen) },
  { name: { zh: '期限', en: 'Term' }, value: `${termDays} 天 days` },
  { name: { zh: '申请时间', en: 'Applied' }, value: minuteOf(appliedAt) },
  { name: { zh: '提供的数据', en: 'Data given' }, value: dataOf(cases) },
]

/** In the words of the consents; what they do not know is shown by its name. */
function dataOf(cases: readonly FinancingCase[]): Markup {
  const sets = [...new Set(cases.flatMap(({ given }) => given.map(each => each.dataSet)))]
  return html`${sets.map(set => html`<span>${both(Object.hasOwn(DATA_SETS, set) ? DATA_SETS[set as DataSet] : { zh: set, en: set })}</span><br>`)}`
}
