import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Express } from 'express'
import { type AuditTrail, createTrail } from './audit/trail.ts'
import { verifyAudit } from './audit/verify.ts'
import { type AuthorizationRoom, createAuthorization } from './authorization/authorization.ts'
import { createBackChannel } from './authorization/back-channel.ts'
import { createCenterInterface } from './authorization/centers/interface.ts'
import { SCOPES as AUTHORIZATION_SCOPES } from './authorization/centers/ports.ts'
import { createPhone } from './authorization/phone.ts'
import { createWorkbench, WORKBENCH, workbenchClient } from './authorization/workbench.ts'
import { type Banks, openBanks, readBanks } from './banks.ts'
import { openBidService } from './bid-service.ts'
import { SCOPES as BID_SCOPES } from './bids/api/operation.ts'
import type { BondService } from './bond-service.ts'
import { SCOPES as BOND_SCOPES } from './bonds/api/operation.ts'
import type { Guarantees } from './bonds/guarantees/guarantees.ts'
import { createLedgerKeeping, type LedgerKeeping } from './bonds/ledger/keeping.ts'
import { type Certificates, openCertificates } from './certificates.ts'
import { openChannelRooms } from './channel-rooms.ts'
import type { Config } from './config.ts'
import { openContacts } from './contact-service.ts'
import { SCOPES as CREDIT_SCOPES } from './credit/api/operation.ts'
import { SCOPES as ENFORCEMENT_SCOPES } from './enforcement/api/operation.ts'
import { openEnforcement, openRestrictions } from './enforcement-service.ts'
import { joinExperts } from './expert-tasks.ts'
import { SCOPES as DEAL_SCOPES } from './financing/api/operation.ts'
import type { FinancingService } from './financing-service.ts'
import { keepHouse, quietly } from './housekeeping.ts'
import { createCookies } from './http/cookies.ts'
import { allowHosts, createOutboundFetch } from './http/outbound.ts'
import { createRateLimits } from './http/rate-limit.ts'
import { type Clock, hours, minutes, seconds } from './kernel/clock.ts'
import { newTraceCode } from './kernel/ids.ts'
import type { Log } from './kernel/log.ts'
import { createSealing } from './kernel/sealing.ts'
import type { TestClock } from './kernel/test-clock.ts'
import { createBankKeys, createLogin } from './login/login.ts'
import { mountBroker } from './mount.ts'
import { managementRouters } from './mount-management.ts'
import { type Connectors, createConnectors } from './operations/connectors.ts'
import { listKeys } from './operations/key-list.ts'
import { createManagement } from './operations/management.ts'
import { createMetrics } from './operations/metrics.ts'
import type { HomeView } from './operations/pages/home.ts'
import { createTracer } from './operations/trace.ts'
import { traceRoutes } from './operations/trace-routes.ts'
import { ownServices } from './own-services.ts'
import type { Certificate } from './pki/certificate.ts'
import { issueCertificate } from './pki/issue.ts'
import { selfTest } from './pki/sm2.ts'
import { describeClaims } from './provider/claims.ts'
import { createProvider, type ProviderRoom } from './provider/provider.ts'
import { SCOPES } from './recognition/ports.ts'
import { createRecognition } from './recognition/recognition.ts'
import type { PayerKeys } from './reconciliation/payer-keys.ts'
import type { Reconciliation } from './reconciliation/reconciliation.ts'
import { createRefusalRecord } from './refusals.ts'
import { EXPERTS, expertsClient, SCOPES as REMOTE_SIGNING_SCOPES } from './remote-signing/remote-signing.ts'
import { openPersonAuthority, openRemoteSigning } from './remote-signing-service.ts'
import { type SealRevocations, watchSealRevocations } from './seal-revocations.ts'
import { openSealService, type SealService } from './seal-service.ts'
import { SCOPES as SEAL_SCOPES } from './seals/api/operation.ts'
import { shieldReported } from './shield-reports.ts'
import { createSignatures } from './signatures.ts'
import { openStores } from './storage/open.ts'
import type { Stores } from './storage/stores.ts'
import { createTimestamps } from './timestamps/timestamps.ts'
import { errorPage } from './web/pages/error.ts'

/** The composition root: builds each part once and mounts every router in one visible list. */
export interface App {
  broker: Express
  management: Express
  stores: Stores
  trail: AuditTrail
  provider: ProviderRoom
  banks: Banks
  certificates: Certificates
  authorization: AuthorizationRoom
  seals: SealService
  sealRevocations: SealRevocations
  bonds: BondService
  ledger: LedgerKeeping
  reconciliation: Reconciliation
  /** what banks make their codes of payers with */
  payerKeys: PayerKeys
  connectors: Connectors
  guarantees: Guarantees
  financing: FinancingService
  /** where the management port answers */
  managementUrl: string
  /** from now on the process counts as started */
  started(): Promise<void>
  close(): Promise<void>
}

export interface AppParts {
  clock: Clock
  log: Log
  /** the sandbox alone: moved through the management port */
  testClock?: TestClock
  /** what else runs beside the broker, for the home page */
  neighbours?: () => HomeView['services']
  howTo?: HomeView['howTo']
  /** one registry of process metrics a process */
  processMetrics?: boolean
}

const version: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version

/** @throws BrokerError config_invalid, self_test_failed, database_unavailable, migration_failed */
export async function createApp(config: Config, parts: AppParts): Promise<App> {
  const { clock, log } = parts
  selfTest()
  const data = await readBanks(config)
  const stores = await openStores({ databaseUrl: config.databaseUrl, dataDir: config.dataDir, clock, log })
  try {
    return await compose(config, parts, data, stores)
  } catch (thrown) {
    await stores.close()
    throw thrown
  }
}

async function compose(config: Config, parts: AppParts, data: Awaited<ReturnType<typeof readBanks>>, stores: Stores): Promise<App> {
  const { clock, log, testClock } = parts
  const { publicUrl } = config
  const sandbox = config.mode === 'sandbox'
  const https = publicUrl.startsWith('https:')
  const ids = data.map(({ id }) => id)
  const cookieKeys = [...config.secrets.cookieKeys]
  const sealing = createSealing(Buffer.from(config.secrets.sealingKey, 'base64'))
  const trail = createTrail({ store: stores.audit, clock, log })
  const ledger = createLedgerKeeping({ store: stores.ledger, clock, trail })
  const tracer = createTracer({ store: stores.traces, clock })
  const trace = tracer.step
  const refusals = createRefusalRecord({ trail, trace, log })

  const metrics = createMetrics({
    version,
    mode: config.mode,
    banks: ids,
    processMetrics: parts.processMetrics ?? false,
    sources: {
      connectors: () => connectors.states(),
      outbox: () => stores.outbox.backlog(),
      auditHeight: async () => (await stores.audit.head()).seq,
      revocationAge: () => certificates.revocation.ageSeconds(),
    },
  })
  const { meter } = metrics
  const connectors = createConnectors({ banks: ids, clock, meter, log })
  const keys = createBankKeys({
    store: stores.signingKeys,
    sealing,
    clock,
    makeSelfSigned: ({ privateKey, commonName, ...request }) =>
      issueCertificate({ ...request, subject: [['CN', commonName]], issuer: { self: privateKey }, profile: 'sign' }),
  })
  const persons = await openPersonAuthority({ config, stores, sealing, clock })
  const certificates = await openCertificates(data, { config, stores, trail, meter, own: persons.own, clock, log })
  const { register } = certificates
  const banks = openBanks(data, {
    config,
    clock,
    checkCertificate: certificates.check,
    keys,
    once: stores.onceIds.claim,
    report: connectors.report,
  })
  const signatures = createSignatures({ register, clock, banks: banks.open })
  const restrictions = openRestrictions(stores, config.clients)
  const authorization = createAuthorization({ stores, sealing, signatures, restrictions, trail, clock, changed: () => centers.notices.wake() })

  for (const { id, name, metadata } of [...config.clients, workbenchClient(publicUrl), expertsClient(publicUrl)])
    await stores.clients.put({ id, name, metadata: { ...metadata } })
  const mayReach = allowHosts(config.outboundHosts, { plainHttp: sandbox })
  const centerFetch = createOutboundFetch({
    allow: mayReach,
    allowPrivate: allowHosts(config.privateHosts, { plainHttp: true }),
    timeoutMs: seconds(5),
    maxBytes: 64 * 1024,
  })
  const nameOf = (id: string) => banks.open.get(id)?.data.name ?? { zh: id, en: id }
  const bankName = (id: string) => {
    const name = banks.open.get(id)?.data.name
    return name === undefined ? id : `${name.zh} ${name.en}`
  }
  // only a bank whose certificates say by themselves whom it knows: another one's app signs with a key that nobody here has seen
  const signingApps = () =>
    [...banks.open.values()].flatMap(({ data: { id, name, appUrl }, adapter }) =>
      appUrl === undefined || adapter.holderOf === undefined ? [] : [{ id, name, url: appUrl }],
    )
  const cookies = createCookies(cookieKeys, { secure: https })
  const phone = createPhone({ asks: authorization.asks, cookies, publicUrl, clock })
  const firstParty = new Set([WORKBENCH, EXPERTS])
  const login = createLogin({
    newShield(who, trace) {
      void quietly(log, 'the offer to remake seals', () => seals.life.watch.renewed(who, true, trace))
      void quietly(log, 'the watch over bids', () => bids.newShield(who))
    },
    stores,
    firstParty,
    reminders: { of: who => bids.reminders.of(who), seen: who => bids.reminders.seen(who) },
    banks: banks.open,
    keys,
    trail,
    trace,
    meter,
    clock,
    log,
    authority: authorization.authority,
    restrictions,
    cookies,
    asks: authorization.asks,
    publicUrl,
    sealing,
    connectors,
    richRequests: authorization.richRequests,
    agentUrl: config.agentUrl,
    describeClaims: (scopes, proven) => describeClaims(scopes, proven, { bankName }),
    endSessions: who => provider.endSessions(who),
  })
  const backChannel = createBackChannel({ asks: authorization.asks, stores, signatures, trail, clock, agentUrl: config.agentUrl })
  phone.serve('login', login.phone)
  phone.serve('ciba', {
    compares: false,
    apps: signingApps,
    prove: (ask, { cms = '' }) => backChannel.prove(ask, cms),
  })
  const provider: ProviderRoom = await createProvider({
    publicUrl,
    cookieKeys,
    machineScopes: [
      ...SCOPES,
      ...AUTHORIZATION_SCOPES,
      ...SEAL_SCOPES,
      ...BID_SCOPES,
      ...BOND_SCOPES,
      ...CREDIT_SCOPES,
      ...DEAL_SCOPES,
      ...ENFORCEMENT_SCOPES,
      ...REMOTE_SIGNING_SCOPES,
    ],
    firstParty,
    lifetimes: { session: config.sessionHours * 3600, login: config.loginMinutes * 60 },
    stores,
    trail,
    trace,
    meter,
    clock,
    log,
    sealing,
    fetch: centerFetch,
    errorPage,
    bankLogout: login.bankLogout,
    standing: authorization.standing,
    mayLogin: login.mayLogin,
    backChannel,
    authority: authorization.authority,
  })

  const recognition = createRecognition({
    publicUrl,
    stores,
    authenticate: provider.machine,
    verdictOf: (certificate, question) => register.verdictOf(certificate, question),
    trail,
    trace,
    meter,
    clock,
    log,
  })

  const centers = createCenterInterface({
    publicUrl,
    stores,
    authorization,
    authenticate: provider.machine,
    personOf: provider.person,
    sealing,
    fetch: centerFetch,
    mayReach,
    trail,
    trace,
    meter,
    clock,
    log,
  })
  await centers.start()

  const timestamps = createTimestamps({ store: stores.signingKeys, sealing, clock, trail })

  const workbench = createWorkbench({
    ...authorization,
    signatures,
    stores,
    visitor: (req, res) => provider.visitor(WORKBENCH, req, res),
    cookies,
    trail,
    clock,
    publicUrl,
    agentUrl: config.agentUrl,
    bankName: nameOf,
    elsewhere: async (who, limit) =>
      (await Promise.all([enforcement.waiting(who.uscc, limit), bids.waiting(who.uscc, limit), seals.waiting(who, limit)])).flat().slice(0, limit),
  })
  const rooms = await openChannelRooms({
    ...{ config, stores, sealing, signatures, workbench, cookies, meter, trail, clock, log },
    messages: [shieldReported(thumbprint => void quietly(log, 'the watch over bids', () => bids.shieldReported(thumbprint)))],
    authority: authorization.authority,
    centers: { authenticate: provider.machine, meter, trace },
    nameOf,
  })
  const { channel, bonds, guarantees, credit, financing, reconciliation } = rooms
  const seals = openSealService({
    stores,
    sealing,
    signatures,
    register,
    evidenceFor: certificates.evidenceFor,
    authority: authorization.authority,
    timestamps,
    asks: authorization.asks,
    experts: () => joinExperts({ remote: remoteSigning, stores, publicUrl }),
    workbench,
    agentUrl: config.agentUrl,
    publicUrl,
    centers: { authenticate: provider.machine, mayReach, meter, fetch: centerFetch, trace, log },
    trail,
    clock,
  })
  await seals.centers.start()
  for (const kind of ['seal-list', 'seal-shield'] as const) phone.serve(kind, { compares: true, apps: signingApps, ...seals.phone[kind] })
  const isRevoked = async (certificate: Certificate, use: 'seal' | 'encryption') =>
    (await register.verdictOf(certificate, { at: clock.now(), use })).revocation.state === 'revoked'
  const sealRevocations = watchSealRevocations({
    revocation: certificates.revocation,
    store: stores.seals,
    watch: seals.life.watch,
    isRevoked: certificate => isRevoked(certificate, 'seal'),
    log,
  })
  const contacts = await openContacts({
    ...{ stores, sealing, gateway: config.noticeGateway, fetch: centerFetch, trail, clock, log },
    authority: authorization.authority,
    visits: workbench.visits,
    told: workbench.told,
    standing: uscc => bids.standing(uscc),
  })
  const bids = await openBidService({
    tell: contacts.tell,
    stores,
    sealing,
    isRevoked: certificate => isRevoked(certificate, 'encryption'),
    encryptsFor: certificates.encryptsFor,
    banksOf: certificate => register.standingOf(certificate, { at: clock.now(), use: 'encryption' }).ca?.banks ?? [],
    revocation: certificates.revocation,
    authority: authorization.authority,
    asks: authorization.asks,
    signatures,
    visits: workbench.visits,
    clients: config.clients,
    dataDir: config.dataDir,
    agentUrl: config.agentUrl,
    publicUrl,
    centers: { authenticate: provider.machine, meter, trace, mayReach, fetch: centerFetch },
    trail,
    clock,
    log,
  })
  for (const [kind, answers] of bids.phone) phone.serve(kind, { compares: true, apps: signingApps, ...answers })
  const enforcement = openEnforcement({
    ...{ stores, restrictions, publicUrl, trail, clock },
    visits: workbench.visits,
    centers: { authenticate: provider.machine, meter, trace },
  })
  const remoteSigning = openRemoteSigning({
    ...{ stores, sealing, persons, seals, timestamps, signatures, cookies, config, meter, mayReach, trace, trail, clock, log },
    fetch: centerFetch,
    evidenceFor: certificates.evidenceFor,
    asks: authorization.asks,
    authenticate: provider.machine,
    visitor: provider.visitor,
    appBanks: () => signingApps().map(({ id }) => id),
    changed: seals.experts.follow,
  })
  await remoteSigning.news.start()
  phone.serve('remote-signing', { compares: true, apps: signingApps, prove: (ask, { cms = '' }) => remoteSigning.signings.prove(ask, cms) })
  const broker = mountBroker({
    config,
    rooms: { channel, reconciliation, provider, recognition, centers, timestamps, login, backChannel, phone },
    workbench: workbench.router,
    seals,
    bids,
    bonds,
    credit,
    financing,
    enforcement,
    contacts,
    remoteSigning,
    guarantees,
    home,
    traces: sandbox ? traceRoutes(stores) : undefined,
    limit: createRateLimits({ perMinute: config.limits, meter, clock }),
    onFinished: metrics.requestFinished,
    onRefused: refusals.refused,
    onTold: refusals.told,
    clock,
    log,
  })

  let running = false
  const managementUrl = `http://${config.managementHost}:${config.managementPort}`
  const management = createManagement({
    clock,
    log,
    host: config.managementHost,
    url: managementUrl,
    errorPage,
    hasStarted: () => running,
    checks: [
      { name: 'database', core: true, probe: () => stores.ping() },
      { name: 'signing-keys', core: true, probe: async () => void provider.keys.jwks() },
      ...ids.map(id => ({
        name: `bank-${id}`,
        core: false,
        probe: async () => {
          if (!connectors.isUp(id)) throw new Error('does not answer')
        },
      })),
    ],
    renderMetrics: () => metrics.render(),
    routers: managementRouters({ config, url: managementUrl, stores, certificates, ledger, rooms, enforcement, trail, clock }),
    verifyAudit: () => verifyAudit(stores.audit),
    listKeys: () => listKeys(stores.signingKeys),
    ...(testClock === undefined ? {} : { testClock: { clock: testClock, trail, save: offset => saveOffset(config.dataDir, offset) } }),
  })

  function home(): HomeView {
    const up = connectors.states().every(state => state.up)
    return { services: [...ownServices(publicUrl, up), ...(parts.neighbours?.() ?? [])], howTo: parts.howTo ?? [], version, mode: config.mode }
  }

  /** in bites, so that no lock is held for long, but to the end: a busy minute leaves more than one bite */
  const sweepAll = async () => {
    let bite = SWEEP_BITE
    while (running && bite === SWEEP_BITE) bite = await stores.sweep(SWEEP_BITE)
  }
  const stopChores = keepHouse(log, [
    { what: 'sweep', every: minutes(1), work: sweepAll },
    { what: 'what seals owe to time', every: minutes(1), work: () => seals.life.turn(200) },
    { what: 'warnings about certificates of seals', every: minutes(10), work: () => seals.life.watch.warn(200) },
    { what: 'revocations that seals have yet to hear of', every: minutes(1), work: sealRevocations.work },
    { what: 'openings of bids', every: minutes(1), work: bids.tick },
    { what: 'bids that are to be decrypted', every: minutes(1), work: bids.remind },
    { what: 'the watch over bids', every: minutes(5), work: bids.round },
    { what: 'what is to be done about bonds', every: seconds(20), work: bonds.work },
    { what: 'messages to banks', every: seconds(5), work: channel.work },
    { what: 'guarantees that are over', every: hours(1), work: guarantees.turn },
    { what: 'messages to people that were given up', every: minutes(5), work: contacts.work },
    { what: 'end of mandates', every: minutes(1), work: () => authorization.mandates.expire(500) },
    { what: 'standings that are due', every: minutes(1), work: credit.daily.work },
    { what: 'keys of banks', every: seconds(30), work: rooms.partyKeys.refresh },
    { what: 'editions of payer keys', every: seconds(30), work: rooms.payerKeys.refresh },
    { what: 'recalls of credit records', every: seconds(30), work: credit.recalls.send },
    { what: 'reconciliation with banks', every: minutes(1), work: reconciliation.work },
    { what: 'sealing of the ledger', every: minutes(1), work: ledger.turn },
    { what: 'the check of the ledger', every: hours(6), work: () => ledger.check() },
    { what: 'refresh of revocation lists', every: minutes(1), work: () => certificates.revocation.refresh() },
  ])
  const stopProbes = connectors.startProbes({ everyMs: seconds(30), probe: banks.probe })

  return {
    broker,
    management,
    stores,
    trail,
    provider,
    banks,
    certificates,
    authorization,
    seals,
    sealRevocations,
    bonds,
    ledger,
    reconciliation,
    payerKeys: rooms.payerKeys,
    connectors,
    guarantees,
    financing,
    managementUrl,
    async started() {
      await trail.append({ code: 'platform.started', trace: newTraceCode(), facts: { version, mode: config.mode } })
      running = true
    },
    async close() {
      running = false
      stopChores()
      stopProbes()
      provider.close()
      await recognition.close()
      await centers.close()
      await sealRevocations.close()
      await seals.centers.close()
      await bids.close()
      await remoteSigning.news.close()
      await trail.append({ code: 'platform.stopped', trace: newTraceCode(), facts: { version } })
      await trail.close()
      certificates.close()
      phone.close()
      authorization.close()
      await stores.close()
      banks.close()
      centerFetch.close()
    },
  }
}

/** rows */
const SWEEP_BITE = 2000

/** The sandbox's clock keeps its place over a restart. */
async function saveOffset(dataDir: string, offset: number): Promise<void> {
  if (dataDir === 'memory') return
  const file = join(dataDir, 'clock.json')
  await writeFile(`${file}.new`, JSON.stringify({ offset }))
  await rename(`${file}.new`, file)
}
