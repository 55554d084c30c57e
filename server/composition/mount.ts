import express, { type Express, type RequestHandler, type Router } from 'express'
import { phoneCrossSitePaths } from '../authorization/phone.ts'
import { CHANNEL_PATH } from '../channel/channel.ts'
import type { Config } from '../config.ts'
import { type FinishedRequest, requestContext } from '../http/context.ts'
import { createDoors } from '../http/doors.ts'
import { securityHeaders } from '../http/headers.ts'
import { type ErrorHandlerDeps, errorHandler, notFound } from '../http/respond.ts'
import { sameSiteGuard } from '../http/same-site.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import { crossSitePaths } from '../login/login.ts'
import { failureRoutes } from '../operations/failure-routes.ts'
import { homeRoutes } from '../operations/home-routes.ts'
import type { HomeView } from '../operations/pages/home.ts'
import { OCSP_PATH } from '../remote-signing/ocsp.ts'
import { assetsRouter } from '../web/assets.ts'
import { errorPage } from '../web/pages/error.ts'

type Rooms = 'channel' | 'reconciliation' | 'provider' | 'recognition' | 'centers' | 'timestamps' | 'login' | 'backChannel' | 'phone'

export interface MountParts {
  config: Config
  rooms: Record<Rooms, { router: Router }>
  workbench: Router
  seals: { pages: Router; centers: { router: Router; watch: Router }; verifyApi: Router; verifyPages: Router; maker: Router }
  bids: { pages: Router; centers: Router }
  bonds: { pages: Router; centers: Router }
  credit: { pages: { credit: Router; consents: Router }; centers: Router }
  financing: { pages: Router; centers: Router }
  enforcement: { pages: Router; centers: Router }
  contacts: { pages: Router }
  remoteSigning: { pages: Router; centers: Router; published: Router }
  guarantees: { router: Router }
  home: () => HomeView
  /** the sandbox alone shows traces here; elsewhere they stand at the management port */
  traces: Router | undefined
  limit: (of: 'login' | 'token' | 'api') => RequestHandler
  onFinished: (done: FinishedRequest) => void
  onRefused: NonNullable<ErrorHandlerDeps['onRefused']>
  onTold: NonNullable<Parameters<typeof requestContext>[0]['onTold']>
  clock: Clock
  log: Log
}

/** The broker's public port: every router in one visible list, each behind its door. The order matters where it says so. @throws BrokerError internal, where a route stands beside the doors */
export function mountBroker({ config, rooms, limit, clock, log, ...parts }: MountParts): Express {
  const { publicUrl } = config
  const broker = express()
  broker.disable('x-powered-by')
  // no page is to be kept, so none needs a tag; assets make their own
  broker.disable('etag')
  broker.set('trust proxy', config.trustProxy)
  broker.use(requestContext({ clock, log, onFinished: parts.onFinished, onTold: parts.onTold }))
  broker.use(securityHeaders({ https: publicUrl.startsWith('https:') }))
  const doors = createDoors(broker)
  doors.open('public', '/assets', assetsRouter())
  doors.open('provider', '/oidc', limit('token'), rooms.provider.router)
  // before the same-site guard: a bearer token proves the caller, and no browser sends one by itself
  doors.open('center', '/api/trust', limit('token'), rooms.recognition.router)
  doors.open('center', '/api/authorization', limit('token'), rooms.centers.router)
  doors.open('center', '/api/seals/watch', limit('token'), parts.seals.centers.watch)
  doors.open('center', '/api/seals', limit('token'), parts.seals.centers.router)
  doors.open('center', '/api/bids', limit('token'), parts.bids.centers)
  doors.open('center', '/api/bonds', limit('token'), parts.bonds.centers)
  doors.open('center', '/api/credit', limit('token'), parts.credit.centers)
  doors.open('center', '/api/deals', limit('token'), parts.financing.centers)
  doors.open('center', '/api/enforcement', limit('token'), parts.enforcement.centers)
  doors.open('center', '/api/remote-signing', limit('token'), parts.remoteSigning.centers)
  // each message is signed: the signature is its door
  doors.open('public', CHANNEL_PATH, limit('token'), rooms.channel.router)
  // a code of sixteen letters is not to be guessed, and not to be tried either
  doors.open('public', '/api/guarantees', limit('login'), parts.guarantees.router)
  doors.open('public', '/reconciliation', limit('token'), rooms.reconciliation.router)
  doors.open('public', '/tsa', limit('api'), rooms.timestamps.router)
  // reads no cookie and changes nothing: programs post documents here
  doors.open('public', '/api/seals\\:verify', limit('token'), parts.seals.verifyApi)
  broker.use(['/login', '/banks', '/phone', '/experts'], limit('login'))
  broker.use(sameSiteGuard({ publicUrl, exempt: [...crossSitePaths, ...phoneCrossSitePaths, OCSP_PATH] }))
  doors.open('login', '/', rooms.login.router)
  doors.open('phone', '/', rooms.backChannel.router)
  doors.open('phone', '/', rooms.phone.router)
  doors.open('company', '/workbench/seals', limit('api'), parts.seals.pages)
  doors.open('company', '/workbench/bids', limit('api'), parts.bids.pages)
  doors.open('company', '/workbench/bonds', limit('api'), parts.bonds.pages)
  doors.open('company', '/workbench/credit', limit('api'), parts.credit.pages.credit)
  doors.open('company', '/workbench/measures', limit('api'), parts.enforcement.pages)
  doors.open('company', '/workbench/contact', limit('api'), parts.contacts.pages)
  doors.open('company', '/workbench/consents', limit('api'), parts.credit.pages.consents)
  doors.open('company', '/workbench/financing', limit('api'), parts.financing.pages)
  doors.open('company', '/workbench', limit('api'), parts.workbench)
  doors.open('person', '/experts', parts.remoteSigning.pages)
  broker.use(limit('api'))
  doors.open('public', '/remote-signing', parts.remoteSigning.published)
  doors.open('public', '/', failureRoutes())
  doors.open('public', '/seals', parts.seals.maker)
  doors.open('public', '/verify', parts.seals.verifyPages)
  doors.open('public', '/', homeRoutes(parts.home))
  if (parts.traces !== undefined) doors.open('public', '/', parts.traces)
  doors.demand()
  broker.use(notFound)
  broker.use(errorHandler({ page: errorPage, publicUrl, onRefused: parts.onRefused }))
  return broker
}
