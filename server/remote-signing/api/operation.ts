import type { Trail } from '../../audit/events.ts'
import type { Row } from '../../interfaces/interface.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Webhooks } from '../../notices/webhooks.ts'
import type { Stores } from '../../storage/stores.ts'
import type { EvidenceOf } from '../evidence.ts'
import type { RemoteRequests } from '../requests.ts'

/** One row an operation: what the OpenAPI document and the page tell of it, and what it does. Owns what rows share. */
export const BASE = '/api/remote-signing'
export const SCOPES = ['remote.signing', 'remote.webhooks'] as const
export type Scope = (typeof SCOPES)[number]

export type SigningOperation = Row<Scope, ApiRoom>
export interface ApiRoom {
  requests: RemoteRequests
  evidence: EvidenceOf
  webhooks: Webhooks
  stores: Pick<Stores, 'remoteRequests' | 'remoteSignings' | 'consents' | 'parties' | 'clients'>
  publicUrl: string
  trail: Trail
  clock: Clock
}
