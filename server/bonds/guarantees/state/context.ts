import type { Guarantee } from '../../../storage/stores-guarantees.ts'
import type { Context } from '../../state/context.ts'

/** What the machine judges by beside the guarantee and the event. It reads no clock and asks nobody. */
export interface GuaranteeContext {
  section: Context['section'] | undefined
  /** whether the bond is held already, by money or by another guarantee, or another of the company's counts in its section */
  occupied: boolean
  now: Date
}

/** When something of it ends by time alone: the offer, what is asked for, or what was issued. */
export function endOf({ state, offer, asked, document }: Guarantee): string {
  if (document !== undefined) return document.validUntil
  return state === 'offered' && offer !== undefined && offer.until < asked.validUntil ? offer.until : asked.validUntil
}

const FINAL: readonly Guarantee['state'][] = ['refused', 'withdrawn', 'drawn', 'released', 'expired']

/** Nothing follows on it any more, but what an issuer pays late. */
export const isOver = ({ state }: Pick<Guarantee, 'state'>): boolean => FINAL.includes(state)
