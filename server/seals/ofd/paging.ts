/** Owns looking at an OFD before it is sealed, in the words of seals/paging.ts. */
import type { Paging } from '../paging.ts'
import { type OfdDocument, onlyDocument, paperOf } from './document.ts'
import { OFD_LIMITS } from './limits.ts'
import { OfdPackage } from './package.ts'
import { stampsOf, wordsOn } from './places.ts'

export const ofdPaging: Paging = {
  pages(bytes) {
    const { of, document } = opened(bytes)
    return document.pages.map(page => {
      const { width, height } = paperOf(of, document, page)
      return { width, height }
    })
  },

  find(bytes, words) {
    const { of, document, number } = opened(bytes)
    return wordsOn(of, document, words, OFD_LIMITS.places).map(({ page, x, y }) => ({ page: number(page.id), x, y }))
  },

  boxes(bytes, places, size) {
    const { of, document, number } = opened(bytes)
    return places.flatMap((wanted, place) =>
      stampsOf(of, document, { places: [wanted], picture: { ...size, shapes: [] } }).map(({ page, boundary, clip }) => {
        const on = { place, page: number(page) }
        if (clip === undefined) return { ...on, left: boundary.x, top: boundary.y, width: boundary.width, height: boundary.height }
        const strip = { from: clip.x / boundary.width, to: (clip.x + clip.width) / boundary.width }
        return { ...on, left: boundary.x + clip.x, top: boundary.y + clip.y, width: clip.width, height: clip.height, strip }
      }),
    )
  },
}

/** @throws BrokerError seal_document_unusable, for what could not be sealed either */
function opened(bytes: Uint8Array): { of: OfdPackage; document: OfdDocument; number(page: string): number } {
  const of = new OfdPackage(bytes)
  const { document } = onlyDocument(of)
  const numbers = new Map(document.pages.map(({ id }, i) => [id, i + 1]))
  return { of, document, number: page => numbers.get(page) ?? 0 }
}
