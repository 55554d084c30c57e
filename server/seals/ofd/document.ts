/**
 * Owns what an OFD package says it is: OFD.xml, its documents, their pages (GB/T 33190 7.4 to 7.7). A document is read leniently, for it is told about in a report; only a package without OFD.xml, or with one that cannot be
 * read, is no OFD.
 */
import { type Box, boxOf, locate } from './basic-types.ts'
import { OFD_LIMITS, unusable } from './limits.ts'
import type { OfdPackage } from './package.ts'
import type { XmlNode, XmlPart } from './xml.ts'
import { xmlIn } from './xml-parts.ts'
import { attributeOf, childOf, childrenOf, rooted, textOf } from './xml-tree.ts'

export const MAIN = '/OFD.xml'

export interface OfdBody {
  /** DocBody in OFD.xml */
  node: XmlNode
  /** Document.xml; undefined: not named, or outside */
  root: string | undefined
  /** Signatures.xml, where OFD.xml names one */
  list: string | undefined
}

export interface OfdPage {
  /** what StampAnnot names */
  id: string
  path: string
}

export interface OfdDocument {
  path: string
  node: XmlNode
  pages: OfdPage[]
  /** CommonData/PageArea: for pages without their own */
  area: XmlNode | undefined
}

/** A4, for a document that says nothing */
const PAPER: Box = { x: 0, y: 0, width: 210, height: 297 }

/** @throws BrokerError seal_document_unusable */
export function bodiesOf(of: OfdPackage): { main: XmlPart; bodies: OfdBody[] } {
  const path = of.find(MAIN)
  if (path !== MAIN) throw unusable('no OFD.xml')
  const main = xmlIn(of, MAIN)
  const nodes = childrenOf(rooted(main.root, 'OFD', MAIN), 'DocBody')
  if (nodes.length === 0 || nodes.length > OFD_LIMITS.documents) throw unusable(`an OFD with ${nodes.length} documents`)
  const place = (node: XmlNode, name: string) => {
    const found = childrenOf(node, name)
    if (found.length > 1) throw unusable(`${name} twice in OFD.xml`)
    return found[0] === undefined || textOf(found[0]) === '' ? undefined : locate(of, textOf(found[0]), MAIN)
  }
  return { main, bodies: nodes.map(node => ({ node, root: place(node, 'DocRoot'), list: place(node, 'Signatures') })) }
}

/** @throws BrokerError seal_document_unusable */
export function documentOf(of: OfdPackage, root: string | undefined): OfdDocument {
  if (root === undefined) throw unusable('a document without root')
  const node = rooted(xmlIn(of, root).root, 'Document', root)
  const listed = childrenOf(childOf(node, 'Pages'), 'Page')
  if (listed.length > OFD_LIMITS.pages) throw unusable(`${listed.length} pages`)
  const pages = listed.map(page => {
    const path = locate(of, attributeOf(page, 'BaseLoc') ?? '', root)
    if (path === undefined) throw unusable('a page without place')
    return { id: attributeOf(page, 'ID') ?? '', path }
  })
  return { path: root, node, pages, area: childOf(node, 'CommonData', 'PageArea') }
}

/** The document of a package that holds one: what can be sealed, and shown before. @throws BrokerError seal_document_unusable */
export function onlyDocument(of: OfdPackage): { main: XmlPart; body: OfdBody; document: OfdDocument } {
  const { main, bodies } = bodiesOf(of)
  const [body, more] = bodies
  if (body === undefined || more !== undefined) throw unusable(`${bodies.length} documents in one package: nobody can tell which is sealed`)
  const document = documentOf(of, body.root)
  if (new Set(document.pages.map(({ id }) => id)).size < document.pages.length) throw unusable('pages with the same ID')
  return { main, body, document }
}

const heads = new WeakMap<OfdPackage, Map<string, XmlNode>>()

/** A page or template up to its content: its area, its resources, its templates. Read once for each package. @throws BrokerError seal_document_unusable */
export function headOf(of: OfdPackage, path: string): XmlNode {
  const known = heads.get(of) ?? new Map<string, XmlNode>()
  heads.set(of, known)
  const head = known.get(path) ?? xmlIn(of, path, 'Content').root
  known.set(path, head)
  return head
}

/**
 * The paper, from its own top left corner: 7.5 makes that corner of PhysicalBox the origin of the page's coordinates, so that its x and y, which are where the page would lie on something larger, move nothing on it.
 * @throws BrokerError seal_document_unusable when the page cannot be read
 */
export function paperOf(of: OfdPackage, document: OfdDocument, page: OfdPage): Box {
  const own = childOf(headOf(of, page.path), 'Area')
  const box = boxOf(textOf(childOf(own, 'PhysicalBox'))) ?? boxOf(textOf(childOf(document.area, 'PhysicalBox')))
  const { width, height } = box === undefined || box.width === 0 || box.height === 0 ? PAPER : box
  return { x: 0, y: 0, width, height }
}

/** TemplatePage by ID, 7.6. */
export function templatesOf(of: OfdPackage, document: OfdDocument): Map<string, string> {
  const found = new Map<string, string>()
  for (const node of childrenOf(childOf(document.node, 'CommonData'), 'TemplatePage')) {
    const path = locate(of, attributeOf(node, 'BaseLoc') ?? '', document.path)
    if (path !== undefined) found.set(attributeOf(node, 'ID') ?? '', path)
  }
  return found
}
