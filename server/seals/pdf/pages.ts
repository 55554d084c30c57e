/** Owns the page tree, ISO 32000-2 7.7.3: every page in its order, with what it inherits. A tree that leads back into itself, or to no page, is refused. */
import type { Revision } from './file.ts'
import { PDF_LIMITS, unusable } from './limits.ts'
import { nameOf, PdfDict, type PdfObject, PdfRef } from './objects.ts'

export interface Page {
  ref: PdfRef
  dict: PdfDict
  /** with the entries that its ancestors give it */
  inherited: ReadonlyMap<string, PdfObject>
}

const INHERITABLE = ['Resources', 'MediaBox', 'CropBox', 'Rotate']

/** @throws BrokerError `seal_document_unusable` */
export const pagesOf = (revision: Revision): Page[] => pageTree(revision).pages

/** The pages, and the nodes above them. @throws BrokerError `seal_document_unusable` */
export function pageTree(revision: Revision): { pages: Page[]; nodes: PdfRef[] } {
  const root = revision.dict(revision.trailer.get('Root'))?.get('Pages')
  const pages: Page[] = []
  const nodes: PdfRef[] = []
  const seen = new Set<number>()
  const stack: { node: PdfObject | undefined; above: ReadonlyMap<string, PdfObject>; depth: number }[] = [{ node: root, above: new Map(), depth: 0 }]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node, above, depth } = next
    if (!(node instanceof PdfRef)) throw unusable('a page that is no object of its own')
    if (seen.has(node.num)) throw unusable('a page tree that leads back into itself')
    if (seen.size > 2 * PDF_LIMITS.pages || depth > PDF_LIMITS.depth) throw unusable('a page tree that is too large')
    seen.add(node.num)
    const dict = revision.resolve(node)
    if (!(dict instanceof PdfDict)) throw unusable(`no page in object ${node.num}`)
    const inherited = new Map(above)
    for (const key of INHERITABLE) {
      const own = dict.get(key)
      if (own !== undefined) inherited.set(key, own)
    }
    if (nameOf(revision.resolve(dict.get('Type'))) === 'Page' && !dict.has('Kids')) pages.push({ ref: node, dict, inherited })
    else {
      nodes.push(node)
      const kids = revision.items(dict.get('Kids'))
      if (kids.length > 2 * PDF_LIMITS.pages) throw unusable('a page tree that is too large')
      for (let i = kids.length - 1; i >= 0; i -= 1) stack.push({ node: kids[i], above: inherited, depth: depth + 1 })
    }
  }
  if (pages.length === 0) throw unusable('it has no pages')
  return { pages, nodes }
}
