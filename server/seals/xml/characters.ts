/** Owns XML 1.0's small print: which characters may stand where, names, line ends, references. No other entity exists for us than the five that need no declaration. */
import { BrokerError } from '../../kernel/errors.ts'

export const unreadable = (facts: string): BrokerError => new BrokerError('seal_document_unusable', facts, { received: facts })

const FIRST =
  ':A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}\\u{200D}\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}'
/** [4] to [5]; sticky */
export const NAME = new RegExp(`[${FIRST}][${FIRST}\\-.0-9\\u{B7}\\u{300}-\\u{36F}\\u{203F}\\u{2040}]*`, 'uy')
/** anything but [2]: controls, halves of pairs, and two code points that are no characters */
const NO_CHARACTER = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u

/** @param bytes UTF-8, with or without mark. @throws BrokerError seal_document_unusable */
export function decoded(bytes: Uint8Array): string {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new BrokerError('seal_document_unusable', 'not UTF-8', { cause, received: 'another encoding', expected: 'UTF-8' })
  }
  if (NO_CHARACTER.test(text)) throw unreadable('a character that XML does not have')
  let references = 0
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) references += 1
  if (references > MOST_REFERENCES) throw unreadable(`${references} references`)
  return text
}

// a Map, here and wherever a document names the key: an object has keys of its own, such as constructor
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])

/** 2.11: however lines end in the file, they end with one character. */
export const unixLines = (raw: string): string => (raw.includes('\r') ? raw.replaceAll(/\r\n?/g, '\n') : raw)

/** Line ends made one, references replaced. @throws BrokerError seal_document_unusable for an entity that would have to be declared */
export const contentOf = (raw: string): string => resolved(unixLines(raw))

/** 3.3.3: what is written as white space is a blank; what is referred to stays. */
export const attributeValue = (raw: string): string => resolved(unixLines(raw).replaceAll(/[\t\n]/g, ' '))

function resolved(text: string): string {
  let at = text.indexOf('&')
  if (at < 0) return text
  const parts: string[] = []
  let from = 0
  for (; at >= 0; at = text.indexOf('&', from)) {
    const end = text.indexOf(';', at)
    const name = end < 0 || end - at > MOST_NAME ? '' : text.slice(at + 1, end)
    const found = ENTITIES.get(name) ?? referred(name)
    if (found === undefined) throw unreadable('an entity, or a reference that is none')
    parts.push(text.slice(from, at), found)
    from = end + 1
  }
  parts.push(text.slice(from))
  return parts.join('')
}

const MOST_REFERENCES = 3_000_000
/** characters of a reference's name, and zeros in front of a number */
const MOST_NAME = 12

function referred(name: string): string | undefined {
  const digits = /^#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}))$/.exec(name)
  if (digits === null) return undefined
  const code = digits[1] === undefined ? Number.parseInt(digits[2] ?? '', 10) : Number.parseInt(digits[1], 16)
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined
  const character = String.fromCodePoint(code)
  return NO_CHARACTER.test(character) ? undefined : character
}
