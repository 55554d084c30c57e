import type { TrustedCa, Use } from '../entry.ts'
import { type State, stateOf } from './words.ts'

/** Owns which rows of the list the operator asked to see, and which part of them fits on one page. */
export interface Wanted {
  /** part of an id, a name, a region, a bank or a number of a filing or qualification */
  q?: string | undefined
  state?: State | undefined
  /** `none`: only leads to others */
  use?: Exclude<Use, 'government-seal'> | 'none' | undefined
}

/** What a person types and what stands in the row may differ in width and case: ＣＦＣＡ is cfca. */
const folded = (text: string): string => text.normalize('NFKC').toLowerCase()

/** @returns the rows that fit all that was asked, in the order of the list */
export function selectCas(cas: readonly TrustedCa[], { q, state, use }: Wanted, now: Date): TrustedCa[] {
  const sought = folded(q ?? '').trim()
  return cas.filter(ca => {
    if (state !== undefined && stateOf(ca, now) !== state) return false
    if (use === 'none' ? ca.scope.uses.length > 0 : use !== undefined && !ca.scope.uses.includes(use)) return false
    return sought === '' || folded(textOf(ca)).includes(sought)
  })
}

const textOf = ({ id, name, region = '', banks, filing, qualification }: TrustedCa): string =>
  [id, name.zh, name.en, region, ...banks, filing.number ?? '', qualification.state === 'qualified' ? qualification.number : ''].join('\n')

export interface Part<T> {
  items: readonly T[]
  page: number
  pages: number
}

/** One page of a long list. A page past the end is the last one: the list may have become shorter since the link was made. */
export function part<T>(all: readonly T[], wanted: number, size: number): Part<T> {
  const pages = Math.max(1, Math.ceil(all.length / size))
  const page = Math.min(Math.max(1, wanted), pages)
  return { items: all.slice((page - 1) * size, page * size), page, pages }
}

/** How many rows are in each state, for the summary above the list. */
export function countStates(cas: readonly TrustedCa[], now: Date): Record<State, number> {
  const counts: Record<State, number> = { 'in-force': 0, leaving: 0, left: 0, 'not-yet': 0, distrusted: 0 }
  for (const ca of cas) counts[stateOf(ca, now)]++
  return counts
}
