import type { Trail } from '../../audit/events.ts'
import type { CenterAsk } from '../../http/center-ask.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { BondStore } from '../../storage/stores-bonds.ts'
import type { CenterActs } from '../center-acts.ts'
import type { Dues } from '../dues.ts'
import type { Guarantees } from '../guarantees/guarantees.ts'
import type { Readings } from '../readings.ts'
import type { Sections, Whose } from '../sections.ts'
import type { Alerts } from '../signals/alerts.ts'

/** What the operations are given. The composition root joins it. */
export interface BondApiRoom {
  publicUrl: string
  sections: Sections
  acts: CenterActs
  readings: Readings
  dues: Dues
  alerts: Pick<Alerts, 'forSupervisor'>
  guarantees(): Pick<Guarantees, 'beneficiary'>
  /** there is a message to an issuer */
  wake(): void
  store: Pick<BondStore, 'project' | 'projects' | 'ofProject'>
  trail: Trail
  clock: Clock
}

export const whose = ({ clientId, param }: CenterAsk): Whose => ({ sectionId: param('section'), center: clientId })
