import type { Request, Response, Router } from 'express'
import type { SignedCookies } from '../http/cookies.ts'
import { createOwnLogin } from '../http/own-login.ts'
import type { InterfaceDeps } from '../interfaces/interface.ts'
import type { Sealing } from '../kernel/sealing.ts'
import { createWebhooks, type WebhookDeps } from '../notices/webhooks.ts'
import type { Stores } from '../storage/stores.ts'
import type { PhoneAsks } from '../storage/stores-authorization.ts'
import { createSigningInterface } from './api/interface.ts'
import { createRemoteNews, type RemoteNewsDeps } from './api/news.ts'
import { endOf } from './api/request-operations.ts'
import type { PersonAuthority } from './authority.ts'
import { createEvidence, type EvidenceOf } from './evidence.ts'
import { createRemoteKeys, type KeyDeps, type RemoteKeys } from './keys.ts'
import type { AppSignatures, PersonDocuments, Terms } from './ports.ts'
import { createRemoteRequests, type RemoteRequests } from './requests.ts'
import { expertRoutes } from './routes.ts'
import { createSignDocuments } from './sign-documents.ts'
import { createRemoteSignings, type RemoteSignings } from './signings.ts'
import { createVault, type PinCost } from './vault.ts'
import { createExpertVisits, EXPERTS, HOME, type VisitDeps } from './visits.ts'

/**
 * Remote signing for review experts (评标专家云签): a person signs without a shield, with a key kept here under their PIN, after a person check at the bank and an approval on a second screen or by a code. Owns keys,
 * requests, approvals and their evidence. Does not own who somebody is (banks and login), what a phone is asked (authorization), how documents are signed (seals), or what a certificate is worth (the trust list).
 */
export interface RemoteSigning {
  keys: RemoteKeys
  requests: RemoteRequests
  evidence: EvidenceOf
  /** An end that a request may have. @throws BrokerError bad_request */
  demandEnd(expiresAt: string): void
  signings: RemoteSignings
  /** the experts' pages, at /experts behind the same-site guard */
  pages: Router
  /** for centers' programs, at /api/remote-signing */
  centers: Router
  /** the authority's certificates and its list of revoked ones, at /remote-signing */
  published: Router
  /** delivers to centers what happened; `endOver` ends what time has ended */
  news: ReturnType<typeof createRemoteNews>
}

export interface RemoteSigningDeps
  extends Pick<InterfaceDeps, 'authenticate' | 'meter'>,
    Pick<RemoteNewsDeps, 'fetch' | 'trace' | 'log' | 'changed'>,
    Pick<WebhookDeps, 'mayReach'> {
  stores: Stores
  sealing: Sealing
  authority: PersonAuthority
  documents: PersonDocuments
  asks: PhoneAsks<'remote-signing'>
  signatures: AppSignatures
  appBanks: KeyDeps['appBanks']
  visitor(clientId: string, req: Request, res: Response): ReturnType<VisitDeps['visitor']>
  cookies: SignedCookies
  terms: Terms
  publicUrl: string
  trail: VisitDeps['trail']
  clock: KeyDeps['clock']
  /** of the PIN's derivation: for tests that derive often */
  pinCost?: PinCost
}

export function createRemoteSigning(deps: RemoteSigningDeps): RemoteSigning {
  const { stores, sealing, authority, publicUrl, cookies, trail, clock, pinCost } = deps
  const news = createRemoteNews(deps)
  const wake = () => news.wake(async () => undefined)
  const vault = createVault({ sealing, ...(pinCost === undefined ? {} : { cost: pinCost }) })
  const keys = createRemoteKeys({ ...deps, vault, wake })
  const requests = createRemoteRequests({ ...deps, wake })
  const signDocuments = createSignDocuments({ ...deps, requests, wake })
  const signings = createRemoteSignings({ ...deps, keys, requests, signDocuments })
  const evidence = createEvidence({ store: stores.evidence, sealing })
  const login = createOwnLogin({ cookies, publicUrl, clientId: EXPERTS, place: HOME })
  const visits = createExpertVisits({ visitor: (req, res) => deps.visitor(EXPERTS, req, res), login, trail })
  const webhooks = createWebhooks({ store: stores.remoteNews, sealing, mayReach: deps.mayReach, send: news.send, clock })
  return {
    keys,
    requests,
    evidence,
    demandEnd: expiresAt => void endOf(clock, expiresAt),
    signings,
    pages: expertRoutes({ ...deps, keys, requests, signings, evidence, visits, login }),
    centers: createSigningInterface({ authenticate: deps.authenticate, meter: deps.meter }, { ...deps, requests, evidence, webhooks }),
    published: authority.router,
    news,
  }
}

export { SCOPES } from './api/operation.ts'
export { EXPERTS, expertsClient } from './visits.ts'
