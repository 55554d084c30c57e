import type { TrustVersionRow } from '../../storage/stores-trust.ts'
import { minuteOf } from '../../web/beijing.ts'
import { badge, both, copyable, type Fact, facts, notice } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { Proposal } from '../decisions.ts'
import { CONFIGURATION } from '../people.ts'
import { placesNav } from './nav.ts'
import { fieldNames } from './words-more.ts'

/** Who changed the list, when and why, and what waits for a second person. */
export interface ChangesView {
  version: number
  versions: readonly TrustVersionRow[]
  /** there are older ones: the number to ask before */
  before?: number | undefined
  proposals: readonly Proposal[]
}

export function changesPage({ version, versions, before, proposals }: ChangesView): string {
  return page({
    title: { zh: '变更与提案', en: 'Changes and proposals' },
    scripts: ['copy.js'],
    body: html`${placesNav('changes')}
<p>${both({ zh: `现行第 ${version} 版。`, en: `Version ${version} is in force.` })}</p>
${proposalsCard(proposals)}
<section class="card" aria-labelledby="versions"><h2 id="versions">${both({ zh: '历次变更', en: 'Versions' })}</h2>${versionList(versions)}
${before !== undefined && html`<p><a href="/trust/changes?before=${before}">${both({ zh: '更早的变更', en: 'Older changes' })}</a></p>`}</section>`,
  })
}

const MOST_LINES = 20

/** Every open proposal with the command that approves it; approving is no page's, since nobody has logged in here. */
export function proposalsCard(proposals: readonly Proposal[]): Markup {
  return html`<section class="card" aria-labelledby="pending"><h2 id="pending">${both({ zh: '待批准的提案', en: 'Proposals waiting for approval' })}</h2>
${
  proposals.length === 0
    ? html`<p>${both({ zh: '没有待批准的提案。', en: 'No proposal is waiting.' })}</p>`
    : html`${notice({
        zh: '不能在本页批准：管理端口没有个人登录，无法知道是谁在操作。请提案人以外的另一位管理员在命令行执行下面的命令。',
        en: 'Not approved on this page: the management port has no personal login and cannot know who acts. An operator other than the proposer runs the command below.',
      })}${proposals.map(proposalView)}`
}</section>`
}

/** What the other operator types. An id may begin with a hyphen, which the terminal would take for an option. */
export const decisionCommand = (decision: 'approve' | 'reject', id: string): string =>
  id.startsWith('-') ? `shield trust ${decision} --as 姓名 -- ${id}` : `shield trust ${decision} ${id} --as 姓名`

function proposalView({ id, by, why, createdAt, expiresAt, lines }: Proposal): Markup {
  return html`<article class="proposal" aria-labelledby="proposal-${id}"><h3 id="proposal-${id}">${both({ zh: '提案', en: 'Proposal' })} <code>${id}</code></h3>
${facts([
  { name: { zh: '提案人', en: 'Proposed by' }, value: by },
  { name: { zh: '理由', en: 'Why' }, value: why },
  { name: { zh: '提出', en: 'Proposed' }, value: minuteOf(createdAt) },
  { name: { zh: '过期作废', en: 'Void after' }, value: minuteOf(expiresAt) },
])}
${changeLines(lines, 'proposed')}
<p class="command">${both({ zh: '批准：', en: 'Approve:' })} ${copyable(decisionCommand('approve', id), 'small')}</p>
<p class="command">${both({ zh: '否决：', en: 'Reject:' })} ${copyable(decisionCommand('reject', id), 'small')}</p></article>`
}

/** Versions, the newest first, each with its person, reason and changes. */
export function versionList(versions: readonly TrustVersionRow[]): Markup {
  if (versions.length === 0) return html`<p>${both({ zh: '还没有任何变更。', en: 'Nothing has changed yet.' })}</p>`
  return html`<ol class="versions">${versions.map(
    row =>
      html`<li><h3>${both({ zh: `第 ${row.number} 版`, en: `version ${row.number}` })}</h3>${whoDidIt(row)}${changeLines(row.summary.split('\n'))}</li>`,
  )}</ol>`
}

/** One sentence: when, who, approved by whom, why. */
export function whoDidIt({ at, by, approvedBy, why }: Pick<TrustVersionRow, 'at' | 'by' | 'approvedBy' | 'why'>): Markup {
  const person = by === CONFIGURATION ? html`${both({ zh: '平台配置', en: 'the configuration' })}` : html`<strong>${by}</strong>`
  const approved = approvedBy !== undefined && html` · ${both({ zh: '批准人', en: 'approved by' })} <strong>${approvedBy}</strong>`
  return html`<p class="who"><span class="number">${minuteOf(at)}</span> · ${person}${approved}<br>${why}</p>`
}

const signs = {
  '+': { words: { zh: '加入', en: 'Added' }, tone: 'good' },
  '~': { words: { zh: '更改', en: 'Changed' }, tone: 'info' },
  '-': { words: { zh: '移除', en: 'Removed' }, tone: 'warn' },
} as const satisfies Record<string, { words: Words; tone: 'good' | 'info' | 'warn' }>

/** @param when of a CA that is only proposed there is no page yet */
export function changeLines(lines: readonly string[], when: 'proposed' | 'done' = 'done'): Markup {
  return html`<ul class="change-lines">${lines.slice(0, MOST_LINES).map(line => html`<li>${changeLine(line, when)}</li>`)}${
    lines.length > MOST_LINES && html`<li>${both({ zh: `另有 ${lines.length - MOST_LINES} 项`, en: `and ${lines.length - MOST_LINES} more` })}</li>`
  }</ul>`
}

/** A line of change.ts (`tell`) in words; one of another shape as it is. */
function changeLine(line: string, when: 'proposed' | 'done'): Markup {
  const found = /^([+~-]) ([a-z][a-z0-9-]{1,47})(?: \((.*)\): (.*))?$/.exec(line)
  const [, sign, id, name = '', rest = ''] = found ?? []
  if (id === undefined || (sign !== '+' && sign !== '~' && sign !== '-')) return html`<code>${line}</code>`
  const { words, tone } = signs[sign]
  const shown = name === '' ? id : name
  const more = sign === '~' ? fieldsInWords(rest) : rest !== '' && html`<span lang="en">${rest}</span>`
  return html`${badge(words, tone)} ${when === 'proposed' && sign === '+' ? shown : html`<a href="/trust/cas/${id}">${shown}</a>`} ${name !== '' && html`<code>${id}</code>`} ${more}`
}

const fieldsInWords = (rest: string): Markup[] =>
  rest.split(', ').map((field, i) => {
    const words = fieldNames[field]
    return html`${i > 0 && '、'}${words === undefined ? field : both(words)}`
  })

/** What stands at the top of the list: the version in force and who made it. */
export function latestFacts(version: number, latest: TrustVersionRow | undefined): Fact[] {
  return [
    { name: { zh: '现行版本', en: 'Version in force' }, value: version === 0 ? html`${both({ zh: '尚无', en: 'none yet' })}` : String(version) },
    ...(latest === undefined ? [] : [{ name: { zh: '最近一次变更', en: 'Last change' }, value: whoDidIt(latest) }]),
  ]
}
