import type { CertificateFacts } from '../kernel/identity.ts'
import type { CompanyEntry } from './stores-authorization.ts'
import type { NewSealNews } from './stores-seal-interface.ts'

/** Electronic seals: what they are, each edition that was made, and the certificates that may use it. The rest of what may be asked of the database stands in stores.ts. */

/** 公章, 合同专用章, 投标专用章, 财务专用章, 法定代表人章, 个人名章 */
export const SEAL_KINDS = ['company', 'contract', 'bid', 'finance', 'legal-representative', 'person'] as const
export type SealKind = (typeof SEAL_KINDS)[number]

/** As stored. `expired` is written down a moment after it is true, and counts from the moment itself. */
export const SEAL_STATES = ['drafted', 'applied', 'approved', 'refused', 'made', 'in-force', 'suspended', 'revoked', 'expired'] as const
export type SealState = (typeof SEAL_STATES)[number]

/** characters; an uploaded picture may have a million */
export const LONG_PICTURE = 96 * 1024

export interface SealRow {
  id: string
  enterpriseId: string
  kind: SealKind
  /** on the arc, or of the person */
  name: string
  /** the words below the star */
  under?: string
  /** the code drawn at the lower edge */
  number?: string
  /** the membership whose name a chop carries */
  ownerId?: string
  applicantId: string
  /** the drawing: JSON of a SealPicture (seals/contract.ts), and SM3 of that text; empty in lists where it is long (LONG_PICTURE) */
  picture: string
  pictureDigest: string
  /** SM3 of the PNG that goes into the seal */
  pngDigest: string
  /** thumbprints of the certificates that were applied for, or that the edition was last made for */
  wanted: string[]
  state: SealState
  /** grows with every change; a change names the one it was judged by */
  version: number
  /** 0 before the first one was made */
  edition: number
  /** ISO 8601 with milliseconds: from inclusive, until exclusive */
  validFrom: string
  validUntil: string
  integrity: string
  createdAt: string
  updatedAt: string
}

/** A certificate that may use an edition. */
export interface ListedCertificate {
  thumbprint: string
  membershipId: string
  /** the person's name as it was known when the seal was made */
  holder: string
  /** ISO 8601 */
  notAfter: string
  /** when it was known to be revoked; ISO 8601 */
  revokedAt?: string
}

export interface SealEdition {
  number: number
  /** the esID within the seal; unique among all seals */
  esId: string
  /** SESeal, DER in base64 */
  der: string
  /** thumbprint of the maker's certificate */
  maker: string
  validFrom: string
  validUntil: string
  madeAt: string
  supersededAt?: string
  certificates: ListedCertificate[]
}

export type SealStepKind =
  | 'drafted'
  | 'applied'
  | 'approved'
  | 'refused'
  | 'made'
  | 'in-force'
  | 'suspended'
  | 'resumed'
  | 'remade'
  | 'revoked'
  | 'expired'

/** One line of a seal's history, with the words that were signed for it. */
export interface SealStep {
  kind: SealStepKind
  at: string
  /** absent: nobody, time or the service did it */
  membershipId?: string
  personName: string
  reason?: string
  text?: string
  cms?: string
  thumbprint?: string
  trace: string
}

/** A shield that has logged in for the company, and whose it is there. */
export interface CompanyShield extends CertificateFacts {
  bank: string
  membershipId: string
  personName: string
  lastSeenAt: string
  /** DER in base64, where the person has shown it by a signature */
  der?: string
  /** shown by a bank's app, in which its key is */
  onPhone?: true
}

export interface SealStore {
  /** @param png base64 */
  insert(row: SealRow, png: string, step: SealStep): Promise<void>
  find(id: string): Promise<SealRow | undefined>
  /** base64 */
  png(id: string): Promise<string | undefined>
  /** The newest first; drafts only where a membership is named, and then its own. */
  ofEnterprise(enterpriseId: string, limit: number, draftsOf?: string): Promise<SealRow[]>
  /** a person's drafts, the newest first */
  draftsOf(enterpriseId: string, applicantId: string, limit: number): Promise<SealRow[]>
  /**
   * Compare-and-set on `after` (the version it was judged by). In one statement: the row as it shall be (what it is and looks like never changes), the line of its history, the line in the company's record, the edition that was made, which
   * supersedes the one before, and what centers are told of it. A row that ends for good gives up its certificates.
   * @returns false when somebody else was faster; nothing was written
   */
  change(row: SealRow, after: number, told: { step: SealStep; entry: CompanyEntry; made?: SealEdition; news?: NewSealNews }): Promise<boolean>
  /** takes a draft away that was never signed */
  discard(id: string): Promise<boolean>
  /** the newest first */
  editions(id: string, limit: number): Promise<SealEdition[]>
  /** the newest edition of each of these seals that has one */
  latest(ids: readonly string[]): Promise<(SealEdition & { sealId: string })[]>
  /** the seal and edition by the esID that a document names */
  byEsId(esId: string): Promise<{ seal: SealRow; edition: SealEdition } | undefined>
  /** in their order */
  steps(id: string, limit: number): Promise<(SealStep & { version: number; edition: number })[]>
  /** @param der base64 @returns whether it is shown for the first time */
  present(thumbprint: string, der: string, at: string, onPhone?: boolean): Promise<boolean>
  /** those last seen first */
  shieldsOf(enterpriseId: string, limit: number): Promise<CompanyShield[]>
  /** seals not ended whose current list holds this certificate: one look into an index, whatever the number of seals */
  holding(thumbprint: string, limit: number): Promise<SealRow[]>
  /** what lists a certificate of this person, ended ones too; one line a certificate, those that end first come first */
  ofHolder(membershipId: string, limit: number): Promise<{ seal: SealRow; certificate: ListedCertificate }[]>
  /** certificates of current lists that end in this span and whose people were last warned at more than `warned` days, the soonest first */
  ending(from: Date, to: Date, warned: number, limit: number): Promise<{ seal: SealRow; certificate: ListedCertificate }[]>
  /** true for exactly one of any number of callers */
  warn(id: string, thumbprint: string, warned: number, news?: NewSealNews): Promise<boolean>
  /** shown certificates of current lists with one of these serials, whichever CA's, that are not known to be revoked; DER in base64. Each serial is one look into an index. */
  withSerials(serials: readonly string[]): Promise<{ thumbprint: string; der: string }[]>
  /** Writes down that a certificate of the current list was revoked, with the line in the company's record and what centers are told. True for exactly one of any number of callers. */
  markRevoked(id: string, thumbprint: string, at: string, told: { entry: CompanyEntry; news?: NewSealNews }): Promise<boolean>
  /** seals of the company not ended with a revoked certificate in their current list, the oldest first */
  withRevoked(enterpriseId: string, limit: number): Promise<SealRow[]>
  /** what waits for time or for the service: approved ones to be made, made ones whose time has come, and what is over */
  turning(now: Date, limit: number): Promise<SealRow[]>
}
