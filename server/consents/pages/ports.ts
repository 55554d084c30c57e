import type { Response } from 'express'
import type { Visits } from '../../http/visits.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { DataConsentStore } from '../../storage/stores-consents.ts'
import type { Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { Consents } from '../consents.ts'
import type { ConsentPerson, Recipient } from '../ports.ts'

/** What the pages of consents are given. They stand within the company workbench, which is another room's: its frame and its way of knowing who is there come in. */
export interface ConsentPagesDeps {
  consents: Consents
  store: Pick<DataConsentStore, 'ofCompany' | 'uses'>
  recipients(): Promise<readonly Recipient[]>
  /** names of parties, as people know them */
  names(): Promise<(id: string) => string>
  visits: Visits<ConsentVisit>
  /** a refusal that the page itself tells: written down, its status set; what is a fault is thrown on */
  told(res: Response, thrown: unknown): Promise<{ words: Words }>
  /** ws: or wss: address of the local shield agent */
  agentUrl: string
  clock: Clock
}

export type ConsentVisit = ConsentPerson & {
  frame(page: { title: Words; lead?: Words; inside?: boolean; scripts?: readonly string[]; body: Markup }): string
}
