import type { BankData } from '../../bank-adapters/bank-data.ts'
import { createAuthorization } from '../authorization/authorization.ts'
import { createBackChannel } from '../authorization/back-channel.ts'
import { SCOPES as AUTHORIZATION_SCOPES } from '../authorization/centers/ports.ts'
import { createPhone } from '../authorization/phone.ts'
import { WORKBENCH, workbenchClient } from '../authorization/workbench.ts'
import { SCOPES as BID_SCOPES } from '../bids/api/operation.ts'
import { SCOPES as BOND_SCOPES } from '../bonds/api/operation.ts'
import { SCOPES as CREDIT_SCOPES } from '../credit/api/operation.ts'
import { SCOPES as ENFORCEMENT_SCOPES } from '../enforcement/api/operation.ts'
import { SCOPES as DEAL_SCOPES } from '../financing/api/operation.ts'
import { createBankKeys, createLogin, type LoginDeps } from '../login/login.ts'
import { issueCertificate } from '../pki/issue.ts'
import { describeClaims } from '../provider/claims.ts'
import { createProvider, type ProviderRoom } from '../provider/provider.ts'
import { SCOPES as RECOGNITION_SCOPES } from '../recognition/ports.ts'
import { EXPERTS, expertsClient, SCOPES as REMOTE_SIGNING_SCOPES } from '../remote-signing/remote-signing.ts'
import { SCOPES as SEAL_SCOPES } from '../seals/api/operation.ts'
import { errorPage } from '../web/pages/error.ts'
import { openBanks } from './banks.ts'
import { openCertificates } from './certificates.ts'
import { openRestrictions } from './enforcement-service.ts'
import type { Foundations } from './foundations.ts'
import { openPersonAuthority } from './remote-signing-service.ts'
import { createSignatures } from './signatures.ts'

/** Who comes in: the banks and their certificates, the authorization, the login, and the OpenID Provider that centers speak with. */
export type Identity = Awaited<ReturnType<typeof openIdentity>>

/** What identity tells the services that stand on it, and asks of them. */
export interface Onwards {
  /** something that centers are told of */
  centersChanged(): void
  newShield: LoginDeps['newShield']
  reminders: LoginDeps['reminders']
}

/** @throws BrokerError config_invalid */
export async function openIdentity(base: Foundations, data: readonly BankData[], onwards: Onwards) {
  const { config, stores, clock, log, sealing, trail, trace, meter, connectors, centerFetch, cookieKeys, cookies } = base
  const { publicUrl, agentUrl } = config
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
    seen: stores.onceIds.seen,
    report: connectors.report,
  })
  const signatures = createSignatures({ register, clock, banks: banks.open })
  const restrictions = openRestrictions(stores, config.clients)
  const authorization = createAuthorization({ stores, sealing, signatures, restrictions, trail, clock, changed: onwards.centersChanged })

  for (const { id, name, metadata } of [...config.clients, workbenchClient(publicUrl), expertsClient(publicUrl)])
    await stores.clients.put({ id, name, metadata: { ...metadata } })
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
  const phone = createPhone({ asks: authorization.asks, cookies, publicUrl, clock })
  const firstParty = new Set([WORKBENCH, EXPERTS])
  const login = createLogin({
    newShield: onwards.newShield,
    stores,
    firstParty,
    reminders: onwards.reminders,
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
    agentUrl,
    describeClaims: (scopes, proven) => describeClaims(scopes, proven, { bankName }),
    endSessions: who => provider.endSessions(who),
  })
  const backChannel = createBackChannel({ asks: authorization.asks, stores, signatures, trail, clock, agentUrl })
  phone.serve('login', login.phone)
  phone.serve('ciba', {
    compares: false,
    apps: signingApps,
    prove: (ask, { cms = '' }) => backChannel.prove(ask, cms),
  })
  const provider: ProviderRoom = await createProvider({
    publicUrl,
    cookieKeys,
    machineScopes: MACHINE_SCOPES,
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

  return {
    ...{ persons, certificates, banks, signatures, restrictions, authorization, asks: authorization.asks },
    ...{ nameOf, signingApps, phone, login, backChannel, provider },
    close() {
      certificates.close()
      phone.close()
      authorization.close()
    },
  }
}

/** What a center's program may ask a token for. */
const MACHINE_SCOPES = [
  ...RECOGNITION_SCOPES,
  ...AUTHORIZATION_SCOPES,
  ...SEAL_SCOPES,
  ...BID_SCOPES,
  ...BOND_SCOPES,
  ...CREDIT_SCOPES,
  ...DEAL_SCOPES,
  ...ENFORCEMENT_SCOPES,
  ...REMOTE_SIGNING_SCOPES,
]
