import type { Router } from 'express'
import type { Trail } from '../audit/events.ts'
import { ledgerRoutes } from '../bonds/ledger/routes.ts'
import { channelPageRoutes } from '../channel/page-routes.ts'
import type { Config } from '../config.ts'
import type { Clock } from '../kernel/clock.ts'
import { failureRoutes } from '../operations/failure-routes.ts'
import { traceRoutes } from '../operations/trace-routes.ts'
import { usageRoutes } from '../recognition/usage-report.ts'
import type { Stores } from '../storage/stores.ts'
import { createDesk } from '../trust/desk.ts'
import { trustPageRoutes } from '../trust/page-routes.ts'
import { trustRoutes } from '../trust/routes.ts'
import { assetsRouter } from '../web/assets.ts'
import type { Certificates } from './certificates.ts'
import type { ChannelRooms } from './channel-rooms.ts'
import type { EnforcementService } from './enforcement-service.ts'

/** The management port: every room's router for operators in one visible list. */
export function managementRouters(parts: {
  config: Config
  url: string
  stores: Stores
  certificates: Certificates
  ledger: Parameters<typeof ledgerRoutes>[0]
  rooms: ChannelRooms
  enforcement: EnforcementService
  trail: Trail
  clock: Clock
}): { path: string; router: Router }[] {
  const { config, url, stores, certificates, rooms, trail, clock } = parts
  const { register, revocation } = certificates
  const { channel, bonds, credit, reconciliation } = rooms
  return [
    { path: '/assets', router: assetsRouter() },
    { path: '/', router: traceRoutes(stores) },
    { path: '/', router: failureRoutes() },
    { path: '/', router: trustRoutes({ desk: createDesk({ register, store: stores.knownCertificates, audit: trail }), clock }) },
    { path: '/', router: usageRoutes(stores.recognitionUsage) },
    { path: '/channel', router: channel.operator },
    { path: '/channel', router: rooms.keys },
    {
      path: '/channel',
      router: channelPageRoutes({
        ...{ outgoing: stores.channelOutgoing, channel: stores.channel, sender: channel.sender, url, audit: trail, clock },
        parties: Object.keys(config.channelParties),
      }),
    },
    { path: '/', router: ledgerRoutes(parts.ledger) },
    { path: '/reconciliation', router: reconciliation.operator },
    { path: '/bonds', router: bonds.operator },
    { path: '/credit', router: credit.operator },
    { path: '/enforcement', router: parts.enforcement.operator },
    { path: '/trust', router: trustPageRoutes({ register, known: stores.knownCertificates, clock, revocation }) },
  ]
}
