/**
 * Owns the syntax of PDF, ISO 32000-2 7.2 and 7.3: tokens and values out of bytes, for files and for content streams. Linear, and nested no deeper than a limit. What a reference leads to is file.ts's to know.
 */
import { Growing } from './growing.ts'
import { PDF_LIMITS, unusable } from './limits.ts'
import { PdfArray, PdfDict, PdfName, type PdfObject, PdfRef, PdfString } from './objects.ts'

/** Anything that is no value: an operator, `obj`, `stream`. */
export class Keyword {
  readonly word: string
  constructor(word: string) {
    this.word = word
  }
}

const REGULAR = 0
const SPACE = 1
const DELIMITER = 2
const KIND = new Uint8Array(256)
for (const octet of [0, 9, 10, 12, 13, 32]) KIND[octet] = SPACE
for (const octet of Buffer.from('()<>[]{}/%')) KIND[octet] = DELIMITER
export const isSpace = (octet: number | undefined): boolean => octet !== undefined && KIND[octet] === SPACE

const HEX = new Int8Array(256).fill(-1)
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  HEX[digit.charCodeAt(0)] = value
  HEX[digit.toUpperCase().charCodeAt(0)] = value
}
const ESCAPED: Readonly<Record<number, number>> = { 110: 10, 114: 13, 116: 9, 98: 8, 102: 12 }

export class Parser {
  readonly bytes: Buffer
  at: number

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  /** Past white space and comments; false at the end. */
  skip(): boolean {
    const { bytes } = this
    for (; this.at < bytes.length; this.at += 1) {
      const octet = bytes[this.at] ?? 0
      if (octet === 0x25) {
        while (this.at < bytes.length && bytes[this.at] !== 10 && bytes[this.at] !== 13) this.at += 1
      } else if (KIND[octet] !== SPACE) return true
    }
    return false
  }

  /** The next value. @throws BrokerError `seal_document_unusable` where there is none */
  object(depth = 0): PdfObject {
    const token = this.token(depth)
    if (token instanceof Keyword) throw unusable(`${token.word.slice(0, 20) || 'the end'} where a value belongs, at byte ${this.at}`)
    return token
  }

  /** The next value or word; references are recognised. An empty word is the end. */
  token(depth = 0): PdfObject | Keyword {
    if (depth > PDF_LIMITS.depth) throw unusable('values nested too deeply')
    if (!this.skip()) return new Keyword('')
    const octet = this.bytes[this.at] ?? 0
    if (octet === 0x2f) return this.#name()
    if (octet === 0x28) return this.#literal()
    if (octet === 0x5b) return this.#array(depth)
    if (octet === 0x3c) return this.bytes[this.at + 1] === 0x3c ? this.#dict(depth) : this.#hex()
    if (KIND[octet] === DELIMITER) {
      this.at += octet === 0x3e && this.bytes[this.at + 1] === 0x3e ? 2 : 1
      return new Keyword(octet === 0x3e ? '>>' : String.fromCharCode(octet))
    }
    const word = this.#word()
    const number = numberOf(word)
    if (number === undefined) return word === 'true' ? true : word === 'false' ? false : word === 'null' ? null : new Keyword(word)
    return this.#reference(word, number) ?? number
  }

  /** A word that must stand here. */
  expect(word: string): void {
    this.skip()
    if (this.#word() !== word) throw unusable(`no "${word}" at byte ${this.at}`)
  }

  /** A whole number that must stand here. */
  integer(): number {
    this.skip()
    const word = this.#word()
    if (word.length > 15 || !isDigits(word)) throw unusable(`no whole number at byte ${this.at}`)
    return Number(word)
  }

  #word(): string {
    const from = this.at
    while (this.at < this.bytes.length && KIND[this.bytes[this.at] ?? 0] === REGULAR) this.at += 1
    return this.bytes.toString('latin1', from, this.at)
  }

  #reference(word: string, num: number): PdfRef | undefined {
    if (!isDigits(word) || word.length > 10) return undefined
    const before = this.at
    // only "12 0 R": one more number and an R, without comments between
    while (isSpace(this.bytes[this.at])) this.at += 1
    const gen = this.#word()
    if (gen.length > 0 && gen.length <= 5 && isDigits(gen)) {
      while (isSpace(this.bytes[this.at])) this.at += 1
      if (this.bytes[this.at] === 0x52 && KIND[this.bytes[this.at + 1] ?? 0x20] !== REGULAR) {
        this.at += 1
        return new PdfRef(num, Number(gen))
      }
    }
    this.at = before
    return undefined
  }

  #name(): PdfName {
    this.at += 1
    const word = this.#word()
    if (!word.includes('#')) return new PdfName(word)
    let text = ''
    for (let i = 0; i < word.length; i += 1) {
      const high = word[i] === '#' ? (HEX[word.charCodeAt(i + 1)] ?? -1) : -1
      const low = high < 0 ? -1 : (HEX[word.charCodeAt(i + 2)] ?? -1)
      if (low < 0) text += word[i]
      else {
        text += String.fromCharCode(high * 16 + low)
        i += 2
      }
    }
    return new PdfName(text)
  }

  #literal(): PdfString {
    const from = this.at
    const octets = new Growing()
    let open = 1
    this.at += 1
    for (;;) {
      const octet = this.bytes[this.at++]
      if (octet === undefined) throw unusable('a string without an end')
      if (octet === 0x5c) this.#escape(octets)
      else if (octet === 0x29 && --open === 0) return new PdfString(octets.bytes(), false, from, this.at)
      else {
        if (octet === 0x28) open += 1
        octets.push(octet)
      }
    }
  }

  #escape(octets: Growing): void {
    const octet = this.bytes[this.at++]
    if (octet === undefined) throw unusable('a string without an end')
    if (octet === 13 && this.bytes[this.at] === 10) this.at += 1
    if (octet === 13 || octet === 10) return
    if (octet < 0x30 || octet > 0x37) {
      octets.push(ESCAPED[octet] ?? octet)
      return
    }
    let value = octet - 0x30
    for (let more = 0; more < 2; more += 1) {
      const digit = this.bytes[this.at] ?? 0
      if (digit < 0x30 || digit > 0x37) break
      value = value * 8 + digit - 0x30
      this.at += 1
    }
    octets.push(value & 0xff)
  }

  #hex(): PdfString {
    const from = this.at
    const close = this.bytes.indexOf(0x3e, from)
    if (close === -1) throw unusable('a string without an end')
    this.at = close + 1
    // nothing but digits in pairs, as nearly all are: what is decoded stops short at anything else
    const plain = Buffer.from(this.bytes.toString('latin1', from + 1, close), 'hex')
    if (plain.length * 2 === close - from - 1) return new PdfString(plain, true, from, this.at)
    const octets = Buffer.alloc((close - from) >> 1)
    let count = 0
    for (let at = from + 1; at < close; at += 1) {
      const octet = this.bytes[at] ?? 0
      const value = HEX[octet] ?? -1
      if (value >= 0) {
        octets[count >> 1] = (octets[count >> 1] ?? 0) | (count % 2 === 0 ? value << 4 : value)
        count += 1
      } else if (KIND[octet] !== SPACE) throw unusable(`no hexadecimal digit at byte ${at}`)
    }
    return new PdfString(octets.subarray(0, (count + 1) >> 1), true, from, this.at)
  }

  #array(depth: number): PdfArray {
    const from = this.at
    const items: PdfObject[] = []
    this.at += 1
    for (;;) {
      const token = this.token(depth + 1)
      if (items.length > PDF_LIMITS.items) throw unusable('an array that is too long')
      if (!(token instanceof Keyword)) items.push(token)
      else if (token.word === ']') return new PdfArray(items, from, this.at)
      else throw unusable(`"${token.word.slice(0, 20)}" in an array, at byte ${this.at}`)
    }
  }

  #dict(depth: number): PdfDict {
    const from = this.at
    const entries = new Map<string, PdfObject>()
    const repeated: string[] = []
    this.at += 2
    for (;;) {
      const key = this.token(depth + 1)
      if (key instanceof Keyword && key.word === '>>') return new PdfDict(entries, repeated, from, this.at)
      if (!(key instanceof PdfName)) throw unusable(`no name where a key belongs, at byte ${this.at}`)
      if (entries.size + repeated.length > PDF_LIMITS.items) throw unusable('a dictionary that is too long')
      if (entries.has(key.name)) repeated.push(key.name)
      entries.set(key.name, this.object(depth + 1))
    }
  }
}

const isDigits = (word: string): boolean => word.length > 0 && [...word].every(digit => digit >= '0' && digit <= '9')

/** 7.3.3: a sign, digits, a point, digits. Nothing else is a number: what readers make of "--5" or "1e3" differs. */
function numberOf(word: string): number | undefined {
  const first = word.charCodeAt(0)
  if (!(first >= 0x30 && first <= 0x39) && first !== 0x2b && first !== 0x2d && first !== 0x2e) return undefined
  if (word.length > 40) return undefined
  let digits = 0
  let points = 0
  for (let i = first === 0x2b || first === 0x2d ? 1 : 0; i < word.length; i += 1) {
    const code = word.charCodeAt(i)
    if (code === 0x2e) points += 1
    else if (code >= 0x30 && code <= 0x39) digits += 1
    else return undefined
  }
  return digits > 0 && points <= 1 ? Number(word) : undefined
}
