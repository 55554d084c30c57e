/**
 * A scale for a time line on which people and machines both act: a second of thinking would squeeze a millisecond of work out of sight, so time in which nothing ran is cut
 * to a fixed width and marked.
 */
export interface Span {
  /** milliseconds */
  from: number
  to: number
}

interface Cut extends Span {
  /** where the cut stands on the scale */
  x: number
  width: number
}

export interface TimeScale {
  /** the place of a moment, 0 to 1000 */
  at(time: number): number
  cuts: Cut[]
}

const WIDTH = 1000
/** what a cut takes up, and how much longer than the work beside it idleness must be to be cut */
const CUT_WIDTH = 40
const LONG = 0.25

/** @param spans what ran, in any order */
export function timeScale(spans: readonly Span[]): TimeScale {
  const busy = merge(spans)
  const first = busy[0]?.from ?? 0
  const worked = busy.reduce((sum, span) => sum + span.to - span.from, 0)
  const long = Math.max(50, worked * LONG)

  const idle: Span[] = []
  for (const [i, span] of busy.entries()) {
    const before = busy[i - 1]
    if (before !== undefined && span.from - before.to > long) idle.push({ from: before.to, to: span.from })
  }
  const last = busy.at(-1)?.to ?? first
  const shown = last - first - idle.reduce((sum, gap) => sum + gap.to - gap.from, 0)
  const cutWidth = Math.min(CUT_WIDTH, WIDTH / 2 / Math.max(1, idle.length))
  const perMs = shown > 0 ? (WIDTH - idle.length * cutWidth) / shown : 0

  const at = (time: number): number => {
    let x = 0
    let done = first
    for (const gap of idle) {
      if (time <= gap.from) break
      x += (gap.from - done) * perMs + Math.min(1, (time - gap.from) / (gap.to - gap.from)) * cutWidth
      done = Math.min(time, gap.to)
    }
    return Math.max(0, Math.min(WIDTH, x + (time - done) * perMs))
  }
  return { at, cuts: idle.map(gap => ({ ...gap, x: at(gap.from), width: cutWidth })) }
}

function merge(spans: readonly Span[]): Span[] {
  const merged: Span[] = []
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last !== undefined && span.from <= last.to) last.to = Math.max(last.to, span.to)
    else merged.push({ ...span })
  }
  return merged
}
