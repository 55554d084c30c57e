import type { Bond } from '../../storage/stores-bonds.ts'
import { minuteOf } from '../../web/beijing.ts'
import { actionForm, both, card, copyable, type Fact, facts, notice } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { BondEvent } from '../state/events.ts'
import { lackOf } from '../state/guarantee.ts'
import { balanceOf } from '../state/movements.ts'
import { refusedWords, unfitWords } from './guarantee-words.ts'
import { type BondLineView, dueWords } from './list.ts'
import type { BondPage } from './ports.ts'
import { bondBadge, bondPath, eventWords, findingWords, projectPath, timeOf, yuan } from './words.ts'

export interface BondView extends BondLineView {
  account?: string
  bankName?: string
  events: readonly BondEvent[]
  /** what was asked of issuers, and what may be */
  guarantees?: Markup
  now: Date
}

/** One bond: where to pay, how far it is, what happened when, and what comes back. */
export function bondPage(view: BondView): BondPage {
  const { bond, section, project, account, events, due, now, guarantees } = view
  const mayWithdraw = section?.state === 'open' && now < new Date(section.deadline) && ['expected', 'received', 'held'].includes(bond.state)
  const lack = section === undefined || bond.state !== 'held' ? undefined : lackOf(bond, section)
  return {
    title: { zh: project?.title ?? '未对应标段的来款', en: project === undefined ? 'Money without a section' : 'Bid bond' },
    inside: true,
    scripts: ['copy.js'],
    body: html`${bond.finding !== undefined && bond.finding !== 'matched' && bond.totals.returned === 0n && notice(findingWords[bond.finding], 'warn')}
${bond.refundFailure !== undefined && notice({ zh: `银行未能退款：${bond.refundFailure}。请与开户银行和交易中心联系。`, en: 'The bank could not pay it back. Talk to your bank and the trading center.' }, 'bad')}
${lack !== undefined && notice(unfitWords[lack], 'bad')}
${bond.guarantee?.refused !== undefined && notice(refusedWords(bond.guarantee.refused), 'warn')}
${account !== undefined && bond.state === 'expected' && card(payCard(view, account), { zh: '向这个账户缴纳', en: 'Pay into this account' })}
${card(html`<p>${bondBadge(bond)}${dueWords(due)}</p>${facts(factsOf(view))}`, { zh: '情况', en: 'How it stands' })}
${guarantees}
${events.length > 0 && card(html`<ol class="signatures">${events.map(event => html`<li><strong>${both(eventWords(event))}</strong> <span class="quiet number">${minuteOf(timeOf(event))}</span></li>`)}</ol>`, { zh: '经过', en: 'What happened' })}
${mayWithdraw && card(html`<p>${both({ zh: '投标截止前可以撤回投标，已缴的保证金原路退回。', en: 'Before the deadline the bid can be withdrawn; what was paid goes back the way it came.' })}</p>${actionForm(bondPath(bond.id, 'withdraw'), [{ label: { zh: '撤回投标，退还保证金', en: 'Withdraw and get it back' }, look: 'secondary' }])}`, { zh: '撤回', en: 'Withdraw' })}`,
  }
}

function payCard({ section, bankName, bond }: BondView, account: string): Markup {
  return html`<p>${copyable(account, 'large')}</p>${facts([
    ...(bankName === undefined ? [] : [{ name: { zh: '开户银行', en: 'Bank' }, value: bankName }]),
    { name: { zh: '金额', en: 'Amount' }, value: yuan(bond.demandedFen), why: { zh: '一次足额', en: 'in one payment' } },
    ...(section === undefined ? [] : [{ name: { zh: '到账截止', en: 'At the bank before' }, value: minuteOf(section.deadline) }]),
  ])}${notice({ zh: '只能从本企业登记的基本账户转账，每次投标一个子账户，不要给别人使用。', en: 'Pay from your registered basic account only. The sub-account is for this bid alone; give it to nobody.' }, 'info')}`
}

function factsOf({ bond, section, project }: BondView): Fact[] {
  const money = (zh: string, en: string, fen: bigint): Fact[] => (fen === 0n ? [] : [{ name: { zh, en }, value: yuan(fen) }])
  return [
    ...(project === undefined
      ? []
      : [{ name: { zh: '项目', en: 'Project' }, value: html`${project.code} <a href="${projectPath(project.id)}">${project.title}</a>` }]),
    ...(section === undefined ? [] : [{ name: { zh: '标段', en: 'Section' }, value: section.name }]),
    ...money('应缴', 'Demanded', bond.demandedFen),
    ...(bond.guarantee === undefined ? [] : [{ name: { zh: '保函有效至', en: 'Guaranteed until' }, value: minuteOf(bond.guarantee.validUntil) }]),
    ...money('出具人已赔付', 'Paid by the issuer', bond.guarantee?.paidFen ?? 0n),
    ...money('收到', 'Received', bond.totals.in),
    ...money('利息', 'Interest', bond.totals.interest),
    ...money('不予退还', 'Kept', bond.totals.forfeited),
    ...money('转为履约保证金', 'To performance bond', bond.totals.toPerformance),
    ...money('服务费', 'Fee', bond.totals.fee),
    ...money('已退还', 'Returned', bond.totals.returned),
    ...money('银行余额', 'With the bank', balanceOf(bond.totals)),
    ...(orderOf(bond) === undefined ? [] : [{ name: { zh: '预计到账', en: 'Expected back' }, value: orderOf(bond) ?? '' }]),
  ]
}

const orderOf = ({ order, state }: Bond): string | undefined =>
  order === undefined || state !== 'returning' ? undefined : `${order.valueDay}，${yuan(order.fen + order.interestFen)}`
