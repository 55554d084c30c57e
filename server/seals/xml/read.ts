/**
 * Owns reading XML 1.0 with namespaces, strictly: what is not well-formed is refused, and so is every document type declaration, since whatever it could say (entities, defaults, types of attributes) would make one text
 * two documents. One pass, no recursion, bounded in size, depth and count.
 */
import { LIMITS } from '../contract.ts'
import { attributeValue, contentOf, decoded, NAME, unixLines, unreadable } from './characters.ts'
import { XML, XMLNS, type XmlAttribute, type XmlDocument, type XmlElement, type XmlNode } from './tree.ts'

const BOUNDS = { depth: 200, nodes: 1_000_000, attributes: 200, allAttributes: 2_500_000, declarations: 50_000, scope: 64 } as const
const START: ReadonlyMap<string, string> = new Map([['xml', XML]])

/** @throws BrokerError seal_document_unusable with the reason */
export function readXml(bytes: Uint8Array): XmlDocument {
  if (bytes.length > LIMITS.document) throw unreadable(`${bytes.length} octets`)
  return new Reader(decoded(bytes)).document()
}

class Reader {
  readonly #text: string
  #at = 0
  #nodes = 0
  #depth = 0
  #declarations = 0
  #attributes = 0
  readonly #names = new Map<string, Parts>()
  #comments = false
  #open: XmlElement | undefined
  #root: XmlElement | undefined
  readonly #before: XmlNode[] = []
  readonly #after: XmlNode[] = []

  constructor(text: string) {
    this.#text = text
  }

  document(): XmlDocument {
    if (/^<\?xml[\t\n\r ]/.test(this.#text)) this.#declaration()
    while (this.#at < this.#text.length) {
      if (this.#text[this.#at] !== '<') this.#characters()
      else if (this.#takes('<!--')) this.#comment()
      else if (this.#takes('<![CDATA[')) this.#add({ kind: 'text', text: unixLines(this.#until(']]>')) })
      else if (this.#text.startsWith('<!', this.#at)) throw unreadable('a document type declaration')
      else if (this.#takes('<?')) this.#instruction()
      else if (this.#takes('</')) this.#endTag()
      else this.#startTag()
    }
    if (this.#root === undefined || this.#open !== undefined) throw unreadable('an element without end, or no element')
    return { root: this.#root, before: this.#before, after: this.#after, text: this.#text, comments: this.#comments }
  }

  #declaration(): void {
    const said = this.#until('?>')
    const known =
      /^<\?xml[\t\n\r ]+version[\t\n\r ]*=[\t\n\r ]*["']1\.0["'](?:[\t\n\r ]+encoding[\t\n\r ]*=[\t\n\r ]*["']([A-Za-z0-9._-]+)["'])?(?:[\t\n\r ]+standalone[\t\n\r ]*=[\t\n\r ]*["'](?:yes|no)["'])?[\t\n\r ]*$/.exec(
        said.slice(0, 200),
      )
    if (known === null || said.length > 200 || !/^utf-?8$/i.test(known[1] ?? 'utf-8'))
      throw unreadable('a declaration of another version or encoding')
  }

  #characters(): void {
    const end = this.#text.indexOf('<', this.#at)
    const raw = this.#text.slice(this.#at, end < 0 ? this.#text.length : end)
    this.#at += raw.length
    if (raw.includes(']]>')) throw unreadable('the end of a section that did not begin')
    if (this.#open !== undefined) this.#add({ kind: 'text', text: contentOf(raw) })
    else if (/[^\t\n\r ]/.test(raw)) throw unreadable('text outside the root')
  }

  #comment(): void {
    const inside = this.#until('-->')
    if (inside.includes('--') || inside.endsWith('-')) throw unreadable('a comment in a comment')
    this.#comments = true
    this.#add({ kind: 'comment' })
  }

  #instruction(): void {
    const target = this.#name()
    const rest = this.#until('?>')
    if (/^xml$/i.test(target) || target.includes(':') || (rest !== '' && !/^[\t\n\r ]/.test(rest))) throw unreadable('an instruction that is none')
    this.#add({ kind: 'instruction', target, data: unixLines(rest.replace(/^[\t\n\r ]+/, '')) })
  }

  #endTag(): void {
    const [element, name] = [this.#open, this.#name()]
    const from = this.#at - name.length - 2
    this.#blank()
    if (element === undefined || element.name !== name || !this.#takes('>')) throw unreadable(`an end tag where none belongs: ${name.slice(0, 60)}`)
    this.#close(element, from)
  }

  #startTag(): void {
    this.#at += 1
    const name = this.#name()
    const written: { name: string; value: string }[] = []
    let spaced = this.#blank()
    while (this.#text[this.#at] !== '>' && this.#text[this.#at] !== '/') {
      if (!spaced || written.length >= BOUNDS.attributes) throw unreadable('attributes without blanks between, or too many')
      written.push(this.#attribute())
      spaced = this.#blank()
    }
    const endsAt = this.#at
    const closed = this.#takes('/>')
    if (!closed && !this.#takes('>')) throw unreadable('a tag without end')
    const element = this.#element(name, written, endsAt, closed)
    this.#add(element)
    if (this.#open === undefined) {
      if (this.#root !== undefined) throw unreadable('two roots')
      this.#root = element
    }
    this.#open = element
    this.#depth += 1
    if (this.#depth > BOUNDS.depth) throw unreadable(`elements deeper than ${BOUNDS.depth}`)
    if (closed) this.#close(element, endsAt)
  }

  #attribute(): { name: string; value: string } {
    const name = this.#name()
    this.#blank()
    if (!this.#takes('=')) throw unreadable('an attribute without value')
    this.#blank()
    const quote = this.#text[this.#at]
    if (quote !== '"' && quote !== "'") throw unreadable('an attribute without quotes')
    this.#at += 1
    const raw = this.#until(quote)
    if (raw.includes('<')) throw unreadable('a tag inside an attribute')
    return { name, value: attributeValue(raw) }
  }

  #element(name: string, written: readonly { name: string; value: string }[], endsAt: number, closed: boolean): XmlElement {
    this.#attributes += written.length
    if (this.#attributes > BOUNDS.allAttributes) throw unreadable(`more than ${BOUNDS.allAttributes} attributes`)
    if (written.length > 1 && new Set(written.map(each => each.name)).size < written.length) throw unreadable('an attribute twice')
    const scope = this.#scopeWith(written)
    const attributes: XmlAttribute[] = []
    for (const each of written) {
      if (isDeclaration(each.name)) continue
      const { prefix, local } = this.#partsOf(each.name)
      attributes.push({ name: each.name, prefix, local, namespace: prefix === '' ? '' : namespaceOf(scope, prefix), value: each.value })
    }
    // without a prefix the names differ already
    if (
      attributes.some(({ prefix }) => prefix !== '') &&
      new Set(attributes.map(({ namespace, local }) => `${namespace} ${local}`)).size < attributes.length
    ) {
      throw unreadable('an attribute twice')
    }
    const { prefix, local } = this.#partsOf(name)
    const namespace = prefix === '' ? (scope.get('') ?? '') : namespaceOf(scope, prefix)
    return { kind: 'element', name, prefix, local, namespace, attributes, scope, parent: this.#open, children: [], endsAt, closed }
  }

  #scopeWith(written: readonly { name: string; value: string }[]): ReadonlyMap<string, string> {
    const above = this.#open?.scope ?? START
    const declared = written.filter(each => isDeclaration(each.name))
    if (declared.length === 0) return above
    const own = new Map(above)
    for (const each of declared) declare(own, each.name.slice(6), each.value)
    this.#declarations += declared.length
    // each is copied to where it holds
    if (own.size > BOUNDS.scope || this.#declarations > BOUNDS.declarations) throw unreadable('too many namespaces')
    return own
  }

  /** The same names come again and again. */
  #partsOf(name: string): Parts {
    const known = this.#names.get(name)
    if (known !== undefined) return known
    const parts = partsOf(name)
    if (this.#names.size < 10_000) this.#names.set(name, parts)
    return parts
  }

  #close(element: XmlElement, endsAt: number): void {
    element.endsAt = endsAt
    this.#open = element.parent
    this.#depth -= 1
  }

  #add(node: XmlNode): void {
    this.#nodes += 1
    if (this.#nodes > BOUNDS.nodes) throw unreadable(`more than ${BOUNDS.nodes} parts`)
    if (this.#open !== undefined) this.#open.children.push(node)
    else if (node.kind === 'text') throw unreadable('text outside the root')
    else if (node.kind !== 'element') (this.#root === undefined ? this.#before : this.#after).push(node)
  }

  #name(): string {
    const from = this.#at
    let at = from
    while (isPlainNameCharacter(this.#text.charCodeAt(at))) at += 1
    const first = this.#text.charCodeAt(from)
    // beyond ASCII, and where a name may not begin: as the standard has it, at leisure
    if (at === from || this.#text.charCodeAt(at) >= 0x80 || first === 0x2d || first === 0x2e || (first >= 0x30 && first <= 0x39)) {
      NAME.lastIndex = from
      const name = NAME.exec(this.#text)?.[0]
      if (name === undefined) throw unreadable('a name that is none')
      at = from + name.length
    }
    this.#at = at
    return this.#text.slice(from, at)
  }

  #blank(): boolean {
    const from = this.#at
    while (isBlank(this.#text.charCodeAt(this.#at))) this.#at += 1
    return this.#at > from
  }

  #takes(words: string): boolean {
    if (!this.#text.startsWith(words, this.#at)) return false
    this.#at += words.length
    return true
  }

  /** What stands before these words, which are passed. */
  #until(words: string): string {
    const end = this.#text.indexOf(words, this.#at)
    if (end < 0) throw unreadable(`${words} is missing`)
    const found = this.#text.slice(this.#at, end)
    this.#at = end + words.length
    return found
  }
}

/** Namespaces in XML 1.0, 3 and 6: what `xml` and `xmlns` mean is fixed, and no prefix can be taken back. */
function declare(scope: Map<string, string>, prefix: string, namespace: string): void {
  const fixed = prefix === 'xmlns' || (prefix === 'xml') !== (namespace === XML) || namespace === XMLNS
  if (fixed || (prefix !== '' && namespace === '') || prefix.includes(':')) throw unreadable('a namespace that cannot be declared')
  if (namespace === '') scope.delete('')
  else scope.set(prefix, namespace)
}

function namespaceOf(scope: ReadonlyMap<string, string>, prefix: string): string {
  const found = scope.get(prefix)
  if (found === undefined) throw unreadable('a prefix without namespace')
  return found
}

interface Parts {
  prefix: string
  local: string
}

const isDeclaration = (name: string): boolean => name.startsWith('xmlns') && (name.length === 5 || name[5] === ':')

const isBlank = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x09 || code === 0x0d

const isPlainNameCharacter = (code: number): boolean =>
  (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x2d && code <= 0x3a && code !== 0x2f) || code === 0x5f

function partsOf(name: string): Parts {
  if (!name.includes(':')) return { prefix: '', local: name }
  const [first = '', second, ...more] = name.split(':')
  if (more.length > 0 || first === '' || second === '') throw unreadable('a name with colons')
  // after a colon a name begins anew
  NAME.lastIndex = 0
  if (second !== undefined && NAME.exec(second)?.[0] !== second) throw unreadable('a name that is none')
  return second === undefined ? { prefix: '', local: first } : { prefix: first, local: second }
}
