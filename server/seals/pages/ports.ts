import type { Response } from 'express'
import type { Visits } from '../../http/visits.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { AuthorityFacts } from '../../storage/stores-authorization.ts'
import type { SealStore } from '../../storage/stores-seals.ts'
import type { Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { SealLife } from '../life/life.ts'
import type { Pictures, UsesOf } from '../life/ports.ts'
import type { LifeDeps, Person } from '../life/room.ts'
import type { ShowPhoneDeps } from './show-phone-routes.ts'

/** What the company's seal pages are given. They stand within the company workbench, which is another room's: its frame and its way of knowing who is there come in. */
export interface SealPagesDeps {
  life: SealLife
  store: Pick<SealStore, 'steps' | 'editions' | 'latest'>
  people: LifeDeps['people']
  pictures: Pictures
  usesOf: UsesOf
  clock: Clock
  /** ws: or wss: address of the local shield agent */
  agentUrl: string
  visits: Visits<Visit>
  phone: ShowPhoneDeps
  frame(desk: Desk, page: SealPage): string
  /** a refusal that the page itself tells: written down, its status set; what is a fault is thrown on */
  told(res: Response, thrown: unknown): Promise<{ words: Words }>
}

/** Whose workbench it is. */
export interface Desk {
  company: { name: string; uscc: string }
  person: string
  representative: boolean
  trace: string
}

export interface SealPage {
  title: Words
  lead?: Words
  /** a page below the list */
  inside?: boolean
  scripts?: readonly string[]
  body: Markup
}

export interface Visit {
  by: Person
  facts: AuthorityFacts
  desk: Desk
}
