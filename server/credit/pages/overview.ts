import type { ReportKind, ScoreDay, SubjectKind } from '../../storage/stores-credit.ts'
import { barChart } from '../../web/charts.ts'
import { badge, both, card, linkButton, notice, submit } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'
import { levelWords } from '../facts/types.ts'
import type { CitedFact, Reason, Reckoned } from '../model/compute.ts'
import type { Model } from '../model/model.ts'
import { scoreChart } from './chart.ts'
import { CREDIT, factPath, KINDS, REPORTS } from './words.ts'

/** My credit: the score, how it went, why it is not higher and what would raise it, each reason with its source. */
export interface OverviewView {
  kind: Exclude<SubjectKind, 'expert'>
  report: ReportKind
  /** what can be looked at beside it */
  kinds: readonly Exclude<SubjectKind, 'expert'>[]
  model: Model
  reckoned: Reckoned
  scores: readonly ScoreDay[]
  today: string
  nameOf: (source: string) => string
  wish?: { on: string; without: readonly string[]; would: number }
}

export function overviewBody(view: OverviewView): Markup {
  const { kind, report, model, reckoned, scores, today } = view
  const action = `${CREDIT}/report`
  const { score, most, undisputed } = reckoned
  return html`${choices(view)}
${card(html`<div class="score"><p class="score-number"><strong>${score}</strong> <span>/ ${most}</span></p>
<p>${both({ zh: `今天（${today}）的${REPORTS[report].zh}`, en: `${REPORTS[report].en} today` })}</p></div>
${undisputed !== score && notice({ zh: `不计有异议的记录时是 ${undisputed} 分；报告里两个分数都写明。`, en: `${undisputed} without what is disputed; reports tell both.` })}
${barChart({
  caption: { zh: '各项得分', en: 'Points by factor' },
  rows: model.factors.map(({ code, title, most: all }) => {
    const got = reckoned.factors.find(each => each.code === code)?.got ?? 0
    return { label: title, value: (got / all) * 100, text: `${got} / ${all}`, look: 'broker' as const }
  }),
})}
${scoreChart(scores, today, most)}`)}
${reasonsCard(view)}
${wishCard(view)}
${card(
  html`<p>${both({ zh: '下载一份带平台签名的报告，写明每一分的来源，可以用 shield credit verify 核验。', en: 'A report that the platform signs, with the source of every point; verify it with shield credit verify.' })}</p>
<form class="actions" method="post" action="${action}"><input type="hidden" name="kind" value="${kind}"><input type="hidden" name="report" value="${report}">${submit({ label: { zh: '下载签名报告', en: 'Download the signed report' }, look: 'secondary' })}
${linkButton(`${CREDIT}/facts?kind=${kind}`, { zh: '全部信用记录', en: 'All records' })}
${linkButton(`${CREDIT}/given?kind=${kind}`, { zh: '谁查询过', en: 'Who queried' })}
${linkButton('/workbench/measures', { zh: '惩戒措施', en: 'Measures' })}</form>`,
  { zh: '报告和记录', en: 'Reports and records' },
)}`
}

const overviewPath = (kind: string, report: string): string => `${CREDIT}?${new URLSearchParams({ kind, report })}`

function choices({ kind, report, kinds, model }: OverviewView): Markup {
  const choice = (address: string, words: { zh: string; en: string }, chosen: boolean) =>
    html`<li><a href="${address}"${chosen && html` aria-current="true"`}>${both(words)}</a></li>`
  return html`<div class="list-top"><nav aria-label="信用报告 Reports"><ul class="filters">${Object.entries(REPORTS).map(([id, words]) => choice(overviewPath(kind, id), words, id === report))}</ul></nav>
${kinds.length > 1 && html`<nav aria-label="身份 Role"><ul class="filters">${kinds.map(each => choice(overviewPath(each, report), KINDS[each], each === kind))}</ul></nav>`}
<p class="quiet">${both({ zh: `评分模型 ${model.version}`, en: `Formula ${model.version}` })}</p></div>`
}

function reasonsCard(view: OverviewView): Markup {
  const { reasons } = view.reckoned
  return card(
    reasons.length === 0
      ? html`<p class="nothing">${both({ zh: '各项都是满分。', en: 'Every factor has all its points.' })}</p>`
      : html`<ol class="mandates">${reasons.map(reason => reasonLine(reason, view))}</ol>`,
    { zh: '为什么不是满分', en: 'Why it is not higher' },
  )
}

function reasonLine({ title, lost, got, most, facts, count, more }: Reason, view: OverviewView): Markup {
  return html`<li class="mandate-line"><div class="mandate-head"><strong>${both(title)}</strong> ${badge({ zh: `少 ${lost} 分`, en: `${lost} lost` }, 'warn')} <span class="quiet">${got} / ${most}</span></div>
${facts.length > 0 && html`<ul class="reason-facts">${facts.map(fact => factLine(fact, view))}</ul>`}
${count > facts.length && html`<p>${both({ zh: `还有 ${count - facts.length} 条同类记录`, en: `and ${count - facts.length} more such records` })}</p>`}
${more !== undefined && html`<p>${both({ zh: `再有 ${more.facts} 条“${levelOf(view, title.zh, more.level).zh}”的记录，可加 ${more.gain} 分`, en: `${more.facts} more records "${levelOf(view, title.zh, more.level).en}" would give ${more.gain} points` })}</p>`}</li>`
}

function levelOf({ model }: OverviewView, title: string, level: string): { zh: string; en: string } {
  const type = model.factors.find(factor => factor.title.zh === title)?.rule.type ?? ''
  return levelWords(type, level)
}

function factLine(
  { id, source, type, level, on, disputed, gain, repairable_from, ages_out }: CitedFact,
  { kind, nameOf, today }: OverviewView,
): Markup {
  const repair =
    repairable_from > on
      ? {
          zh: repairable_from <= today ? '现在可申请修复；' : `${repairable_from} 起可修复；`,
          en: repairable_from <= today ? 'can be repaired now; ' : `repairable from ${repairable_from}; `,
        }
      : { zh: '', en: '' }
  const address = factPath(id, kind)
  return html`<li><a href="${address}">${both(levelWords(type, level))}</a> ${disputed && badge({ zh: '有异议', en: 'disputed' }, 'warn')}
<span class="reason-more">${on} · ${nameOf(source)}</span>
<span class="reason-more">${both({ zh: `${repair.zh}${ages_out} 到期${gain > 0 ? `；消除后加 ${gain} 分` : ''}`, en: `${repair.en}ages out on ${ages_out}${gain > 0 ? `; ${gain} points then` : ''}` })}</span></li>`
}

function wishCard({ kind, report, reckoned, today, wish, nameOf }: OverviewView): Markup {
  const facts = reckoned.reasons.flatMap(reason => reason.facts.filter(({ gain }) => gain > 0))
  const chosen = new Set(wish?.without ?? [])
  return card(
    html`${wish !== undefined && notice({ zh: `到 ${wish.on}，会是 ${wish.would} 分（现在 ${reckoned.score} 分）。`, en: `On ${wish.on} it would be ${wish.would} (now ${reckoned.score}).` }, 'good')}
<form class="give" method="get" action="/workbench/credit"><input type="hidden" name="kind" value="${kind}"><input type="hidden" name="report" value="${report}">
<div class="field"><label for="on">${both({ zh: '到哪一天', en: 'On which day' })}</label><input type="date" id="on" name="on" min="${today}" value="${wish?.on ?? today}" required></div>
${
  facts.length > 0 &&
  html`<fieldset class="give-part plain"><legend>${both({ zh: '假如这些记录已修复', en: 'If these were repaired' })}</legend><div class="choices">${facts.map(
    fact =>
      html`<label class="choice"><input type="checkbox" name="without" value="${fact.id}"${chosen.has(fact.id) && html` checked`}><span class="choice-words">${both(levelWords(fact.type, fact.level))}<span class="quiet"> ${fact.on} · ${nameOf(fact.source)}</span></span></label>`,
  )}</div></fieldset>`
}
<div class="actions">${submit({ label: { zh: '算一算', en: 'Reckon' }, look: 'secondary' })}</div></form>
<p class="quiet">${both({ zh: '只是试算，不产生任何后果。', en: 'A trial: nothing follows from it.' })}</p>`,
    { zh: '怎样提高', en: 'What would raise it' },
  )
}
