import type { Bond } from '../../storage/stores-bonds.ts'
import type { Due } from '../dues.ts'

/** The order of a section's bonds on its center's pages: what has to go back first stands first. Owns where one page ends and the next begins, also when some were paid back between the two. */
export interface Placed {
  bond: Bond
  due: Due | undefined
}

export interface Slice {
  shown: Placed[]
  /** how many stand before these */
  before: number
  /** behind what the next page begins; absent on the last */
  next?: string
}

/** Behind which bond a page begins: its place in the order and its id. */
export const CURSOR = /^(-?\d{1,7}\.[\w-]{1,50})?$/

/** due without a day that is known, and not due at all; nothing is a thousand years late */
const NO_DAY = 1_000_000
const NOT_DUE = 2_000_000

/** @param after a cursor, empty for the beginning; the bond that it names need not be there any more, or in its place */
export function sliceOf(all: readonly Placed[], after: string, size: number): Slice {
  const ordered = [...all].sort(byPlace)
  const dot = after.indexOf('.')
  const behind = { rank: Number(after.slice(0, dot)), id: after.slice(dot + 1) }
  const found = after === '' ? 0 : ordered.findIndex(each => comparePlaces(placeOf(each), behind) > 0)
  const before = found === -1 ? ordered.length : found
  const shown = ordered.slice(before, before + size)
  const last = shown.at(-1)
  const more = before + shown.length < ordered.length
  return { shown, before, ...(last !== undefined && more ? { next: `${placeOf(last).rank}.${last.bond.id}` } : {}) }
}

interface Place {
  rank: number
  id: string
}
const placeOf = ({ bond, due }: Placed): Place => ({ rank: due === undefined ? NOT_DUE : (due.daysLeft ?? NO_DAY), id: bond.id })

function comparePlaces(a: Place, b: Place): number {
  if (a.rank !== b.rank) return a.rank - b.rank
  if (a.id === b.id) return 0
  return a.id < b.id ? -1 : 1
}
const byPlace = (a: Placed, b: Placed): number => comparePlaces(placeOf(a), placeOf(b))
