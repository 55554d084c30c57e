import type { AuditStore, TraceStore } from './stores-audit.ts'
import type { ApprovalStore, AskStore, EvidenceStore, MandateStore } from './stores-authorization.ts'
import type { BidNewsStore, BidNoticeStore, BidRescueStore, BidStore, BidUploadStore, SeenShieldStore, ShieldReportStore } from './stores-bids.ts'
import type { BondAlertStore, BondParameterStore, BondStore, BondTaskStore } from './stores-bonds.ts'
import type { PerformedStore, ShownStore, WebhookStore } from './stores-centers.ts'
import type { ChannelStore, OutgoingStore, PartyKeyStore } from './stores-channel.ts'
import type { DataConsentStore } from './stores-consents.ts'
import type { ContactMessageStore, ContactStore } from './stores-contacts.ts'
import type { CreditStore } from './stores-credit.ts'
import type { EffectStore } from './stores-effects.ts'
import type { MeasureStore } from './stores-enforcement.ts'
import type { FinancingStore } from './stores-financing.ts'
import type { GuaranteeStore } from './stores-guarantees.ts'
import type { OnceStore, Outbox, SigningKeyStore } from './stores-keys.ts'
import type { LedgerStore } from './stores-ledger.ts'
import type { LoginStore } from './stores-logins.ts'
import type { OpenedBondStore } from './stores-opened-bonds.ts'
import type { ClientStore, ConsentStore, PartyStore, ProofStore } from './stores-parties.ts'
import type { ProviderRecordStore } from './stores-provider.ts'
import type { RecognitionChallengeStore, RecognitionUsageStore } from './stores-recognition.ts'
import type { PayerKeyStore, ReconciliationStore } from './stores-reconciliation.ts'
import type { RemoteKeyStore, RemoteNewsStore, RemoteRequestStore, RemoteSigningStore } from './stores-remote-signing.ts'
import type { SealInterfaceStore, SealNewsStore } from './stores-seal-interface.ts'
import type { BlobStore, SealTaskStore } from './stores-seal-tasks.ts'
import type { SealStore } from './stores-seals.ts'
import type { KnownCertificateStore, Signals, TrustStore } from './stores-trust.ts'

/**
 * What the rest of the house may ask of the database: one small interface a concept. The Prisma and SQL behind them stand beside this file
 * and nowhere else. Every consumption is a compare-and-set; every list is bounded.
 */
export interface Stores {
  logins: LoginStore
  providerRecords: ProviderRecordStore
  parties: PartyStore
  proofs: ProofStore
  consents: ConsentStore
  clients: ClientStore
  audit: AuditStore
  traces: TraceStore
  signingKeys: SigningKeyStore
  onceIds: OnceStore
  outbox: Outbox
  mandates: MandateStore
  evidence: EvidenceStore
  asks: AskStore
  approvals: ApprovalStore
  shown: ShownStore
  performed: PerformedStore
  webhooks: WebhookStore
  sealTasks: SealTaskStore
  sealInterface: SealInterfaceStore
  sealNews: SealNewsStore
  blobs: BlobStore
  recognitionChallenges: RecognitionChallengeStore
  recognitionUsage: RecognitionUsageStore
  bids: BidStore
  bonds: BondStore
  bondAlerts: BondAlertStore
  openedBonds: OpenedBondStore
  bondTasks: BondTaskStore
  bondParameters: BondParameterStore
  dataConsents: DataConsentStore
  credit: CreditStore
  measures: MeasureStore
  guarantees: GuaranteeStore
  financing: FinancingStore
  bidRescues: BidRescueStore
  bidNotices: BidNoticeStore
  bidNews: BidNewsStore
  bidUploads: BidUploadStore
  seenShields: SeenShieldStore
  shieldReports: ShieldReportStore
  contacts: ContactStore
  contactMessages: ContactMessageStore
  trust: TrustStore
  knownCertificates: KnownCertificateStore
  seals: SealStore
  remoteKeys: RemoteKeyStore
  remoteNews: RemoteNewsStore
  remoteRequests: RemoteRequestStore
  remoteSignings: RemoteSigningStore
  channel: ChannelStore
  effects: EffectStore
  channelOutgoing: OutgoingStore
  partyKeys: PartyKeyStore
  payerKeys: PayerKeyStore
  ledger: LedgerStore
  reconciliation: ReconciliationStore
  /** short news from process to process: quick, and now and then lost */
  signals: Signals
  /** statements sent since the start, for the bench: reads and writes apart */
  statements(): { reads: number; writes: number }
  /** deletes what expired of logins, provider records, one-time ids and traces, at most `limit` rows; answers how many */
  sweep(limit: number): Promise<number>
  ping(): Promise<void>
  close(): Promise<void>
}
