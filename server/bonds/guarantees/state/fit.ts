import { BrokerError } from '../../../kernel/errors.ts'
import type { Guarantee, GuaranteeDocument, Unfit } from '../../../storage/stores-guarantees.ts'
import { requireFit } from '../../state/guarantee.ts'
import type { GuaranteeContext } from './context.ts'

/** Whether what was issued is what the tender demands: its text, and then what every guarantee has to do (bonds/state/guarantee.ts). */

/** @returns the first thing that it lacks */
export function unfitOf({ asked }: Guarantee, document: GuaranteeDocument, { section, occupied, now }: GuaranteeContext): Unfit | undefined {
  if (section === undefined || section.state === 'abandoned') return 'section'
  if (occupied) return 'second'
  if (document.textSm3 !== asked.textSm3) return 'text'
  if (document.fen < asked.fen) return 'amount'
  if (now.getTime() >= Date.parse(section.deadline)) return 'late'
  if (Date.parse(document.validFrom) > Date.parse(section.deadline)) return 'period'
  try {
    requireFit({ demandedFen: asked.fen }, document, now.toISOString(), { section })
    return undefined
  } catch (thrown) {
    if (thrown instanceof BrokerError && thrown.code === 'bond_guarantee_unfit') return 'period'
    throw thrown
  }
}

/**
 * An amended document takes nothing away from what is in force.
 * @param least the end of validity that was asked for
 * @throws BrokerError `bond_guarantee_unfit`
 */
export function requireNoLess({ asked, document: before }: Guarantee, amended: GuaranteeDocument, least: string): void {
  const end = before !== undefined && before.validUntil > least ? before.validUntil : least
  const fen = before === undefined ? asked.fen : before.fen
  if (amended.textSm3 !== asked.textSm3) throw unfit(`text ${asked.textSm3}`, amended.textSm3)
  if (amended.fen < fen) throw unfit(`${fen} fen`, `${amended.fen} fen`)
  if (amended.validUntil < end) throw unfit(`valid until ${end}`, amended.validUntil)
  if (before !== undefined && amended.validFrom > before.validFrom) throw unfit(`valid from ${before.validFrom}`, amended.validFrom)
}

const unfit = (expected: string, received: string) =>
  new BrokerError('bond_guarantee_unfit', 'the amended document takes something away', { expected, received })
