import type { Assurance } from '../kernel/assurance.ts'
import type { FailureCode } from '../kernel/errors.ts'
import type { BankIdentity } from '../kernel/identity.ts'
import type { GrantedDetail, RequestedDetail, RichChallenge, RichWaiting } from '../kernel/rich-request.ts'
import type { Uscc } from '../kernel/uscc.ts'

/** The login: the one record through which provider and login meet. */

export interface LoginRecord {
  /** the provider's interaction uid; also the last part of the page's path */
  id: string
  /** grows by one with every save; a save with an old version is refused */
  version: number
  /** speakable code that ties page, log and trace together */
  trace: string
  createdAt: string
  expiresAt: string
  /** the audit record knows of this login: `login.started` is written with the first thing that the person does, so that a mere request of a stranger writes nothing durable */
  announced?: boolean
  request: {
    clientId: string
    clientName: string
    /** origins of the center's redirect URIs: the page's form-action needs them */
    clientOrigins: string[]
    scopes: string[]
    bankHint?: string
    needs: Assurance
    /** the center asked by `prompt=login` or `max_age` for a proof of this moment */
    afresh?: true
    /** which of the provider's prompts are open */
    prompts: ('login' | 'consent' | 'select_account')[]
    /** where the browser continues at the provider once the outcome stands */
    returnTo: string
    /** what the center asks for beyond the login (RFC 9396); never empty */
    details?: RequestedDetail[]
  }
  /** set when the person already has a session and only consent or a stronger proof is missing */
  session?: { membershipId: string; proofId: string }
  attempt?: {
    id: string
    bank: string
    memo: Record<string, string>
    startedAt: string
    /** the very words to be signed, where it takes a signature */
    text?: string
    ticket?: string
    answer?: Record<string, string>
  }
  /** what a phone is asked on behalf of this login */
  ask?: string
  identity?: BankIdentity
  /** the company chosen, once it is certain */
  uscc?: Uscc
  /** more than the center asked for, which this login needs for this company, and why */
  raised?: { needs: Assurance; why: FailureCode; uscc: Uscc }
  /** binding, proof and consent so far */
  membershipId?: string
  proofId?: string
  consented?: boolean
  /** what the person is asked to sign for the details, once; the next page asks for another */
  authorizing?: RichChallenge
  /** signed, and others of the company have to agree first */
  waits?: RichWaiting
  /** why the details could not be agreed to, as the person was told */
  denied?: FailureCode
  /** what came of the details */
  authorized?: GrantedDetail[]
  outcome?: LoginOutcome
}

export type LoginOutcome =
  | {
      kind: 'granted'
      membershipId: string
      proofId: string
      assurance: Assurance
      methods: string[]
      authenticatedAt: string
      details?: GrantedDetail[]
    }
  | { kind: 'refused'; error: 'access_denied' | 'login_required' | 'unmet_authentication_requirements'; description: string }

export interface LoginStore {
  /** creates or, for the provider's own rewrite of its interaction, replaces; `interaction` is the provider's payload */
  put(record: LoginRecord, interaction: Record<string, unknown>): Promise<void>
  find(id: string): Promise<{ record: LoginRecord; interaction: Record<string, unknown> } | undefined>
  /** compare-and-set on `record.version`; answers the record with its new version. @throws BrokerError login_moved_on */
  save(record: LoginRecord): Promise<LoginRecord>
  remove(id: string): Promise<void>
}
