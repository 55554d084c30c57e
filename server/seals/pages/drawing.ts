import { LONG_PICTURE } from '../../storage/stores-seals.ts'
import { html, type Markup } from '../../web/markup.ts'
import type { PathStep, SealPicture } from '../contract.ts'
import { kindOf, nameInSeal } from '../life/kinds.ts'
import { readPicture } from '../life/picture.ts'
import type { SealView } from '../life/room.ts'
import { sealPath } from './words.ts'

/** A seal as the pages show it: outlines in the page itself where they are few, else the same drawing as a picture of its own. Always on white, as on paper. One that was edited is not shown. */
export function drawing({ row, state }: SealView, size: 'small' | 'large'): Markup {
  const label = `${kindOf(row.kind).zh}图样：${nameInSeal(row)}`
  const address = sealPath(row.id, 'picture.svg')
  const long = row.picture === '' || row.picture.length > LONG_PICTURE
  return html`<div class="seal-paper seal-paper-${size}">${
    state !== 'tampered' && (long ? html`<img src="${address}" alt="${label}" loading="lazy">` : inline(readPicture(row.picture), label))
  }</div>`
}

const inline = ({ width, height, shapes }: SealPicture, label: string): Markup =>
  html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}" focusable="false">${shapes.map(
    ({ fill, outline }) => html`<path fill="rgb(${fill.join(',')})" d="${outline.map(stepText).join('')}"/>`,
  )}</svg>`

const stepText = ([name, ...numbers]: PathStep): string => `${name}${numbers.join(' ')}`
