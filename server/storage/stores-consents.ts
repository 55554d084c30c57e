import type { ConsentQuestion, ConsentUse, DataSet, Purpose } from '../kernel/data-consent.ts'
import type { Uscc } from '../kernel/uscc.ts'

/** Companies' consents to give data, and their uses. The rest of what may be asked of the database stands in stores.ts. */
export interface DataConsent {
  id: string
  uscc: Uscc
  companyName: string
  enterpriseId: string
  membershipId: string
  personName: string
  recipient: string
  dataSet: DataSet
  purpose: Purpose
  /** absent: every project */
  project?: string
  /** ISO 8601 with milliseconds, as all times here */
  validFrom: string
  validUntil: string
  /** absent: as often as wanted */
  maxUses?: number
  used: number
  state: 'in-force' | 'withdrawn'
  text: string
  cms: string
  thumbprint: string
  createdAt: string
  withdrawnAt?: string
  withdrawnBy?: string
  trace: string
}

/** A use as the company sees it. */
export interface DataUse extends ConsentUse {
  recipient: string
  dataSet: DataSet
  purpose: Purpose
  project: string
  reference: string
  trace: string
}

export interface DataConsentStore {
  /** false when this id is there */
  give(consent: Omit<DataConsent, 'used' | 'state' | 'withdrawnAt' | 'withdrawnBy'>): Promise<boolean>
  find(id: string): Promise<DataConsent | undefined>
  /** false when it is withdrawn already, or another company's */
  withdraw(id: string, uscc: Uscc, by: string, at: Date): Promise<boolean>
  /** One statement: of the consents that allow it one is counted up, and the use is written; nothing is where the recipient has a use of this reference. */
  use(question: ConsentQuestion, at: Date, trace: string): Promise<{ consent: DataConsent; number: number } | 'used-before' | undefined>
  /** a recipient's use of this reference */
  usedAs(recipient: string, reference: string): Promise<DataUse | undefined>
  /** those that are about it and may not allow it, the newest first: to say why nothing was given */
  about(question: ConsentQuestion, limit: number): Promise<DataConsent[]>
  /** the newest first */
  ofCompany(uscc: Uscc, limit: number, before?: { createdAt: string; id: string }): Promise<DataConsent[]>
  /** the newest first */
  uses(consentId: string, limit: number, before?: number): Promise<DataUse[]>
}
