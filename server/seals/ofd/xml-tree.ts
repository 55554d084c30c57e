/** Owns looking into what was read. */
import { unusable } from './limits.ts'
import type { XmlNode } from './xml.ts'

export const childrenOf = (of: XmlNode | undefined, name: string): XmlNode[] => of?.children.filter(child => child.name === name) ?? []

export const childOf = (of: XmlNode | undefined, ...names: readonly string[]): XmlNode | undefined =>
  names.reduce<XmlNode | undefined>((at, name) => at?.children.find(child => child.name === name), of)

export const textOf = (of: XmlNode | undefined): string => of?.text.trim() ?? ''

export const attributeOf = (of: XmlNode | undefined, name: string): string | undefined => of?.attributes.get(name)

/** @throws BrokerError seal_document_unusable when it is another */
export function rooted(root: XmlNode, name: string, path: string): XmlNode {
  if (root.name !== name) throw unusable(`${path}: ${root.name.slice(0, 80)} where ${name} belongs`)
  return root
}

/** All elements below, in document order; depth is bounded by the reader. */
export function* descendantsOf(of: XmlNode): Generator<XmlNode, void, undefined> {
  const waiting = of.children.toReversed()
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    yield node
    for (let i = node.children.length - 1; i >= 0; i -= 1) {
      const child = node.children[i]
      if (child !== undefined) waiting.push(child)
    }
  }
}
