/** Texts that centers have signed, and how often recognition was asked for. */

/** A text that a center has a person sign at the center's own page: for this client, this purpose and, where named, this certificate; once. */
export interface RecognitionChallenge {
  id: string
  client: string
  purpose: string
  /** SM3 of the one certificate that may sign */
  thumbprint?: string
  text: string
  /** ISO 8601 with milliseconds */
  createdAt: string
  expiresAt: string
}
export interface RecognitionChallengeStore {
  insert(challenge: RecognitionChallenge): Promise<void>
  /** also when it expired or was used */
  find(id: string): Promise<{ challenge: RecognitionChallenge; used: boolean } | undefined>
  /** true for exactly one of any number of callers, and only for its own client and before it expires */
  consume(id: string, client: string): Promise<boolean>
}

export interface RecognitionUsage {
  /** YYYY-MM-DD, as the calendar in Beijing has it */
  day: string
  client: string
  /** the trust list's id of the CA; empty where no entry was found */
  ca: string
  region: string
  kind: string
  /** `ok` or a failure code */
  outcome: string
  count: number
}
export interface RecognitionUsageStore {
  /**
   * Adds counts, each combination once among the rows. The same batch sent again changes nothing until `keepUntil`: whoever does not know whether a batch arrived sends it once more.
   */
  add(batch: string, rows: readonly RecognitionUsage[], keepUntil: Date): Promise<void>
  /** days inclusive, in the order of the columns */
  between(from: string, to: string, limit: number): Promise<RecognitionUsage[]>
}
