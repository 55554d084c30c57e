/** Keys, ids that count once, and what goes out: whatever any room may need of the database. */

export interface SigningKey {
  kid: string
  use:
    | 'provider'
    | 'bank-client'
    | 'saml'
    | 'timestamp'
    | 'seal-maker'
    | 'bid-release'
    | 'remote-signing-ca'
    | 'channel-sign'
    | 'channel-encrypt'
    | 'credit-report'
  state: 'initial' | 'active' | 'retired'
  /** private JWK or PEM, encrypted with the configuration's key (AES-256-GCM) */
  sealed: string
  createdAt: string
  activeFrom: string
}
export interface SigningKeyStore {
  list(use: SigningKey['use']): Promise<SigningKey[]>
  /** false when a key of this kid is already there */
  insert(key: SigningKey): Promise<boolean>
  setState(kid: string, from: SigningKey['state'], to: SigningKey['state']): Promise<boolean>
  remove(kid: string): Promise<void>
}

export interface OnceStore {
  /** true the first time an id is seen within its life, on every process; false after */
  claim(id: string, expiresAt: Date): Promise<boolean>
  /** whether it was claimed and its life is not over; claims nothing */
  seen(id: string): Promise<boolean>
}

/** Effects on the outside: written in the database, delivered by workers, retried, then dead-lettered where a person sees them. */
export interface Outbox {
  send(queue: string, job: Record<string, unknown>): Promise<void>
  /** starts a worker; the handler throws to have the job retried, and is told when this is the last try before the job is dead */
  work(queue: string, handler: (job: Record<string, unknown>, attempt: { last: boolean }) => Promise<void>): Promise<void>
  backlog(): Promise<{ waiting: number; dead: number }>
  /** resolves when nothing of the queue is waiting or running, for tests and an orderly stop */
  drained(queue: string): Promise<void>
}
