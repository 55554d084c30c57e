/** Owns where an order's seals come: from its placements to rectangles on pages. A place that is not there, or would show half a seal, is refused before anybody signs. */
import { BrokerError } from '../../kernel/errors.ts'
import type { Placement, SealOrder, SealPicture } from '../contract.ts'
import type { Strip } from './appearance.ts'
import type { Revision } from './file.ts'
import { type Box, onPage, type Paper, paperOf } from './geometry.ts'
import { findWords } from './keyword.ts'
import { PDF_LIMITS } from './limits.ts'
import { type Page, pagesOf } from './pages.ts'

export interface Place {
  page: Page
  paper: Paper
  rect: Box
  strip: Strip
}

/** the narrowest strip of a page-edge seal that can still be seen, in millimetres */
const NARROWEST = 0.1
/** rounding of a person's click, in millimetres */
const SLACK = 0.5

const refused = (facts: string): BrokerError => new BrokerError('seal_place_unusable', facts)

/** @throws BrokerError `seal_place_unusable`, `seal_picture_unusable` when there is a place and nothing to show, `seal_document_unusable` */
export function placesOf(revision: Revision, { places, picture }: Pick<SealOrder, 'places' | 'picture'>): Place[] {
  if (places.length === 0) return []
  if (picture === undefined) throw new BrokerError('seal_picture_unusable', 'a place without a picture')
  const pages = pagesOf(revision)
  const found = places.flatMap(place => placed(revision, pages, place, picture))
  if (found.length > PDF_LIMITS.places) throw refused(`${found.length} places`)
  return found
}

function placed(revision: Revision, pages: readonly Page[], place: Placement, picture: SealPicture): Place[] {
  switch (place.kind) {
    case 'at':
      return [centred(revision, pageOf(pages, place.page), place, picture)]
    case 'keyword':
      return findWords(revision, pages, place.words, place.nth).map(hit => {
        const paper = paperOf(revision, hit.page)
        // words near the margin: the seal moves in rather than being cut
        const x = inside(hit.x, picture.width, paper.width)
        const y = inside(hit.y, picture.height, paper.height)
        return centred(revision, hit.page, { x, y }, picture)
      })
    case 'edge':
      return edge(revision, pages, place, picture)
    default:
      return place satisfies never
  }
}

const inside = (centre: number, size: number, room: number): number => Math.max(size / 2, Math.min(centre, room - size / 2))

function pageOf(pages: readonly Page[], number: number): Page {
  const page = Number.isInteger(number) ? pages[number - 1] : undefined
  if (page === undefined) throw refused(`page ${number} of ${pages.length}`)
  return page
}

function centred(revision: Revision, page: Page, { x, y }: { x: number; y: number }, { width, height }: SealPicture): Place {
  const paper = paperOf(revision, page)
  const [left, top] = [x - width / 2, y - height / 2]
  const fits = left >= -SLACK && top >= -SLACK && left + width <= paper.width + SLACK && top + height <= paper.height + SLACK
  if (!fits) throw refused(`a seal of ${width} × ${height} at ${x}, ${y} on a page of ${Math.round(paper.width)} × ${Math.round(paper.height)} mm`)
  return { page, paper, rect: onPage(paper, { left, top, width, height }), strip: { from: 0, to: 1 } }
}

/** 骑缝章. Pages fanned out to the right show their right edges from left to right, to the left the other way round. */
function edge(revision: Revision, pages: readonly Page[], place: Extract<Placement, { kind: 'edge' }>, { width, height }: SealPicture): Place[] {
  const { from = 1, to = pages.length, side = 'right' } = place
  pageOf(pages, from)
  pageOf(pages, to)
  const count = to - from + 1
  if (count < 2) throw refused(`a page-edge seal on ${Math.max(count, 0)} page`)
  const part = width / count
  if (part < NARROWEST || count > PDF_LIMITS.places) throw refused(`a page-edge seal over ${count} pages`)
  return pages.slice(from - 1, to).map((page, i) => {
    const paper = paperOf(revision, page)
    const { y = paper.height / 2 } = place
    const top = y - height / 2
    if (top < -SLACK || top + height > paper.height + SLACK) throw refused(`a page-edge seal at ${y} on a page of ${Math.round(paper.height)} mm`)
    const nth = side === 'right' ? i : count - 1 - i
    const left = side === 'right' ? paper.width - part : 0
    return { page, paper, rect: onPage(paper, { left, top, width: part, height }), strip: { from: nth / count, to: (nth + 1) / count } }
  })
}
