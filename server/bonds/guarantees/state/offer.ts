import { createHash } from 'node:crypto'
import type { Guarantee } from '../../../storage/stores-guarantees.ts'

/** A short name for all that an offer says: who accepts it names by this what it saw. Empty where nothing is offered. */
export function offerName(offer: Guarantee['offer']): string {
  if (offer === undefined) return ''
  const { priceFen, terms, until } = offer
  return createHash('sm3')
    .update(JSON.stringify([`${priceFen}`, terms, until]))
    .digest('base64url')
    .slice(0, 22)
}
