/** Owns writing values as PDF, ISO 32000-2 7.3. The same value gives the same bytes. */
import { PdfArray, type PdfDict, PdfName, type PdfObject, PdfRef, PdfStream, PdfString } from './objects.ts'

/** Three decimals: a thousandth of a point is finer than any printer. */
export const number = (value: number): string => {
  const text = value.toFixed(3)
  const short = text.includes('.') ? text.replace(/\.?0{0,3}$/, '') : text
  return short === '-0' ? '0' : short
}

/** The text of a value; bytes that are no text stand for themselves (latin1). A stream is written by update.ts, as it must be an object of its own. */
export function textOf(value: PdfObject): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return plain(value)
  if (value instanceof PdfName) return nameText(value.name)
  if (value instanceof PdfString) return value.hex ? `<${value.bytes.toString('hex')}>` : literal(value.bytes)
  if (value instanceof PdfArray) return `[${value.items.map(textOf).join(' ')}]`
  if (value instanceof PdfRef) return `${value.num} ${value.gen} R`
  if (value instanceof PdfStream) throw new TypeError('a stream inside a value')
  return dictText(value)
}

const dictText = (value: PdfDict): string => `<<${[...value.entries].map(([key, each]) => `${nameText(key)} ${textOf(each)}`).join(' ')}>>`

/** As it was read, without an exponent, which PDF does not know. */
function plain(value: number): string {
  const text = String(value)
  return text.includes('e') ? number(value) : text
}

function nameText(name: string): string {
  let text = '/'
  for (const sign of name) {
    const code = sign.charCodeAt(0)
    text += code > 0x20 && code < 0x7f && !'#()<>[]{}/%'.includes(sign) ? sign : `#${code.toString(16).padStart(2, '0')}`
  }
  return text
}

function literal(bytes: Buffer): string {
  let text = '('
  for (const octet of bytes) {
    if (octet === 0x28 || octet === 0x29 || octet === 0x5c) text += `\\${String.fromCharCode(octet)}`
    else if (octet === 0x0d) text += '\\r'
    else text += String.fromCharCode(octet)
  }
  return `${text})`
}

/** A text string, 7.9.2.2: ASCII as it is, anything else as UTF-16BE behind its mark. */
export function text(value: string): PdfString {
  const ascii = [...value].every(sign => sign >= ' ' && sign <= '~')
  return ascii
    ? new PdfString(Buffer.from(value, 'latin1'))
    : new PdfString(Buffer.concat([Buffer.of(0xfe, 0xff), Buffer.from(value, 'utf16le').swap16()]), true)
}

/** A text string as characters; bytes without a mark are taken as Latin, which PDFDocEncoding nearly is. */
export function characters(bytes: Buffer): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff)
    return Buffer.from(bytes.subarray(2, bytes.length - (bytes.length % 2)))
      .swap16()
      .toString('utf16le')
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return bytes.toString('utf8', 3)
  return bytes.toString('latin1')
}

/** 7.9.4, always in UTC. */
export const date = (at: Date): PdfString => new PdfString(Buffer.from(`D:${at.toISOString().replaceAll(/\D/g, '').slice(0, 14)}Z`, 'latin1'))
