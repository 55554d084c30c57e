/** Owns whether a person can see a seal where the document says it is, ISO 32000-2 12.5: its size, its flags, its page, and what is drawn over it. All of it is told and none of it refuses: a signature may show nothing. */
import type { Check } from '../report.ts'
import type { Revision } from './file.ts'
import type { Field } from './form.ts'
import { area, type Box, boxOf, overlap, paperOf } from './geometry.ts'
import { type PdfDict, type PdfObject, PdfRef, PdfStream } from './objects.ts'
import { type Page, pagesOf } from './pages.ts'
import { type CheckCode, check } from './words.ts'

/** 12.5.3: hidden, or not to be viewed */
const HIDDEN = 2 | 32
/** as much of a seal that lies off its page, or under something, is more than an accident of rounding */
const HALF = 0.5
/** annotations that draw nothing of their own over a page */
const DRAWS_NOTHING = ['Link', 'Popup']

interface Shown {
  page: number
  on: Page
  /** its place in the page's list: later ones are drawn over it */
  order: number
}

export class Sight {
  readonly #revision: Revision
  readonly #shown = new Map<number, Shown>()

  /** @throws BrokerError `seal_document_unusable` */
  constructor(revision: Revision) {
    this.#revision = revision
    for (const [i, page] of pagesOf(revision).entries()) {
      for (const [order, annotation] of revision.items(page.dict.get('Annots')).entries()) {
        if (annotation instanceof PdfRef && !this.#shown.has(annotation.num)) this.#shown.set(annotation.num, { page: i + 1, on: page, order })
      }
    }
  }

  pagesOf(fields: readonly Field[]): number[] {
    const pages = fields.flatMap(({ widgets }) => widgets.flatMap(widget => this.#shown.get(widget.num)?.page ?? []))
    return [...new Set(pages)].sort((a, b) => a - b)
  }

  /** @returns each thing that keeps a seal from being seen, once, with the pages; nothing for one that is plainly there */
  checksOf(fields: readonly Field[]): Check[] {
    const found = new Map<CheckCode, string[]>()
    for (const { name, widgets } of fields) {
      for (const widget of widgets) {
        const shown = this.#shown.get(widget.num)
        const why = this.#look(widget, shown)
        if (why !== undefined) found.set(why, [...(found.get(why) ?? []), `${name}${shown === undefined ? '' : ` page ${shown.page}`}`])
      }
    }
    return [...found].map(([code, where]) => check(code, 'no', where.join('; ')))
  }

  #look(ref: PdfRef, shown: Shown | undefined): CheckCode | undefined {
    const revision = this.#revision
    const widget = revision.dict(ref)
    const rect = boxOf(revision, widget?.get('Rect'))
    if (widget === undefined || rect === undefined) return 'seal-not-shown'
    if (shown === undefined) return 'seal-on-no-page'
    if (((revision.number(widget.get('F')) ?? 0) & HIDDEN) !== 0 || widget.has('OC')) return 'seal-hidden'
    if (!drawsSomething(revision, widget)) return 'seal-not-shown'
    if (area(overlap(rect, paperOf(revision, shown.on).box)) < HALF * area(rect)) return 'seal-off-page'
    return this.#isCovered(rect, shown) ? 'seal-covered' : undefined
  }

  #isCovered(rect: Box, { on, order }: Shown): boolean {
    const later = this.#revision.items(on.dict.get('Annots')).slice(order + 1, order + 5000)
    return later.some(value => area(this.#drawnBy(value, rect)) >= HALF * area(rect))
  }

  #drawnBy(value: PdfObject, rect: Box): Box | undefined {
    const annotation = this.#revision.dict(value)
    if (annotation === undefined || DRAWS_NOTHING.includes(this.#revision.name(annotation.get('Subtype')) ?? '')) return undefined
    if (((this.#revision.number(annotation.get('F')) ?? 0) & HIDDEN) !== 0) return undefined
    const other = boxOf(this.#revision, annotation.get('Rect'))
    return other === undefined ? undefined : overlap(rect, other)
  }
}

/** An appearance with a content. A dictionary of states is not looked into: what is in it, is shown or not by a state that buttons have. */
function drawsSomething(revision: Revision, widget: PdfDict): boolean {
  const normal = revision.resolve(revision.dict(widget.get('AP'))?.get('N'))
  return normal instanceof PdfStream && normal.raw.length > 0
}
