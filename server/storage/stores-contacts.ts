import type { Uscc } from '../kernel/uscc.ts'

/** How persons of a company are reached: addresses they confirmed, codes on their way, and the messages that went there. The rest of what may be asked of the database stands in stores.ts. */
export type ContactChannel = 'sms' | 'email'

export interface ContactAddress {
  membershipId: string
  channel: ContactChannel
  sealed: string
  confirmedAt: string
}

/** An address that waits for its code. */
export interface ContactCode {
  /** that of the message it goes with */
  id: string
  membershipId: string
  channel: ContactChannel
  sealed: string
  digest: string
  tries: number
  expiresAt: string
}

export interface ContactStore {
  of(membershipId: string): Promise<ContactAddress[]>
  /** of people of a company who are not suspended, in the order of person and channel */
  ofCompany(uscc: Uscc, limit: number, after?: Pick<ContactAddress, 'membershipId' | 'channel'>): Promise<ContactAddress[]>
  /** in the place of an earlier one of the same channel */
  begin(code: Omit<ContactCode, 'tries'>): Promise<void>
  /** those in time */
  waiting(membershipId: string, at: Date): Promise<ContactCode[]>
  /** Counts a try. Undefined when there is no code in time, or `most` tries were made. */
  tried(membershipId: string, channel: ContactChannel, most: number, at: Date): Promise<ContactCode | undefined>
  /** Takes the code and keeps the address, in one statement; false when it is this code no longer. */
  confirm(codeId: string, address: ContactAddress): Promise<boolean>
  /** address and code of a channel; false when there was neither */
  remove(membershipId: string, channel: ContactChannel): Promise<boolean>
  /** True for `most` of any number of callers until then. */
  allow(key: string, most: number, span: { at: Date; until: Date }): Promise<boolean>
}

export interface ContactMessage {
  /** stable over every try: the gateway knows a repeated one by it */
  id: string
  membershipId: string
  channel: ContactChannel
  kind: 'code' | 'notice'
  /** digest of what it is about */
  about: string
  sealed: string
  /** `dropped`: not sent, because it helps no more or the address was taken away */
  state: 'waiting' | 'delivered' | 'dead' | 'dropped'
  attempts: number
  lastStatus?: number
  lastError?: string
  trace: string
  createdAt: string
  touchedAt: string
  usefulUntil: string
  expiresAt: string
}

export interface ContactMessageStore {
  /** Nothing where the id is there already, or where the person was told of the same by the same channel since. */
  insert(message: ContactMessage, since: Date): Promise<void>
  find(id: string): Promise<ContactMessage | undefined>
  /** after a try; the text of a code is wiped when it waits no more */
  tried(id: string, outcome: { state: ContactMessage['state']; status?: number; error?: string; at: Date }): Promise<void>
  /** Back to `waiting`: notices that were given up, or left lying, before then and still help. @returns their ids */
  again(before: Date, at: Date, limit: number): Promise<string[]>
  /** notices, the newest first */
  noticesOf(membershipId: string, limit: number): Promise<ContactMessage[]>
}
