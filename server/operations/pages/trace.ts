import { secondOf } from '../../web/beijing.ts'
import { barChart, duration, swimlanes } from '../../web/charts.ts'
import { badge, both, facts, notice } from '../../web/components.ts'
import { page } from '../../web/frame.ts'
import { html, type Markup } from '../../web/markup.ts'
import { type Hop, hopNames, type Who, type Words, whoCanFix } from '../../web/words.ts'

export interface TracePageStep {
  /** ISO 8601, when the step ended */
  at: string
  /** how long it took; absent for a moment */
  ms?: number | undefined
  hop: Hop
  step: string
  outcome: 'ok' | 'failed'
  code?: string | undefined
  /** already redacted */
  facts: Readonly<Record<string, string>>
}

export interface TracePageView {
  code: string
  state: 'granted' | 'refused' | 'open'
  /** ISO 8601 */
  startedAt: string
  /** the trading center's name */
  center?: string | undefined
  bank?: string | undefined
  failure?:
    | {
        code: string
        zh: string
        en: string
        who: Who
        received?: string | undefined
        expected?: string | undefined
        remedy: Words
      }
    | undefined
  /** in time order */
  steps: readonly TracePageStep[]
}

const stateWords: Record<TracePageView['state'], Words> = {
  granted: { zh: '登录成功', en: 'Logged in' },
  refused: { zh: '被拒绝', en: 'Refused' },
  open: { zh: '未完成', en: 'Not finished' },
}
const stateTone = { granted: 'good', refused: 'bad', open: 'warn' } as const

/** What happened under a trace code, for the integrator and for support: what went wrong and who mends it, where the time went, and every step. */
export function tracePage(view: TracePageView): string {
  return page({
    title: { zh: `登录轨迹 ${view.code}`, en: `Trace ${view.code}` },
    trace: view.code,
    body: html`<div class="trace-top">
  ${badge(stateWords[view.state], stateTone[view.state])}
  ${facts([
    { name: { zh: '开始', en: 'Started' }, value: beijing(view.startedAt) },
    ...(view.center === undefined ? [] : [{ name: { zh: '交易中心', en: 'Center' }, value: view.center }]),
    ...(view.bank === undefined ? [] : [{ name: { zh: '银行', en: 'Bank' }, value: view.bank }]),
  ])}
</div>
${view.failure !== undefined && failureCard(view.failure)}
${
  view.steps.length === 0
    ? notice({ zh: '这个追踪码下没有记录到步骤。', en: 'No step was recorded under this code.' })
    : html`<section class="card" aria-labelledby="timeline"><h2 id="timeline">${both({ zh: '时间线', en: 'Timeline' })}</h2>${swimlanes(view.steps)}</section>
<section class="card"><h2 id="steps">${both({ zh: '每一步', en: 'Every step' })}</h2>${stepTable(view)}</section>
<section class="card" aria-labelledby="spent"><h2 id="spent">${both({ zh: '时间花在哪里', en: 'Where the time went' })}</h2>${timeByHop(view.steps)}</section>`
}
${searchForm(view.code)}`,
  })
}

/** Where a code is typed in. @param sought a code under which nothing was found */
export function traceSearchPage(sought?: string): string {
  return page({
    title: { zh: '查一次登录', en: 'Look up a login' },
    lead: { zh: '输入页面上的追踪码，例如 K7QM-3F9T。', en: 'Enter the trace code from the page, such as K7QM-3F9T.' },
    narrow: true,
    body: html`${
      sought !== undefined &&
      notice(
        {
          zh: `没有找到“${sought.slice(0, 20)}”。请核对八位字符；轨迹只保留数周。`,
          en: 'Nothing under this code. Check its eight characters; traces are kept for some weeks.',
        },
        'warn',
      )
    }${searchForm(sought)}`,
  })
}

function failureCard(failure: NonNullable<TracePageView['failure']>): Markup {
  const { received, expected } = failure
  return html`<section class="card failure" aria-labelledby="failure">
  <h2 id="failure">${both({ zh: '哪里不对', en: 'What went wrong' })}</h2>
  <p class="failure-sentence">${both(failure)}</p>
  <p><code>${failure.code}</code> ${badge(whoCanFix[failure.who], 'info')}</p>
  ${
    (received !== undefined || expected !== undefined) &&
    html`<dl class="difference">
    <div class="difference-received"><dt>${both({ zh: '收到的', en: 'Received' })}</dt><dd><code>${received ?? '-'}</code></dd></div>
    <div class="difference-expected"><dt>${both({ zh: '应当是', en: 'Expected' })}</dt><dd><code>${expected ?? '-'}</code></dd></div>
  </dl>`
  }
  <h3>${both({ zh: '怎么办', en: 'How to mend it' })}</h3>
  <p>${both(failure.remedy)}</p>
</section>`
}

function stepTable({ steps, startedAt }: TracePageView): Markup {
  const start = new Date(startedAt).getTime()
  return html`<div class="table-scroll" tabindex="0" role="region" aria-labelledby="steps"><table class="step-table">
<thead><tr><th scope="col">${both({ zh: '时刻', en: 'At' })}</th><th scope="col">${both({ zh: '地点', en: 'Where' })}</th><th scope="col">${both({ zh: '步骤', en: 'Step' })}</th><th scope="col" class="number">${both({ zh: '用时', en: 'Took' })}</th><th scope="col">${both({ zh: '结果', en: 'Outcome' })}</th></tr></thead>
<tbody>${steps.map(
    step => html`<tr${step.outcome === 'failed' && html` class="failed"`}>
  <td class="number">${offset(new Date(step.at).getTime() - start)}</td>
  <td><span class="hop hop-${step.hop}">${both(hopNames[step.hop])}</span></td>
  <th scope="row"><code>${step.step}</code>${factList(step.facts)}</th>
  <td class="number">${step.ms === undefined ? '' : duration(step.ms)}</td>
  <td>${step.outcome === 'ok' ? html`<span class="ok">✓ ${both({ zh: '通过', en: 'ok' })}</span>` : html`<span class="not-ok">✕ ${both({ zh: '失败', en: 'failed' })}${step.code !== undefined && html` <code>${step.code}</code>`}</span>`}</td>
</tr>`,
  )}</tbody></table></div>`
}

function factList(list: Readonly<Record<string, string>>): Markup | false {
  const entries = Object.entries(list).filter(([, value]) => value !== '')
  return entries.length > 0 && html`<ul class="step-facts">${entries.map(([name, value]) => html`<li><span>${name}</span> ${value}</li>`)}</ul>`
}

function timeByHop(steps: readonly TracePageStep[]): Markup {
  const spent = new Map<Hop, number>()
  for (const { hop, ms } of steps) spent.set(hop, (spent.get(hop) ?? 0) + (ms ?? 0))
  return barChart({
    caption: { zh: '各处用时', en: 'Time by place' },
    rows: [...spent].map(([hop, ms]) => ({ label: hopNames[hop], value: ms, text: duration(ms), look: hop })),
  })
}

function searchForm(code: string | undefined): Markup {
  return html`<form class="trace-search" method="get" action="/trace" role="search">
  <label for="trace-code">${both({ zh: '追踪码', en: 'Trace code' })}</label>
  <div class="trace-search-row"><input id="trace-code" name="code" type="text" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="12" required value="${code ?? ''}">
  <button type="submit" class="button button-primary">${both({ zh: '查看', en: 'Look up' })}</button></div>
</form>`
}

const offset = (ms: number): string => `+${(Math.max(0, ms) / 1000).toFixed(3)} s`

/** Beijing time, as both ends of the telephone read it. */
const beijing = (iso: string): string => `${secondOf(iso)} (UTC+8)`
