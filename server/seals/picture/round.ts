/**
 * Owns the round seal of a company (公章): ring, five-pointed star, the name on the arc from left to right, what the seal is for on a line under the star, and its number on the lower arc. Sizes follow 国发〔1999〕25号 and
 * usual practice: 40 mm, a star of 14 mm across its points, a ring of 1.2 mm. The drawing is laid out for 40 mm and scaled.
 */
import { BrokerError } from '../../kernel/errors.ts'
import type { PathStep, SealPicture } from '../contract.ts'
import { cellOf, type Glyph, glyphOf } from './glyphs.ts'
import { circle, mapped, type Point, RED, rounded, star } from './outline.ts'

export interface RoundSeal {
  /** 2 to 60 characters; spaces do not count */
  name: string
  /** what it is for, such as 投标专用章; at most 12 characters */
  under?: string
  /** 13 digits, as the public security registers it */
  number?: string
  /** millimetres, 36 to 50; 40 unless told */
  diameter?: number
}

const RADIUS = 20
const RING = 1.2
const STAR = 7
/** between the ring and what stands on an arc */
const AIR = 0.9
const NUMBER = { height: 1.5, pitch: 0.068, air: 0.55 }
/** Narrowest character that can still be read, in millimetres. */
const NARROWEST = 0.9
const degrees = (value: number) => (value * Math.PI) / 180

/** @throws BrokerError seal_picture_unusable: no or too many words, a character without an outline, a number that is none, a size out of bounds */
export function drawRoundSeal({ name, under, number, diameter = 2 * RADIUS }: RoundSeal): SealPicture {
  if (!(diameter >= 36 && diameter <= 50)) throw unusable(`a diameter of ${diameter} mm`, '36 to 50 mm')
  if (number !== undefined && !/^\d{13}$/.test(number)) throw unusable('a seal number that is not 13 digits', '13 digits')
  const arc = nameArc(glyphsOf(name, 2, 60), under !== undefined, number !== undefined)
  const outlines = [
    circle([RADIUS, RADIUS], RADIUS),
    circle([RADIUS, RADIUS], RADIUS - RING, false),
    star([RADIUS, RADIUS], STAR),
    ...arc.glyphs,
    ...(under === undefined ? [] : line(glyphsOf(under, 2, 12), arc.inner - 0.4)),
    ...(number === undefined ? [] : numberArc(glyphsOf(number, 13, 13))),
  ]
  const scale = diameter / (2 * RADIUS)
  // a shape for the ring, the star and each character: whoever shows only a strip of the seal leaves out what is not in it
  const [ring = [], hole = [], ...others] = outlines.map(outline => mapped(outline, (x, y) => [x * scale, y * scale]))
  return rounded({ width: diameter, height: diameter, shapes: [[...ring, ...hole], ...others].map(outline => ({ fill: RED, outline })) })
}

function glyphsOf(text: string, least: number, most: number): Glyph[] {
  const characters = [...text.normalize('NFC').replaceAll(/\s/g, '')]
  if (characters.length < least || characters.length > most) throw unusable(`${characters.length} characters`, `${least} to ${most} characters`)
  return characters.map(glyphOf)
}

const unusable = (received: string, expected: string): BrokerError => new BrokerError('seal_picture_unusable', received, { received, expected })

/** A Han character takes one place; brackets, digits and points take less. */
const placeOf = (glyph: Glyph): number => {
  const { left, right } = cellOf(glyph)
  return glyph.square ? 1 : Math.min(1, Math.max(0.4, (right - left) / 0.9))
}

/** Long names take the whole arc, low and narrow; short ones keep some distance, and grow no wider than the square. @returns also the radius within which nothing of the name stands */
function nameArc(glyphs: readonly Glyph[], line: boolean, number: boolean): { glyphs: PathStep[][]; inner: number } {
  const places = glyphs.reduce((sum, glyph) => sum + placeOf(glyph), 0)
  const widest = degrees(line ? 250 : number ? 264 : 276)
  const pitch = Math.min(degrees(28), widest / places)
  const outer = RADIUS - RING - AIR
  const height = Math.max(3.1, Math.min(5, 5.5 - places * 0.07))
  const inner = outer - height
  let angle = (-pitch * places) / 2
  const set = glyphs.map(glyph => {
    const own = pitch * placeOf(glyph)
    // where two neighbours come closest, at their feet, a tenth of the way stays free
    const width = Math.min(height * 0.86 * placeOf(glyph), 2 * inner * Math.tan(own / 2) * 0.9)
    if (glyph.square && width < NARROWEST) throw unusable(`${glyphs.length} characters on the arc`, 'fewer characters')
    // a flat box reaches furthest at its corners
    const top = Math.sqrt(outer * outer - (width * width) / 4)
    const placed = onArc(glyph, { angle: angle + own / 2, width, top, bottom: inner })
    angle += own
    return placed
  })
  return { glyphs: set, inner }
}

/** Heads outwards. */
function onArc(glyph: Glyph, { angle, width, top, bottom }: { angle: number; width: number; top: number; bottom: number }): PathStep[] {
  return fitted(glyph, (u, v) => turned((u - 0.5) * width, -top + v * (top - bottom), angle))
}

const turned = (x: number, y: number, angle: number): Point => [
  RADIUS + x * Math.cos(angle) - y * Math.sin(angle),
  RADIUS + x * Math.sin(angle) + y * Math.cos(angle),
]

/** @param to from the cell (0 to 1 from left and from top) to the seal */
function fitted(glyph: Glyph, to: (u: number, v: number) => Point): PathStep[] {
  const { left, top, right, bottom } = cellOf(glyph)
  return mapped(glyph.outline, (x, y) => to((x - left) / (right - left), (y - top) / (bottom - top)))
}

/** Heads inwards, so that they are read from left to right along the lower edge. */
function numberArc(glyphs: readonly Glyph[]): PathStep[][] {
  const outer = RADIUS - RING - NUMBER.air
  return glyphs.map((glyph, i) => {
    const angle = (i - (glyphs.length - 1) / 2) * NUMBER.pitch
    const width = 0.95
    const feet = Math.sqrt(outer * outer - (width * width) / 4)
    return fitted(glyph, (u, v) => turned((u - 0.5) * width, feet - (1 - v) * NUMBER.height, -angle))
  })
}

/** Centred under the star, inside the circle that the name leaves free. */
function line(glyphs: readonly Glyph[], radius: number): PathStep[][] {
  const [top, bottom] = [7.3, 10.9]
  const room = 2 * Math.sqrt(radius * radius - bottom * bottom)
  const places = glyphs.reduce((sum, glyph) => sum + placeOf(glyph), 0)
  const pitch = Math.min(3.7, room / places)
  let x = (-pitch * places) / 2
  return glyphs.map(glyph => {
    const own = pitch * placeOf(glyph)
    const left = x + own * 0.05
    x += own
    return fitted(glyph, (u, v) => [RADIUS + left + u * own * 0.9, RADIUS + top + v * (bottom - top)])
  })
}
