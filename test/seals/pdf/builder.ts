/** Owns small PDFs made by hand: every byte is the test's own, so that a test can put anything anywhere. Independent of the code under test. */
import { deflateSync } from 'node:zlib'

export interface Wishes {
  pages?: number
  /** how the objects are found: a table, or a stream with packed objects */
  xref?: 'table' | 'stream'
  /** further entries */
  page?: string
  catalog?: string
  trailer?: string
  /** operators of each page */
  content?: string
  /** further objects from number 100 on */
  objects?: Readonly<Record<number, string>>
}

const CATALOG = 1
export const PAGES = 2
export const FONT = 3
export const pageNumber = (page: number): number => 2 + 2 * page
export const contentNumber = (page: number): number => 3 + 2 * page

export const stream = (bytes: string, entries = ''): string =>
  `<<${entries} /Length ${Buffer.byteLength(bytes, 'latin1')}>>\nstream\n${bytes}\nendstream`

export function pageText(
  page: number,
  { content = `BT /F1 18 Tf 20 40 Td (Page ${page}) Tj ET`, page: more = '/MediaBox [0 0 300 200]' }: Wishes,
): [string, string] {
  return [`<</Type /Page /Parent 2 0 R /Contents ${contentNumber(page)} 0 R /Resources <</Font <</F1 3 0 R>>>> ${more}>>`, stream(content)]
}

export function makeDocument(wishes: Wishes = {}): Buffer {
  const { pages = 1, xref = 'table', catalog = '', trailer = '' } = wishes
  const numbers = Array.from({ length: pages }, (_, i) => i + 1)
  const objects = new Map<number, string>([
    [CATALOG, `<</Type /Catalog /Pages 2 0 R ${catalog}>>`],
    [PAGES, `<</Type /Pages /Count ${pages} /Kids [${numbers.map(page => `${pageNumber(page)} 0 R`).join(' ')}]>>`],
    [FONT, '<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>'],
  ])
  for (const page of numbers) {
    const [dict, content] = pageText(page, wishes)
    objects.set(pageNumber(page), dict)
    objects.set(contentNumber(page), content)
  }
  for (const [num, body] of Object.entries(wishes.objects ?? {})) objects.set(Number(num), body)
  const head = Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1')
  const more = `/Root 1 0 R /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>] ${trailer}`
  return xref === 'table' ? withTable(head, objects, more) : withStream(head, objects, more)
}

/** Appends an update that says what it is told, honest or not. */
export function update(
  before: Buffer,
  objects: Readonly<Record<number, string>>,
  wishes: { trailer?: string; root?: string; gap?: string } = {},
): Buffer {
  const { root = '1 0 R', trailer = '', gap = '' } = wishes
  const text = before.toString('latin1')
  const prev = Number(/startxref\s+(\d+)\s+%%EOF\s*$/.exec(text)?.[1] ?? 0)
  const ids = /\/ID ?\[ ?(<[^>]*>)/.exec(text)?.[1] ?? '<00>'
  const all = new Map(Object.entries(objects).map(([num, body]) => [Number(num), body]))
  return withTable(Buffer.concat([before, Buffer.from(gap, 'latin1')]), all, `/Root ${root} /ID [${ids} <01>] /Prev ${prev} ${trailer}`, 2000)
}

const largest = (objects: ReadonlyMap<number, string>): number => [...objects.keys()].reduce((most, num) => Math.max(most, num), 0)

function withTable(head: Buffer, objects: ReadonlyMap<number, string>, trailer: string, size?: number): Buffer {
  const { body, offsets } = written(head, objects)
  const rows = [...offsets].sort(([a], [b]) => a - b).map(([num, at]) => `${num} 1\n${String(at).padStart(10, '0')} 00000 n \n`)
  const most = size ?? largest(objects) + 1
  const table = `xref\n0 1\n0000000000 65535 f \n${rows.join('')}trailer\n<</Size ${most} ${trailer}>>\nstartxref\n${body.length}\n%%EOF\n`
  return Buffer.concat([body, Buffer.from(table, 'latin1')])
}

function written(head: Buffer, objects: ReadonlyMap<number, string>): { body: Buffer; offsets: Map<number, number> } {
  const parts = [head]
  const offsets = new Map<number, number>()
  let at = head.length
  for (const [num, text] of objects) {
    const part = Buffer.from(`${num} 0 obj\n${text}\nendobj\n`, 'latin1')
    offsets.set(num, at)
    parts.push(part)
    at += part.length
  }
  return { body: Buffer.concat(parts), offsets }
}

/** Dictionaries packed in object 50, streams plain; the section is object 51, behind a PNG predictor. */
function withStream(head: Buffer, objects: ReadonlyMap<number, string>, trailer: string): Buffer {
  const plain = new Map([...objects].filter(([, body]) => body.includes('stream')))
  const packed = [...objects].filter(([num]) => !plain.has(num))
  let at = 0
  const index = packed.map(([num, body]) => {
    const place = `${num} ${at}`
    at += body.length + 1
    return place
  })
  const first = `${index.join(' ')} `
  const inside = deflateSync(Buffer.from(`${first}${packed.map(([, body]) => body).join('\n')}`, 'latin1')).toString('latin1')
  plain.set(50, stream(inside, `/Type /ObjStm /N ${packed.length} /First ${first.length} /Filter /FlateDecode`))
  const { body, offsets } = written(head, plain)
  offsets.set(51, body.length)
  const places = new Map(packed.map(([num], i) => [num, i]))
  const size = Math.max(51, largest(objects)) + 1
  const rows = Array.from({ length: size }, (_, num) => {
    const inStream = places.get(num)
    const offset = offsets.get(num)
    const row = Buffer.alloc(5)
    row[0] = inStream !== undefined ? 2 : offset === undefined ? 0 : 1
    row.writeUIntBE(inStream !== undefined ? 50 : (offset ?? 0), 1, 3)
    row[4] = inStream ?? 0
    return row
  })
  const predicted = rows.map((row, i) => Buffer.concat([Buffer.of(2), row.map((octet, k) => octet - (rows[i - 1]?.[k] ?? 0))]))
  const data = deflateSync(Buffer.concat(predicted)).toString('latin1')
  const entries = `/Type /XRef /Size ${size} /W [1 3 1] /Filter /FlateDecode /DecodeParms <</Predictor 12 /Columns 5>> ${trailer}`
  return Buffer.concat([body, Buffer.from(`51 0 obj\n${stream(data, entries)}\nendobj\nstartxref\n${body.length}\n%%EOF\n`, 'latin1')])
}
