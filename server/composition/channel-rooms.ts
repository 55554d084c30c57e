import type { Router } from 'express'
import type { Trail } from '../audit/events.ts'
import type { AuthorizationRoom } from '../authorization/authorization.ts'
import type { Signatures } from '../authorization/ports.ts'
import type { Workbench } from '../authorization/workbench.ts'
import type { Guarantees } from '../bonds/guarantees/guarantees.ts'
import { publishedOutgoing as guaranteesSent } from '../bonds/guarantees/messages/outgoing.ts'
import type { Channel } from '../channel/channel.ts'
import { keyRoutes } from '../channel/key-routes.ts'
import { openPartyKeys, type PartyKeys } from '../channel/party-keys.ts'
import type { MessageType } from '../channel/types.ts'
import type { Config } from '../config.ts'
import { publishedOutgoing as financingSent } from '../financing/messages/outgoing.ts'
import type { SignedCookies } from '../http/cookies.ts'
import type { InterfaceDeps } from '../interfaces/interface.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { Meter } from '../kernel/meter.ts'
import type { Sealing } from '../kernel/sealing.ts'
import { openPayerKeys, type PayerKeys } from '../reconciliation/payer-keys.ts'
import type { Reconciliation } from '../reconciliation/reconciliation.ts'
import type { Stores } from '../storage/stores.ts'
import type { Words } from '../web/words.ts'
import { type BondService, openBondService } from './bond-service.ts'
import { partiesFrom, readParties } from './channel-parties.ts'
import { openChannel } from './channel-service.ts'
import { type CreditService, openCreditService } from './credit-service.ts'
import { type FinancingService, openFinancing } from './financing-service.ts'
import { openGuarantees } from './guarantee-service.ts'
import { openReconciliation } from './reconciliation-service.ts'

/** The data channel to the banks with every room that speaks through it. Owns which rooms those are, and that the parties of the configuration are read once for all of them. */
export interface ChannelRooms {
  channel: Channel
  bonds: BondService
  guarantees: Guarantees
  credit: CreditService
  financing: FinancingService
  reconciliation: Reconciliation
  /** banks' encryption certificates, as operators change them */
  partyKeys: PartyKeys
  /** by which they code payers */
  payerKeys: PayerKeys
  /** for the management port, at /channel */
  keys: Router
}

/** @throws BrokerError config_invalid */
export async function openChannelRooms(deps: {
  config: Config
  stores: Stores
  sealing: Sealing
  signatures: Signatures
  authority: AuthorizationRoom['authority']
  workbench: Pick<Workbench, 'visits' | 'told'>
  cookies: SignedCookies
  centers: Required<Pick<InterfaceDeps, 'trace'>> & InterfaceDeps
  /** types of messages that are nobody's here */
  messages: readonly MessageType[]
  nameOf(bank: string): Words
  meter: Meter
  trail: Trail
  clock: Clock
  log: Log
}): Promise<ChannelRooms> {
  const { config, stores, sealing, authority, workbench, centers, nameOf, trail, clock, log } = deps
  const { publicUrl } = config
  const partyKeys = await openPartyKeys({ parties: await readParties(config), store: stores.partyKeys, sealing, trail, clock, log })
  const parties = partiesFrom(partyKeys.parties, clock)
  const payerKeys = await openPayerKeys({ store: stores.payerKeys, sealing, clock, log })
  const centerName = async (id: string) => (await stores.clients.find(id))?.name ?? id
  const send = () => channel.work()

  const bonds = openBondService({
    ...{ stores, sealing, publicUrl, centers, centerName, send, trail, clock, log },
    use: authority.use,
    conduct: (about, trace) => credit.conduct.add(about, trace),
    visits: workbench.visits,
    cookies: deps.cookies,
    // until when an account may be paid into is confidential: a bank that cannot be told so opens none
    banks: () =>
      parties.reachable().flatMap(({ name: id, accountPrefix: prefix }) => (prefix === undefined ? [] : [{ id, name: nameOf(id), prefix }])),
    partyOf: parties.of,
    payerCode: payerKeys.codes,
    clients: config.clients,
    guarantees: () => guarantees,
    issuerName: nameOf,
  })
  const guarantees = openGuarantees({ parties, stores, sealing, bondPlan: bonds.plan, centerName, trail, clock })
  const credit = openCreditService({
    ...{ stores, sealing, signatures: deps.signatures, authority, workbench, publicUrl, centers, trail, clock, log },
    agentUrl: config.agentUrl,
    lenders: parties.all.map(({ name }) => ({ id: name, name: nameOf(name).zh })),
    channel: { banks: () => parties.reachable().map(({ name }) => name), partyOf: parties.of, wake: () => void send() },
  })
  const financing = openFinancing({
    ...{ config, parties, stores, sealing, credit, workbench, centers, centerName, send, trail, clock },
    readings: bonds.readings,
    use: authority.use,
    bankName: nameOf,
  })
  const channel = openChannel({
    ...{ config, parties: parties.all, stores, sealing, trail, meter: deps.meter, clock, log },
    types: [...bonds.messages, ...guarantees.types, ...financing.messages, ...deps.messages],
    sends: [...bonds.sends, ...guaranteesSent, ...financingSent, ...credit.sends],
  })
  const reconciliation = await openReconciliation({ config, parties, stores, channel, payerKeys, reconciled: bonds.reconciled, trail, clock, log })
  const keys = keyRoutes({ keys: partyKeys, payerKeys, audit: trail, clock })
  return { channel, bonds, guarantees, credit, financing, reconciliation, partyKeys, payerKeys, keys }
}
