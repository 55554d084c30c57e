import { createCenterInterface } from '../authorization/centers/interface.ts'
import { createWorkbench, WORKBENCH } from '../authorization/workbench.ts'
import type { Certificate } from '../pki/certificate.ts'
import { createRecognition } from '../recognition/recognition.ts'
import { createTimestamps } from '../timestamps/timestamps.ts'
import { openBidService } from './bid-service.ts'
import { openChannelRooms } from './channel-rooms.ts'
import { openContacts } from './contact-service.ts'
import { openEnforcement } from './enforcement-service.ts'
import { joinExperts } from './expert-tasks.ts'
import type { Foundations } from './foundations.ts'
import { quietly } from './housekeeping.ts'
import type { Identity } from './identity.ts'
import { openRemoteSigning } from './remote-signing-service.ts'
import { watchSealRevocations } from './seal-revocations.ts'
import { openSealService } from './seal-service.ts'
import { shieldReported } from './shield-reports.ts'

/** What stands on a proven identity: recognition, the centers' interface, the workbench, seals, bids, the data channel and its rooms, remote signing. */
export type Services = Awaited<ReturnType<typeof openServices>>

/** @throws BrokerError config_invalid */
export async function openServices(base: Foundations, identity: Identity) {
  const { config, stores, clock, log, sealing, trail, trace, meter, mayReach, centerFetch, cookies } = base
  const { persons, certificates, signatures, restrictions, authorization, nameOf, signingApps, phone, provider } = identity
  const { publicUrl } = config
  const { register } = certificates
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
  return {
    ...{ recognition, centers, timestamps, workbench, rooms, seals, sealRevocations, contacts, bids, enforcement, remoteSigning },
    async close() {
      await recognition.close()
      await centers.close()
      await sealRevocations.close()
      await seals.centers.close()
      await bids.close()
      await remoteSigning.news.close()
    },
  }
}
