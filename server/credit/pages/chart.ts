import type { ScoreDay } from '../../storage/stores-credit.ts'
import { both } from '../../web/components.ts'
import { html, type Markup } from '../../web/markup.ts'

/** The score over time, as a line of steps: it stays until the next day on which it changed. The table under it says the same. Letters stay outside the SVG. */
const WIDTH = 1000
const HEIGHT = 160

/** @param days the newest first; at least one @param today the line goes on to it */
export function scoreChart(days: readonly ScoreDay[], today: string, most: number): Markup {
  const oldestFirst = [...days].reverse()
  const [first] = oldestFirst
  if (first === undefined) return html``
  const [from, to] = [Date.parse(first.day), Math.max(Date.parse(today), Date.parse(first.day) + 86_400_000)]
  const x = (day: string) => Math.round(((Date.parse(day) - from) / (to - from)) * WIDTH)
  const y = (score: number) => Math.round(HEIGHT - (score / most) * HEIGHT)
  const steps = oldestFirst.map(({ day, score }, i) => (i === 0 ? `M0 ${y(score)}` : `H${x(day)}V${y(score)}`))
  return html`<figure class="score-chart"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true" focusable="false">
<rect class="lane-ground" width="${WIDTH}" height="${HEIGHT}" rx="4"/><path class="score-line" d="${steps.join('')}H${WIDTH}" vector-effect="non-scaling-stroke"/></svg>
<p class="score-axis"><span>${first.day}</span><span>${today}</span></p>
<details class="give-more"><summary>${both({ zh: '逐次变化', en: 'Each change' })}</summary><table class="record-table"><thead><tr><th scope="col">${both({ zh: '日期', en: 'Day' })}</th><th scope="col" class="number">${both({ zh: '得分', en: 'Score' })}</th></tr></thead>
<tbody>${days.map(({ day, score }) => html`<tr><th scope="row">${day}</th><td class="number">${score}</td></tr>`)}</tbody></table></details></figure>`
}
