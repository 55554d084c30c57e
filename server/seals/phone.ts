import type { AppLines, AppRequest } from '../kernel/app-request.ts'
import type { Ask, AskStatus, PhoneAsks } from '../storage/stores-authorization.ts'

/** What the seal room asks of a phone, and does not own: the number, one phone, one answer. Joined by the composition root. */
export interface SealAsks extends PhoneAsks<'seal-list' | 'seal-shield'> {
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
export interface AskShown extends AskStatus {
  /** where the code leads the phone */
  address: string
  seconds: number
}
