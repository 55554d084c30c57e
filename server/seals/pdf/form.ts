/** Owns the interactive form as signing needs it, ISO 32000-2 12.7: its fields with their full names, and what the document's author allows after a certifying signature (12.8.2.2). */
import type { Revision } from './file.ts'
import { PDF_LIMITS, unusable } from './limits.ts'
import { PdfDict, type PdfObject, PdfRef } from './objects.ts'
import { characters } from './serialize.ts'

export interface Field {
  ref: PdfRef
  dict: PdfDict
  /** partial names joined by dots, 12.7.4.2 */
  name: string
  /** of its own or inherited */
  type: string | undefined
  value: PdfObject | undefined
  /** annotations that show it: its kids, or itself */
  widgets: readonly PdfRef[]
  /** fields above it, from the root on */
  above: readonly PdfRef[]
}

export const catalogOf = (revision: Revision): PdfDict => revision.dict(revision.trailer.get('Root')) ?? new PdfDict(new Map())

/** Every field that has a value or a widget of its own, in the order of the form. A tree that leads back into itself ends there. */
export function fieldsOf(revision: Revision): Field[] {
  const roots = revision.items(revision.dict(catalogOf(revision).get('AcroForm'))?.get('Fields'))
  const fields: Field[] = []
  const seen = new Set<number>()
  type Above = Pick<Field, 'name' | 'type' | 'value' | 'above'>
  const stack: { node: PdfObject; above: Above }[] = [...roots]
    .reverse()
    .map(node => ({ node, above: { name: '', type: undefined, value: undefined, above: [] } }))
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node, above } = next
    const dict = revision.dict(node)
    if (!(node instanceof PdfRef) || dict === undefined || seen.has(node.num) || above.above.length > PDF_LIMITS.depth) continue
    if (seen.size > PDF_LIMITS.fields) throw unusable('too many form fields')
    seen.add(node.num)
    const own = revision.string(dict.get('T'))
    const name = [above.name, own === undefined ? '' : characters(own).slice(0, 200)]
      .filter(part => part !== '')
      .join('.')
      .slice(0, 1000)
    const here: Above = { name, type: revision.name(dict.get('FT')) ?? above.type, value: dict.get('V') ?? above.value, above: above.above }
    const kids = revision.items(dict.get('Kids')).slice(0, PDF_LIMITS.fields)
    const isField = (kid: PdfObject): boolean => revision.dict(kid)?.has('T') === true
    for (const kid of kids.filter(isField).reverse()) stack.push({ node: kid, above: { ...here, above: [...here.above, node] } })
    const widgets = kids.filter((kid): kid is PdfRef => kid instanceof PdfRef && !isField(kid))
    if (kids.length === 0) fields.push({ ref: node, dict, ...here, widgets: [node] })
    else if (widgets.length > 0) fields.push({ ref: node, dict, ...here, widgets })
  }
  return fields
}

export const isSignatureField = (field: Field): boolean => field.type === 'Sig'

/** 1 nothing, 2 forms and signatures, 3 annotations too; undefined when the document is not certified. */
export function permissionOf(revision: Revision): number | undefined {
  const certifying = revision.dict(revision.dict(catalogOf(revision).get('Perms'))?.get('DocMDP'))
  return certifying === undefined ? undefined : permissionIn(revision, certifying)
}

/** What this signature allows, if it certifies: the transform parameters' P, 2 unless told (12.8.2.2.2). */
function permissionIn(revision: Revision, signature: PdfDict): number | undefined {
  const reference = revision
    .items(signature.get('Reference'))
    .slice(0, 16)
    .map(each => revision.dict(each))
    .find(each => revision.name(each?.get('TransformMethod')) === 'DocMDP')
  if (reference === undefined) return undefined
  const permission = revision.number(revision.dict(reference.get('TransformParams'))?.get('P')) ?? 2
  return permission === 1 || permission === 3 ? permission : 2
}

/** Whether one who signed before allows no further change: by certifying, or by locking the document with its field (12.7.5.5, P of the lock dictionary). */
export function isLocked(revision: Revision): boolean {
  if (permissionOf(revision) === 1) return true
  return fieldsOf(revision).some(
    field =>
      isSignatureField(field) && revision.dict(field.value) !== undefined && revision.number(revision.dict(field.dict.get('Lock'))?.get('P')) === 1,
  )
}
