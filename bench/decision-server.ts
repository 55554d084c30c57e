/** The interface for centers over HTTP on stores at hand, asked by a client that keeps its connections: what a decision costs on top of the database. Tokens are played: what they cost is `-- login`. */
import { createTrail } from '../server/audit/trail.ts'
import { createCenterInterface } from '../server/authorization/centers/interface.ts'
import { silentLog } from '../server/kernel/log.ts'
import { silentMeter } from '../server/kernel/meter.ts'
import { createSealing } from '../server/kernel/sealing.ts'
import type { Somebody, Stage } from '../test/authorization/stage.ts'
import { serve } from './served.ts'

const PUBLIC_URL = 'https://shield.test'
const CENTER = 'center-1'

export interface DecisionServer {
  /** @param membershipId of one of the people given. @throws Error unless the answer is 200 */
  ask(membershipId: string, question: Record<string, unknown>): Promise<string>
  close(): Promise<void>
}

export async function openDecisionServer(stage: Stage, people: readonly Somebody[]): Promise<DecisionServer> {
  const { clock, stores } = stage
  const companies = new Map<string, string>()
  for (const { membershipId } of people) companies.set(membershipId, (await stores.parties.membership(membershipId))?.enterprise.id ?? '')
  const trail = createTrail({ store: stores.audit, clock })
  const room = createCenterInterface({
    publicUrl: PUBLIC_URL,
    stores,
    authorization: stage,
    authenticate: async token => (token === CENTER ? { clientId: CENTER, scopes: ['authorization.decide'] } : undefined),
    personOf: async membershipId => {
      const enterpriseId = companies.get(membershipId)
      return enterpriseId === undefined ? undefined : { membershipId, enterpriseId, assurance: 'shield' }
    },
    sealing: createSealing(Buffer.alloc(32, 9)),
    fetch: () => Promise.reject(new Error('nobody is told')),
    mayReach: () => false,
    trail,
    trace: () => undefined,
    meter: silentMeter,
    clock,
    log: silentLog,
    limits: { requestsPerMinute: 1e9, itemsPerMinute: 1e9 },
  })
  const server = await serve('/api/authorization', room.router, PUBLIC_URL)
  return {
    ask(membershipId, question) {
      const body = JSON.stringify({ subject_token: membershipId, ...question })
      const headers = { authorization: `Bearer ${CENTER}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
      return server.ask({ method: 'POST', path: '/api/authorization/decisions', headers, body })
    },
    async close() {
      await server.close()
      await room.close()
      await trail.close()
    },
  }
}
