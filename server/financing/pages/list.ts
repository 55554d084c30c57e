import type { Deal, DealFlow, Financing } from '../../storage/stores-financing.ts'
import { minuteOf } from '../../web/beijing.ts'
import { both, card, type Fact, facts, linkButton } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import { acceptedOf } from '../state/step.ts'
import type { FinancingPage } from './ports.ts'
import { caseBadge, dealPath, financingPath, groundWords, newPath, yuan } from './words.ts'

/** A company's deals and its applications, the newest of the page first. */
export function listPage({
  deals,
  applications,
  more,
}: {
  deals: readonly Deal[]
  applications: readonly Financing[]
  more: string | undefined
}): FinancingPage {
  return {
    title: { zh: '成交与融资', en: 'Deals and financing' },
    lead: {
      zh: '中标成交后向自己选择的银行申请融资，并排比较报价。没有您的授权，银行什么也看不到。',
      en: 'After a deal, apply to the banks that you choose and compare their offers. Without your consent no bank is shown anything.',
    },
    body: html`${card(
      applications.length === 0
        ? nothing({ zh: '还没有融资申请。', en: 'No applications yet.' })
        : html`<ul class="mandates">${newest(applications, each => each.appliedAt).map(application)}</ul>`,
      { zh: '我的申请', en: 'My applications' },
    )}
${card(
  deals.length === 0
    ? nothing({ zh: '还没有成交。交易中心报送后显示在这里。', en: 'No deals yet. They appear once a trading center reports them.' })
    : html`<ul class="mandates">${newest(deals, each => each.reportedAt).map(dealLine)}</ul>`,
  { zh: '我的成交', en: 'My deals' },
)}${more !== undefined && html`<p class="card-end">${linkButton(more, { zh: '更多', en: 'More' })}</p>`}`,
  }
}

const newest = <Each>(all: readonly Each[], at: (each: Each) => string): Each[] => [...all].sort((a, b) => (at(a) < at(b) ? 1 : -1))

function application(financing: Financing): Markup {
  const won = acceptedOf(financing)
  const offers = financing.cases.filter(({ offer }) => offer !== undefined).length
  return html`<li class="mandate-line"><div class="mandate-head"><a href="${financingPath(financing.id)}"><strong>${both(kindWords[financing.kind])}</strong></a> ${won === undefined ? html`<span>${both({ zh: `${offers} 份报价`, en: `${offers} offers` })}</span>` : caseBadge(won.state)}</div>
<p class="mandate-more quiet">${yuan(financing.fen)} · ${both({ zh: `${financing.termDays} 天`, en: `${financing.termDays} days` })} · ${minuteOf(financing.appliedAt)}</p></li>`
}
export const kindWords: Record<Financing['kind'], Words> = {
  'deal-loan': { zh: '中标融资', en: 'Loan on a deal' },
  'bond-loan': { zh: '保证金贷款', en: 'Loan for a bid bond' },
}

const dealLine = ({ id, title, contract, fen, signedOn }: Deal): Markup =>
  html`<li class="mandate-line"><div class="mandate-head"><a href="${dealPath(id)}"><strong>${title}</strong></a> <span class="number">${yuan(fen)}</span></div>
<p class="mandate-more quiet">${contract} · ${signedOn}</p></li>`

/** One deal, and who was told of it. */
export function dealPage({
  deal,
  center,
  flows,
  bankName,
}: {
  deal: Deal
  center: string
  flows: readonly DealFlow[]
  bankName: (id: string) => Words
}): FinancingPage {
  return {
    title: { zh: deal.title, en: 'Deal' },
    inside: true,
    body: html`${card(html`${facts(factsOf(deal, center))}<p class="card-end">${linkButton(newPath('deal-loan', deal.id), { zh: '申请融资', en: 'Apply for financing' }, 'primary')}</p>`, { zh: '成交', en: 'The deal' })}
${card(
  flows.length === 0
    ? nothing({ zh: '没有提供给任何银行。', en: 'No bank was told of it.' })
    : html`<ol class="signatures">${flows.map(({ bank, ground, at }) => html`<li><strong>${both(bankName(bank))}</strong> ${both(groundWords(ground))} <span class="quiet number">${minuteOf(at)}</span></li>`)}</ol>`,
  { zh: '提供给了谁', en: 'Who was told' },
)}`,
  }
}

const factsOf = ({ project, section, fen, contract, signedOn }: Deal, center: string): Fact[] => [
  { name: { zh: '交易中心', en: 'Trading center' }, value: center },
  { name: { zh: '项目', en: 'Project' }, value: project },
  ...(section === undefined ? [] : [{ name: { zh: '标段', en: 'Section' }, value: section }]),
  { name: { zh: '合同金额', en: 'Contract sum' }, value: yuan(fen) },
  { name: { zh: '合同编号', en: 'Contract' }, value: contract },
  { name: { zh: '签订日期', en: 'Signed on' }, value: signedOn },
]

const nothing = (words: Words): Markup => html`<p class="nothing">${both(words)}</p>`
