import type { Response } from 'express'
import type { Visits } from '../../http/visits.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { Applications } from '../applications.ts'
import type { Deals } from '../deals.ts'
import type { Applicant } from '../ports.ts'

/** What the pages of financing are given. They stand within the company workbench, which is another room's: its frame and its way of knowing who is there come in, and so do consents. */
export interface FinancingPagesDeps {
  deals: Deals
  applications: Applications
  consents: SeveralConsents
  bankName(id: string): Words
  visits: Visits<FinancingVisit>
  /** a refusal that the page itself tells: written down, its status set; what is a fault is thrown on */
  told(res: Response, thrown: unknown): Promise<{ words: Words }>
  /** ws: or wss: address of the local shield agent */
  agentUrl: string
  clock: Clock
}

/** Consents that one signature gives together. */
interface SeveralConsents {
  wordingOfAll(by: Applicant, forms: readonly ConsentOf[]): Promise<string>
  giveAll(by: Applicant, forms: readonly ConsentOf[], signed: { text: string; cms: string }): Promise<string[]>
}
export interface ConsentOf {
  id: string
  recipient: string
  data: 'deal' | 'bond.amount' | 'credit.bid'
  purpose: 'financing'
  project: string
  until: string
  uses: ''
}

export type FinancingVisit = Applicant & { frame(page: FinancingPage): string }
export interface FinancingPage {
  title: Words
  lead?: Words
  inside?: boolean
  scripts?: readonly string[]
  body: Markup
}
