import { both } from './components.ts'
import { html, type Markup } from './markup.ts'
import type { Words } from './words.ts'

/**
 * A chart of what is ahead, from hours to decades: each stretch of the scale is as wide as the next longer one, so that tomorrow is not lost beside the year 2050. A picture beside the table
 * that says the same; letters stay outside the SVG.
 */
export interface HorizonLane {
  label: Words
  /** milliseconds from now; what is overdue stands at the very left */
  marks: readonly number[]
  /** `deadline`: the nearer, the redder; `event`: nothing is lost by its coming, only by its being overdue */
  look: 'deadline' | 'event'
}

const DAY = 86_400_000
/** where one stretch ends and the next begins */
const BANDS: readonly { until: number; label: Words }[] = [
  { until: DAY, label: { zh: '1 天', en: '1 day' } },
  { until: 7 * DAY, label: { zh: '7 天', en: '7 days' } },
  { until: 30 * DAY, label: { zh: '30 天', en: '30 days' } },
  { until: 90 * DAY, label: { zh: '90 天', en: '90 days' } },
  { until: 365 * DAY, label: { zh: '1 年', en: '1 year' } },
  { until: 5 * 365 * DAY, label: { zh: '5 年', en: '5 years' } },
  { until: 30 * 365 * DAY, label: { zh: '30 年', en: '30 years' } },
]
const WIDTH = 1000
const MARK = 9
/** more would be one block of colour, and a page of megabytes */
const MOST_MARKS = 200

/** Where a moment stands, 0 to 1000; whatever is past stands at 0, whatever is beyond thirty years at 1000. @param left milliseconds from now */
export function horizonAt(left: number): number {
  const band = WIDTH / BANDS.length
  let from = 0
  for (const [i, { until }] of BANDS.entries()) {
    if (left < until) return Math.max(0, (i + Math.max(0, left - from) / (until - from)) * band)
    from = until
  }
  return WIDTH
}

/** How near it is: what a colour says, a badge beside it says too. */
export const nearness = (left: number): 'over' | 'soon' | 'near' | 'far' =>
  left <= 0 ? 'over' : left < 30 * DAY ? 'soon' : left < 90 * DAY ? 'near' : 'far'

function lookOf(left: number, look: HorizonLane['look']): ReturnType<typeof nearness> {
  return look === 'event' && left > 0 ? 'far' : nearness(left)
}

export function horizonChart(lanes: readonly HorizonLane[]): Markup {
  return html`<div class="lanes horizon" aria-hidden="true">
${lanes.map(
  ({
    label,
    marks,
    look,
  }) => html`<div class="lane"><span class="horizon-name">${both(label)}</span><svg class="lane-bars" viewBox="0 0 1000 28" preserveAspectRatio="none" focusable="false">
<rect class="lane-ground" width="1000" height="28" rx="3"/>
${BANDS.slice(1).map((_, i) => html`<rect class="lane-cut" x="${round(((i + 1) * WIDTH) / BANDS.length)}" width="1.5" height="28"/>`)}
${marks.slice(0, MOST_MARKS).map(left => html`<rect class="moment moment-${lookOf(left, look)}" x="${round(Math.min(horizonAt(left), WIDTH - MARK))}" y="4" width="${MARK}" height="20" rx="2"/>`)}</svg></div>`,
)}
<div class="lane lane-axis"><span></span><span class="horizon-axis">${BANDS.map(({ label }) => html`<span>${both(label)}</span>`)}</span></div>
</div>`
}

/** Spans of validity on one common scale, with a line where now is. @param spans milliseconds */
export function validityBar({ from, to, now }: { from: number; to: number; now: number }, whole: { from: number; to: number }): Markup {
  const length = Math.max(1, whole.to - whole.from)
  const x = (time: number) => Math.min(WIDTH, Math.max(0, ((time - whole.from) / length) * WIDTH))
  const look = now > to ? 'over' : now < from ? 'ahead' : nearness(to - now)
  const start = Math.min(x(from), WIDTH - MARK)
  return html`<svg class="validity" viewBox="0 0 1000 16" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="lane-ground" width="1000" height="16" rx="3"/><rect class="moment moment-${look}" x="${round(start)}" width="${round(Math.max(MARK, x(to) - start))}" height="16" rx="3"/><rect class="now-line" x="${round(Math.min(x(now), WIDTH - 4))}" width="4" height="16"/></svg>`
}

const round = (x: number): number => Math.round(x * 10) / 10
