import type { Purpose } from '../kernel/data-consent.ts'

/** Facts about subjects, what was reckoned of them, what was given, and who is to be told that they may no longer use it. The rest of what may be asked of the database stands in stores.ts. */

export type SubjectKind = 'tenderer' | 'bidder' | 'agent' | 'expert'
export interface Subject {
  kind: SubjectKind
  /** USCC; of an expert the SM3 of the id number as banks share it */
  subject: string
}
export type ReportKind = 'bid' | 'financing'
type FactState = 'in-force' | 'disputed' | 'repaired' | 'recalled'

/** Days are YYYY-MM-DD as the calendar in China has them; times ISO 8601 with milliseconds. */
export interface CreditFact extends Subject {
  id: string
  /** client id of the center, or `platform` */
  source: string
  sourceKey: string
  type: string
  level: string
  value?: number
  title: string
  project?: string
  document?: string
  happenedOn: string
  effectiveFrom: string
  /** from this day on it can be repaired */
  minUntil: string
  /** from this day on it counts no longer */
  maxUntil: string
  /** SM3 of the evidence at its source, lower-case hexadecimal */
  evidence: string
  digest: string
  cms?: string
  thumbprint?: string
  state: FactState
  version: number
  recordedAt: string
  trace: string
}

export type FactStepKind = 'appealed' | 'upheld' | 'rejected' | 'repaired' | 'recalled'
export interface FactStep {
  number: number
  kind: FactStepKind
  by: string
  why: string
  at: string
  trace: string
}

export interface Standing extends Subject {
  report: ReportKind
  score: number
  most: number
  day: string
  model: string
  /** SM3 of the inputs */
  inputs: string
}
export interface ScoreDay {
  day: string
  score: number
  model: string
}

export interface StoredReport extends Subject {
  id: string
  report: ReportKind
  recipient?: string
  project?: string
  purpose?: Purpose
  consentId?: string
  useNumber?: number
  /** the signed document */
  document: string
  /** name and revision */
  model: string
  /** canonical JSON */
  inputs: string
  factIds: string[]
  at: string
  trace: string
  recalledAt?: string
}

export interface Recall {
  id: string
  factId: string
  recipient: string
  reason: 'repaired' | 'recalled'
  /** ids of the reports that hold it */
  reports: string[]
  createdAt: string
  sentAt?: string
  trace: string
}

/** One subject as it was read, to compare and set. */
export interface SubjectFacts {
  /** 0 where nothing was ever recorded */
  version: number
  facts: CreditFact[]
}

export interface CreditStore {
  /**
   * One statement, which also makes their subjects due. Outcomes in the order given; `known` and `other` tell whether what stood there came in the same words.
   */
  record(facts: readonly CreditFact[]): Promise<{ id: string; outcome: 'recorded' | 'known' | 'other' }[]>
  fact(id: string): Promise<CreditFact | undefined>
  steps(factId: string): Promise<FactStep[]>
  /** how many recipients were told that it is used no more */
  recallsOf(factId: string): Promise<number>
  /** those that count on the day, the weightiest first where there are more; in the order of the subjects given */
  inForce(subjects: readonly Subject[], day: string, limit: number): Promise<SubjectFacts[]>
  /** what a subject may see of itself, in any state, the newest first */
  ofSubject(subject: Subject, limit: number, before?: string): Promise<CreditFact[]>
  /** of one type, by level */
  countByLevel(subject: Subject, type: string, day: string): Promise<Record<string, number>>
  /** of one source, in the order of the ids */
  disputed(source: string, limit: number, after?: string): Promise<CreditFact[]>
  /**
   * One statement, compare-and-set on the fact's and the subject's version: the state, its step, and where it may no longer be used the recall of every report that holds it, with a notice to each recipient.
   * @returns how many recipients are told; undefined when somebody else was faster
   */
  change(fact: CreditFact, to: FactState, step: Omit<FactStep, 'number'>, subjectVersion: number): Promise<number | undefined>
  /** a subject of whom nothing is recorded yet, so that a report about it has something to be held against */
  touch(subject: Subject, at: string): Promise<void>
  /** the report, only while its subject is as it was read; false when it is not */
  addReport(report: Omit<StoredReport, 'recalledAt'>, subjectVersion: number): Promise<boolean>
  report(id: string): Promise<StoredReport | undefined>
  /** those that were given of a company, the newest first */
  reportsOf(subject: Subject, limit: number, before?: { at: string; id: string }): Promise<Omit<StoredReport, 'document' | 'inputs'>[]>
  /** of those due, claimed until `until` so that no other process takes them */
  claimDue(now: Date, until: Date, limit: number): Promise<(Subject & { version: number })[]>
  /** One statement: standings, the days on which a score changed, and when each subject is due again; a subject that changed meanwhile stays due. */
  settle(standings: readonly Standing[], subjects: readonly (Subject & { version: number })[], next: Date): Promise<void>
  standings(subject: Subject): Promise<Standing[]>
  /** the newest first */
  scores(subject: Subject, report: ReportKind, limit: number): Promise<ScoreDay[]>
  /** not sent yet, the oldest first, of one recipient or of all */
  recallsDue(limit: number, recipient?: string): Promise<Recall[]>
  /** of these recipients, those that no message is queued for yet, the oldest first and behind one; the message's key is `recall/<id>` */
  recallsToSend(recipients: readonly string[], limit: number, after?: Pick<Recall, 'createdAt' | 'id'>): Promise<Recall[]>
  /** sent are those whose message its receiver answered */
  recallsAnswered(): Promise<void>
  /** false when it is another's; one that is sent already stays as it is */
  recalled(id: string, at: Date, recipient?: string): Promise<boolean>
  addModel(model: CreditModel): Promise<boolean>
  /** the newest revision of each report's formula */
  models(): Promise<CreditModel[]>
  model(report: ReportKind, revision: number): Promise<CreditModel | undefined>
}

export interface CreditModel {
  report: ReportKind
  revision: number
  body: string
  by: string
  at: string
}
