/**
 * Owns reading the XML of an OFD: one pass, no recursion, bounded, and no document type, so no entities but the five that XML has. Every element knows where it stands in the text, for parts are changed by putting words in
 * and never by writing them anew: what a seal protects, or protected, must stay the same byte for byte.
 * That is also why no DOM is used: it keeps no places.
 */
import { OFD_LIMITS, unusable } from './limits.ts'
import { plain } from './xml-text.ts'

/** XML 1.0 2.8 [23] */
const DECLARATION =
  /^\ufeff?<\?xml\s{1,9}version\s?=\s?(["'])1\.\d\1(?:\s{1,9}encoding\s?=\s?(["'])[A-Za-z][\w.-]{0,39}\2)?(?:\s{1,9}standalone\s?=\s?(["'])(?:yes|no)\3)?\s{0,9}$/

export interface XmlNode {
  /** the local name of an element of OFD (GB/T 33190 7.1); any other with its namespace in braces before it */
  name: string
  /** as written, with its colon; empty where there is none */
  prefix: string
  attributes: ReadonlyMap<string, string>
  children: XmlNode[]
  /** what stands directly in it */
  text: string
  /** places in the text: its `<`, behind its start tag, the `<` of its end tag, behind its `>`. All but the first are the same where it is written `<a/>` */
  from: number
  inside: number
  end: number
  to: number
}

export interface XmlPart {
  text: string
  root: XmlNode
  /** how many characters were looked at */
  read: number
}

const OFD = 'http://www.ofdspec.org/2016'
const NAME = /[\p{L}_][\p{L}\p{N}._-]*(?::[\p{L}_][\p{L}\p{N}._-]*)?/uy
const PLAIN_NAME = /[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?/y
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** as far as `stop` is looked for */
const HEAD = 4096
const BEHIND_TAG = 0x3e
const BLANK = /[\t\n\r ]*/y
const NONE = new Map<string, string>()
const START: ReadonlyMap<string, string> = new Map([['xml', 'http://www.w3.org/XML/1998/namespace']])

/**
 * @param stop the name of a child of the root at which reading may end: what comes from there on is neither read nor checked
 * @throws BrokerError seal_document_unusable
 */
export function readXml(bytes: Uint8Array, path: string, stop?: string): XmlPart {
  if (bytes.length > OFD_LIMITS.xml) throw unusable(`${path}: ${bytes.length} bytes of XML`)
  // most of a page is behind where reading ends: what is not read is not decoded either
  const behind = stop === undefined ? -1 : Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEAD)).indexOf(`${stop}`)
  const head = behind < 0 ? undefined : headOf(bytes.subarray(0, bytes.indexOf(BEHIND_TAG, behind) + 1), path, stop)
  return head ?? partOf(bytes, path, stop)
}

/** Undefined: reading does not end here. */
function headOf(bytes: Uint8Array, path: string, stop: string | undefined): XmlPart | undefined {
  try {
    return partOf(bytes, path, stop)
  } catch {
    return undefined
  }
}

function partOf(bytes: Uint8Array, path: string, stop: string | undefined): XmlPart {
  let text: string
  try {
    text = UTF8.decode(bytes)
  } catch (cause) {
    throw unusable(`${path}: not UTF-8`, cause)
  }
  const reader = new Reader(text, path, stop)
  const root = reader.root()
  return { text, root, read: reader.at }
}

interface Open extends XmlNode {
  tag: string
  scope: ReadonlyMap<string, string>
  parent: Open | undefined
}

class Reader {
  readonly #text: string
  readonly #path: string
  readonly #stop: string | undefined
  #at = 0
  #nodes = 0
  #depth = 0
  #stopped = false
  #open: Open | undefined
  #root: Open | undefined

  constructor(text: string, path: string, stop: string | undefined) {
    this.#text = text
    this.#path = path
    this.#stop = stop
    if (text.startsWith('\ufeff')) this.#at = 1
  }

  get at(): number {
    return this.#at
  }

  root(): XmlNode {
    if (/^\ufeff?<\?xml[\t\n\r ]/.test(this.#text)) this.#declaration()
    while (this.#at < this.#text.length && !this.#stopped) {
      if (this.#text[this.#at] !== '<') this.#characters()
      else if (this.#takes('<!--')) this.#until('-->')
      else if (this.#takes('<![CDATA[')) this.#add(this.#until(']]>'))
      else if (this.#text.startsWith('<!', this.#at)) throw this.#bad('a document type, which may declare entities')
      else if (this.#text.startsWith('<?', this.#at)) throw this.#bad('a processing instruction')
      else if (this.#takes('</')) this.#endTag()
      else this.#startTag()
    }
    const whole = this.#open === undefined || this.#stopped
    if (this.#root === undefined || !whole) throw this.#bad('no element, or one without end')
    return this.#root
  }

  #declaration(): void {
    const words = this.#until('?>')
    const encoding = /encoding\s?=\s?["']([^"']{0,40})["']/i.exec(words.slice(0, 200))?.[1]
    if (words.length > 200 || !/^utf-?8$/i.test(encoding ?? 'utf-8')) throw this.#bad('an encoding other than UTF-8')
    if (!DECLARATION.test(words)) throw this.#bad('a declaration that is none')
  }

  #characters(): void {
    const next = this.#text.indexOf('<', this.#at)
    const raw = this.#text.slice(this.#at, next < 0 ? this.#text.length : next)
    this.#at += raw.length
    this.#add(this.#plain(raw))
  }

  #add(text: string): void {
    if (this.#open !== undefined) this.#open.text += text
    else if (text.trim() !== '') throw this.#bad('text outside the root')
  }

  #endTag(): void {
    const from = this.#at - 2
    const tag = this.#name()
    this.#blank()
    const open = this.#open
    if (open === undefined || open.tag !== tag || !this.#takes('>')) throw this.#bad('an end tag where none belongs')
    open.end = from
    this.#close(open)
  }

  #close(open: Open): void {
    open.to = this.#at
    this.#open = open.parent
    this.#depth -= 1
  }

  #startTag(): void {
    const from = this.#at
    this.#at += 1
    const tag = this.#name()
    let attributes = NONE
    let scope = this.#open?.scope ?? START
    for (let spaced = this.#blank(); !this.#ends(); spaced = this.#blank()) {
      const [name, value] = this.#attribute()
      if (!spaced || attributes.has(name) || attributes.size >= OFD_LIMITS.attributes) throw this.#bad('attributes that are twice or too many')
      if (attributes === NONE) attributes = new Map()
      attributes.set(name, value)
      if (name === 'xmlns' || name.startsWith('xmlns:')) scope = declared(scope, name === 'xmlns' ? '' : name.slice(6), value)
    }
    const closed = this.#takes('/>')
    if (!closed && !this.#takes('>')) throw this.#bad('a tag without end')
    const at = this.#at
    const node: Open = {
      ...this.#named(tag, scope),
      attributes,
      children: [],
      text: '',
      from,
      inside: at,
      end: at,
      to: at,
      tag,
      scope,
      parent: this.#open,
    }
    this.#enter(node)
    if (this.#stop !== undefined && this.#depth === 2 && node.name === this.#stop) this.#stopped = true
    if (closed) this.#close(node)
  }

  #enter(node: Open): void {
    this.#nodes += 1
    this.#depth += 1
    if (this.#nodes > OFD_LIMITS.nodes || this.#depth > OFD_LIMITS.depth) throw this.#bad('too many elements, or too deep')
    if (this.#open !== undefined) this.#open.children.push(node)
    else if (this.#root !== undefined) throw this.#bad('two roots')
    else this.#root = node
    this.#open = node
  }

  #named(tag: string, scope: ReadonlyMap<string, string>): { name: string; prefix: string } {
    const colon = tag.indexOf(':')
    const space = scope.get(colon < 0 ? '' : tag.slice(0, colon))
    if (colon >= 0 && space === undefined) throw this.#bad('a prefix without namespace')
    const local = tag.slice(colon + 1)
    return { name: space === OFD ? local : `{${space ?? ''}}${local}`, prefix: tag.slice(0, colon + 1) }
  }

  #attribute(): [string, string] {
    const name = this.#name()
    this.#blank()
    if (!this.#takes('=')) throw this.#bad('an attribute without value')
    this.#blank()
    const quote = this.#text[this.#at]
    if (quote !== '"' && quote !== "'") throw this.#bad('an attribute without quotes')
    this.#at += 1
    const raw = this.#until(quote)
    if (raw.includes('<')) throw this.#bad('a tag inside an attribute')
    return [name, this.#plain(raw)]
  }

  #plain(raw: string): string {
    return plain(raw) ?? this.#fail('an entity that XML does not have')
  }

  #ends(): boolean {
    const next = this.#text[this.#at]
    return next === '>' || next === '/' || next === undefined
  }

  #name(): string {
    const name = this.#plainName() ?? this.#anyName()
    if (name === undefined || name.length > 200) throw this.#bad('a name that is none')
    this.#at += name.length
    return name
  }

  /** Most names are ASCII, which needs no tables; undefined where another letter follows. */
  #plainName(): string | undefined {
    PLAIN_NAME.lastIndex = this.#at
    const name = PLAIN_NAME.exec(this.#text)?.[0]
    return name === undefined || this.#text.charCodeAt(this.#at + name.length) >= 0x80 ? undefined : name
  }

  #anyName(): string | undefined {
    NAME.lastIndex = this.#at
    return NAME.exec(this.#text)?.[0]
  }

  #blank(): boolean {
    BLANK.lastIndex = this.#at
    const length = BLANK.exec(this.#text)?.[0].length ?? 0
    this.#at += length
    return length > 0
  }

  #takes(words: string): boolean {
    if (!this.#text.startsWith(words, this.#at)) return false
    this.#at += words.length
    return true
  }

  #until(words: string): string {
    const end = this.#text.indexOf(words, this.#at)
    if (end < 0) throw this.#bad(`${words} is missing`)
    const found = this.#text.slice(this.#at, end)
    this.#at = end + words.length
    return found
  }

  #fail(facts: string): never {
    throw this.#bad(facts)
  }

  #bad(facts: string) {
    return unusable(`${this.#path}: ${facts}, at character ${this.#at}`)
  }
}

/** Declarations are few in any honest document; each is copied to where it holds. */
function declared(scope: ReadonlyMap<string, string>, prefix: string, namespace: string): ReadonlyMap<string, string> {
  if (scope.get(prefix) === namespace) return scope
  if (scope.size > 32) throw unusable('too many namespaces')
  return new Map(scope).set(prefix, namespace)
}
