import type { Bond, BondProject, BondSection } from '../../storage/stores-bonds.ts'
import { minuteOf } from '../../web/beijing.ts'
import { barChart } from '../../web/charts.ts'
import { both, card, facts, linkButton, notice, submit } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Seen } from '../readings.ts'
import { lackOf } from '../state/guarantee.ts'
import { type CenterGuarantees, guaranteesCard } from './center-guarantees.ts'
import type { Placed, Slice } from './center-order.ts'
import { afterRefusal, refusedWords } from './guarantee-words.ts'
import { dueWords } from './list.ts'
import type { BondPage } from './ports.ts'
import { bondBadge, centerPath, findingWords, whereMoneyIs, yuan } from './words.ts'

/** A section for its center's staff: before the opening what was announced and nothing else; afterwards where the money is, what has to go back first, and the guarantees. */
export interface SectionView {
  section: BondSection
  project?: BondProject
  /** `all` for what is said of the whole section; `shown`, and the guarantees for them, on this page */
  opened?: CenterGuarantees & Omit<Slice, 'shown'> & { all: readonly Placed[]; shown: readonly SeenBond[] }
  now: Date
}
type SeenBond = Placed & Omit<Seen, 'bond'>

export function sectionPage({ section, project, opened, now }: SectionView): BondPage {
  const { name, demandedFen, deadline, opensAt, releasedKey } = section
  return {
    title: { zh: name, en: 'Bonds of the section' },
    inside: true,
    body: html`${
      opened === undefined
        ? notice({
            zh: '开标以前，这里不显示任何保证金信息，也不显示有没有、有几笔。',
            en: 'Before the opening nothing of bonds is shown, not even whether there are any.',
          })
        : html`${opened.before === 0 && lateNotice(opened.all)}${refundsCard(opened.shown, section, now)}${opened.before === 0 && html`${moneyCard(opened.all)}${releasedKey === undefined && releaseCard(section)}`}${bondsCard(opened, section, now)}${guaranteesCard(section, opened)}${pagesLine(section, opened)}`
    }
${card(
  facts([
    ...(project === undefined ? [] : [{ name: { zh: '项目', en: 'Project' }, value: `${project.code} ${project.title}` }]),
    { name: { zh: '金额', en: 'Amount' }, value: yuan(demandedFen) },
    { name: { zh: '到账截止', en: 'At the bank before' }, value: minuteOf(deadline) },
    { name: { zh: '开标', en: 'Opening' }, value: opensAt === undefined ? '待定 not announced' : minuteOf(opensAt) },
  ]),
  { zh: '公告', en: 'Announced' },
)}`,
  }
}

function moneyCard(bonds: readonly Placed[]): Markup | false {
  if (bonds.every(({ bond }) => bond.receipt === undefined)) return false
  const rows = whereMoneyIs(bonds.map(({ bond }) => bond))
  return card(barChart({ caption: { zh: '本标段各笔保证金的去向', en: 'Where the bonds of this section are' }, rows }), {
    zh: '钱在哪里',
    en: 'Where the money is',
  })
}

/** Of the whole section, wherever the late ones stand. */
function lateNotice(all: readonly Placed[]): Markup | false {
  const late = all.filter(({ due }) => (due?.daysLeft ?? 0) < 0).length
  return late > 0 && notice({ zh: `${late} 笔已逾期，请立即退还。`, en: `${late} late: pay them back now.` }, 'bad')
}

/** What is late stands first. */
function refundsCard(shown: readonly SeenBond[], section: BondSection, now: Date): Markup | false {
  const due = shown.filter(each => each.due !== undefined)
  if (due.length === 0) return false
  return card(html`<ul class="mandates">${due.map(each => bondLine(each, section, now))}</ul>`, { zh: '应退还', en: 'Refunds due' })
}

function bondsCard({ all, shown }: NonNullable<SectionView['opened']>, section: BondSection, now: Date): Markup | false {
  if (all.length === 0) return card(html`<p class="nothing">${both({ zh: '没有保证金。', en: 'No bonds.' })}</p>`, { zh: '保证金', en: 'Bonds' })
  const rest = shown.filter(({ due }) => due === undefined)
  return rest.length > 0 && card(html`<ul class="mandates">${rest.map(each => bondLine(each, section, now))}</ul>`, { zh: '保证金', en: 'Bonds' })
}

/** Which of them these are, and the way to the others. */
function pagesLine({ id }: BondSection, { all, shown, before, next }: NonNullable<SectionView['opened']>): Markup | false {
  if (before === 0 && next === undefined) return false
  const [from, until] = [before + 1, before + shown.length]
  const which =
    shown.length === 0
      ? { zh: `共 ${all.length} 笔，后面没有了。`, en: `${all.length} in all, and none behind.` }
      : { zh: `第 ${from} 至 ${until} 笔，共 ${all.length} 笔。`, en: `${from} to ${until} of ${all.length}.` }
  return card(
    html`<p class="quiet">${both(which)}</p><p class="card-end">${before > 0 && linkButton(centerPath(id), { zh: '回到第一页', en: 'First page' })} ${next !== undefined && linkButton(`${centerPath(id)}?after=${encodeURIComponent(next)}`, { zh: '更多', en: 'More' })}</p>`,
  )
}

function bondLine({ bond, bidder, payer, due }: SeenBond, section: BondSection, now: Date): Markup {
  const { refused, validUntil = '' } = bond.guarantee ?? {}
  const lack = bond.state === 'held' ? lackOf(bond, section) : undefined
  const amount = bond.totals.in === 0n ? bond.demandedFen : bond.totals.in
  return html`<li class="mandate-line"><div class="mandate-head"><strong>${bidder?.name ?? payer?.name ?? '未解封 sealed'}</strong> ${bondBadge(bond)}</div>
<p class="mandate-more quiet">${yuan(amount)}${wayOf(bond)}${dueWords(due)}</p>
${bond.finding !== undefined && bond.finding !== 'matched' && html`<p class="quiet">${both(findingWords[bond.finding])}</p>`}
${lack !== undefined && notice(LACKS[lack], 'warn')}
${refused !== undefined && html`${notice(refusedWords(refused), 'bad')}<p class="quiet">${both(afterRefusal(now < new Date(validUntil)))}</p>`}
${bond.refundFailure !== undefined && notice({ zh: `银行未能退款：${bond.refundFailure}`, en: 'The bank could not pay it back.' }, 'bad')}</li>`
}

const LACKS = {
  amount: { zh: '保函金额低于招标要求。', en: 'The guarantee is for less than the tender demands.' },
  period: { zh: '保函有效期短于招标要求。', en: 'The guarantee ends sooner than the tender demands.' },
}

const wayOf = ({ guarantee }: Bond): Markup | false => guarantee !== undefined && html` · ${both({ zh: '保函', en: 'guarantee' })}`

const releaseCard = ({ id, lockedKey }: BondSection): Markup =>
  card(
    html`<form class="form" method="post" action="${centerPath(id, 'release')}"><div class="field"><label for="shares">${both({ zh: '保管人份额，每行一份', en: 'Custodians’ shares, one a line' })}</label><textarea id="shares" name="shares" rows="3" maxlength="4000" required spellcheck="false" autocomplete="off" aria-describedby="shares-note"></textarea><p class="field-note" id="shares-note">${both({ zh: `至少 ${lockedKey.threshold} 份。解封以后才看得到投标人和付款人。`, en: `At least ${lockedKey.threshold}. Bidders and payers are shown afterwards.` })}</p></div>${submit({ label: { zh: '解封投标人信息', en: 'Release the names' } })}</form>`,
    { zh: '解封投标人信息', en: 'Names' },
  )
