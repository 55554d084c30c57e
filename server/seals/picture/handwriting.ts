/**
 * Owns the outline of a signature written by hand (手写签名), from the strokes a screen or pad reported. A stroke becomes a chain of discs and of pieces between them, all turning the same way, so that a line that
 * crosses itself has no hole where it does.
 */
import { BrokerError } from '../../kernel/errors.ts'
import type { PathStep, SealPicture } from '../contract.ts'
import { boxOf, circle, type Point, polygon, rounded } from './outline.ts'

export interface Stroke {
  /** in the writer's own units, y downwards; `pressure` from 0 to 1 */
  points: readonly { x: number; y: number; pressure?: number }[]
}

const LIMITS = { strokes: 200, points: 20_000, pieces: 12_000 } as const
const BLACK = [17, 17, 17] as const
type Dot = readonly [x: number, y: number, weight: number]

/**
 * @param strokes as they were written
 * @param size.width, size.height the box it is fitted into, millimetres, 5 to 100; the picture is as large as the writing in it
 * @param size.pen how thick a line is at middle pressure, millimetres; 0.5 unless told
 * @throws BrokerError seal_picture_unusable: nothing written, too much, or a number that is none
 */
export function drawHandwriting(
  strokes: readonly Stroke[],
  { width = 40, height = 18, pen = 0.5 }: { width?: number; height?: number; pen?: number } = {},
): SealPicture {
  const points = strokes.reduce((sum, stroke) => sum + stroke.points.length, 0)
  if (strokes.length > LIMITS.strokes || points > LIMITS.points) throw unusable(`${strokes.length} strokes of ${points} points`)
  for (const value of [width, height]) if (!(value >= 5 && value <= 100)) throw unusable(`a box of ${width} by ${height} mm`)
  if (!(pen >= 0.1 && pen <= 2)) throw unusable(`a pen of ${pen} mm`)
  const written = strokes.filter(stroke => stroke.points.length > 0).map(({ points: all }) => all.map(dot))
  const box = boxOf(written.flatMap(all => polygon(all.map(([x, y]): Point => [x, y]))))
  const [across, down] = [box.right - box.left, box.bottom - box.top]
  if (!(Math.max(across, down) > 0)) throw unusable('a single spot')
  const room = [width - 2 * pen, height - 2 * pen] as const
  const scale = Math.min(room[0] / Math.max(across, 1e-9), room[1] / Math.max(down, 1e-9))
  const lines = written.map(all =>
    smooth(
      thinned(
        all.map(([x, y, weight]): Dot => [(x - box.left) * scale + pen, (y - box.top) * scale + pen, weight]),
        pen / 4,
      ),
    ),
  )
  const pieces = lines.reduce((sum, all) => sum + all.length, 0)
  if (pieces > LIMITS.pieces) throw unusable(`a writing of ${pieces} pieces`)
  const shapes = lines.map(all => ({ fill: BLACK, outline: inked(all, pen / 2) }))
  return rounded({ width: across * scale + 2 * pen, height: down * scale + 2 * pen, shapes })
}

const unusable = (facts: string): BrokerError => new BrokerError('seal_picture_unusable', facts, { received: facts })

function dot({ x, y, pressure = 0.5 }: Stroke['points'][number]): Dot {
  if (![x, y, pressure].every(value => Number.isFinite(value) && Math.abs(value) <= 1e6)) throw unusable('a point that is none')
  return [x, y, 0.6 + 0.8 * Math.min(1, Math.max(0, pressure))]
}

/** Points closer than the least distance say nothing but how the hand trembled; the last one stays. */
function thinned(dots: readonly Dot[], least: number): Dot[] {
  const kept: Dot[] = []
  for (const each of dots) {
    const last = kept.at(-1)
    if (last === undefined || Math.hypot(each[0] - last[0], each[1] - last[1]) >= least) kept.push(each)
  }
  const end = dots.at(-1)
  if (end !== undefined && kept.length > 1 && kept.at(-1) !== end) kept[kept.length - 1] = end
  return kept
}

/** Corners cut three times (Chaikin): the ends stay, and no point leaves the hull of the old ones. */
function smooth(dots: readonly Dot[]): readonly Dot[] {
  let line = dots
  for (let round = 0; round < 3 && line.length > 2; round += 1) {
    const cut: Dot[] = line.slice(0, 1)
    for (let i = 0; i + 1 < line.length; i += 1) {
      const [from, to] = [line[i], line[i + 1]]
      if (from !== undefined && to !== undefined) cut.push(between(from, to, 0.25), between(from, to, 0.75))
    }
    line = [...cut, ...line.slice(-1)]
  }
  return line
}

const between = (a: Dot, b: Dot, t: number): Dot => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t]

function inked(line: readonly Dot[], radius: number): PathStep[] {
  return line.flatMap((here, i) => {
    const next = line[i + 1]
    const disc = circle([here[0], here[1]], radius * here[2])
    if (next === undefined) return disc
    const [dx, dy] = [next[0] - here[0], next[1] - here[1]]
    const length = Math.hypot(dx, dy)
    if (length === 0) return disc
    const [nx, ny] = [(-dy / length) * radius, (dx / length) * radius]
    // clockwise as seen, whichever way the pen goes, like the discs
    return [
      ...disc,
      ...polygon([
        [here[0] - nx * here[2], here[1] - ny * here[2]],
        [next[0] - nx * next[2], next[1] - ny * next[2]],
        [next[0] + nx * next[2], next[1] + ny * next[2]],
        [here[0] + nx * here[2], here[1] + ny * here[2]],
      ]),
    ]
  })
}
