import type { Visits } from '../../http/visits.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { BondStore } from '../../storage/stores-bonds.ts'
import type { Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { Company, CompanyActs } from '../company-acts.ts'
import type { Dues } from '../dues.ts'
import type { Readings } from '../readings.ts'

/** What the bond pages are given. They stand within the company workbench, which is another room's: its frame and its way of knowing who is there come in. */
export interface BondPagesDeps {
  acts: CompanyActs
  readings: Readings
  dues: Dues
  store: Pick<BondStore, 'section' | 'sections' | 'project' | 'projectsById'>
  visits: Visits<BondVisit>
  /** those that open sub-accounts, in an order that prefers none */
  banks(): readonly { id: string; name: Words }[]
  /** a center's name, as people know it */
  centerName(id: string): Promise<string>
  clock: Clock
}

export interface BondVisit {
  company: Company
  frame(page: BondPage): string
}

export interface BondPage {
  title: Words
  lead?: Words
  inside?: boolean
  body: Markup
}
