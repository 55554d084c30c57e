/**
 * Owns finding the outlines of what is inked in a picture of dots: marching squares. Where a line crosses between two dots is weighed by how dark they are, so edges come out as smooth as the picture was.
 */
import type { PathStep } from '../contract.ts'
import { type Point, polygon } from './outline.ts'

export interface Field {
  width: number
  height: number
  /** 0 (blank) to 1 (inked), row by row */
  ink: Float32Array
}

const LEVEL = 0.5

/**
 * @param most points that may come out
 * @returns closed outlines in dots, clockwise around ink and the other way around holes; undefined where there are more points
 */
export function traced(field: Field, most: number): PathStep[] | undefined {
  const { width } = field
  // a blank frame around, so that every line closes
  const at = (x: number, y: number) => (x < 0 || y < 0 || x >= width || y >= field.height ? 0 : (field.ink[y * width + x] ?? 0))
  // crossings by number: those on the way from a dot to its right neighbour are even, to the one below odd
  const across = width + 2
  const number = (x: number, y: number, down: boolean) => 2 * ((y + 1) * across + x + 1) + (down ? 1 : 0)
  const next = new Map<number, number>()
  for (let y = -1; y < field.height; y += 1) {
    for (let x = -1; x < width; x += 1) {
      const corners = [at(x, y), at(x + 1, y), at(x + 1, y + 1), at(x, y + 1)] as const
      const [a, b, c, d] = corners.map(value => value >= LEVEL)
      if (a === b && b === c && c === d) continue
      const [top, right, bottom, left] = [number(x, y, false), number(x + 1, y, true), number(x, y + 1, false), number(x, y, true)]
      // ink lies to the right of each piece; two pieces where opposite corners are inked, which then stay apart
      const sides = [
        { from: a === true && b === false, to: a === false && b === true, edge: top },
        { from: b === true && c === false, to: b === false && c === true, edge: right },
        { from: c === true && d === false, to: c === false && d === true, edge: bottom },
        { from: d === true && a === false, to: d === false && a === true, edge: left },
      ]
      for (const [i, side] of sides.entries()) {
        if (!side.from) continue
        const end = [1, 2, 3].map(k => sides[(i + 4 - k) % 4]).find(other => other?.to === true)
        if (end !== undefined) next.set(side.edge, end.edge)
      }
      if (next.size > most) return undefined
    }
  }
  return loops(next, edge => {
    const [cell, down] = [edge >> 1, (edge & 1) === 1]
    const [x, y] = [(cell % across) - 1, Math.floor(cell / across) - 1]
    const [here, there] = [at(x, y), down ? at(x, y + 1) : at(x + 1, y)]
    const t = (LEVEL - here) / (there - here)
    // a dot's value is that of its middle
    return down ? [x + 0.5, y + 0.5 + t] : [x + 0.5 + t, y + 0.5]
  })
}

function loops(next: Map<number, number>, place: (edge: number) => Point): PathStep[] {
  const steps: PathStep[] = []
  for (const start of next.keys()) {
    const loop: Point[] = []
    let edge: number | undefined = start
    while (edge !== undefined && next.has(edge)) {
      loop.push(place(edge))
      const following = next.get(edge)
      next.delete(edge)
      edge = following
    }
    const kept = straightened(loop)
    if (kept.length > 2) steps.push(...polygon(kept))
  }
  return steps
}

/** dots by which a line may be off after points are left out */
const OFF = 0.12

/** Douglas and Peucker's: of what lies between two points, the one furthest from their line stays, until none is far. */
function straightened(loop: readonly Point[]): Point[] {
  const stays = new Set([0, loop.length - 1])
  const spans: [number, number][] = [[0, loop.length - 1]]
  for (let span = spans.pop(); span !== undefined; span = spans.pop()) {
    const [from, to] = span
    const [a = [0, 0], b = [0, 0]] = [loop[from], loop[to]]
    const length = Math.hypot(b[0] - a[0], b[1] - a[1])
    let [furthest, most] = [0, OFF]
    for (let i = from + 1; i < to; i += 1) {
      const [x = 0, y = 0] = loop[i] ?? []
      const off = length === 0 ? Math.hypot(x - a[0], y - a[1]) : Math.abs((b[0] - a[0]) * (a[1] - y) - (a[0] - x) * (b[1] - a[1])) / length
      if (off > most) [furthest, most] = [i, off]
    }
    if (furthest === 0) continue
    stays.add(furthest)
    spans.push([from, furthest], [furthest, to])
  }
  return loop.filter((_, i) => stays.has(i))
}
