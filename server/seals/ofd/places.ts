/** Owns where an order's seals come on the pages: from its placements to stamps. A place that is not there, or would show half a seal, is refused before anybody signs. */
import { BrokerError } from '../../kernel/errors.ts'
import type { Placement, SealOrder, SealPicture } from '../contract.ts'
import type { Box } from './basic-types.ts'
import { type OfdDocument, type OfdPage, paperOf, templatesOf } from './document.ts'
import { OFD_LIMITS } from './limits.ts'
import type { OfdPackage } from './package.ts'
import { findOnPage } from './words.ts'

export interface Stamp {
  page: string
  /** the whole seal */
  boundary: Box
  /** what of it is shown, from its own corner; absent: all */
  clip?: Box
}

/** rounding of a person's click, in millimetres */
const SLACK = 0.5
/** the narrowest strip of a page-edge seal that can still be seen, in millimetres */
const NARROWEST = 0.1

const refused = (facts: string): BrokerError => new BrokerError('seal_place_unusable', facts)

/** @throws BrokerError seal_place_unusable, seal_picture_unusable when there is a place and nothing to show, seal_document_unusable */
export function stampsOf(of: OfdPackage, document: OfdDocument, { places, picture }: Pick<SealOrder, 'places' | 'picture'>): Stamp[] {
  if (places.length === 0) return []
  if (picture === undefined) throw new BrokerError('seal_picture_unusable', 'a place without a picture')
  const stamps = places.flatMap(place => placed(of, document, place, picture))
  if (stamps.length > OFD_LIMITS.places) throw refused(`${stamps.length} places`)
  return stamps
}

function placed(of: OfdPackage, document: OfdDocument, place: Placement, picture: SealPicture): Stamp[] {
  switch (place.kind) {
    case 'at':
      return [centred(of, document, pageOf(document, place.page), place, picture)]
    case 'keyword':
      return onWords(of, document, place, picture)
    case 'edge':
      return onEdges(of, document, place, picture)
    default:
      return place satisfies never
  }
}

function pageOf({ pages }: OfdDocument, number: number): OfdPage {
  const page = Number.isInteger(number) ? pages[number - 1] : undefined
  if (page === undefined) throw refused(`page ${number} of ${pages.length}`)
  return page
}

function centred(of: OfdPackage, document: OfdDocument, page: OfdPage, { x, y }: { x: number; y: number }, { width, height }: SealPicture): Stamp {
  const paper = paperOf(of, document, page)
  const boundary = { x: x - width / 2, y: y - height / 2, width, height }
  const fits =
    boundary.x >= -SLACK && boundary.y >= -SLACK && boundary.x + width <= paper.width + SLACK && boundary.y + height <= paper.height + SLACK
  if (!fits) throw refused(`a seal of ${width} × ${height} at ${x}, ${y} on a page of ${paper.width} × ${paper.height} mm`)
  return { page: page.id, boundary }
}

function onWords(of: OfdPackage, document: OfdDocument, place: Extract<Placement, { kind: 'keyword' }>, picture: SealPicture): Stamp[] {
  const found = wordsOn(of, document, place.words, place.nth ?? OFD_LIMITS.places + 1)
  const chosen = place.nth === undefined ? found : found.slice(place.nth - 1, place.nth)
  if (chosen.length === 0 || (place.nth ?? 1) < 1) throw refused(`words that stand there ${found.length} times, wanted: ${place.nth ?? 'each'}`)
  return chosen.map(({ page, x, y }) => {
    const paper = paperOf(of, document, page)
    // words near the margin: the seal moves in rather than being cut
    const at = { x: inside(x, picture.width, paper.width), y: inside(y, picture.height, paper.height) }
    return centred(of, document, page, at, picture)
  })
}

/** The words wherever they stand, page after page. @param enough pages are read until this many are found @throws BrokerError seal_document_unusable */
export function wordsOn(of: OfdPackage, document: OfdDocument, words: string, enough: number): { page: OfdPage; x: number; y: number }[] {
  const templates = templatesOf(of, document)
  const found: { page: OfdPage; x: number; y: number }[] = []
  for (const page of document.pages) {
    for (const { x, y } of findOnPage(of, templates, page, words)) found.push({ page, x, y })
    if (found.length >= enough) break
  }
  return found
}

const inside = (centre: number, size: number, room: number): number => Math.max(size / 2, Math.min(centre, room - size / 2))

/** 骑缝章. Pages fanned out to the right show their right edges from left to right, to the left the other way round. */
function onEdges(of: OfdPackage, document: OfdDocument, place: Extract<Placement, { kind: 'edge' }>, { width, height }: SealPicture): Stamp[] {
  const { from = 1, to = document.pages.length, side = 'right' } = place
  pageOf(document, from)
  pageOf(document, to)
  const count = to - from + 1
  const strip = width / count
  if (count < 2 || strip < NARROWEST) throw refused(`a page-edge seal over ${Math.max(count, 0)} pages`)
  return document.pages.slice(from - 1, to).map((page, i) => {
    const paper = paperOf(of, document, page)
    const top = (place.y ?? paper.height / 2) - height / 2
    if (top < -SLACK || top + height > paper.height + SLACK) throw refused(`a page-edge seal at ${place.y} on a page of ${paper.height} mm`)
    const nth = side === 'right' ? i : count - 1 - i
    const edge = side === 'right' ? paper.width - strip : 0
    return {
      page: page.id,
      boundary: { x: edge - nth * strip, y: top, width, height },
      clip: { x: nth * strip, y: 0, width: strip, height },
    }
  })
}
