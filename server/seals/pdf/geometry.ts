/** Owns where things are on a page: from millimetres as a person reads it to the page's own units, ISO 32000-2 8.3.2.3 and 14.11.2 (boxes), 7.7.3.3 (Rotate, UserUnit). */
import type { Revision } from './file.ts'
import { unusable } from './limits.ts'
import type { PdfObject } from './objects.ts'
import type { Page } from './pages.ts'

/** Corners in a page's own units: left below, right above. */
export type Box = readonly [x0: number, y0: number, x1: number, y1: number]

export interface Paper {
  /** what is shown of the page: its CropBox inside its MediaBox */
  box: Box
  /** how far it is turned clockwise for reading */
  rotate: 0 | 90 | 180 | 270
  /** as it is read, millimetres */
  width: number
  height: number
  /** units of the page in a millimetre */
  scale: number
}

/** @throws BrokerError `seal_document_unusable` for a page without a usable size */
export function paperOf(revision: Revision, page: Page): Paper {
  const media = boxOf(revision, page.inherited.get('MediaBox'))
  if (media === undefined) throw unusable('a page without a size')
  const box = overlap(media, boxOf(revision, page.inherited.get('CropBox')) ?? media) ?? media
  const unit = revision.number(page.dict.get('UserUnit')) ?? 1
  if (!(unit > 0 && unit <= 1000)) throw unusable('a page with an odd unit')
  const turned = (((revision.number(page.inherited.get('Rotate')) ?? 0) % 360) + 360) % 360
  const rotate = turned === 90 || turned === 180 || turned === 270 ? turned : 0
  const scale = 72 / 25.4 / unit
  const [across, up] = [(box[2] - box[0]) / scale, (box[3] - box[1]) / scale]
  const sideways = rotate === 90 || rotate === 270
  return { box, rotate, scale, width: sideways ? up : across, height: sideways ? across : up }
}

/** Four numbers with an area, in whichever order the corners are given, 7.9.5. */
export function boxOf(revision: Revision, value: PdfObject | undefined): Box | undefined {
  const items = revision.items(value)
  const [a, b, c, d] = items.map(item => revision.number(item))
  if (items.length !== 4 || a === undefined || b === undefined || c === undefined || d === undefined) return undefined
  const box: Box = [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)]
  return box.every(each => Math.abs(each) < 1e6) && box[2] > box[0] && box[3] > box[1] ? box : undefined
}

export function overlap(one: Box, other: Box): Box | undefined {
  const box: Box = [Math.max(one[0], other[0]), Math.max(one[1], other[1]), Math.min(one[2], other[2]), Math.min(one[3], other[3])]
  return box[2] > box[0] && box[3] > box[1] ? box : undefined
}

export const area = (box: Box | undefined): number => (box === undefined ? 0 : (box[2] - box[0]) * (box[3] - box[1]))

/** A rectangle on the paper as it is read (millimetres from its top left) in the page's own units. */
export function onPage(paper: Paper, at: { left: number; top: number; width: number; height: number }): Box {
  const one = point(paper, at.left, at.top)
  const other = point(paper, at.left + at.width, at.top + at.height)
  return [Math.min(one[0], other[0]), Math.min(one[1], other[1]), Math.max(one[0], other[0]), Math.max(one[1], other[1])]
}

function point({ box: [x0, y0, x1, y1], rotate, scale }: Paper, x: number, y: number): readonly [number, number] {
  const [across, down] = [x * scale, y * scale]
  if (rotate === 0) return [x0 + across, y1 - down]
  // turned clockwise by a quarter, the left edge is on top and the lower left corner is where reading begins
  if (rotate === 90) return [x0 + down, y0 + across]
  return rotate === 180 ? [x1 - across, y0 + down] : [x1 - down, y1 - across]
}

/** The other way: a point of the page as millimetres on the paper as it is read. */
export function asRead({ box: [x0, y0, x1, y1], rotate, scale }: Paper, x: number, y: number): { x: number; y: number } {
  const [across, down] = rotate === 0 ? [x - x0, y1 - y] : rotate === 90 ? [y - y0, x - x0] : rotate === 180 ? [x1 - x, y - y0] : [y1 - y, x1 - x]
  return { x: across / scale, y: down / scale }
}
