import type { ProjectKind, RestrictedAct } from '../kernel/restrictions.ts'
import type { Uscc } from '../kernel/uscc.ts'

/** Measures of joint punishment as they are kept. The rest of what may be asked stands in stores.ts. */

/** What a measure says; never changed. */
export interface MeasureTerms {
  company: string
  list: string
  basis: string
  document: string
  authority: string
  contact: string
  /** what the company has to do for a repair */
  repair: string
  acts: RestrictedAct[]
  /** none: any */
  centers: string[]
  /** GB/T 2260; a province's or city's code stands for all within */
  regions: string[]
  kinds: ProjectKind[]
  /** first and last day, YYYY-MM-DD in China */
  from: string
  until: string
  /** SM3 of the decision, which stays at its source */
  evidence: string
}

export type MeasureEnd = 'repaired' | 'lifted'

export interface Measure {
  id: string
  uscc: Uscc
  /** who recognised it: a client id, or `platform` */
  source: string
  /** the source's own */
  number: string
  effect: 'refuse' | 'flag'
  /** ISO 8601; it counts from then on, and until before then */
  fromAt: string
  untilAt: string
  terms: MeasureTerms
  digest: string
  state: 'in-force' | MeasureEnd
  version: number
  recordedAt: string
  trace: string
  ended?: { at: string; by: string; why: string }
}

export interface MeasureStore {
  /** In the order given. `known`: the number came before with this digest; `other`: with another. */
  record(measures: readonly Measure[]): Promise<{ id: string; outcome: 'recorded' | 'known' | 'other' }[]>
  find(id: string): Promise<Measure | undefined>
  byNumber(source: string, number: string): Promise<Measure | undefined>
  /** What counts now, those that refuse first, and of those the last to end; at most a hundred. Asked by the logins of one moment together. */
  counting(uscc: Uscc): Promise<Measure[]>
  /** the newest first, before one */
  ofCompany(uscc: Uscc, limit: number, before?: { recordedAt: string; id: string }): Promise<Measure[]>
  /** in the order of the ids, behind one */
  ofSource(source: string, after: string, limit: number): Promise<Measure[]>
  /** False where it ended before. */
  end(id: string, to: MeasureEnd, how: { by: string; why: string; at: string }): Promise<boolean>
}
