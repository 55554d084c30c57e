import { both } from './components.ts'
import { html, type Markup } from './markup.ts'
import { timeScale } from './time-scale.ts'
import { type Hop, hopNames, type Words } from './words.ts'

/** Charts as SVG that stretches with the page. Letters stay outside the SVG, where large text and screen readers reach them. */
export interface Lane {
  /** ISO 8601, when the step ended */
  at: string
  /** how long it took */
  ms?: number | undefined
  hop: Hop
  outcome: 'ok' | 'failed'
}

const ORDER = ['center', 'broker', 'agent', 'bank'] as const satisfies readonly Hop[]
/** the least a bar is wide: a moment is still something one can see */
const LEAST = 7

/** One lane a place, one bar a step, from the first step to the last; a picture beside the table that says the same. */
export function swimlanes(steps: readonly Lane[]): Markup {
  const spans = steps.map(step => {
    const to = new Date(step.at).getTime()
    return { ...step, from: to - (step.ms ?? 0), to }
  })
  const scale = timeScale(spans)
  const whole = Math.max(...spans.map(span => span.to)) - Math.min(...spans.map(span => span.from))
  const lanes = ORDER.map(hop => ({ hop, bars: spans.filter(span => span.hop === hop) })).filter(lane => lane.bars.length > 0)
  return html`<div class="lanes" aria-hidden="true">
${lanes.map(
  ({
    hop,
    bars,
  }) => html`<div class="lane"><span class="hop hop-${hop}">${both(hopNames[hop])}</span><svg class="lane-bars" viewBox="0 0 1000 28" preserveAspectRatio="none" focusable="false">
<rect class="lane-ground" width="1000" height="28" rx="3"/>
${scale.cuts.map(cut => html`<rect class="lane-cut" x="${round(cut.x)}" width="${round(cut.width)}" height="28"/>`)}
${bars.map(bar => {
  const width = Math.max(LEAST, scale.at(bar.to) - scale.at(bar.from))
  const x = Math.min(scale.at(bar.from), 1000 - width)
  return html`<rect class="bar bar-${bar.outcome === 'failed' ? 'failed' : hop}" x="${round(x)}" y="4" width="${round(width)}" height="20" rx="2"/>`
})}</svg></div>`,
)}
<div class="lane lane-axis"><span></span><span class="axis"><span>0</span><span>${duration(whole)}</span></span></div>
${scale.cuts.length > 0 && html`<p class="lanes-note"><span class="cut-sign"></span>${both({ zh: '贯穿各行的竖带是等待，长度已缩短：', en: 'Bands across the lanes are waiting, shortened:' })} ${scale.cuts.map(cut => duration(cut.to - cut.from)).join(' · ')}</p>`}
</div>`
}

interface Bars {
  caption: Words
  rows: readonly { label: Words; value: number; text: string; look: Hop }[]
}

/** A bar chart that is a table: each row has its name, its bar and its figure. */
export function barChart({ caption, rows }: Bars): Markup {
  const most = Math.max(1, ...rows.map(row => row.value))
  return html`<table class="bars"><caption class="visually-hidden">${both(caption)}</caption>
<tbody>${rows.map(
    row =>
      html`<tr><th scope="row" class="bars-name">${both(row.label)}</th><td class="bars-bar"><svg viewBox="0 0 1000 16" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="lane-ground" width="1000" height="16" rx="3"/><rect class="bar bar-${row.look}" width="${round((row.value / most) * 1000)}" height="16" rx="3"/></svg></td><td class="number">${row.text}</td></tr>`,
  )}</tbody></table>`
}

const round = (x: number): number => Math.round(x * 10) / 10

/** A span of time for people: `840 ms`, `3.20 s`. */
export const duration = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`)
