/** Owns looking at a PDF before it is sealed, in the words of seals/paging.ts. */
import { asBrokerError } from '../../kernel/errors.ts'
import type { Paging } from '../paging.ts'
import { openPdf } from './file.ts'
import { asRead, paperOf } from './geometry.ts'
import { findWords } from './keyword.ts'
import { type Page, pagesOf } from './pages.ts'
import { placesOf } from './places.ts'

export const pdfPaging: Paging = {
  pages(document) {
    const revision = openPdf(document)
    return pagesOf(revision).map(page => {
      const { width, height } = paperOf(revision, page)
      return { width, height }
    })
  },

  find(document, words) {
    const revision = openPdf(document)
    const pages = pagesOf(revision)
    const number = numbersOf(pages)
    try {
      return findWords(revision, pages, words).map(({ page, x, y }) => ({ page: number(page), x, y }))
    } catch (thrown) {
      if (asBrokerError(thrown).code !== 'seal_place_unusable') throw thrown
      return []
    }
  },

  boxes(document, places, size) {
    const revision = openPdf(document)
    const number = numbersOf(pagesOf(revision))
    return places.flatMap((wanted, place) =>
      placesOf(revision, { places: [wanted], picture: { ...size, shapes: [] } }).map(({ page, paper, rect: [x0, y0, x1, y1], strip }) => {
        const [one, other] = [asRead(paper, x0, y0), asRead(paper, x1, y1)]
        return {
          place,
          page: number(page),
          left: Math.min(one.x, other.x),
          top: Math.min(one.y, other.y),
          width: Math.abs(one.x - other.x),
          height: Math.abs(one.y - other.y),
          ...(wanted.kind === 'edge' ? { strip } : {}),
        }
      }),
    )
  },
}

function numbersOf(pages: readonly Page[]): (page: Page) => number {
  const numbers = new Map(pages.map(({ ref }, i) => [ref.num, i + 1]))
  return ({ ref }) => numbers.get(ref.num) ?? 0
}
