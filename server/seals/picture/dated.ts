/** Owns a seal with the day of sealing beside it (2027年6月1日), as outlines like the seal: below it, or across its middle as one stamps over a written date (骑年盖月). */
import type { PathStep, SealPicture } from '../contract.ts'
import { glyphOf } from './glyphs.ts'
import { mapped, rounded } from './outline.ts'

const BLACK = [17, 17, 17] as const
/** millimetres: height of the characters, and between them and the seal */
const SIZE = 5
const GAP = 1.2
/** where a line's baseline stands in its height */
const BASELINE = 0.86

/**
 * @param day of characters that the font has
 * @returns as wide as the seal; below it, as much higher as the line is
 * @throws BrokerError seal_picture_unusable
 */
export function dated({ width, height, shapes }: SealPicture, day: string, where: 'under' | 'over'): SealPicture {
  const glyphs = [...day].map(glyphOf)
  const ems = glyphs.reduce((sum, { advance }) => sum + advance, 0)
  const size = Math.min(SIZE, width / ems)
  const top = where === 'under' ? height + GAP : (height - size) / 2
  let x = (width - ems * size) / 2
  const line = glyphs.map(({ outline, advance }) => {
    const left = x
    x += advance * size
    return { fill: BLACK, outline: mapped(outline, (a, b) => [left + a * size, top + (BASELINE + b) * size]) satisfies PathStep[] }
  })
  return rounded({ width, height: where === 'under' ? top + size : height, shapes: [...shapes, ...line] })
}
