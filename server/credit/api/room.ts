import type { Trail } from '../../audit/events.ts'
import type { CreditStore } from '../../storage/stores-credit.ts'
import type { Facts } from '../facts/facts.ts'
import type { Recalls } from '../recalls.ts'
import type { ReportKey } from '../report/key.ts'
import type { Reports } from '../report/reports.ts'

/** What the operations are given. The composition root joins it. */
export interface CreditApiRoom {
  publicUrl: string
  facts: Facts
  reports: Reports
  recalls: Recalls
  store: Pick<CreditStore, 'disputed' | 'steps'>
  key: ReportKey
  trail: Trail
}
