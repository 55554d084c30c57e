/** Owns the geometry of outlines: moving them, their bounds, and the few figures that drawings are made of. Lengths are millimetres, y grows downwards, angles are radians clockwise from the top. */
import type { PathStep, SealPicture } from '../contract.ts'

export type Point = readonly [x: number, y: number]
export type Outline = readonly PathStep[]
/** Of seals and red ink alike. */
export const RED = [214, 0, 15] as const

/** The handle of a cubic that stands for a quarter of a circle; off by less than 0.03 % of the radius, and never inside-out. */
const QUARTER = 0.5522847498

/** @param by where a point goes; a curve's handles go the same way, so only straight maps (scale, turn, shift) are exact */
export function mapped(outline: Outline, by: (x: number, y: number) => Point): PathStep[] {
  return outline.map(step => {
    switch (step[0]) {
      case 'Z':
        return step
      case 'C':
        return ['C', ...by(step[1], step[2]), ...by(step[3], step[4]), ...by(step[5], step[6])]
      default:
        return [step[0], ...by(step[1], step[2])]
    }
  })
}

/** @param outwards whether it adds to what is filled; otherwise it is a hole in such a one (non-zero rule) */
export function circle([x, y]: Point, radius: number, outwards = true): PathStep[] {
  const k = radius * QUARTER * (outwards ? 1 : -1)
  const r = outwards ? radius : -radius
  return [
    ['M', x, y - radius],
    ['C', x + k, y - radius, x + r, y - Math.abs(k), x + r, y],
    ['C', x + r, y + Math.abs(k), x + k, y + radius, x, y + radius],
    ['C', x - k, y + radius, x - r, y + Math.abs(k), x - r, y],
    ['C', x - r, y - Math.abs(k), x - k, y - radius, x, y - radius],
    ['Z'],
  ]
}

export function polygon(points: readonly Point[]): PathStep[] {
  return [...points.map(([x, y], i): PathStep => [i === 0 ? 'M' : 'L', x, y]), ['Z']]
}

/** Clockwise as it is seen, like the fonts' outer contours; `outwards: false` the other way round. */
export function rectangle(left: number, top: number, right: number, bottom: number, outwards = true): PathStep[] {
  const corners: Point[] = [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ]
  return polygon(outwards ? corners : corners.reverse())
}

/** One point up. The inner radius is that of a star whose edges run straight through. */
export function star([x, y]: Point, radius: number): PathStep[] {
  const inner = (radius * Math.sin(Math.PI / 10)) / Math.sin((Math.PI * 7) / 10)
  return polygon(
    Array.from({ length: 10 }, (_, i): Point => {
      const [r, angle] = [i % 2 === 0 ? radius : inner, (Math.PI / 5) * i]
      return [x + r * Math.sin(angle), y - r * Math.cos(angle)]
    }),
  )
}

export interface Box {
  left: number
  top: number
  right: number
  bottom: number
}

/** Bounds of all points and handles, within which the curves lie. */
export function boxOf(outline: Outline): Box {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity }
  mapped(outline, (x, y) => {
    box.left = Math.min(box.left, x)
    box.right = Math.max(box.right, x)
    box.top = Math.min(box.top, y)
    box.bottom = Math.max(box.bottom, y)
    return [x, y]
  })
  return box
}

/** To a micrometre: the same drawing is the same numbers everywhere, and its text stays short. */
export function rounded(picture: SealPicture): SealPicture {
  const round = (value: number) => Math.round(value * 1000) / 1000 + 0
  return {
    width: round(picture.width),
    height: round(picture.height),
    shapes: picture.shapes.map(({ fill, outline }) => ({ fill, outline: mapped(outline, (x, y) => [round(x), round(y)]) })),
  }
}
