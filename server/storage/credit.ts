import { createCreditFactStore } from './credit-facts.ts'
import { createCreditReportStore } from './credit-reports.ts'
import { createCreditStandingStore } from './credit-standings.ts'
import type { Sql } from './sql.ts'
import type { CreditStore } from './stores-credit.ts'

/** Credit. Owns that a change of a fact, a report that is given and a recall never pass each other: each compares and sets the subject's version. What facts mean is credit/'s. */
export const createCreditStore = (sql: Sql): CreditStore => ({
  ...createCreditFactStore(sql),
  ...createCreditReportStore(sql),
  ...createCreditStandingStore(sql),
})
