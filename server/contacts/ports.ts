import type { Trail } from '../audit/events.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { Sealing } from '../kernel/sealing.ts'
import type { Stores } from '../storage/stores.ts'

/** The operator's gateway for text messages and e-mail. */
interface Gateway {
  url: string
  /** `whsec_` and the key in base64; every message is signed with each */
  secrets: readonly string[]
}

export interface PersonNotice {
  /** the same for the same news */
  key: string
  /** what it is about: told by two keys within an hour, it is told once */
  about: string
  /** until then it helps to know */
  usefulUntil: string
  /** Chinese, at most 200 characters */
  sms: string
  /** Chinese, then English; the subject on one line */
  email: { subject: string; text: string }
}

export interface ContactDeps {
  stores: Pick<Stores, 'contacts' | 'contactMessages' | 'outbox'>
  sealing: Sealing
  /** undefined: this installation sends none */
  gateway: Gateway | undefined
  /** bounded in size and time, and held to the allow-list */
  fetch: typeof fetch
  /** what this person is to be told at this moment; nothing for one who acts for the company no more. Asked again when a message is about to leave. */
  due(membershipId: string): Promise<readonly PersonNotice[]>
  trail: Trail
  clock: Clock
  log: Log
}
