import type { Uscc } from '../kernel/uscc.ts'
import type { SealTask } from './stores-seal-tasks.ts'
import type { Webhook, WebhookTable } from './stores-webhooks.ts'

/** What centers' programs hand in and are told about seals: uploaded documents, verifications, which companies a center knows, news and their deliveries. The rest of what may be asked of the database stands in stores.ts. */

/** A document that a center handed in. Its bytes are the blob of the same id. */
export interface SealUpload {
  id: string
  clientId: string
  name: string
  format: 'ofd' | 'pdf' | 'xml'
  /** bytes */
  size: number
  /** SM3, lower-case hexadecimal */
  digest: string
  /** SHA-256, lower-case hexadecimal */
  sha256: string
  createdAt: string
  expiresAt: string
}

export interface SealVerification {
  id: string
  clientId: string
  state: 'waiting' | 'done'
  /** JSON, seals/api/verifications.ts */
  body: string
  createdAt: string
  expiresAt: string
}

/** A place in a list, the newest first. */
interface Before {
  createdAt: string
  id: string
}

export interface KnownCompany {
  id: string
  uscc: Uscc
  name: string
}

interface TaskFilter {
  state?: SealTask['state'] | 'expired'
  reference?: string
  enterpriseId?: string
}

export interface SealInterfaceStore {
  /** false when the center keeps as much already */
  insertUpload(upload: SealUpload, most: { count: number; bytes: number }): Promise<boolean>
  /** of this center and not over at `at` */
  upload(clientId: string, id: string, at: Date): Promise<SealUpload | undefined>
  uploads(clientId: string, at: Date, limit: number, before?: Before): Promise<SealUpload[]>
  dropUpload(clientId: string, id: string): Promise<boolean>

  /** a center's tasks, the newest first; what is open and over counts as expired */
  tasks(clientId: string, filter: TaskFilter, at: Date, limit: number, before?: Before): Promise<SealTask[]>
  /** Compare-and-set like SealTaskStore.save, with a new end: the documents are kept as much longer. @returns undefined where somebody else was faster */
  extend(task: SealTask): Promise<SealTask | undefined>
  /** tasks of a center by the day (UTC+8) that they were opened and their state now */
  statistics(clientId: string, from: Date, until: Date, at: Date): Promise<{ day: string; state: string; tasks: number; documents: number }[]>

  /** companies that have a task of this center or logged in there, by their code */
  companies(clientId: string, limit: number, after?: string): Promise<KnownCompany[]>
  company(clientId: string, by: { uscc: string } | { id: string }): Promise<KnownCompany | undefined>

  insertVerification(verification: SealVerification): Promise<void>
  verification(id: string): Promise<SealVerification | undefined>
  verifications(clientId: string, limit: number, before?: Before): Promise<SealVerification[]>
  /** the first end stays. @returns whether this was it */
  endVerification(id: string, body: string): Promise<boolean>
}

export interface SealNews {
  id: string
  event: string
  /** the one center that it is for; absent: every center that knows the company */
  clientId?: string
  enterpriseId?: string
  subject: string
  /** JSON */
  data: string
  at: string
  trace: string
}

/** Not written down yet. */
export type NewSealNews = Omit<SealNews, 'id'>

export interface SealNewsStore extends WebhookTable {
  /** what goes with no change of a task or seal; a change brings its news with it */
  tell(news: NewSealNews): Promise<void>
  /** Makes news of tasks whose time is over, each once. @returns how many */
  tellOver(at: Date, trace: string, limit: number): Promise<number>
  /** what has not been handed on yet, the oldest first */
  news(limit: number): Promise<SealNews[]>
  handedOn(newsIds: readonly string[]): Promise<void>
  /** webhooks that ask for this event, of the centers that may hear of it */
  concerned(news: SealNews, limit: number): Promise<Webhook[]>
}
