/** Owns reading CMaps, ISO 32000-2 9.7.5 and 9.10.3: which codes a text string is made of, and which characters they stand for. */
import { PdfArray, type PdfObject, PdfString } from './objects.ts'
import { Keyword, Parser } from './parser.ts'

export interface CMap {
  /** characters for codes, by the code's octets as a number and how many they are */
  text: ReadonlyMap<string, string>
  /** the shortest and longest code of each range it names */
  spaces: readonly { length: number; low: number; high: number }[]
}

/** entries, and characters of all entries together */
const MOST = 200_000

export const codeKey = (code: number, length: number): string => `${length}:${code}`

/** What can be read of it; a broken one ends where it breaks. */
export function readCMap(bytes: Buffer): CMap {
  const text = new Map<string, string>()
  const spaces: { length: number; low: number; high: number }[] = []
  const parser = new Parser(bytes)
  let operands: PdfObject[] = []
  try {
    for (let token = parser.token(); !(token instanceof Keyword && token.word === ''); token = parser.token()) {
      if (!(token instanceof Keyword)) {
        if (operands.length < MOST) operands.push(token)
        continue
      }
      if (token.word === 'endbfchar') for (const [code, to] of inGroups(operands, 2)) addChar(text, code, to)
      else if (token.word === 'endbfrange') for (const [low, high, to] of inGroups(operands, 3)) addRange(text, low, high, to)
      else if (token.word === 'endcodespacerange') for (const [low, high] of inGroups(operands, 2)) addSpace(spaces, low, high)
      operands = []
    }
  } catch {
    // the codes read so far are good
  }
  return { text, spaces }
}

function* inGroups(operands: readonly PdfObject[], size: number): Generator<(PdfObject | undefined)[]> {
  for (let i = 0; i + size <= operands.length; i += size) yield operands.slice(i, i + size)
}

function codeOf(value: PdfObject | undefined): { code: number; length: number } | undefined {
  if (!(value instanceof PdfString) || value.bytes.length === 0 || value.bytes.length > 4) return undefined
  return { code: value.bytes.readUIntBE(0, value.bytes.length), length: value.bytes.length }
}

const utf16 = (bytes: Buffer): string =>
  Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)))
    .swap16()
    .toString('utf16le')

function addChar(text: Map<string, string>, from: PdfObject | undefined, to: PdfObject | undefined): void {
  const code = codeOf(from)
  if (code !== undefined && to instanceof PdfString && text.size < MOST) text.set(codeKey(code.code, code.length), utf16(to.bytes.subarray(0, 32)))
}

function addRange(text: Map<string, string>, from: PdfObject | undefined, until: PdfObject | undefined, to: PdfObject | undefined): void {
  const [low, high] = [codeOf(from), codeOf(until)]
  if (low === undefined || high === undefined || low.length !== high.length) return
  const count = Math.min(high.code - low.code + 1, 65_536, MOST - text.size)
  for (let i = 0; i < count; i += 1) {
    const key = codeKey(low.code + i, low.length)
    if (to instanceof PdfArray) {
      const each = to.items[i]
      if (each instanceof PdfString) text.set(key, utf16(each.bytes.subarray(0, 32)))
    } else if (to instanceof PdfString && to.bytes.length >= 2) {
      // the last octets count up
      const bytes = Buffer.from(to.bytes.subarray(0, 32))
      bytes.writeUInt16BE((bytes.readUInt16BE(bytes.length - 2) + i) & 0xffff, bytes.length - 2)
      text.set(key, utf16(bytes))
    }
  }
}

function addSpace(spaces: { length: number; low: number; high: number }[], from: PdfObject | undefined, until: PdfObject | undefined): void {
  const [low, high] = [codeOf(from), codeOf(until)]
  if (low !== undefined && high !== undefined && low.length === high.length && spaces.length < 100)
    spaces.push({ length: low.length, low: low.code, high: high.code })
}
