import type { AppLines, AppRequest } from '../kernel/app-request.ts'
import type { Ask } from '../storage/stores-authorization.ts'

/** What the seal room asks of a phone, and does not own: authorization's asks (the number, one phone, one answer), joined by the composition root. */
export interface PhoneAsks {
  open(question: {
    kind: 'seal-list' | 'seal-shield'
    center: Ask['center']
    from: string
    membershipId: string
    rows: Ask['rows']
    text: string
    subject: string
    expiresAt: string
    trace: string
  }): Promise<Ask>
  /** @throws BrokerError ask_unknown */
  status(id: string): Promise<{ ask: Ask; state: Ask['state'] | 'expired' }>
  /** @throws BrokerError ask_settled, ask_expired, or why it ended without a yes */
  settle(id: string): Promise<Ask>
  ofSubject(kind: Ask['kind'], subject: string, limit: number): Promise<Ask[]>
}

/** What the phone's side is given for a kind of ask (authorization/phone.ts). */
export interface PhoneAnswers {
  fetches?: { request(ask: Ask): Promise<AppRequest>; lines(ask: Ask, from: number): Promise<AppLines> }
  back(ask: Ask): string
  prove(ask: Ask, signed: { cms?: string | undefined; signatures?: string | undefined }): Promise<PhoneProof>
}
interface PhoneProof {
  by: string[]
  answer?: Record<string, string>
  apply?(): Promise<void>
}

/** An ask as its page shows it. */
export interface AskShown {
  ask: Ask
  state: Ask['state'] | 'expired'
  /** where the code leads the phone */
  address: string
  seconds: number
}
