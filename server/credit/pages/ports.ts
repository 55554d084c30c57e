import type { Response } from 'express'
import type { Visits } from '../../http/visits.ts'
import type { Actor, Authority } from '../../kernel/authority.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Uscc } from '../../kernel/uscc.ts'
import type { CreditStore } from '../../storage/stores-credit.ts'
import type { Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { Facts } from '../facts/facts.ts'
import type { Reports } from '../report/reports.ts'

/** What the pages of credit are given. They stand within the company workbench, which is another room's: its frame and its way of knowing who is there come in. */
export interface CreditPagesDeps {
  facts: Pick<Facts, 'appeal' | 'factOf'>
  reports: Pick<Reports, 'now' | 'take'>
  store: Pick<CreditStore, 'standings' | 'scores' | 'steps' | 'ofSubject' | 'report' | 'reportsOf'>
  authority: Pick<Authority, 'use'>
  /** names of sources and recipients, as people know them */
  names(): Promise<(id: string) => string>
  visits: Visits<CreditVisit>
  /** a refusal that the page itself tells: written down, its status set; what is a fault is thrown on */
  told(res: Response, thrown: unknown): Promise<{ words: Words }>
  clock: Clock
}

export interface CreditVisit {
  actor: Actor
  membership: { id: string; personName: string; uscc: Uscc }
  trace: string
  frame(page: { title: Words; lead?: Words; inside?: boolean; body: Markup }): string
}
