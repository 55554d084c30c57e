import type { Bond, BondProject, BondSection } from '../../storage/stores-bonds.ts'
import { minuteOf } from '../../web/beijing.ts'
import { barChart } from '../../web/charts.ts'
import { both, card, linkButton, notice } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { Due } from '../dues.ts'
import type { BondPage } from './ports.ts'
import { BONDS, bondBadge, bondPath, findingWords, KEPT_AT_BANK, whereMoneyIs, yuan } from './words.ts'

export interface BondLineView {
  bond: Bond
  section?: BondSection
  project?: BondProject
  due?: Due
}

/** A company's bonds and where each yuan is. */
export function listPage({ lines, next, staff }: { lines: readonly BondLineView[]; next?: string; staff?: boolean }): BondPage {
  return {
    title: { zh: '投标保证金', en: 'Bid bonds' },
    lead: {
      zh: '每一笔钱在哪里、什么时候退、退多少利息，都在这里。开标以前只有本企业和开户银行看得到。',
      en: 'Where each yuan is, when it comes back, with how much interest. Before the opening nobody but you and the bank sees any of it.',
    },
    body: html`${staff === true && html`<p>${linkButton(`${BONDS}/center`, { zh: '本中心的保证金', en: 'Our center’s bonds' })}</p>`}
${lines.length > 0 && card(whereItIs(lines), { zh: '钱在哪里', en: 'Where the money is' })}
${card(
  html`${lines.length === 0 ? nothing({ zh: '还没有保证金。在交易中心的项目页面进入“缴纳保证金”，取得本企业的子账户。', en: 'None yet. Follow “pay the bond” on a project’s page at the trading center to get your sub-account.' }) : html`<ul class="mandates">${lines.map(line)}</ul>`}${next !== undefined && html`<p class="card-end">${linkButton(`${BONDS}?after=${encodeURIComponent(next)}`, { zh: '更多', en: 'More' })}</p>`}`,
  { zh: '我的保证金', en: 'My bonds' },
)}`,
  }
}

function whereItIs(lines: readonly BondLineView[]): Markup {
  const rows = whereMoneyIs(lines.map(({ bond }) => bond))
  return barChart({ caption: { zh: '本页各笔保证金的去向', en: 'Where the bonds on this page are' }, rows })
}

export function line({ bond, section, project, due }: BondLineView): Markup {
  return html`<li class="mandate-line"><div class="mandate-head"><a href="${bondPath(bond.id)}"><strong>${project?.title ?? '未对应标段的来款'}</strong></a> ${bondBadge(bond)}</div>
<p class="mandate-more quiet">${section !== undefined && html`${section.name} · `}${yuan(bond.totals.in === 0n ? bond.demandedFen : bond.totals.in)}${section !== undefined && bond.state === 'expected' && html` · ${both({ zh: `截止 ${minuteOf(section.deadline)}`, en: 'deadline' })}`}${dueWords(due)}</p>
${bond.finding !== undefined && bond.finding !== 'matched' && KEPT_AT_BANK.has(bond.state) && notice(findingWords[bond.finding], 'warn')}</li>`
}

export function dueWords(due: Due | undefined): Markup | false {
  if (due?.day === undefined) return false
  const { day, daysLeft = 0 } = due
  const left =
    daysLeft < 0 ? { zh: `已逾期 ${-daysLeft} 天`, en: `${-daysLeft} days late` } : { zh: `还有 ${daysLeft} 天`, en: `${daysLeft} days left` }
  return html` · ${both({ zh: `应在 ${day} 前退还，${left.zh}`, en: `due by ${day}, ${left.en}` })}`
}

const nothing = (words: Words): Markup => html`<p class="nothing">${both(words)}</p>`
