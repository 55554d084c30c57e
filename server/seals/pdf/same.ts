/** Owns whether two values, each in its own revision of a file, are the same all the way down. It follows references without recursion and looks at each pair once; a budget bounds what all comparisons of a document cost. */
import type { Revision } from './file.ts'
import { PDF_LIMITS, unusable } from './limits.ts'
import { PdfArray, PdfDict, PdfName, type PdfObject, PdfRef, PdfStream, PdfString } from './objects.ts'

export interface Budget {
  left: number
}
export const newBudget = (): Budget => ({ left: PDF_LIMITS.compared })

export class Sameness {
  readonly #old: Revision
  readonly #now: Revision
  readonly #budget: Budget
  /** objects that are compared on their own: where a way leads to one, its number alone counts */
  readonly #leaves: ReadonlySet<number>
  /** pairs found the same so far */
  readonly #seen = new Set<string | number>()

  constructor(old: Revision, now: Revision, leaves: ReadonlySet<number>, budget: Budget) {
    this.#old = old
    this.#now = now
    this.#leaves = leaves
    this.#budget = budget
  }

  /** @throws BrokerError `seal_document_unusable` for what cannot be read, or when the budget is spent */
  same(one: PdfObject | undefined, other: PdfObject | undefined): boolean {
    const pairs: [PdfObject, PdfObject][] = [[one ?? null, other ?? null]]
    const met: (string | number)[] = []
    for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
      this.#budget.left -= 1
      if (this.#budget.left < 0) throw unusable('too much to compare')
      const [a, b] = pair
      if (a instanceof PdfRef || b instanceof PdfRef) {
        const key = this.#pair(a, b)
        if (key === 'leaf') continue
        if (key === 'differ') {
          for (const each of met) this.#seen.delete(each)
          return false
        }
        if (key !== undefined) {
          if (this.#seen.has(key)) continue
          this.#seen.add(key)
          met.push(key)
        }
        pairs.push([this.#old.resolve(a), this.#now.resolve(b)])
      } else if (!this.#values(a, b, pairs)) {
        for (const each of met) this.#seen.delete(each)
        return false
      }
    }
    return true
  }

  #pair(a: PdfObject, b: PdfObject): string | number | undefined {
    if (!(a instanceof PdfRef && b instanceof PdfRef)) {
      const leads = (each: PdfObject): boolean => each instanceof PdfRef && this.#leaves.has(each.num)
      return leads(a) || leads(b) ? 'differ' : undefined
    }
    if (this.#leaves.has(a.num) || this.#leaves.has(b.num)) return a.num === b.num && a.gen === b.gen ? 'leaf' : 'differ'
    // numbers take a tenth of the room that texts do
    return a.gen + b.gen === 0 && b.num < 2 ** 26 && a.num < 2 ** 26 ? a.num * 2 ** 26 + b.num : `${a.num} ${a.gen} ${b.num} ${b.gen}`
  }

  /** Two values that are no references; what is inside them is put off. */
  #values(a: PdfObject, b: PdfObject, pairs: [PdfObject, PdfObject][]): boolean {
    if (a instanceof PdfDict && b instanceof PdfDict) return inside(a, b, pairs)
    if (a instanceof PdfArray && b instanceof PdfArray) {
      if (a.items.length !== b.items.length) return false
      for (const [i, item] of a.items.entries()) pairs.push([item, b.items[i] ?? null])
      return true
    }
    if (a instanceof PdfStream && b instanceof PdfStream) {
      return (a === b || a.raw.equals(b.raw)) && inside(a.dict, b.dict, pairs)
    }
    if (a instanceof PdfString && b instanceof PdfString) return a.bytes.equals(b.bytes)
    if (a instanceof PdfName && b instanceof PdfName) return a.name === b.name
    return a === b
  }
}

/** 7.3.7: an entry that is null is as good as none. */
function inside(a: PdfDict, b: PdfDict, pairs: [PdfObject, PdfObject][]): boolean {
  for (const key of keysOf(a, b)) pairs.push([a.get(key) ?? null, b.get(key) ?? null])
  return a.repeated.length === b.repeated.length
}

export const keysOf = (a: PdfDict, b: PdfDict): Set<string> => new Set([...a.entries.keys(), ...b.entries.keys()])
