/** The interface for centers over HTTP on stores at hand, asked by a client that keeps its connections: what a decision costs on top of the database. Tokens are played: what they cost is `-- login`. */
import { Agent, createServer, request } from 'node:http'
import express from 'express'
import { createTrail } from '../server/audit/trail.ts'
import { createCenterInterface } from '../server/authorization/centers/interface.ts'
import { requestContext } from '../server/http/context.ts'
import { securityHeaders } from '../server/http/headers.ts'
import { errorHandler, notFound } from '../server/http/respond.ts'
import { silentLog } from '../server/kernel/log.ts'
import { silentMeter } from '../server/kernel/meter.ts'
import { createSealing } from '../server/kernel/sealing.ts'
import type { Somebody, Stage } from '../test/authorization/stage.ts'

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
  const app = express()
  app.use(requestContext({ clock, log: silentLog }))
  app.use(securityHeaders({ https: true }))
  app.use('/api/authorization', room.router)
  app.use(notFound)
  app.use(errorHandler({ publicUrl: PUBLIC_URL, page: view => `<p>${view.code}</p>` }))
  const server = createServer(app)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const agent = new Agent({ keepAlive: true })
  return {
    ask: (membershipId, question) => post({ port, agent }, JSON.stringify({ subject_token: membershipId, ...question })),
    async close() {
      agent.destroy()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await room.close()
      await trail.close()
    },
  }
}

function post(to: { port: number; agent: Agent }, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${CENTER}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sent = request({ ...to, host: '127.0.0.1', method: 'POST', path: '/api/authorization/decisions', headers }, answer => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        if (answer.statusCode === 200) resolve(text)
        else reject(new Error(`answered ${answer.statusCode}: ${text}`))
      })
      answer.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
