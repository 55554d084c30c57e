/**
 * Owns taking a picture of a seal or signature that somebody has: checked and drawn again as outlines in one colour. No octet of the file goes on: neither texts in it nor a second picture hidden in unusual parts.
 */
import { BrokerError } from '../../kernel/errors.ts'
import type { SealPicture } from '../contract.ts'
import { boxOf, mapped, rounded } from './outline.ts'
import { type Pixels, readPng } from './png-read.ts'
import { type Field, traced } from './trace.ts'

/** A seal is red; a chop or signature of a person may be dark as well. */
export type UploadKind = 'seal' | 'person'

/** dots that are traced on the longer side, and points of outline that may come out */
const TRACED = { side: 600, points: 60_000 } as const
/** parts of one; a ring that touches all four edges covers a tenth of the border */
const GROUND_AT_EDGE = 0.8
const INK = { least: 0.005, most: 0.85 } as const
const RED_INK = 0.9

/**
 * @param bytes of a PNG file with transparent or white ground; see png-read.ts for its bounds
 * @param as.millimetres how wide it is to stand on paper, 5 to 60, blank margins cut away
 * @returns a drawing in the ink's middle colour
 * @throws BrokerError seal_picture_unusable with the reason
 */
export function fromPng(bytes: Uint8Array, { kind, millimetres }: { kind: UploadKind; millimetres: number }): SealPicture {
  if (!(millimetres >= 5 && millimetres <= 60)) throw unusable(`a width of ${millimetres} mm`, '5 to 60 mm')
  const pixels = readPng(bytes)
  const { ink, edge } = inkOf(pixels)
  if (edge < GROUND_AT_EDGE) throw unusable('the ground is neither transparent nor white', 'a seal alone, with its margin')
  const total = ink.reduce((sum, value) => sum + value, 0)
  const share = total / ink.length
  if (share < INK.least || share > INK.most) throw unusable(`${(share * 100).toFixed(1)} % of the picture is inked`, '0.5 to 85 %')
  const fill = colourOf(pixels, ink, kind)
  const field = smaller({ width: pixels.width, height: pixels.height, ink })
  const outline = traced(field, TRACED.points)
  if (outline === undefined) throw unusable('a picture too restless to draw', 'clear lines on a plain ground')
  const box = boxOf(outline)
  const scale = millimetres / (box.right - box.left)
  const height = (box.bottom - box.top) * scale
  if (!(height >= 5 && height <= 60)) throw unusable(`${height.toFixed(1)} mm high`, '5 to 60 mm')
  return rounded({
    width: millimetres,
    height,
    shapes: [{ fill, outline: mapped(outline, (x, y) => [(x - box.left) * scale, (y - box.top) * scale]) }],
  })
}

const unusable = (received: string, expected: string): BrokerError => new BrokerError('seal_picture_unusable', received, { received, expected })

/** How much ink each dot has: opaque and away from white in any channel. @returns also how much of the border is ground */
function inkOf({ width, height, rgba }: Pixels): { ink: Float32Array; edge: number } {
  const ink = new Float32Array(width * height)
  let [border, blank] = [0, 0]
  for (let i = 0; i < ink.length; i += 1) {
    const at = i * 4
    const darkest = Math.min(rgba[at] ?? 0, rgba[at + 1] ?? 0, rgba[at + 2] ?? 0)
    // paper is never quite white: the lightest sixth counts as ground, the darkest third as full ink
    const strength = Math.min(1, Math.max(0, (215 - darkest) / 130))
    ink[i] = (strength * (rgba[at + 3] ?? 0)) / 255
    const [x, y] = [i % width, Math.floor(i / width)]
    if (x === 0 || y === 0 || x === width - 1 || y === height - 1) {
      border += 1
      if ((ink[i] ?? 0) < 0.5) blank += 1
    }
  }
  return { ink, edge: blank / border }
}

/** @throws BrokerError seal_picture_unusable where a seal is not red */
function colourOf({ rgba }: Pixels, ink: Float32Array, kind: UploadKind): [number, number, number] {
  const sums: [number, number, number] = [0, 0, 0]
  let [count, red] = [0, 0]
  for (let i = 0; i < ink.length; i += 1) {
    if ((ink[i] ?? 0) < 0.5) continue
    const [r, g, b] = [rgba[i * 4] ?? 0, rgba[i * 4 + 1] ?? 0, rgba[i * 4 + 2] ?? 0]
    sums[0] += r
    sums[1] += g
    sums[2] += b
    count += 1
    if (r >= 110 && r - g >= 50 && r - b >= 50) red += 1
  }
  if (count === 0) throw unusable('no ink', 'a seal on a plain ground')
  if (kind === 'seal' && red / count < RED_INK) throw unusable(`${Math.round((red / count) * 100)} % of the ink is red`, `${RED_INK * 100} %`)
  return [Math.round(sums[0] / count), Math.round(sums[1] / count), Math.round(sums[2] / count)]
}

/** Means over whole squares of dots, until the longer side fits. */
function smaller(field: Field): Field {
  const times = Math.ceil(Math.max(field.width, field.height) / TRACED.side)
  if (times === 1) return field
  const [width, height] = [Math.ceil(field.width / times), Math.ceil(field.height / times)]
  const ink = new Float32Array(width * height)
  for (let y = 0; y < field.height; y += 1) {
    for (let x = 0; x < field.width; x += 1) {
      const at = Math.floor(y / times) * width + Math.floor(x / times)
      ink[at] = (ink[at] ?? 0) + (field.ink[y * field.width + x] ?? 0) / (times * times)
    }
  }
  return { width, height, ink }
}
