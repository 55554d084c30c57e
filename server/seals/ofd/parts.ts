/** Owns what each part of a package is for, as far as the documents name it (GB/T 33190 7). What no document names is `other`: no reader shows it. */
import { locate } from './basic-types.ts'
import type { OfdBody, OfdDocument } from './document.ts'
import { headOf, MAIN, templatesOf } from './document.ts'
import type { OfdPackage } from './package.ts'
import type { XmlNode } from './xml.ts'
import { xmlIn } from './xml-parts.ts'
import { attributeOf, childOf, childrenOf, descendantsOf, textOf } from './xml-tree.ts'

export type Role =
  | 'package'
  | 'document'
  | 'page'
  | 'template'
  | 'resource'
  | 'annotation'
  | 'attachment'
  | 'tag'
  | 'extension'
  | 'version'
  | 'signature-list'
  | 'signature'
  | 'evidence'
  | 'other'

/** What a reader draws from: a seal that leaves one of these out does not protect what is seen. */
export const SEEN: ReadonlySet<Role> = new Set(['package', 'document', 'page', 'template', 'resource'])

/** Lists that name further parts, and under which elements. */
const LISTS = [
  { element: 'Annotations', role: 'annotation', inside: 'FileLoc' },
  { element: 'Attachments', role: 'attachment', inside: 'FileLoc' },
  { element: 'CustomTags', role: 'tag', inside: 'FileLoc' },
  { element: 'Extensions', role: 'extension', inside: 'ExtendData' },
] as const

export class Roles {
  readonly #of: OfdPackage
  readonly #roles = new Map<string, Role>()
  /** resource lists that were read: they may name one another's files, never each other */
  readonly #read = new Set<string>()

  constructor(of: OfdPackage) {
    this.#of = of
    this.set(MAIN, 'package')
  }

  of(path: string): Role {
    return this.#roles.get(path) ?? 'other'
  }

  /** The first role stays: the more important ones come first. */
  set(path: string | undefined, role: Role): void {
    const there = path === undefined ? undefined : this.#of.find(path)
    if (there !== undefined && !this.#roles.has(there)) this.#roles.set(there, role)
  }

  addDocument(document: OfdDocument): void {
    this.set(document.path, 'document')
    const common = childOf(document.node, 'CommonData')
    for (const name of ['PublicRes', 'DocumentRes']) for (const node of childrenOf(common, name)) this.#resources(textOf(node), document.path)
    for (const path of templatesOf(this.#of, document).values()) this.#page(path, 'template')
    for (const { path } of document.pages) this.#page(path, 'page')
    for (const { element, role, inside } of LISTS) {
      for (const node of childrenOf(document.node, element)) this.#list(textOf(node), document.path, role, inside)
    }
  }

  /** 7.12: other states of the document, of which one may be the one that is shown. */
  addVersions({ node }: OfdBody): void {
    for (const version of descendantsOf(node)) {
      if (version.name !== 'Version') continue
      const path = locate(this.#of, attributeOf(version, 'BaseLoc') ?? '', MAIN)
      this.set(path, 'version')
      const root = this.#xml(path)
      if (path === undefined || root === undefined) continue
      this.set(locate(this.#of, textOf(childOf(root, 'DocRoot')), path), 'version')
      for (const file of childrenOf(childOf(root, 'FileList'), 'File')) this.set(locate(this.#of, textOf(file), path), 'version')
    }
  }

  #page(path: string, role: Role): void {
    this.set(path, role)
    for (const node of childrenOf(this.#head(path), 'PageRes')) this.#resources(textOf(node), path)
  }

  /** 7.9: files stand under BaseLoc, which is itself from where the list is. */
  #resources(location: string, from: string): void {
    const path = locate(this.#of, location, from)
    if (path === undefined || this.#read.has(path)) return
    this.#read.add(path)
    this.set(path, 'resource')
    const root = this.#xml(path)
    if (root === undefined) return
    const base = attributeOf(root, 'BaseLoc')
    const beside = base === undefined ? path : `${locate(this.#of, base, path) ?? ''}/x`
    for (const node of descendantsOf(root)) {
      const file =
        node.name === 'MediaFile' || node.name === 'FontFile' ? textOf(node) : node.name === 'ColorSpace' ? attributeOf(node, 'Profile') : undefined
      if (file !== undefined && file !== '') this.set(locate(this.#of, file, beside), 'resource')
    }
  }

  #list(location: string, from: string, role: Role, inside: string): void {
    const path = locate(this.#of, location, from)
    this.set(path, role)
    const root = this.#xml(path)
    if (path === undefined || root === undefined) return
    for (const node of descendantsOf(root)) if (node.name === inside) this.set(locate(this.#of, textOf(node), path), role)
  }

  #head(path: string): XmlNode | undefined {
    try {
      return headOf(this.#of, path)
    } catch {
      return undefined
    }
  }

  /** What cannot be read names nothing; that it cannot be read, the digests tell. */
  #xml(path: string | undefined): XmlNode | undefined {
    if (path === undefined || this.#of.find(path) === undefined) return undefined
    try {
      return xmlIn(this.#of, path).root
    } catch {
      return undefined
    }
  }
}
