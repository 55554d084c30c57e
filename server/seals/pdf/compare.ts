/**
 * Owns what became of a document since a revision of it: the objects that a reader resolves are compared, not the bytes that were added. What may change without a person seeing another document is a list, and
 * all else is a change (ISO 32000-2 12.8.2.2.2 has the same idea; the attacks that taught it are known as shadow and incremental-saving attacks).
 */
import type { Revision } from './file.ts'
import { catalogOf, type Field, fieldsOf, isSignatureField } from './form.ts'
import { PdfDict, type PdfObject, PdfRef, PdfString } from './objects.ts'
import { type Page, pageTree } from './pages.ts'
import { type Budget, keysOf, Sameness } from './same.ts'

export interface Change {
  kind: 'signed' | 'evidence' | 'metadata' | 'tags' | 'form' | 'annotation' | 'content'
  /** where: keys, numbers of objects and pages */
  facts: string
  /** for `signed`: where the new signature's dictionary stands, and whether it draws anything */
  signature?: { at: number; shows: boolean }
}

/** of a signature field that is signed now, and of any field that is filled in: what signing and filling in change */
const SIGNING = ['V', 'AP', 'M', 'F', 'MK', 'DA', 'DR', 'Lock', 'SV']
const FILLING = ['V', 'AP', 'AS', 'I', 'M', 'RV', 'MK']
/** what pages are read out by, and never look like */
const TAGS = ['StructTreeRoot', 'StructParents', 'Tabs']
const METADATA = ['Metadata', 'Version', 'Extensions']
/** a trailer's that each section has its own of, or that are looked at by themselves */
const OF_SECTION = ['Size', 'Prev', 'XRefStm', 'Type', 'W', 'Index', 'Filter', 'DecodeParms', 'Length', 'ID', 'Info', 'Root']
const INHERITED = ['Resources', 'MediaBox', 'CropBox', 'Rotate']

/** @returns every difference, the most telling first @throws BrokerError `seal_document_unusable` */
export function changesBetween(old: Revision, now: Revision, budget: Budget): Change[] {
  if (old.section === now.section) return []
  return new Comparison(old, now, budget).all()
}

class Comparison {
  readonly #old: Revision
  readonly #now: Revision
  readonly #pages: { old: Page[]; now: Page[] }
  /** what is above the pages, in the old revision */
  readonly #nodes: readonly PdfRef[]
  readonly #fields: { old: Map<number, Field>; now: Map<number, Field> }
  readonly #sameness: Sameness
  readonly #changes: Change[] = []

  constructor(old: Revision, now: Revision, budget: Budget) {
    this.#old = old
    this.#now = now
    const { pages, nodes } = pageTree(old)
    this.#pages = { old: pages, now: pageTree(now).pages }
    this.#nodes = nodes
    const byNumber = (revision: Revision): Map<number, Field> => new Map(fieldsOf(revision).map(field => [field.ref.num, field]))
    this.#fields = { old: byNumber(old), now: byNumber(now) }
    this.#sameness = new Sameness(old, now, this.#leaves(), budget)
  }

  all(): Change[] {
    this.#trailer()
    this.#catalog()
    this.#form()
    this.#pageList()
    const order: Change['kind'][] = ['content', 'annotation', 'form', 'tags', 'signed', 'evidence', 'metadata']
    return this.#changes.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
  }

  /**
   * What is compared by itself, where ways that lead to it end. Only what the old revision has, in the place where its comparison looks for it: an object that were a leaf by an update's word alone would be
   * compared by nobody.
   */
  #leaves(): Set<number> {
    const annotations = this.#pages.old.flatMap(({ dict }) => this.#old.items(dict.get('Annots')))
    const fields = [...this.#fields.old.values()].flatMap(({ ref, widgets, above }) => [ref, ...widgets, ...above])
    const all = [...this.#nodes, ...this.#pages.old.map(({ ref }) => ref), ...annotations, ...fields]
    return new Set(all.flatMap(each => (each instanceof PdfRef ? [each.num] : [])))
  }

  #tell(kind: Change['kind'], facts: string, signature?: Change['signature']): void {
    this.#changes.push({ kind, facts, ...(signature === undefined ? {} : { signature }) })
  }

  /** Keys whose values differ. */
  #differing(one: PdfDict, other: PdfDict, except: readonly string[] = []): string[] {
    const differ = [...keysOf(one, other)].filter(key => !except.includes(key) && !this.#sameness.same(one.get(key), other.get(key)))
    // a key that stands there twice now is another value to whoever takes the first
    return [...differ, ...other.repeated.filter(key => !one.repeated.includes(key)).map(key => `${key} twice`)]
  }

  #dictIn(revision: Revision, ref: PdfRef): PdfDict {
    return revision.dict(ref) ?? new PdfDict(new Map())
  }

  #trailer(): void {
    const [one, other] = [this.#old.trailer, this.#now.trailer]
    const rootOf = (trailer: PdfDict): string => {
      const root = trailer.get('Root')
      return root instanceof PdfRef ? `${root.num} ${root.gen}` : ''
    }
    if (rootOf(one) !== rootOf(other)) this.#tell('content', `trailer Root ${rootOf(one)} to ${rootOf(other)}`)
    const firstId = (revision: Revision): string => {
      const [first] = revision.items(revision.trailer.get('ID'))
      return first instanceof PdfString ? first.bytes.toString('hex') : ''
    }
    // a file may get its identifier with its first update
    if (firstId(this.#old) !== '' && firstId(this.#old) !== firstId(this.#now)) this.#tell('content', 'trailer ID')
    for (const key of this.#differing(one, other, OF_SECTION)) this.#tell('content', `trailer ${key}`)
    if (!this.#sameness.same(one.get('Info'), other.get('Info'))) this.#tell('metadata', 'Info')
  }

  #catalog(): void {
    const [one, other] = [catalogOf(this.#old), catalogOf(this.#now)]
    const stored = !this.#sameness.same(one.get('DSS'), other.get('DSS'))
    for (const key of this.#differing(one, other, ['AcroForm', 'Pages', 'DSS', ...METADATA]))
      this.#tell(TAGS.includes(key) ? 'tags' : 'content', `catalog ${key}`)
    // with the store of evidence comes the word that there is one (ETSI EN 319 142-1, 5.4.2.2)
    for (const key of this.#differing(
      one,
      other,
      [...keysOf(one, other)].filter(each => !METADATA.includes(each)),
    ))
      this.#tell(key === 'Extensions' && stored ? 'evidence' : 'metadata', key)
    if (stored) this.#tell('evidence', 'DSS')
    if (!this.#sameness.same(one.get('Pages'), other.get('Pages'))) this.#tell('content', 'catalog Pages')
  }

  #form(): void {
    const formOf = (revision: Revision): PdfDict => revision.dict(catalogOf(revision).get('AcroForm')) ?? new PdfDict(new Map())
    for (const key of this.#differing(formOf(this.#old), formOf(this.#now), ['Fields', 'SigFlags'])) {
      const isDefault = key === 'DA' || key === 'DR'
      // by which fields are drawn that have no drawing of their own: signatures have, or show nothing
      if (isDefault && [...this.#fields.old.values()].every(isSignatureField)) continue
      this.#tell(isDefault || key === 'NeedAppearances' || key === 'CO' ? 'form' : 'content', `AcroForm ${key}`)
    }
    for (const [num, field] of this.#fields.old) this.#field(field, this.#fields.now.get(num))
    const above = new Map([...this.#fields.old.values()].flatMap(field => field.above.map(ref => [ref.num, ref] as const)))
    for (const ref of above.values()) {
      const keys = this.#differing(this.#dictIn(this.#old, ref), this.#dictIn(this.#now, ref))
      // a field inside another may come later; it is told by itself
      const odd = keys.filter(key => key !== 'Kids' && !FILLING.includes(key))
      if (odd.length > 0) this.#tell('content', `field ${ref.num} ${odd.join(' ')}`)
      else if (keys.some(key => key !== 'Kids')) this.#tell('form', `field ${ref.num} ${keys.join(' ')}`)
    }
    for (const [num, field] of this.#fields.now) if (!this.#fields.old.has(num)) this.#newField(field)
  }

  #field(old: Field, now: Field | undefined): void {
    const label = `field ${old.name || old.ref.num}`
    if (now === undefined) {
      this.#tell('content', `${label} is gone`)
      return
    }
    if (old.name !== now.name || old.type !== now.type) {
      this.#tell('content', `${label} is another`)
      return
    }
    const kinds = this.#allowed(old, now)
    const holders = new Map([[old.ref.num, old.ref], ...old.widgets.map(widget => [widget.num, widget] as const)])
    for (const holder of holders.values()) {
      const keys = this.#differing(this.#dictIn(this.#old, holder), this.#dictIn(this.#now, holder))
      const odd = keys.filter(key => !kinds.keys.includes(key))
      if (odd.length > 0) this.#tell('content', `${label} ${odd.join(' ')}`)
      else if (keys.length > 0 && kinds.kind === 'form') this.#tell('form', `${label} ${keys.join(' ')}`)
    }
    // a value that a field inherits stands in none of the two
    if (kinds.keys.length === 0 && !this.#sameness.same(old.value, now.value)) this.#tell('content', `${label} V`)
    const signature = this.#now.dict(now.value)
    if (kinds.kind === 'signed' && signature !== undefined) this.#tell('signed', label, { at: signature.at, shows: this.#shows(now) })
  }

  /** What may differ in a field, and what that means. */
  #allowed(old: Field, now: Field): { kind: Change['kind']; keys: readonly string[] } {
    if (!isSignatureField(old)) return { kind: 'form', keys: FILLING }
    if (this.#old.dict(old.value) !== undefined) return { kind: 'content', keys: [] }
    return this.#now.dict(now.value) === undefined ? { kind: 'form', keys: FILLING } : { kind: 'signed', keys: SIGNING }
  }

  #newField(field: Field): void {
    const label = `field ${field.name || field.ref.num}`
    const signature = isSignatureField(field) ? this.#now.dict(field.value) : undefined
    if (signature !== undefined) this.#tell('signed', label, { at: signature.at, shows: this.#shows(field) })
    else if (!isSignatureField(field)) this.#tell('annotation', `${label} is new`)
    else if (this.#shows(field)) this.#tell('annotation', `${label} is new and unsigned, and shows something`)
    else this.#tell('metadata', `${label} is new and unsigned`)
  }

  /** Whether it draws on a page. */
  #shows({ widgets }: Field): boolean {
    return widgets.some(widget => this.#now.dict(widget)?.has('AP') === true)
  }

  #pageList(): void {
    const { old, now } = this.#pages
    const numbers = (pages: readonly Page[]): string => pages.map(({ ref }) => `${ref.num} ${ref.gen}`).join(', ')
    if (numbers(old) !== numbers(now)) {
      this.#tell('content', `pages: ${old.length} before, ${now.length} now, or in another order`)
      return
    }
    for (const ref of this.#nodes) {
      const keys = this.#differing(this.#dictIn(this.#old, ref), this.#dictIn(this.#now, ref))
      if (keys.length > 0) this.#tell('content', `pages ${ref.num} ${keys.join(' ')}`)
    }
    for (const [i, page] of old.entries()) {
      const other = now[i]
      if (other === undefined) continue
      const keys = this.#differing(page.dict, other.dict, ['Annots', ...INHERITED])
      const inherited = INHERITED.filter(key => !this.#sameness.same(page.inherited.get(key), other.inherited.get(key)))
      for (const key of [...keys, ...inherited]) this.#tell(TAGS.includes(key) ? 'tags' : 'content', `page ${i + 1} ${key}`)
      this.#annotations(i + 1, page, other)
    }
  }

  #annotations(number: number, page: Page, other: Page): void {
    const before = this.#old.items(page.dict.get('Annots'))
    const after = this.#now.items(other.dict.get('Annots'))
    const fieldWidgets = this.#widgetsOf(this.#fields.now)
    const knownWidgets = this.#widgetsOf(this.#fields.old)
    let reached = 0
    for (const annotation of before) {
      let at = reached
      while (at < after.length && !sameHolder(annotation, after[at])) at += 1
      if (at === after.length) {
        this.#tell('content', `page ${number}: an annotation is gone or in another order`)
        return
      }
      for (const added of after.slice(reached, at)) this.#newAnnotation(number, added, fieldWidgets)
      reached = at + 1
      const isWidget = annotation instanceof PdfRef && knownWidgets.has(annotation.num)
      if (!isWidget && !this.#sameness.same(this.#old.resolve(annotation), this.#now.resolve(after[at])))
        this.#tell('annotation', `page ${number}: an annotation is another`)
    }
    for (const added of after.slice(reached)) this.#newAnnotation(number, added, fieldWidgets)
  }

  #widgetsOf(fields: ReadonlyMap<number, Field>): Map<number, Field> {
    return new Map([...fields.values()].flatMap(field => field.widgets.map(widget => [widget.num, field] as const)))
  }

  /** A widget of a signature that is new is told with its field; one that was there shows itself where it was signed, and nowhere else. */
  #newAnnotation(number: number, annotation: PdfObject, widgets: ReadonlyMap<number, Field>): void {
    const field = annotation instanceof PdfRef ? widgets.get(annotation.num) : undefined
    const before = field === undefined ? undefined : this.#fields.old.get(field.ref.num)
    const wasSigned = before !== undefined && this.#old.dict(before.value) !== undefined
    if (field !== undefined && isSignatureField(field) && !wasSigned) return
    this.#tell(wasSigned ? 'content' : 'annotation', `page ${number}: an annotation is new`)
  }
}

/** Whether two entries of a list are the same object; those that stand in the list itself are taken in their order. */
const sameHolder = (one: PdfObject, other: PdfObject | undefined): boolean =>
  one instanceof PdfRef
    ? other instanceof PdfRef && one.num === other.num && one.gen === other.gen
    : other !== undefined && !(other instanceof PdfRef)
