/**
 * Owns Signatures.xml (GB/T 33190 18.1): which signatures a document says it has, adding one, and looking back: whether the list that an earlier seal protected is this one without what later seals added. The standard lets a
 * list grow, yet many writers protect it with the seal, so that every second seal would break the first; what was added can be taken out again, and then the old digest must come out.
 */
import { locate } from './basic-types.ts'
import { OFD_LIMITS, unusable } from './limits.ts'
import type { OfdPackage } from './package.ts'
import type { XmlNode } from './xml.ts'
import { xmlIn } from './xml-parts.ts'
import { escaped } from './xml-text.ts'
import { attributeOf, childrenOf, rooted, textOf } from './xml-tree.ts'

export interface SignatureList {
  path: string
  text: string
  root: XmlNode
  listed: ListedSignature[]
  /** bytes that may still be digested to find out what it was before */
  room: number
}

export interface ListedSignature {
  node: XmlNode
  id: string
  type: string
  /** of Signature.xml; undefined: outside the package */
  path: string | undefined
}

/** @throws BrokerError seal_document_unusable */
export function readList(of: OfdPackage, path: string): SignatureList {
  const { text, root } = xmlIn(of, path)
  rooted(root, 'Signatures', path)
  const listed = childrenOf(root, 'Signature').map(node => ({
    node,
    id: attributeOf(node, 'ID') ?? '',
    type: attributeOf(node, 'Type') ?? 'Seal',
    path: locate(of, attributeOf(node, 'BaseLoc') ?? '', path),
  }))
  return { path, text, root, listed, room: OFD_LIMITS.history }
}

/** Identifiers counted up as the list has them, `s001` where it has none. */
export class Numbers {
  readonly #prefix: string
  readonly #digits: number
  #last = 0

  constructor(list: SignatureList | undefined) {
    const known = [...childrenOf(list?.root, 'MaxSignId').map(textOf), ...(list?.listed.map(({ id }) => id) ?? [])]
      .map(partsOf)
      .filter(each => each !== undefined)
    this.#prefix = known[0]?.prefix ?? 's'
    this.#digits = known.length === 0 ? 3 : Math.min(...known.map(({ digits }) => digits.length))
    for (const { digits } of known) this.#last = Math.max(this.#last, Number(digits))
  }

  next(): string {
    this.#last += 1
    return this.last
  }

  get last(): string {
    return this.#prefix + String(this.#last).padStart(this.#digits, '0')
  }
}

function partsOf(id: string): { prefix: string; digits: string } | undefined {
  const digits = id.length > 64 ? undefined : /\d{1,9}$/.exec(id)?.[0]
  return digits === undefined ? undefined : { prefix: id.slice(0, -digits.length), digits }
}

/**
 * The list with one signature more; what stands in it stays as it is written, but for the highest number given.
 * @param list absent: a new one
 */
export function withSignature(list: SignatureList | undefined, added: { id: string; type: string; path: string; last: string }): Buffer {
  const element = (prefix: string) => `<${prefix}Signature ID="${added.id}" Type="${added.type}" BaseLoc="${escaped(added.path)}"/>`
  if (list === undefined) {
    const words = `<ofd:Signatures xmlns:ofd="http://www.ofdspec.org/2016"><ofd:MaxSignId>${added.last}</ofd:MaxSignId>${element('ofd:')}</ofd:Signatures>`
    return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${words}`)
  }
  const { text, root } = list
  const highest = childrenOf(root, 'MaxSignId').at(-1)
  const number = highest === undefined ? `<${root.prefix}MaxSignId>${added.last}</${root.prefix}MaxSignId>` : ''
  const changes: Change[] = [inserted(text, root, number + element(root.prefix))]
  if (highest !== undefined)
    changes.push({ from: highest.from, to: highest.to, words: `<${highest.prefix}MaxSignId>${added.last}</${highest.prefix}MaxSignId>` })
  return Buffer.from(changed(text, changes))
}

interface Change {
  from: number
  to: number
  words: string
}

/** Words as the last thing in an element, also where it is written without end tag. */
export function inserted(text: string, into: XmlNode, words: string): Change {
  if (into.end < into.to) return { from: into.end, to: into.end, words }
  const start = text.slice(into.from, into.to)
  if (!start.endsWith('/>')) throw unusable('an element without end')
  const name = /^<([^\s/>]+)/.exec(start)?.[1] ?? ''
  return { from: into.to - 2, to: into.to, words: `>${words}</${name}>` }
}

export function changed(text: string, changes: readonly Change[]): string {
  let [out, at] = ['', 0]
  for (const { from, to, words } of changes.toSorted((a, b) => a.from - b.from)) {
    out += text.slice(at, from) + words
    at = to
  }
  return out + text.slice(at)
}

const TRIED = 2_000
const BACK = 100

/**
 * What this list may have been before later signatures came into it, most likely first and bounded: with the highest number as it stood then, which is the one thing that adding overwrites.
 * @param index of the signature that protects it
 */
export function* earlierLists(list: SignatureList, index: number): Generator<Buffer, void, undefined> {
  const { text, root, listed } = list
  const numbers = childrenOf(root, 'MaxSignId')
  let tried = 0
  for (let kept = listed.length - 1; kept >= index; kept -= 1) {
    const gone = listed.slice(kept).map(({ node }) => node)
    for (let count = numbers.length; count >= Math.min(1, numbers.length); count -= 1) {
      const last = numbers[count - 1]
      for (const number of last === undefined ? [undefined] : numbersBefore(textOf(last))) {
        for (const cut of [before, behind]) {
          tried += 1
          list.room -= text.length
          if (tried > TRIED || list.room < 0) return
          const changes = [...gone, ...numbers.slice(count)].map(node => cut(text, node))
          if (last !== undefined && number !== undefined) changes.push({ from: last.inside, to: last.end, words: number })
          yield Buffer.from(changed(text, changes))
        }
      }
    }
  }
}

/** The element and the blanks before it, or behind it. */
function before(text: string, { from, to }: XmlNode): Change {
  let start = from
  while (/\s/.test(text[start - 1] ?? '')) start -= 1
  return { from: start, to, words: '' }
}
function behind(text: string, { from, to }: XmlNode): Change {
  let end = to
  while (/\s/.test(text[end] ?? '')) end += 1
  return { from, to: end, words: '' }
}

function* numbersBefore(now: string): Generator<string | undefined, void, undefined> {
  yield undefined
  const parts = partsOf(now)
  if (parts === undefined) return
  const last = Number(parts.digits)
  for (let number = last - 1; number >= Math.max(0, last - BACK); number -= 1) yield parts.prefix + String(number).padStart(parts.digits.length, '0')
}
