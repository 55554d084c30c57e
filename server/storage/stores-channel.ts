/** Messages of the data channel that came in, with the answer each got, and those that were refused. The rest of what may be asked of the database stands in stores.ts. */

export interface ChannelMessage {
  sender: string
  id: string
  idempotencyKey: string
  type: string
  /** of the body, as signed */
  digest: string
  /** the exact text that was signed, and the signatures over it: the proof of what came */
  signed: string
  signatures: string
  /** the exact text that came */
  body: string
  answer: ChannelAnswer
  receivedAt: string
  trace: string
}

export interface ChannelAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

/** What stands under a message's id, or under its key. */
export interface KnownMessage {
  id: string
  idempotencyKey: string
  type: string
  digest: string
  answer: ChannelAnswer
}

export interface RefusedMessage {
  id: string
  code: string
  /** as the head claims; nobody proved it */
  sender: string
  headers: Record<string, string>
  /** base64, cut where it is too long */
  body: string
  trace: string
  at: string
  expiresAt: string
}

export interface ChannelStore {
  find(sender: string, id: string): Promise<ChannelMessage | undefined>
  /** the newest first; `before` is the last of the page before */
  list(filter: { sender?: string; before?: { receivedAt: string; sender: string; id: string } }, limit: number): Promise<ChannelMessage[]>
  keepRefused(message: RefusedMessage): Promise<void>
  /** the newest first; `before` is the last of the page before */
  refused(before: { at: string; id: string } | undefined, limit: number): Promise<RefusedMessage[]>
}

// ---- messages of ours on their way to a bank ----

export type OutgoingState = 'waiting' | 'delivered' | 'dead' | 'settled'

export interface OutgoingMessage {
  id: string
  receiver: string
  idempotencyKey: string
  type: string
  schema: string
  /** the exact text that is sent */
  body: string
  /** `-` where nothing is confidential */
  encryptionKey: string
  state: OutgoingState
  tries: number
  dueAt: string
  deadline?: string
  lastFailure?: string
  answer?: ChannelAnswer
  note?: string
  createdAt: string
  doneAt?: string
  trace: string
}

export type NewOutgoing = Pick<
  OutgoingMessage,
  'id' | 'receiver' | 'idempotencyKey' | 'type' | 'schema' | 'body' | 'encryptionKey' | 'createdAt' | 'trace'
> & {
  deadline?: string
}

export interface OutgoingStore {
  /** due at once. @returns false where the receiver was told by this key before, or the id is taken: nothing is written */
  queue(message: NewOutgoing): Promise<boolean>
  /**
   * Messages that are due and that nobody else is sending, the longest due first; each counts as tried, and is leased until then.
   * @param except receivers that are passed by
   */
  claim(lease: string, at: { now: Date; until: Date }, except: readonly string[], limit: number): Promise<OutgoingMessage[]>
  /** the answer is here. @returns false where the lease was lost: another sends it now, or has */
  delivered(id: string, lease: string, answer: ChannelAnswer, at: Date): Promise<boolean>
  /** @param next when it is tried again; undefined: it is dead, until a person looks. @returns false where the lease was lost */
  failed(id: string, lease: string, failure: string, next: Date | undefined): Promise<boolean>
  /** a dead one is due again, its tries counted from nothing. @returns false where it is not dead */
  replay(id: string, at: Date): Promise<boolean>
  /** a dead one needs no sending any more, for a reason that a person gives. @returns false where it is not dead */
  settle(id: string, note: string, at: Date): Promise<boolean>
  find(id: string): Promise<OutgoingMessage | undefined>
  /** the newest first; `before` is the last of the page before */
  list(filter: { state?: OutgoingState; receiver?: string; before?: { createdAt: string; id: string } }, limit: number): Promise<OutgoingMessage[]>
}

// ---- banks' encryption certificates that an operator registered ----

export interface PartyKeyRow {
  party: string
  id: string
  /** DER in base64 */
  certificate: string
  from: string
  until?: string
  revokedAt?: string
  version: number
  /** who added it, or changed it last */
  by: string
  /** over all of it, under a key that the database does not hold */
  integrity: string
  createdAt: string
}

export interface PartyKeyStore {
  all(): Promise<PartyKeyRow[]>
  /** false where the party has this one */
  add(row: PartyKeyRow): Promise<boolean>
  /** its end, on the version before; false where somebody else was faster */
  end(row: PartyKeyRow): Promise<boolean>
}
