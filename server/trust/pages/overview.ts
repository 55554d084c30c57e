import type { TrustVersionRow } from '../../storage/stores-trust.ts'
import { dayOf } from '../../web/beijing.ts'
import { badge, both, facts, notice, submit } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { Proposal } from '../decisions.ts'
import { SCOPES, type TrustedCa } from '../entry.ts'
import { latestFacts, proposalsCard, versionList } from './changes.ts'
import { at, paging, placesNav } from './nav.ts'
import type { Part, Wanted } from './select.ts'
import { filingNames, holderNames, type State, stateNames, stateOf, stateTones, useNames } from './words.ts'

/** The operator's first look: the version in force and who made it, what waits for a second person, and every CA with its standing, to be searched. */
export interface OverviewView {
  version: number
  wanted: Wanted
  /** those that fit what was asked */
  part: Part<TrustedCa>
  found: number
  all: number
  states: Record<State, number>
  /** certificates of holders that were taken in */
  counts: { all: number; byCa: Readonly<Record<string, number>> }
  proposals: readonly Proposal[]
  versions: readonly TrustVersionRow[]
  now: Date
}

const STATES = Object.keys(stateNames) as State[]
const MOST_PROPOSALS = 5

export function overviewPage(view: OverviewView): string {
  const { version, wanted, part, found, all, counts, proposals, versions, now } = view
  const query = { q: wanted.q ?? '', state: wanted.state ?? '', use: wanted.use ?? '' }
  return page({
    title: { zh: '信任列表', en: 'Trust list' },
    scripts: ['copy.js'],
    body: html`${placesNav('list')}
${facts([...latestFacts(version, versions[0]), { name: { zh: '已接收的持有人证书', en: 'Known certificates of holders' }, value: String(counts.all) }])}
${proposals.length > 0 && html`${proposalsCard(proposals.slice(0, MOST_PROPOSALS))}${proposals.length > MOST_PROPOSALS && html`<p><a href="/trust/changes">${both({ zh: '全部提案', en: 'All proposals' })}</a></p>`}`}
<section class="card"><h2 id="cas">${both({ zh: '机构', en: 'CAs' })}</h2>
${
  all === 0
    ? notice(
        {
          zh: '列表是空的：还不认可任何机构。请用 shield trust import 导入。',
          en: 'The list is empty: no CA is trusted yet. Import with shield trust import.',
        },
        'warn',
      )
    : html`${stateLinks(view)}${filterForm(wanted)}
<p role="status">${both({ zh: `共 ${all} 家，符合条件 ${found} 家。`, en: `${found} of ${all} fit.` })} ${found < all && html`<a href="/trust">${both({ zh: '显示全部', en: 'Show all' })}</a>`}</p>
${found > 0 && caTable(part.items, counts.byCa, now)}${paging('/trust', query, part)}`
}</section>
<section class="card" aria-labelledby="latest"><h2 id="latest">${both({ zh: '最近的变更', en: 'Latest changes' })}</h2>${versionList(versions)}
<p><a href="/trust/changes">${both({ zh: '全部变更与提案', en: 'All changes and proposals' })}</a></p></section>`,
  })
}

function stateLinks({ states, wanted }: OverviewView): Markup {
  return html`<ul class="state-links" aria-label="按状态 By state">${STATES.filter(state => states[state] > 0).map(state => {
    const address = at('/trust', { state })
    return html`<li><a href="${address}"${wanted.state === state && html` aria-current="true"`}>${badge(stateNames[state], stateTones[state])} <strong>${states[state]}</strong></a></li>`
  })}</ul>`
}

function filterForm({ q, state, use }: Wanted): Markup {
  const option = (value: string, words: Words, chosen: string | undefined) =>
    html`<option value="${value}"${value === (chosen ?? '') && html` selected`}>${words.zh} ${words.en}</option>`
  const any = { zh: '不限', en: 'Any' }
  return html`<form class="form-row" method="get" action="/trust" role="search" aria-label="筛选机构 Filter CAs">
<div class="field"><label for="q">${both({ zh: '查找', en: 'Search' })}</label><input id="q" name="q" type="search" maxlength="80" value="${q ?? ''}" placeholder="名称、编号、地区、银行"></div>
<div class="field"><label for="state">${both({ zh: '状态', en: 'State' })}</label><select id="state" name="state">${option('', any, state)}${STATES.map(each => option(each, stateNames[each], state))}</select></div>
<div class="field"><label for="use">${both({ zh: '用途', en: 'Use' })}</label><select id="use" name="use">${option('', any, use)}${SCOPES.map(each => option(each, useNames[each], use))}${option('none', LEADS, use)}</select></div>
${submit({ label: { zh: '筛选', en: 'Filter' }, look: 'secondary' })}</form>`
}

const LEADS: Words = { zh: '仅作上级', en: 'Leads to others' }

function caTable(cas: readonly TrustedCa[], known: Readonly<Record<string, number>>, now: Date): Markup {
  return html`<div class="table-scroll" tabindex="0" role="region" aria-labelledby="cas"><table class="record-table">
<thead><tr><th scope="col">${both({ zh: '机构', en: 'CA' })}</th><th scope="col">${both({ zh: '状态', en: 'State' })}</th><th scope="col">${both({ zh: '用途与持有人', en: 'Uses and holders' })}</th><th scope="col">${both({ zh: '资质与备案', en: 'Qualification, filing' })}</th><th scope="col">${both({ zh: '地区与银行', en: 'Region, banks' })}</th><th scope="col">${both({ zh: '证书', en: 'Certificates' })}</th></tr></thead>
<tbody>${cas.map(ca => caRow(ca, known[ca.id] ?? 0, now))}</tbody></table></div>`
}

function caRow(ca: TrustedCa, holders: number, now: Date): Markup {
  const { id, name, scope, qualification, filing, region, banks, certificates } = ca
  const state = stateOf(ca, now)
  return html`<tr${state === 'distrusted' && html` class="failed"`}>
<th scope="row"><a href="/trust/cas/${id}">${name.zh}</a><br><span lang="en">${name.en}</span> <code>${id}</code></th>
<td>${badge(stateNames[state], stateTones[state])}${stateDate(ca, state)}</td>
<td>${scope.uses.length === 0 ? both(LEADS) : html`${scope.uses.map(use => useNames[use].zh).join('、')}<br><span class="quiet">${scope.holders.map(holder => holderNames[holder].zh).join('、')}</span>`}</td>
<td>${qualification.state === 'none' ? both({ zh: '无政务资质', en: 'Not qualified' }) : qualificationCell(qualification, now)}<br>${filing.state === 'to-correct' ? badge(filingNames['to-correct'], 'warn') : html`<span class="quiet">${filingNames[filing.state].zh}</span>`}</td>
<td data-label="地区">${region ?? html`<span class="quiet">—</span>`}${banks.length > 0 && html`<br><span class="quiet">${banks.slice(0, 6).join(', ')}${banks.length > 6 && ` … ${banks.length}`}</span>`}</td>
<td class="number">${both({ zh: `机构 ${certificates.length}`, en: 'CA' })}<br>${both({ zh: `持有人 ${holders}`, en: 'holders' })}</td>
</tr>`
}

function qualificationCell({ until }: Extract<TrustedCa['qualification'], { state: 'qualified' }>, now: Date): Markup {
  if (until === undefined) return badge({ zh: '政务资质', en: 'Qualified' }, 'good')
  const ended = new Date(until) <= now
  return html`${badge(ended ? { zh: '政务资质已过期', en: 'Qualification ended' } : { zh: '政务资质', en: 'Qualified' }, ended ? 'bad' : 'good')}<br><span class="quiet number">${dayOf(until)}</span>`
}

/** The date that a state is about. */
function stateDate({ joins, leaves, distrusted }: TrustedCa, state: State): Markup | false {
  const date = { 'in-force': undefined, leaving: leaves, left: leaves, 'not-yet': joins, distrusted: distrusted?.since }[state]
  return date !== undefined && html`<br><span class="quiet number">${dayOf(date)}</span>`
}
