import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { Party } from '../../bank-adapters/channel/keys.ts'
import { createWorkbench } from '../../server/authorization/workbench.ts'
import { openCreditService } from '../../server/composition/credit-service.ts'
import { SCOPES } from '../../server/credit/api/operation.ts'
import type { Caller } from '../../server/http/api-guard.ts'
import { requestContext } from '../../server/http/context.ts'
import { createCookies } from '../../server/http/cookies.ts'
import { securityHeaders } from '../../server/http/headers.ts'
import { errorHandler, notFound } from '../../server/http/respond.ts'
import { type fixedClock, hours } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { silentMeter } from '../../server/kernel/meter.ts'
import { createSealing } from '../../server/kernel/sealing.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { createStage, type Somebody } from '../authorization/stage.ts'
import { openApiSite, PUBLIC_URL } from '../suites/api-site.ts'

/** Consents and credit on real stores, with companies whose people have real shields. Played: tokens, and who sits at the browser (a header). */
export const START = '2027-05-20T08:00:00.000Z'
export const TRACE = 'K7QM-3F9T'
const EVIDENCE = 'ab'.repeat(32)

export type CreditStage = Awaited<ReturnType<typeof openCreditStage>>

export async function openCreditStage(stores: Stores, clock: ReturnType<typeof fixedClock>) {
  const house = createStage(stores, clock)
  const trail = { append: async (...more: typeof house.events) => void house.events.push(...more) }
  for (const [id, name] of [
    ['center-a', '演示交易中心'],
    ['bank-a', '示范银行'],
  ] as const)
    await stores.clients.put({ id, name, metadata: { scope: 'openid credit.facts credit.read' } })
  await stores.clients.put({ id: 'center-x', name: '不查询的中心', metadata: { scope: 'openid' } })
  const workbench = createWorkbench({
    ...house,
    async visitor(req) {
      const membership = await stores.parties.membership(String(req.headers['x-visitor'] ?? ''))
      if (membership === undefined) return undefined
      const proof = { id: 'p', membershipId: membership.id, bank: 'abc', subject: 's', assurance: 'shield' as const, methods: ['hwk'] }
      return { membership, proof: { ...proof, authenticatedAt: clock.now().toISOString(), trace: TRACE } }
    },
    cookies: createCookies(['a key for tests'], { secure: false }),
    trail,
    publicUrl: PUBLIC_URL,
    agentUrl: 'ws://127.0.0.1:7130',
    bankName: id => ({ zh: id, en: id }),
    elsewhere: async () => [],
  })
  const tokens = new Map<string, Caller>([
    ...['center-a', 'center-b', 'bank-a'].map(id => [id, { clientId: id, scopes: SCOPES }] as const),
    ['read-only', { clientId: 'center-a', scopes: ['credit.read'] }],
  ])
  /** banks of the data channel; none unless a test says so */
  const banks = new Map<string, Party>()
  const credit = openCreditService({
    lenders: [],
    channel: { banks: () => [...banks.keys()], partyOf: name => banks.get(name), wake: () => undefined },
    ...{ stores, workbench, trail, clock },
    sealing: createSealing(Buffer.alloc(32, 9)),
    signatures: house.signatures,
    authority: house.authority,
    agentUrl: 'ws://127.0.0.1:7130',
    publicUrl: PUBLIC_URL,
    centers: { authenticate: async token => tokens.get(token), meter: silentMeter, trace: () => undefined },
    log: silentLog,
  })
  const site = await openApiSite('/api/credit', credit.centers, { clock, log: silentLog })

  const app = express()
  app.use(requestContext({ clock, log: silentLog }), securityHeaders({ https: false }))
  app.use('/workbench/credit', credit.pages.credit)
  app.use('/workbench/consents', credit.pages.consents)
  app.use('/workbench', workbench.router)
  app.use(notFound)
  const refused: string[] = []
  app.use(errorHandler({ publicUrl: PUBLIC_URL, page: view => `<code>${view.code}</code>`, onRefused: error => void refused.push(error.code) }))
  const server = createServer(app)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const personOf = (who: Somebody, name = '演示企业') => ({
    actor: who.actor,
    membership: {
      id: who.membershipId,
      personId: who.personId,
      personName: who.name,
      enterpriseId: 'e',
      enterpriseName: name,
      uscc: who.uscc as never,
    },
    trace: TRACE,
  })
  const formOf = (more: Record<string, unknown> = {}) => ({
    id: newId(),
    recipient: 'bank-a',
    data: 'credit.bid' as const,
    purpose: 'financing' as const,
    project: '',
    until: new Date(clock.now().getTime() + hours(24 * 30)).toISOString().slice(0, 10),
    uses: '' as const,
    ...more,
  })
  const fact = (subject: string, more: Record<string, unknown> = {}) => ({
    number: newId(),
    kind: 'bidder' as const,
    subject,
    type: 'penalty' as const,
    level: 'general',
    title: '围标行政处罚',
    document: '罚字〔2027〕1号',
    happened_on: '2027-05-01',
    evidence: EVIDENCE,
    ...more,
  })

  return {
    ...house,
    ...{ stores, clock, credit, banks, refused, personOf, formOf, fact, api: site.send, apiUrl: site.url },
    get: (path: string, token = 'center-a') => site.send(path, undefined, { method: 'GET', token }),
    /** a legal representative with a shield */
    boss: () => house.person(house.company(), 'legal-representative'),
    async consent(who: Somebody, more: Record<string, unknown> = {}): Promise<string> {
      const form = formOf(more)
      const text = await credit.consents.wording(personOf(who), form)
      return await credit.consents.give(personOf(who), form, { text, cms: who.sign(text) })
    },
    /** A page, or a form that is sent. */
    async page(who: Somebody, path: string, form?: Record<string, string>) {
      const answer = await fetch(`${url}/workbench${path}`, {
        redirect: 'manual',
        headers: { accept: 'text/html', 'x-visitor': who.membershipId },
        ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
      })
      return { status: answer.status, location: answer.headers.get('location') ?? '', body: await answer.text() }
    },
    async close() {
      await site.close()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await stores.close()
    },
  }
}
