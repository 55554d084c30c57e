/** Owns writing a drawing as SVG 1.1: paths alone, sizes in millimetres. Nothing of it comes from a text, so nothing needs escaping. */
import type { SealPicture } from '../contract.ts'

export function toSvg({ width, height, shapes }: SealPicture): string {
  const paths = shapes.map(
    ({ fill, outline }) => `<path fill="rgb(${fill.join(',')})" d="${outline.map(([step, ...numbers]) => step + numbers.join(' ')).join('')}"/>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}mm" height="${height}mm" viewBox="0 0 ${width} ${height}">${paths.join('')}</svg>\n`
}
