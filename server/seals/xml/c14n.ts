/**
 * Owns Canonical XML without comments: inclusive 1.0 and 1.1 (W3C, 2001 and 2008) and exclusive 1.0 (W3C, 2002, RFC 3741), of a whole document or of one element in it, with one element left out where the enveloped-signature
 * transform wants it. Recursive as deep as read.ts lets a document be.
 */
import { BrokerError } from '../../kernel/errors.ts'
import { XML, type XmlAttribute, type XmlDocument, type XmlElement, type XmlNode } from './tree.ts'

export interface Canonical {
  form: 'inclusive' | 'inclusive-1.1' | 'exclusive'
  /** exclusive only: prefixes that are treated as the inclusive form does; the empty one for the default namespace */
  prefixes?: readonly string[]
}

/** Of the whole document: instructions around the root belong to it, each on its own line. */
export function canonicalDocument({ root, before, after }: XmlDocument, how: Canonical, without?: XmlElement): string {
  const beside = (nodes: readonly XmlNode[], from: string, to: string) =>
    nodes.map(node => (node.kind === 'instruction' ? from + instruction(node) + to : '')).join('')
  return beside(before, '', '\n') + canonicalElement(root, how, without) + beside(after, '\n', '')
}

/** @throws BrokerError seal_document_unusable for xml:base above a part in the form 1.1, which would have to be joined and never is in practice */
export function canonicalElement(element: XmlElement, how: Canonical, without?: XmlElement): string {
  const out: string[] = []
  write(element, new Map(), inherited(element, how), undefined)
  return out.join('')

  /** @param rendered prefix to namespace, as the element's ancestors have been written; the empty prefix absent for none */
  function write(each: XmlElement, rendered: ReadonlyMap<string, string>, extra: readonly XmlAttribute[], above: XmlElement | undefined): void {
    // most elements declare nothing, and then the inclusive form has nothing to say
    const same = how.form !== 'exclusive' && each.scope === above?.scope
    const { written, scope } = same ? { written: [], scope: rendered } : namespaces(each, rendered, how)
    const attributes = extra.length === 0 ? each.attributes : [...each.attributes, ...extra]
    out.push('<', each.name, ...written)
    for (const { name, value } of attributes.length > 1 ? attributes.toSorted(byName) : attributes)
      out.push(' ', name, '="', escapedAttribute(value), '"')
    out.push('>')
    for (const child of each.children) {
      if (child.kind === 'text') out.push(escapedText(child.text))
      else if (child.kind === 'instruction') out.push(instruction(child))
      else if (child.kind === 'element' && child !== without) write(child, scope, [], each)
    }
    out.push('</', each.name, '>')
  }
}

/** Which namespaces are written on an element: those that mean something here and were not yet said above. */
function namespaces(
  element: XmlElement,
  rendered: ReadonlyMap<string, string>,
  how: Canonical,
): { written: string[]; scope: ReadonlyMap<string, string> } {
  const wanted = how.form === 'exclusive' ? usedBy(element, how.prefixes ?? []) : new Set([...element.scope.keys(), ''])
  const fresh = [...wanted].filter(prefix => prefix !== 'xml' && element.scope.get(prefix) !== rendered.get(prefix))
  if (fresh.length === 0) return { written: [], scope: rendered }
  const scope = new Map(rendered)
  const written = fresh.toSorted(byCodePoints).map(prefix => {
    const namespace = element.scope.get(prefix) ?? ''
    if (namespace === '') scope.delete(prefix)
    else scope.set(prefix, namespace)
    return ` xmlns${prefix === '' ? '' : ':'}${prefix}="${escapedAttribute(namespace)}"`
  })
  return { written, scope }
}

/** Exclusive 1.0, 3: the element's own prefix and its attributes'; those of the list where they are in scope. */
function usedBy({ prefix, attributes, scope }: XmlElement, list: readonly string[]): Set<string> {
  const own = attributes.map(each => each.prefix).filter(each => each !== '')
  return new Set([prefix, ...own, ...list.filter(each => each === '' || scope.has(each))])
}

/** Inclusive only: a part takes over what its ancestors say by xml:lang and the like. 1.1 takes over two of them, and leaves xml:id behind. */
function inherited(element: XmlElement, { form }: Canonical): XmlAttribute[] {
  if (form === 'exclusive') return []
  const found = new Map<string, XmlAttribute>()
  for (let above = element.parent; above !== undefined; above = above.parent) {
    for (const each of above.attributes) {
      if (each.namespace !== XML || found.has(each.local)) continue
      if (form === 'inclusive-1.1' && each.local === 'base')
        throw new BrokerError('seal_document_unusable', 'xml:base above a signed part, in form 1.1')
      if (form === 'inclusive' || each.local === 'lang' || each.local === 'space') found.set(each.local, each)
    }
  }
  return [...found.values()].filter(({ local }) => !element.attributes.some(own => own.namespace === XML && own.local === local))
}

const byName = (a: XmlAttribute, b: XmlAttribute): number => byCodePoints(a.namespace, b.namespace) || byCodePoints(a.local, b.local)

/** JavaScript compares halves of pairs, which differs from the order of characters above U+FFFF. */
function byCodePoints(a: string, b: string): number {
  if (a === b) return 0
  if (/[\uD800-\uDFFF]/.test(a + b)) return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return a < b ? -1 : 1
}

const instruction = ({ target, data }: { target: string; data: string }): string => `<?${target}${data === '' ? '' : ` ${data}`}?>`

const TEXT: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' }
const escapedText = (text: string): string => (/[&<>\r]/.test(text) ? text.replaceAll(/[&<>\r]/g, found => TEXT[found] ?? found) : text)
const ATTRIBUTE: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '"': '&quot;', '\t': '&#x9;', '\n': '&#xA;', '\r': '&#xD;' }
const escapedAttribute = (text: string): string =>
  /[&<"\t\n\r]/.test(text) ? text.replaceAll(/[&<"\t\n\r]/g, found => ATTRIBUTE[found] ?? found) : text
