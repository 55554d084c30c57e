import type { ProvenLogin } from './stores-parties.ts'

/** The OpenID Provider’s own records. */

interface StoredRecord {
  payload: Record<string, unknown>
  consumedAt?: Date
}
interface RecordBehind extends StoredRecord {
  grant?: StoredRecord
  session?: StoredRecord
  proven?: ProvenLogin
}
export interface ProviderRecordStore {
  upsert(model: string, id: string, payload: Record<string, unknown>, expiresAt: Date | undefined): Promise<void>
  /** The same for a session that was read: false where it is gone or another by now, and then nothing is written. @param before its payload as it was found */
  replaceSession(id: string, before: Record<string, unknown>, payload: Record<string, unknown>, expiresAt: Date | undefined): Promise<boolean>
  /** undefined when absent or expired; `consumedAt` tells of an earlier consumption */
  find(model: string, id: string): Promise<{ payload: Record<string, unknown>; consumedAt?: Date } | undefined>
  findByUid(model: string, uid: string): Promise<{ payload: Record<string, unknown>; consumedAt?: Date } | undefined>
  /** A code or an access token with all that whoever brings it is judged by, in one read: its grant, its session, and the proof whose id the grant's id begins with. */
  findBehind(model: 'AuthorizationCode' | 'AccessToken', id: string): Promise<RecordBehind | undefined>
  /** true for exactly one of any number of callers */
  consume(model: string, id: string): Promise<boolean>
  destroy(model: string, id: string): Promise<void>
  revokeGrant(grantId: string): Promise<void>
  /** every live session (model Session) that a membership or a bank's session stands behind, for a logout that the bank began; at most `limit` */
  sessionsOf(who: { membershipId: string }, limit: number): Promise<{ id: string; payload: Record<string, unknown> }[]>
}
