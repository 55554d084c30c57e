/** Owns what pages draw with: fonts by name, pictures, line and colour settings (GB/T 33190 7.9, 8), from the lists that the document and the page name. */
import { locate } from './basic-types.ts'
import type { OfdDocument } from './document.ts'
import type { OfdPackage } from './package.ts'
import type { XmlNode } from './xml.ts'
import { xmlIn } from './xml-parts.ts'
import { attributeOf, childOf, childrenOf, descendantsOf, textOf } from './xml-tree.ts'

export interface Resources {
  fonts: ReadonlyMap<string, string>
  /** paths of pictures */
  pictures: ReadonlyMap<string, string>
  settings: ReadonlyMap<string, XmlNode>
  /** drawings of several objects */
  units: ReadonlyMap<string, XmlNode>
}

/** @throws BrokerError seal_document_unusable when a list cannot be read */
export function resourcesOf(of: OfdPackage, document: OfdDocument, pages: readonly { path: string; node: XmlNode }[]): Resources {
  const fonts = new Map<string, string>()
  const pictures = new Map<string, string>()
  const settings = new Map<string, XmlNode>()
  const units = new Map<string, XmlNode>()
  for (const path of listsOf(of, document, pages)) {
    const { root } = xmlIn(of, path)
    const base = attributeOf(root, 'BaseLoc')
    const beside = base === undefined ? path : `${locate(of, base, path) ?? ''}/x`
    for (const node of descendantsOf(root)) {
      const id = attributeOf(node, 'ID') ?? ''
      const file = textOf(childOf(node, 'MediaFile'))
      if (node.name === 'Font') fonts.set(id, attributeOf(node, 'FamilyName') ?? attributeOf(node, 'FontName') ?? '')
      else if (node.name === 'DrawParam') settings.set(id, node)
      else if (node.name === 'CompositeGraphicUnit') units.set(id, node)
      else if (node.name === 'MultiMedia' && file !== '') pictures.set(id, locate(of, file, beside) ?? '')
    }
  }
  return { fonts, pictures, settings, units }
}

function listsOf(of: OfdPackage, document: OfdDocument, pages: readonly { path: string; node: XmlNode }[]): Set<string> {
  const common = childOf(document.node, 'CommonData')
  const named = [
    ...['PublicRes', 'DocumentRes'].flatMap(name => childrenOf(common, name).map(node => locate(of, textOf(node), document.path))),
    ...pages.flatMap(({ path, node }) => childrenOf(node, 'PageRes').map(each => locate(of, textOf(each), path))),
  ]
  return new Set(named.map(path => (path === undefined ? undefined : of.find(path))).filter(path => path !== undefined))
}

const KINDS: readonly [magic: string, type: string][] = [
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['\xff\xd8\xff', 'image/jpeg'],
  ['GIF8', 'image/gif'],
  ['BM', 'image/bmp'],
]

/** By its first bytes, whatever the document says; undefined: of no kind that a page shows. */
export function dataUri(bytes: Buffer): string | undefined {
  const head = bytes.toString('latin1', 0, 8)
  const type = KINDS.find(([magic]) => head.startsWith(magic))?.[1]
  return type === undefined ? undefined : `data:${type};base64,${bytes.toString('base64')}`
}
