import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { inflateSync } from 'node:zlib'
import PDFDocument from 'pdfkit'

/**
 * PDF documents in the type of our pages. Only the characters that a document uses are embedded (some 15 kB), and they stay text: selected, searched and read out. The same input gives the same bytes. Owns
 * font and paper; what is written stands with its room.
 */
const font = createRequire(import.meta.url)

/** whole fonts, where the pages' slices would each hold a part of a name */
const FACES = { text: 400, strong: 600 } as const
type Face = keyof typeof FACES

const opened = new Map<Face, Buffer>()
function faceOf(face: Face): Buffer {
  let found = opened.get(face)
  if (found === undefined) {
    found = unpackWoff(readFileSync(font.resolve(`@fontsource/noto-sans-sc/files/noto-sans-sc-chinese-simplified-${FACES[face]}-normal.woff`)))
    opened.set(face, found)
  }
  return found
}

export type Pdf = InstanceType<typeof PDFDocument>

/**
 * @param info.at the document's date in its properties: no clock is read, so that the bytes depend on what is said alone
 * @param draw writes the document; fonts `text` and `strong` are there
 */
export function makePdf(info: { title: string; author: string; at: Date }, draw: (pdf: Pdf) => void): Promise<Buffer> {
  const pdf = new PDFDocument({
    size: 'A4',
    margins: { top: 64, bottom: 64, left: 60, right: 60 },
    lang: 'zh-CN',
    displayTitle: true,
    bufferPages: true,
    info: { Title: info.title, Author: info.author, CreationDate: info.at, ModDate: info.at },
  })
  for (const face of ['text', 'strong'] as const) pdf.registerFont(face, faceOf(face))
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    pdf.on('data', (part: Buffer) => parts.push(part))
    pdf.on('end', () => resolve(Buffer.concat(parts)))
    pdf.on('error', reject)
    draw(pdf)
    pdf.end()
  })
}

/**
 * WOFF 1.0 (W3C, 2012) section 4 to the font inside it. The PDF library reads WOFF too, and inflates the table of outlines anew for every character: seconds where this takes milliseconds.
 * @throws TypeError when it is none
 */
export function unpackWoff(woff: Buffer): Buffer {
  if (woff.length < 44 || woff.toString('latin1', 0, 4) !== 'wOFF') throw new TypeError('not a WOFF font')
  const count = woff.readUInt16BE(12)
  const power = Math.floor(Math.log2(count))
  const head = Buffer.alloc(12 + 16 * count)
  head.writeUInt32BE(woff.readUInt32BE(4), 0)
  head.writeUInt16BE(count, 4)
  head.writeUInt16BE(2 ** power * 16, 6)
  head.writeUInt16BE(power, 8)
  head.writeUInt16BE((count - 2 ** power) * 16, 10)
  const tables: Buffer[] = []
  let at = head.length
  for (let i = 0; i < count; i++) {
    const entry = 44 + 20 * i
    const [from, packed, length] = [woff.readUInt32BE(entry + 4), woff.readUInt32BE(entry + 8), woff.readUInt32BE(entry + 12)]
    const stored = woff.subarray(from, from + packed)
    const table = packed < length ? inflateSync(stored, { maxOutputLength: length }) : stored
    if (table.length !== length) throw new TypeError('a table of the font is cut')
    const place = 12 + 16 * i
    woff.copy(head, place, entry, entry + 4)
    head.writeUInt32BE(woff.readUInt32BE(entry + 16), place + 4)
    head.writeUInt32BE(at, place + 8)
    head.writeUInt32BE(length, place + 12)
    const padding = (4 - (length % 4)) % 4
    tables.push(table, Buffer.alloc(padding))
    at += length + padding
  }
  return Buffer.concat([head, ...tables])
}
