/**
 * Owns the name chop of a person (人名章): a square, read in columns from right to left. Names of two characters are followed by 之印, of three by 印, as is customary; longer ones fill the square by themselves.
 */
import { BrokerError } from '../../kernel/errors.ts'
import type { PathStep, SealPicture } from '../contract.ts'
import { cellOf, glyphOf } from './glyphs.ts'
import { mapped, RED, rectangle, rounded } from './outline.ts'
import { coverageOf } from './raster.ts'
import { traced } from './trace.ts'

/** 朱文: red characters in a frame. 白文: characters left blank in a red ground. */
export type ChopStyle = 'raised' | 'sunk'

/** millimetres */
const SIZE = 18
const FRAME = 1
const MOST = 16
const SUFFIX: Readonly<Record<number, string>> = { 2: '之印', 3: '印' }

/**
 * @param chop.name 2 to 16 characters without the points and spaces inside it, which chops leave out
 * @param chop.size millimetres, 18 to 20; 18 unless told
 * @throws BrokerError seal_picture_unusable: too few or many characters, one without an outline, a size out of bounds
 */
export function drawNameChop({ name, style, size = SIZE }: { name: string; style: ChopStyle; size?: number }): SealPicture {
  if (!(size >= 18 && size <= 20)) throw new BrokerError('seal_picture_unusable', `a chop of ${size} mm`, { expected: '18 to 20 mm' })
  const own = [...name.normalize('NFC').replaceAll(/[\s·•‧・]/g, '')]
  if (own.length < 2 || own.length > MOST) {
    throw new BrokerError('seal_picture_unusable', `a name of ${own.length} characters`, { expected: `2 to ${MOST} characters` })
  }
  const characters = [...own, ...(SUFFIX[own.length] ?? '')]
  const columns = Math.max(2, Math.round(Math.sqrt(characters.length)))
  const [margin, gap] = [FRAME + 0.7, 0.4]
  const room = size - 2 * margin
  const width = (room - gap * (columns - 1)) / columns
  const glyphs = characters.map((character, i): PathStep[] => {
    const { column, row, rows } = placeOf(i, characters.length, columns)
    const height = (room - gap * (rows - 1)) / rows
    const left = size - margin - width - column * (width + gap)
    const top = margin + row * (height + gap)
    const glyph = glyphOf(character)
    const cell = cellOf(glyph)
    const [across, down] = [width / (cell.right - cell.left), height / (cell.bottom - cell.top)]
    return mapped(glyph.outline, (x, y) => [left + (x - cell.left) * across, top + (y - cell.top) * down])
  })
  const shapes =
    style === 'raised'
      ? [[...rectangle(0, 0, size, size), ...rectangle(FRAME, FRAME, size - FRAME, size - FRAME, false)], ...glyphs]
      : [[...rectangle(0, 0, size, size, false), ...united(glyphs.flat(), size)]]
  return rounded({ width: size, height: size, shapes: shapes.map(outline => ({ fill: RED, outline })) })
}

/** As even as it goes: the columns on the right, which are read first, take one more where they must. */
function placeOf(i: number, count: number, columns: number): { column: number; row: number; rows: number } {
  const [few, longer] = [Math.floor(count / columns), count % columns]
  const inLonger = longer * (few + 1)
  if (i < inLonger) return { column: Math.floor(i / (few + 1)), row: i % (few + 1), rows: few + 1 }
  return { column: longer + Math.floor((i - inLonger) / few), row: (i - inLonger) % few, rows: few }
}

/** dots to the millimetre */
const FINE = 32

/** The strokes of the font overlap, which does no harm to what is filled, but would be filled where they are holes: their common outline is found in a fine picture of them. */
function united(outline: readonly PathStep[], size: number): PathStep[] {
  const side = Math.ceil(size * FINE)
  const ink = coverageOf(outline, { left: 0, top: 0, width: side, height: side, scale: FINE })
  const found = traced({ width: side, height: side, ink }, side * side)
  if (found === undefined) throw new BrokerError('internal', 'more outline than dots')
  return mapped(found, (x, y) => [x / FINE, y / FINE])
}
