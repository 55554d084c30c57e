/** Owns that sealing does its work once: `prepare` and `build` of the same document, order and value in one process share what they both need. */
import type { SealOrder, SignatureValue } from './contract.ts'

type Prepare<Prepared> = (document: Uint8Array, order: SealOrder, value: SignatureValue) => Prepared

/** @param prepare whose result nobody changes. Remembered for the very same objects alone, and no longer than the document is at hand */
export function once<Prepared>(prepare: Prepare<Prepared>): Prepare<Prepared> {
  const known = new WeakMap<Uint8Array, { order: SealOrder; value: SignatureValue; prepared: Prepared }>()
  return (document, order, value) => {
    const before = known.get(document)
    if (before?.order === order && before.value === value) return before.prepared
    const prepared = prepare(document, order, value)
    known.set(document, { order, value, prepared })
    return prepared
  }
}
