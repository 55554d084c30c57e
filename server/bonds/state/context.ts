import type { BondSection } from '../../storage/stores-bonds.ts'
import type { Calendar } from '../calendar/calendar.ts'
import type { DatedRate } from '../calendar/interest.ts'

/** What the machine judges by beside the bond and the event. It reads no clock and asks nobody. */
export interface Context {
  /** of the bond, or the one that money is assigned to */
  section?: Pick<BondSection, 'id' | 'law' | 'deadline' | 'opensAt' | 'validityDays' | 'state'>
  /** whether money of the same sub-account counts already as its bond */
  occupied: boolean
  calendar: Calendar
  depositRates: readonly DatedRate[]
  loanRates: readonly DatedRate[]
  now: Date
}

/** Whether the latest announced opening time is there. A missing time, or one that cannot be read, is a closed one. */
export function isOpened(section: Pick<BondSection, 'opensAt'>, now: Date): boolean {
  const opensAt = Date.parse(section.opensAt ?? '')
  return !Number.isNaN(opensAt) && now.getTime() >= opensAt
}
