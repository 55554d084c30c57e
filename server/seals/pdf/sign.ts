/**
 * Owns the update that sets a seal: signature dictionary, fields, widgets, drawings; ISO 32000-2 12.8, PAdES baseline (ETSI EN 319 142-1 clauses 5 and 6).
 *
 * One field for each place, all with the same signature dictionary as their value: ISO 32000-1 12.7.4.5 allows a signature field one annotation only, and a page-edge seal has one on every page.
 *
 * SubFilter: ETSI.CAdES.detached for RSA and ECDSA; adbe.pkcs7.detached for SM2, which PAdES does not know; GBT.38540 for an electronic seal's signature. No standard names the last one: whoever verifies must go by
 * what stands in Contents, and verify.ts does.
 */
import { createHash } from 'node:crypto'
import { BrokerError } from '../../kernel/errors.ts'
import type { SealOrder, SignatureValue, Signed } from '../contract.ts'
import { once } from '../once.ts'
import { Appearances } from './appearance.ts'
import { openPdf, type Revision } from './file.ts'
import { catalogOf, fieldsOf, isLocked } from './form.ts'
import { unusable } from './limits.ts'
import { array, dict, name, PdfArray, type PdfDict, type PdfObject, PdfRef } from './objects.ts'
import { pagesOf } from './pages.ts'
import { type Place, placesOf } from './places.ts'
import { requireWhole } from './revisions.ts'
import { date, number, text, textOf } from './serialize.ts'
import { Update } from './update.ts'

/** print, and locked against being moved: 12.5.3 */
const WIDGET_FLAGS = 4 | 128
/** signatures exist, append only: 12.7.3, table 225 */
const SIGNATURE_FLAGS = 3
/** no stamp or chain is larger, and a document must not swell by what nobody needs */
const ROOM = 4 * 1024 * 1024

export interface PreparedSeal {
  update: Buffer
  /** in `update`: the first and last hexadecimal digit's place for the value */
  room: { from: number; to: number }
  signed: Signed
}

/** @throws BrokerError `seal_document_unusable`, `seal_place_unusable`, `seal_picture_unusable` */
export const prepareSeal = once(prepared)

function prepared(document: Uint8Array, order: SealOrder, value: SignatureValue): PreparedSeal {
  const revision = openPdf(document)
  requireSealable(revision)
  if (value.kind === 'xmldsig') throw new BrokerError('bad_request', 'an XML signature in a PDF')
  if (!(value.room > 0 && value.room <= ROOM)) throw new BrokerError('bad_request', `room for a value of ${value.room} bytes`)
  const update = new Update(revision)
  const signature = update.reserve()
  const places = placesOf(revision, order)
  const names = fieldNames(revision, order.id, Math.max(1, places.length))
  addToForm(update, addWidgets(update, order, { signature, places, names }))
  const body = signatureDictionary(order, value)
  update.write(signature, body.bytes)
  const { bytes, offsets } = update.finish()
  const start = (offsets.get(signature.num) ?? 0) - document.length
  const gap = { from: start + body.gap.from, to: start + body.gap.to }
  const total = document.length + bytes.length
  const ranges = [0, document.length + gap.from, document.length + gap.to, total - document.length - gap.to]
  const numbers = `[${ranges.join(' ')}`
  bytes.write(`${numbers.padEnd(body.ranges.to - body.ranges.from - 1)}]`, start + body.ranges.from, 'latin1')
  const digest = createHash(value.digest).update(document).update(bytes.subarray(0, gap.from)).update(bytes.subarray(gap.to)).digest()
  // PDF has no path for a seal's signature to be about: it names its field. Others write other things there, so verifying does not compare it.
  return { update: bytes, room: { from: gap.from + 1, to: gap.to - 1 }, signed: { digest, property: names[0] ?? '', at: order.at } }
}

function requireSealable(revision: Revision): void {
  const { bytes, tail } = revision.file
  if (bytes.subarray(tail.end).some(octet => octet !== 0 && octet !== 10 && octet !== 13 && octet !== 32)) throw unusable('something after %%EOF')
  requireWhole(revision)
  if (isLocked(revision)) throw unusable('it is certified, and no further signature is allowed')
  const catalog = catalogOf(revision)
  if (catalog.repeated.length > 0) throw unusable(`a catalog with ${catalog.repeated[0]} twice`)
  if (revision.resolve(catalog.get('NeedsRendering')) === true) throw unusable('a dynamic form: its pages are made by the viewer')
}

interface Planned {
  signature: PdfRef
  places: readonly Place[]
  /** one for each place, at least one */
  names: readonly string[]
}

/** @returns the new fields, at least one: a signature without a place has a widget without size, on the first page (12.7.5.5) */
function addWidgets(update: Update, order: SealOrder, { signature, places, names }: Planned): PdfRef[] {
  const { revision } = update
  const common = { Type: name('Annot'), Subtype: name('Widget'), FT: name('Sig'), F: WIDGET_FLAGS, V: signature }
  if (order.picture === undefined || places.length === 0) {
    const [first] = pagesOf(revision)
    if (first === undefined) throw unusable('it has no pages')
    const field = update.add(dict({ ...common, T: text(names[0] ?? order.id), P: first.ref, Rect: array(0, 0, 0, 0) }))
    addToPage(update, first.ref, first.dict, [field])
    return [field]
  }
  const appearances = new Appearances(update, order.picture)
  const added = new Map<number, { place: Place; widgets: PdfRef[] }>()
  const fields = places.map((place, i) => {
    const { page, paper, rect, strip } = place
    const drawn = dict({ N: appearances.of(paper.rotate, strip) })
    const box = array(...rect.map(each => Number(number(each))))
    const field = update.add(dict({ ...common, T: text(names[i] ?? order.id), P: page.ref, Rect: box, AP: drawn }))
    const onPage = added.get(page.ref.num) ?? { place, widgets: [] }
    onPage.widgets.push(field)
    added.set(page.ref.num, onPage)
    return field
  })
  for (const { place, widgets } of added.values()) addToPage(update, place.page.ref, place.page.dict, widgets)
  return fields
}

/** The page gets a list of its own, as the one it has may be another page's too. */
function addToPage(update: Update, ref: PdfRef, page: PdfDict, widgets: readonly PdfRef[]): void {
  if (page.repeated.length > 0) throw unusable(`a page with ${page.repeated[0]} twice`)
  const before = update.revision.items(page.get('Annots'))
  update.set(ref, page.with({ Annots: new PdfArray([...before, ...widgets]) }))
}

function fieldNames(revision: Revision, id: string, count: number): string[] {
  const taken = new Set(fieldsOf(revision).flatMap(field => [field.name, field.name.split('.')[0] ?? '']))
  // a dot would make it a field inside another
  const plain = `Seal-${id.replaceAll(/[^0-9A-Za-z_-]/g, '').slice(0, 60)}`
  return Array.from({ length: count }, (_, i) => {
    const base = count === 1 ? plain : `${plain}-${i + 1}`
    for (let more = 1; ; more += 1) {
      const candidate = more === 1 ? base : `${base}_${more}`
      if (!taken.has(candidate)) {
        taken.add(candidate)
        return candidate
      }
    }
  })
}

/** Changes as few objects as the form lets: its list of fields alone where that stands by itself. */
function addToForm(update: Update, fields: readonly PdfRef[]): void {
  const { revision } = update
  const catalog = catalogOf(revision)
  const root = revision.trailer.get('Root')
  if (!(root instanceof PdfRef)) throw unusable('a catalog that is no object of its own')
  const place = catalog.get('AcroForm')
  const form = revision.dict(place) ?? dict({})
  if (form.repeated.length > 0) throw unusable(`a form with ${form.repeated[0]} twice`)
  const list = form.get('Fields')
  const all = new PdfArray([...revision.items(list), ...fields])
  const flags = (revision.number(form.get('SigFlags')) ?? 0) | SIGNATURE_FLAGS
  if (list instanceof PdfRef) update.set(list, all)
  if (list instanceof PdfRef && form.get('SigFlags') === flags) return
  const changed = form.with({ Fields: list instanceof PdfRef ? list : all, SigFlags: flags })
  if (place instanceof PdfRef && revision.dict(place) !== undefined) update.set(place, changed)
  else update.set(root, catalog.with({ AcroForm: changed }))
}

interface Span {
  from: number
  to: number
}

/** The bytes, and where in them the brackets of ByteRange and Contents stand. */
function signatureDictionary(order: SealOrder, value: SignatureValue): { bytes: Buffer; ranges: Span; gap: Span } {
  const subFilter = value.kind === 'ses' ? 'GBT.38540' : value.digest === 'sm3' ? 'adbe.pkcs7.detached' : 'ETSI.CAdES.detached'
  const about: Record<string, PdfObject | undefined> = { M: date(order.at), Reason: order.reason === undefined ? undefined : text(order.reason) }
  const head = `<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /${subFilter} /ByteRange `
  const ranges = `[${' '.repeat(4 * 10 + 3)}]`
  const before = `${head}${ranges} /Contents `
  const gap = `<${'0'.repeat(2 * value.room)}>`
  const rest = Object.entries(about).flatMap(([key, each]) => (each === undefined ? [] : [`/${key} ${textOf(each)}`]))
  return {
    bytes: Buffer.from(`${before}${gap} ${rest.join(' ')}>>`, 'latin1'),
    ranges: { from: head.length, to: head.length + ranges.length },
    gap: { from: before.length, to: before.length + gap.length },
  }
}

/** @throws BrokerError `seal_malformed` for a value that does not fit */
export function fillSeal(document: Uint8Array, { update, room }: PreparedSeal, value: Uint8Array): Buffer {
  const digits = Buffer.from(value).toString('hex')
  if (digits.length > room.to - room.from)
    throw new BrokerError('seal_malformed', `a value of ${value.length} bytes where ${(room.to - room.from) / 2} were kept`)
  const filled = Buffer.concat([document, update])
  filled.write(digits, document.length + room.from, 'latin1')
  return filled
}
