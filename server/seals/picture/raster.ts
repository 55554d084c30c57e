/**
 * Owns turning outlines into coverage: how much of each dot is inside, by the non-zero rule, from 0 to 1. Each row of dots is cut into thin rows; in each, what lies between the edges is measured exactly.
 */
import type { PathStep } from '../contract.ts'
import { mapped } from './outline.ts'

const ROWS = 5
/** pieces to a curve: by the root of its length in dots, which keeps a circle of any size true to a twentieth of a dot */
const PIECES = { least: 3, most: 64 } as const

interface Edge {
  x: number
  y: number
  /** x per y */
  slope: number
  end: number
  /** 1 downwards, -1 upwards */
  turn: number
}

export interface Window {
  /** dots */
  left: number
  top: number
  width: number
  height: number
  /** dots to the millimetre */
  scale: number
}

/** @returns a value for each dot of the window, row by row */
export function coverageOf(outline: readonly PathStep[], { left, top, width, height, scale }: Window): Float32Array {
  const covered = new Float32Array(width * height)
  const edges = edgesOf(mapped(outline, (x, y) => [x * scale - left, y * scale - top])).sort((a, b) => a.y - b.y)
  let open: Edge[] = []
  let next = 0
  for (let row = 0; row < height * ROWS; row += 1) {
    const y = (row + 0.5) / ROWS
    for (let edge = edges[next]; edge !== undefined && edge.y <= y; edge = edges[next]) {
      open.push(edge)
      next += 1
    }
    open = open.filter(edge => edge.end > y)
    if (open.length === 0 && next >= edges.length) break
    const crossings = open.map(edge => ({ x: edge.x + (y - edge.y) * edge.slope, turn: edge.turn })).sort((a, b) => a.x - b.x)
    const at = Math.floor(row / ROWS) * width
    let winding = 0
    let from = 0
    for (const { x, turn } of crossings) {
      const before = winding
      winding += turn
      if (before === 0) from = x
      else if (winding === 0) span(covered, at, Math.max(0, from), Math.min(width, x))
    }
  }
  return covered
}

function span(covered: Float32Array, at: number, from: number, to: number): void {
  for (let x = Math.floor(from); x < to; x += 1) {
    const inside = Math.min(to, x + 1) - Math.max(from, x)
    covered[at + x] = Math.min(1, (covered[at + x] ?? 0) + inside / ROWS)
  }
}

function edgesOf(outline: readonly PathStep[]): Edge[] {
  const edges: Edge[] = []
  let [x, y, startX, startY] = [0, 0, 0, 0]
  const to = (nextX: number, nextY: number) => {
    if (y !== nextY) {
      const slope = (nextX - x) / (nextY - y)
      edges.push(y < nextY ? { x, y, slope, end: nextY, turn: 1 } : { x: nextX, y: nextY, slope, end: y, turn: -1 })
    }
    ;[x, y] = [nextX, nextY]
  }
  for (const step of outline) {
    switch (step[0]) {
      case 'M':
        to(startX, startY)
        ;[x, y] = [step[1], step[2]]
        ;[startX, startY] = [x, y]
        break
      case 'L':
        to(step[1], step[2])
        break
      case 'C': {
        const [fromX, fromY] = [x, y]
        const length =
          Math.hypot(step[1] - x, step[2] - y) + Math.hypot(step[3] - step[1], step[4] - step[2]) + Math.hypot(step[5] - step[3], step[6] - step[4])
        const pieces = Math.min(PIECES.most, Math.max(PIECES.least, Math.ceil(1.5 * Math.sqrt(length))))
        for (let i = 1; i <= pieces; i += 1) {
          const t = i / pieces
          to(bezier(fromX, step[1], step[3], step[5], t), bezier(fromY, step[2], step[4], step[6], t))
        }
        break
      }
      case 'Z':
        to(startX, startY)
    }
  }
  to(startX, startY)
  return edges
}

function bezier(a: number, b: number, c: number, d: number, t: number): number {
  const u = 1 - t
  return u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d
}
