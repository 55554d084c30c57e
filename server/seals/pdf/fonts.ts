/** Owns fonts as far as finding words needs them, ISO 32000-2 9.6, 9.7, 9.10: which characters a string's codes are, and how wide. What a font cannot tell is no character and matches nothing. */
import { type CMap, codeKey, readCMap } from './cmap.ts'
import type { Revision } from './file.ts'
import { PdfArray, PdfDict, PdfName, PdfStream } from './objects.ts'

interface Glyph {
  text: string
  /** thousandths of the font's size */
  width: number
  /** a single octet 32, which word spacing widens (9.3.3) */
  isSpace: boolean
}

export interface Font {
  glyphs(bytes: Buffer): Glyph[]
}

const WIDTHS = 200_000
const LATIN = new TextDecoder('windows-1252')
const GB = new TextDecoder('gb18030')
/** 9.7.5.2: the predefined encodings of GB 18030 and its forerunners, one or two octets */
const GB_ENCODINGS = ['GB-EUC', 'GBK-EUC', 'GBKp-EUC', 'GBK2K']
const UNICODE_ENCODINGS = ['UniGB-UCS2', 'UniGB-UTF16', 'UniCNS-UCS2', 'UniCNS-UTF16', 'UniJIS-UCS2', 'UniJIS-UTF16']
/** glyph names that stand for signs; letters name themselves */
const NAMES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'].map((name, digit) => [name, String(digit)])),
  ...{
    space: ' ',
    colon: ':',
    semicolon: ';',
    comma: ',',
    period: '.',
    hyphen: '-',
    slash: '/',
    parenleft: '(',
    parenright: ')',
    underscore: '_',
    numbersign: '#',
    quotesingle: "'",
  },
}

export function fontOf(revision: Revision, dict: PdfDict): Font {
  const stream = revision.resolve(dict.get('ToUnicode'))
  const unicode = stream instanceof PdfStream ? readCMap(revision.decoded(stream)) : undefined
  return revision.name(dict.get('Subtype')) === 'Type0' ? composite(revision, dict, unicode) : simple(revision, dict, unicode)
}

function simple(revision: Revision, dict: PdfDict, unicode: CMap | undefined): Font {
  const first = revision.number(dict.get('FirstChar')) ?? 0
  const widths = revision.items(dict.get('Widths')).slice(0, 256)
  const differences = differencesOf(revision, dict)
  const all = Array.from({ length: 256 }, (_, code): Glyph => {
    const text = unicode?.text.get(codeKey(code, 1)) ?? differences.get(code) ?? LATIN.decode(Buffer.of(code))
    return { text, width: revision.number(widths[code - first]) ?? 500, isSpace: code === 32 }
  })
  return { glyphs: bytes => [...bytes].flatMap(octet => all[octet] ?? []) }
}

function differencesOf(revision: Revision, dict: PdfDict): Map<number, string> {
  const found = new Map<number, string>()
  let code = 0
  for (const each of revision.items(revision.dict(dict.get('Encoding'))?.get('Differences')).slice(0, 1000)) {
    if (typeof each === 'number') code = each
    else if (each instanceof PdfName) {
      found.set(code, named(each.name))
      code += 1
    }
  }
  return found
}

function named(name: string): string {
  const hex = /^uni([0-9A-F]{4})$/.exec(name)?.[1] ?? /^u([0-9A-F]{4,5})$/.exec(name)?.[1]
  if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
  return name.length === 1 ? name : (NAMES[name] ?? '')
}

function composite(revision: Revision, dict: PdfDict, unicode: CMap | undefined): Font {
  const descendant = revision.dict(revision.items(dict.get('DescendantFonts'))[0]) ?? new PdfDict(new Map())
  const widths = widthsOf(revision, descendant)
  const usual = revision.number(descendant.get('DW')) ?? 1000
  const encoding = revision.resolve(dict.get('Encoding'))
  const name = encoding instanceof PdfName ? encoding.name.replace(/-[HV]$/, '') : ''
  const own = encoding instanceof PdfStream ? readCMap(revision.decoded(encoding)) : undefined
  const isGb = GB_ENCODINGS.includes(name)
  const lengthAt = (bytes: Buffer, at: number): number => (isGb ? gbLength(bytes, at) : spaceLength(own, bytes, at))
  const charactersOf = (code: Buffer): string => {
    const known = unicode?.text.get(codeKey(code.readUIntBE(0, code.length), code.length))
    if (known !== undefined) return known
    if (isGb) return GB.decode(code)
    return UNICODE_ENCODINGS.includes(name) && code.length === 2 ? Buffer.from(code).swap16().toString('utf16le') : ''
  }
  return {
    glyphs(bytes) {
      const found: Glyph[] = []
      for (let at = 0; at < bytes.length; ) {
        const code = bytes.subarray(at, at + lengthAt(bytes, at))
        at += code.length
        // with Identity the code is the glyph's number, by which widths are told; elsewhere full width is the best guess
        const width = name === 'Identity' ? (widths.get(code.readUIntBE(0, code.length)) ?? usual) : usual
        found.push({ text: charactersOf(code), width, isSpace: code.length === 1 && code[0] === 32 })
      }
      return found
    },
  }
}

function gbLength(bytes: Buffer, at: number): number {
  const isSingle = (bytes[at] ?? 0) < 0x81
  // GBK2K has four octets where the second is a digit
  const second = bytes[at + 1] ?? 0
  return isSingle ? 1 : second >= 0x30 && second <= 0x39 ? 4 : 2
}

function spaceLength(own: CMap | undefined, bytes: Buffer, at: number): number {
  for (const { length, low, high } of own?.spaces ?? []) {
    if (at + length > bytes.length) continue
    const code = bytes.readUIntBE(at, length)
    if (code >= low && code <= high) return length
  }
  return 2
}

/** 9.7.4.3: "c [w w w]" or "from to w". */
function widthsOf(revision: Revision, descendant: PdfDict): Map<number, number> {
  const widths = new Map<number, number>()
  const items = revision.items(descendant.get('W')).slice(0, WIDTHS)
  for (let i = 0; i < items.length; ) {
    const from = revision.number(items[i]) ?? 0
    const second = revision.resolve(items[i + 1])
    if (second instanceof PdfArray) {
      for (const [k, width] of second.items.slice(0, 65_536).entries()) if (widths.size < WIDTHS) widths.set(from + k, revision.number(width) ?? 1000)
      i += 2
    } else {
      const to = Math.min(typeof second === 'number' ? second : from, from + 65_535)
      const width = revision.number(items[i + 2]) ?? 1000
      for (let code = from; code <= to && widths.size < WIDTHS; code += 1) widths.set(code, width)
      i += 3
    }
  }
  return widths
}
