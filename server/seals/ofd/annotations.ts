/** Owns what annotations draw on pages (GB/T 33190 15): notes, marks and stamps that are not part of a page's content and lie on top of it. */
import { type Box, boxOf, locate } from './basic-types.ts'
import type { OfdDocument } from './document.ts'
import type { OfdPackage } from './package.ts'
import type { XmlNode } from './xml.ts'
import { xmlIn } from './xml-parts.ts'
import { attributeOf, childOf, childrenOf, textOf } from './xml-tree.ts'

export interface Annotation {
  /** type and ID, for a report */
  name: string
  /** the page's ID */
  page: string
  box: Box
  /** what is drawn, in the coordinates of its box */
  appearance: XmlNode
}

/** Those that are seen. @throws BrokerError seal_document_unusable when one of their parts cannot be read */
export function annotationsOf(of: OfdPackage, document: OfdDocument): Annotation[] {
  const list = locate(of, textOf(childOf(document.node, 'Annotations')), document.path)
  if (list === undefined || of.find(list) === undefined) return []
  return childrenOf(xmlIn(of, list).root, 'Page').flatMap(page => {
    const path = locate(of, textOf(childOf(page, 'FileLoc')), list)
    if (path === undefined || of.find(path) === undefined) return []
    return childrenOf(xmlIn(of, path).root, 'Annot').flatMap(node => seen(node, attributeOf(page, 'PageID') ?? ''))
  })
}

function seen(node: XmlNode, page: string): Annotation[] {
  const appearance = childOf(node, 'Appearance')
  const box = boxOf(attributeOf(appearance, 'Boundary'))
  if (box === undefined || appearance === undefined || appearance.children.length === 0 || attributeOf(node, 'Visible') === 'false') return []
  return [{ name: `${attributeOf(node, 'Type') ?? ''} ${attributeOf(node, 'ID') ?? ''}`.slice(0, 60), page, box, appearance }]
}
