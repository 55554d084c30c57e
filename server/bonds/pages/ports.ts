import type { Visits } from '../../http/visits.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { BondStore } from '../../storage/stores-bonds.ts'
import type { Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { Company, CompanyActs } from '../company-acts.ts'
import type { Dues } from '../dues.ts'
import type { Guarantees } from '../guarantees/guarantees.ts'
import type { Readings } from '../readings.ts'
import type { Sections } from '../sections.ts'

/** What the bond pages are given. They stand within the company workbench, which is another room's: its frame and its way of knowing who is there come in. */
export interface BondPagesDeps {
  acts: CompanyActs
  readings: Readings
  dues: Dues
  store: Pick<BondStore, 'section' | 'sections' | 'project' | 'projects' | 'projectsById' | 'ofProject'>
  sections: Pick<Sections, 'mine' | 'release'>
  guarantees(): Pick<Guarantees, 'applications' | 'beneficiary'>
  /** there is a message to an issuer */
  wake(): void
  /** an issuer's name, as people know it */
  issuerName(id: string): Words
  visits: Visits<BondVisit>
  /** those that open sub-accounts, in an order that prefers none */
  banks(): readonly { id: string; name: Words }[]
  /** a center's name, as people know it */
  centerName(id: string): Promise<string>
  clock: Clock
}

export interface BondVisit {
  company: Company
  /** whose staff the person is: the trading centers that name the person's company as their own */
  centers: readonly { id: string; name: string }[]
  frame(page: BondPage): string
}

export interface BondPage {
  title: Words
  lead?: Words
  inside?: boolean
  scripts?: readonly string[]
  body: Markup
}
