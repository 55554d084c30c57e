/**
 * Owns how a seal is drawn: Form XObjects (ISO 32000-2 8.10) with outlines only, so that no font and no picture codec stands between the seal and its paper. The seal is drawn once; each
 * place only draws that one, turned as its page is, cut by its BBox, and as ink on paper: what is written below stays to be read.
 */

import { BrokerError } from '../../kernel/errors.ts'
import type { PathStep, SealPicture } from '../contract.ts'
import type { Paper } from './geometry.ts'
import { array, dict, name, type PdfRef } from './objects.ts'
import { number } from './serialize.ts'
import type { Update } from './update.ts'

const POINTS = 72 / 25.4
const UPRIGHT = { 0: [1, 0, 0, 1], 90: [0, 1, -1, 0], 180: [-1, 0, 0, -1], 270: [0, -1, 1, 0] } as const

/** From left to right, as parts of the whole; 0 to 1 is all of it. */
export interface Strip {
  from: number
  to: number
}

/** The drawings of one seal in one update, each made once. */
export class Appearances {
  readonly #update: Update
  readonly #picture: SealPicture
  readonly #parts = new Map<string, PdfRef>()
  #whole: PdfRef | undefined

  constructor(update: Update, picture: SealPicture) {
    this.#update = update
    this.#picture = picture
  }

  /** @param rotate of the page, so that the seal stands upright as the page is read */
  of(rotate: Paper['rotate'], { from, to }: Strip): PdfRef {
    const key = `${rotate} ${from} ${to}`
    const known = this.#parts.get(key)
    if (known !== undefined) return known
    const [width, height] = [this.#picture.width * POINTS, this.#picture.height * POINTS]
    this.#whole ??= this.#drawn(width, height)
    const part = this.#update.addStream(
      {
        Type: name('XObject'),
        Subtype: name('Form'),
        BBox: array(rounded(width * from), 0, rounded(width * to), rounded(height)),
        Matrix: array(...UPRIGHT[rotate], 0, 0),
        Resources: dict({ XObject: dict({ Seal: this.#whole }), ExtGState: dict({ Ink: dict({ BM: name('Multiply') }) }) }),
      },
      Buffer.from('/Ink gs /Seal Do', 'latin1'),
    )
    this.#parts.set(key, part)
    return part
  }

  /** A group by itself (11.6.6): its shapes cover each other, and all of them together are the ink that lets the text below show through. */
  #drawn(width: number, height: number): PdfRef {
    const box = array(0, 0, rounded(width), rounded(height))
    const group = dict({ S: name('Transparency'), I: true, CS: name('DeviceRGB') })
    const entries = { Type: name('XObject'), Subtype: name('Form'), BBox: box, Group: group, Resources: dict({}) }
    return this.#update.addStream(entries, drawn(this.#picture))
  }
}

/** One seal is set on many documents: for as long as its picture is at hand, its drawing is, too. */
const drawings = new WeakMap<SealPicture, Buffer>()

/** @throws BrokerError `seal_picture_unusable` */
function drawn(picture: SealPicture): Buffer {
  const bytes = drawings.get(picture) ?? Buffer.from(drawing(picture), 'latin1')
  drawings.set(picture, bytes)
  return bytes
}

const rounded = (value: number): number => Number(number(value))

/** Millimetres from the top left, turned over once for all. @throws BrokerError `seal_picture_unusable` */
function drawing({ width, height, shapes }: SealPicture): string {
  if (![width, height].every(each => each > 0 && each < 1000)) throw unusablePicture('a seal without a usable size')
  const lines = ['q', `${number6(POINTS)} 0 0 ${number6(-POINTS)} 0 ${number(height * POINTS)} cm`]
  for (const { fill, outline } of shapes) {
    lines.push(`${fill.map(each => number(each / 255)).join(' ')} rg`, ...outline.map(step), 'f')
  }
  return [...lines, 'Q'].join('\n')
}

const number6 = (value: number): string => value.toFixed(6)

function step([operator, ...numbers]: PathStep): string {
  if (!numbers.every(each => Number.isFinite(each) && Math.abs(each) < 10_000)) throw unusablePicture('an outline out of its range')
  return [...numbers.map(each => number(each)), operator === 'Z' ? 'h' : operator.toLowerCase()].join(' ')
}

const unusablePicture = (facts: string): BrokerError => new BrokerError('seal_picture_unusable', facts)
