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

interface ChannelAnswer {
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
  /**
   * Takes a message in together with its answer, both or neither; of any number at once with one id or one key, exactly one.
   * @returns undefined where it was taken in; otherwise all that stands there already, under the id or the key: at most two
   */
  take(message: ChannelMessage): Promise<KnownMessage[] | undefined>
  find(sender: string, id: string): Promise<ChannelMessage | undefined>
  /** the newest first; `before` is the last of the page before */
  list(filter: { sender?: string; before?: { receivedAt: string; sender: string; id: string } }, limit: number): Promise<ChannelMessage[]>
  keepRefused(message: RefusedMessage): Promise<void>
  /** the newest first; `before` is the last of the page before */
  refused(before: { at: string; id: string } | undefined, limit: number): Promise<RefusedMessage[]>
}
