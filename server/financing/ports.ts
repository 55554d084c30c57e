import type { Actor } from '../kernel/authority.ts'
import type { Uscc } from '../kernel/uscc.ts'

/** What this room needs of others and does not own. The composition root joins it. */

/** The person at the workbench, and for which company. */
export interface Applicant {
  actor: Actor
  membership: { id: string; personId: string; personName: string; enterpriseId: string; enterpriseName: string; uscc: Uscc }
  trace: string
}

/** A company's own bond: how much, and whether it is still to be paid. @throws BrokerError `bond_unknown` */
export type OwnBond = (uscc: Uscc, bondId: string) => Promise<{ fen: bigint; isWaited: boolean }>

/** The bid credit report for a bank, by the company's consent. @throws BrokerError those of `UseConsent` */
export type CreditReportFor = (
  asked: { uscc: Uscc; recipient: string; project: string },
  trace: string,
) => Promise<{ document: string; consent: string; use: number }>
