/** Owns what a document is after it was read: elements with their namespaces, texts, comments and instructions, as the XPath data model of Canonical XML has them. */

export interface XmlElement {
  kind: 'element'
  /** as written, with its prefix */
  name: string
  prefix: string
  local: string
  /** empty: none */
  namespace: string
  attributes: readonly XmlAttribute[]
  /** prefix to namespace, everything in scope here; the default one under the empty prefix where it is not none */
  scope: ReadonlyMap<string, string>
  parent: XmlElement | undefined
  children: XmlNode[]
  /** where its end tag begins in the text; for an element without one, where its `/>` does */
  endsAt: number
  /** written as `<a/>` */
  closed: boolean
}

export interface XmlAttribute {
  name: string
  prefix: string
  local: string
  namespace: string
  value: string
}

export type XmlNode = XmlElement | { kind: 'text'; text: string } | { kind: 'comment' } | { kind: 'instruction'; target: string; data: string }

export interface XmlDocument {
  root: XmlElement
  /** outside the root: no texts */
  before: readonly XmlNode[]
  after: readonly XmlNode[]
  /** what was read, decoded */
  text: string
  /** whether there is a comment anywhere */
  comments: boolean
}

export const XML = 'http://www.w3.org/XML/1998/namespace'
export const XMLNS = 'http://www.w3.org/2000/xmlns/'

/** All elements in document order, this one first. */
export function* elementsOf(top: XmlElement): Generator<XmlElement, void, undefined> {
  const waiting = [top]
  for (let element = waiting.pop(); element !== undefined; element = waiting.pop()) {
    yield element
    for (let i = element.children.length - 1; i >= 0; i -= 1) {
      const child = element.children[i]
      if (child?.kind === 'element') waiting.push(child)
    }
  }
}

/** Whether a comment stands between words: no canonical form has it, so whoever adds it changes nothing signed, and some software then reads the words before it alone. */
export function hasSplitText(root: XmlElement): boolean {
  for (const { children } of elementsOf(root)) {
    if (children.some(({ kind }) => kind === 'comment') && children.some(child => child.kind === 'text' && /[^\t\n\r ]/.test(child.text))) return true
  }
  return false
}

export const elementChildren = (element: XmlElement): XmlElement[] => element.children.filter(child => child.kind === 'element')

/** The value of an attribute without prefix. */
export const attributeOf = (element: XmlElement, name: string): string | undefined =>
  element.attributes.find(each => each.prefix === '' && each.local === name)?.value

/** The text of an element that has nothing but texts. */
export function plainText(element: XmlElement): string | undefined {
  const parts = element.children.map(child => (child.kind === 'text' ? child.text : undefined))
  return parts.includes(undefined) ? undefined : parts.join('')
}
