import { authorizationFailures } from './failures/authorization.ts'
import { banksFailures } from './failures/banks.ts'
import { bidsFailures } from './failures/bids.ts'
import { bondFailures } from './failures/bonds.ts'
import { centersFailures } from './failures/centers.ts'
import { certificatesFailures } from './failures/certificates.ts'
import { channelFailures } from './failures/channel.ts'
import { contactFailures } from './failures/contacts.ts'
import { creditFailures } from './failures/credit.ts'
import { enforcementFailures } from './failures/enforcement.ts'
import { financingFailures } from './failures/financing.ts'
import { guaranteeFailures } from './failures/guarantees.ts'
import { ledgerFailures } from './failures/ledger.ts'
import { loginFailures } from './failures/login.ts'
import { platformFailures } from './failures/platform.ts'
import { reconciliationFailures } from './failures/reconciliation.ts'
import { remoteSigningFailures } from './failures/remote-signing.ts'
import type { Failure } from './failures/row.ts'
import { sealsFailures } from './failures/seals.ts'
import { trustFailures } from './failures/trust.ts'

/**
 * Every way a request can be refused: one row a code. Codes are stable; sentences may be improved. Each sentence says what happened and what to do
 * next, in words a clerk understands; `who` says who can mend it. Nothing here may depend on the input.
 */
export const failures = {
  ...platformFailures,
  ...certificatesFailures,
  ...loginFailures,
  ...banksFailures,
  ...centersFailures,
  ...trustFailures,
  ...authorizationFailures,
  ...sealsFailures,
  ...remoteSigningFailures,
  ...bidsFailures,
  ...channelFailures,
  ...ledgerFailures,
  ...bondFailures,
  ...creditFailures,
  ...enforcementFailures,
  ...guaranteeFailures,
  ...reconciliationFailures,
  ...financingFailures,
  ...contactFailures,
} as const satisfies Record<string, Failure>
