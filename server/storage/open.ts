import type { PGlite } from '@electric-sql/pglite'
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { PrismaPGlite } from 'pglite-prisma-adapter'
import type { Clock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import { createApprovalStore } from './approvals.ts'
import { createAskStore } from './asks.ts'
import { createAuditStore } from './audit.ts'
import { createBidNewsStore } from './bid-news.ts'
import { createBidNoticeStore, createBidRescueStore } from './bid-rescues.ts'
import { createBidUploadStore, createSeenShieldStore } from './bid-uploads.ts'
import { createBidStore } from './bids.ts'
import { createBlobStore } from './blobs.ts'
import { createBondAlertStore } from './bond-alerts.ts'
import { createBondParameterStore } from './bond-parameters.ts'
import { createBondTaskStore } from './bond-tasks.ts'
import { createBondStore } from './bonds.ts'
import { createChannelStore } from './channel.ts'
import { createOutgoingStore } from './channel-outgoing.ts'
import { createPartyKeyStore } from './channel-party-keys.ts'
import { PrismaClient } from './client/client.ts'
import { createClientStore } from './clients.ts'
import { createConsentStore } from './consents.ts'
import { createContactMessageStore } from './contact-messages.ts'
import { createContactStore } from './contacts.ts'
import { counting } from './counting.ts'
import { createCreditStore } from './credit.ts'
import { createDataConsentStore } from './data-consents.ts'
import { createEffectStore } from './effects.ts'
import { openEmbedded } from './embedded.ts'
import { createEvidenceStore } from './evidence.ts'
import { createFinancingStore } from './financing.ts'
import { createGuaranteeStore } from './guarantees.ts'
import { createKnownCertificateStore } from './known-certificates.ts'
import { createLedgerStore } from './ledger.ts'
import { createLoginStore } from './logins.ts'
import { createMandateStore } from './mandates.ts'
import { createMeasureStore } from './measures.ts'
import { migrate } from './migrate.ts'
import { createOnceStore } from './once-ids.ts'
import { createOpenedBondStore } from './opened-bonds.ts'
import { createOutbox, type OutboxOptions } from './outbox.ts'
import { createPartyStore } from './parties.ts'
import { createPayerKeyStore } from './payer-keys.ts'
import { createPerformedStore } from './performed.ts'
import { alone, openPostgres } from './postgres.ts'
import { createProofStore } from './proofs.ts'
import { createProviderRecordStore } from './provider-records.ts'
import { createRecognitionChallengeStore } from './recognition.ts'
import { createRecognitionUsageStore } from './recognition-usage.ts'
import { createReconciliationStore } from './reconciliation.ts'
import { createRemoteKeyStore } from './remote-keys.ts'
import { createRemoteNewsStore } from './remote-news.ts'
import { createRemoteRequestStore, createRemoteSigningStore } from './remote-signings.ts'
import { createSealInterfaceStore } from './seal-interface.ts'
import { createSealNewsStore } from './seal-news.ts'
import { createSealTaskStore } from './seal-tasks.ts'
import { createSealStore } from './seals.ts'
import { createShieldReportStore } from './shield-reports.ts'
import { createShownStore } from './shown.ts'
import { createSigningKeyStore } from './signing-keys.ts'
import { read, type Sql } from './sql.ts'
import type { Stores } from './stores.ts'
import { SWEPT, sweepAll } from './sweep.ts'
import { createTraceStore } from './traces.ts'
import { createTrustStore } from './trust.ts'
import { embeddedSignals, type OpenSignals, postgresSignals } from './trust-signals.ts'
import { createWebhookStore } from './webhooks.ts'

/**
 * The storage room. It owns every table and every statement, on two databases with one dialect: PostgreSQL inside the process (the default), or a PostgreSQL server. It does not own
 * what is written: rules of a login, of the provider and of the audit chain stand in their rooms.
 */
export interface OpenOptions {
  /** any PostgreSQL; without it the embedded database */
  databaseUrl?: string | undefined
  /** the embedded database lives in `<dataDir>/pg`; `memory` keeps nothing */
  dataDir: string | 'memory'
  clock: Clock
  log: Log
  outbox?: Partial<OutboxOptions>
}

/**
 * Opens the database, brings it to this version's migrations, and answers with the stores.
 * @throws BrokerError database_unavailable: no answer, or the embedded database is open in another process; migration_failed
 */
export async function openStores(options: OpenOptions): Promise<Stores> {
  const { databaseUrl, dataDir, log } = options
  if (databaseUrl === undefined) {
    const { sql, pglite } = await openEmbedded(dataDir)
    return await openOr(sql, () => embeddedStores(sql, pglite, options))
  }
  const { sql, adapter } = openPostgres(databaseUrl, log)
  return await openOr(sql, async () => {
    await migrate({ sql, log, alone: work => alone(databaseUrl, work) })
    return createStores({ ...options, sql, adapter, embedded: false, signals: postgresSignals(databaseUrl, sql.run, log) })
  })
}

/** Stores on a PGlite that is open already; closing them closes `sql`. */
export async function embeddedStores(sql: Sql, pglite: PGlite, options: Pick<OpenOptions, 'clock' | 'log' | 'outbox'>): Promise<Stores> {
  const adapter = new PrismaPGlite(pglite)
  await migrate({ sql, log: options.log, alone: work => work({ adapter, script: sql.exec }) })
  return createStores({ ...options, sql, adapter, embedded: true, signals: embeddedSignals() })
}

async function openOr(sql: Sql, open: () => Promise<Stores>): Promise<Stores> {
  try {
    return await open()
  } catch (thrown) {
    await sql.close()
    throw thrown
  }
}

function createStores(deps: {
  sql: Sql
  adapter: SqlDriverAdapterFactory
  embedded: boolean
  signals: OpenSignals
  clock: Clock
  log: Log
  outbox?: Partial<OutboxOptions>
}): Stores {
  const { sql, adapter, embedded, signals, clock, log } = deps
  const prisma = new PrismaClient({ adapter: counting(adapter, sql.counter) })
  const traces = createTraceStore(sql, clock, log)
  const outbox = createOutbox(sql, embedded, log, deps.outbox)
  let closing: Promise<void> | undefined

  async function close(): Promise<void> {
    await signals.close()
    await outbox.close()
    await traces.flush()
    await prisma.$disconnect()
    await sql.close()
  }

  return {
    logins: createLoginStore(sql, clock),
    providerRecords: createProviderRecordStore(sql, clock),
    parties: createPartyStore(sql, prisma, clock, log),
    proofs: createProofStore(sql, clock),
    consents: createConsentStore(sql, prisma, clock),
    clients: createClientStore(prisma, clock),
    audit: createAuditStore(sql),
    traces,
    signingKeys: createSigningKeyStore(prisma),
    onceIds: createOnceStore(sql, clock),
    outbox,
    mandates: createMandateStore(sql),
    evidence: createEvidenceStore(sql),
    asks: createAskStore(sql),
    approvals: createApprovalStore(sql),
    shown: createShownStore(sql, clock),
    performed: createPerformedStore(sql, clock),
    webhooks: createWebhookStore(sql),
    sealTasks: createSealTaskStore(sql),
    sealInterface: createSealInterfaceStore(sql),
    sealNews: createSealNewsStore(sql),
    blobs: createBlobStore(sql),
    recognitionChallenges: createRecognitionChallengeStore(sql, clock),
    recognitionUsage: createRecognitionUsageStore(sql),
    bids: createBidStore(sql),
    bidRescues: createBidRescueStore(sql),
    bidNews: createBidNewsStore(sql),
    bidNotices: createBidNoticeStore(sql),
    bidUploads: createBidUploadStore(sql),
    seenShields: createSeenShieldStore(sql),
    shieldReports: createShieldReportStore(sql),
    contacts: createContactStore(sql),
    contactMessages: createContactMessageStore(sql),
    bonds: createBondStore(sql),
    bondAlerts: createBondAlertStore(sql),
    openedBonds: createOpenedBondStore(sql),
    bondTasks: createBondTaskStore(sql),
    bondParameters: createBondParameterStore(sql),
    dataConsents: createDataConsentStore(sql),
    credit: createCreditStore(sql),
    measures: createMeasureStore(sql, clock),
    guarantees: createGuaranteeStore(sql),
    financing: createFinancingStore(sql),
    trust: createTrustStore(sql),
    knownCertificates: createKnownCertificateStore(sql, clock),
    seals: createSealStore(sql),
    remoteKeys: createRemoteKeyStore(sql),
    remoteNews: createRemoteNewsStore(sql),
    remoteRequests: createRemoteRequestStore(sql),
    remoteSignings: createRemoteSigningStore(sql),
    channel: createChannelStore(sql),
    effects: createEffectStore(sql, clock),
    channelOutgoing: createOutgoingStore(sql),
    partyKeys: createPartyKeyStore(sql),
    payerKeys: createPayerKeyStore(sql),
    ledger: createLedgerStore(sql, clock),
    reconciliation: createReconciliationStore(sql),
    signals,
    statements: () => ({ ...sql.counter }),
    sweep: embedded ? tidying(sql, clock) : limit => sweepAll(sql, clock, limit),
    async ping() {
      await sql.query(PING, [])
    },
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

/** The embedded database has nobody who gives the room of dead rows back (a server's autovacuum does): so we do, now and then, when there is something to give. */
function tidying(sql: Sql, clock: Clock): Stores['sweep'] {
  let dead = 0
  return async limit => {
    const swept = await sweepAll(sql, clock, limit)
    dead += swept
    if (dead < MOST_DEAD) return swept
    dead = 0
    await sql.exec(`VACUUM ${SWEPT.join(', ')}`)
    return swept
  }
}
/** rows; a vacuum of the small tables that expire takes some ten milliseconds, in which nobody else is served */
const MOST_DEAD = 5000

const PING = read('ping', 'SELECT 1 AS one')
