/** The trust list, its versions and proposals, and certificates known before their first login. */

/** Where the trust list stands: the version in force (0 before the first), and a count of all decisions, by which writers compare and set. */
export interface TrustHead {
  version: number
  turn: number
}

export interface TrustVersionRow {
  number: number
  /** ISO 8601 */
  at: string
  by: string
  approvedBy?: string
  why: string
  /** the proposal it came of */
  proposal?: string
  /** one line a change */
  summary: string
}

export interface TrustProposalRow {
  id: string
  state: 'open' | 'applied' | 'rejected'
  by: string
  why: string
  /** JSON of the changes, as trust/ wrote it */
  changes: string
  /** SM3 of the changes */
  digest: string
  createdAt: string
  /** an open proposal past this is over, though nobody has written it down */
  expiresAt: string
  decidedBy?: string
  decidedAt?: string
  version?: number
}

export interface TrustStore {
  head(): Promise<TrustHead>
  /** the CAs as they stood in a version: the newest row of each up to it; the one in force unless told */
  rows(version?: number): Promise<{ version: number; rows: { id: string; body: string }[] }>
  /**
   * One durable statement, only if the head is still `after`: a new version with its rows (a body of null takes a CA out), the end of a proposal, or both.
   * @returns false when somebody else was faster; nothing was written
   */
  decide(
    after: TrustHead,
    what: {
      version?: Omit<TrustVersionRow, 'number'> & { rows: readonly { id: string; body: string | null }[] }
      proposal?: { id: string; state: 'applied' | 'rejected'; by: string; at: string }
    },
  ): Promise<boolean>
  propose(proposal: TrustProposalRow): Promise<void>
  proposal(id: string): Promise<TrustProposalRow | undefined>
  /** the newest first */
  proposals(filter: { state?: TrustProposalRow['state']; digest?: string }, limit: number): Promise<TrustProposalRow[]>
  /** the newest first */
  versions(limit: number, before?: number): Promise<TrustVersionRow[]>
  /** the version in force at a time; undefined before the first */
  versionAt(at: Date): Promise<number | undefined>
  /** versions that the audit record may not have yet, the oldest first */
  unaudited(limit: number): Promise<TrustVersionRow[]>
  audited(numbers: readonly number[]): Promise<void>
}

export interface KnownCertificate {
  /** SM3 over the DER, lower-case hexadecimal */
  thumbprint: string
  /** SM3 of the issuer's name as names are compared, the first 32 digits */
  issuer: string
  serial: string
  subjectName: string
  uscc?: string
  caId?: string
  /** ISO 8601 */
  notAfter: string
  algorithm: string
}
/** `taken`: another certificate of this issuer has the serial number */
export type KnownOutcome = 'added' | 'known' | 'taken'
export interface ImportProgress {
  /** SM3 of what is imported */
  source: string
  /** rows worked through */
  done: number
  counts: Record<string, number>
}
export interface KnownCertificateStore {
  /** One statement: the certificates that are new, and how far the import has come. Outcomes in the order given. */
  add(certificates: readonly KnownCertificate[], progress?: ImportProgress): Promise<KnownOutcome[]>
  progress(source: string): Promise<ImportProgress | undefined>
  find(thumbprint: string): Promise<(KnownCertificate & { importedAt: string }) | undefined>
  byUscc(uscc: string, limit: number): Promise<(KnownCertificate & { importedAt: string })[]>
  /** those that end in this span, the soonest first */
  endingBetween(from: Date, to: Date, limit: number): Promise<(KnownCertificate & { importedAt: string })[]>
  counts(): Promise<{ all: number; byCa: Record<string, number> }>
}

export interface Signals {
  /** at most 7000 bytes; reaches every process on this database, this one too. Never throws: whoever must not miss it also looks for itself. */
  send(topic: string, text: string): void
  /** @returns ends it */
  listen(topic: string, heard: (text: string) => void): () => void
}
