import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createPhone } from '../../../server/authorization/phone.ts'
import { createWorkbench } from '../../../server/authorization/workbench.ts'
import { SCOPES } from '../../../server/bids/api/operation.ts'
import { encryptBid } from '../../../server/bids/envelope/encrypt.ts'
import { measure } from '../../../server/bids/envelope/measure.ts'
import { openBidService } from '../../../server/composition/bid-service.ts'
import { openContacts } from '../../../server/composition/contact-service.ts'
import { shieldReported } from '../../../server/composition/shield-reports.ts'
import type { Caller } from '../../../server/http/api-guard.ts'
import { requestContext } from '../../../server/http/context.ts'
import { createCookies } from '../../../server/http/cookies.ts'
import { securityHeaders } from '../../../server/http/headers.ts'
import { allowHosts, createOutboundFetch } from '../../../server/http/outbound.ts'
import { errorHandler, notFound } from '../../../server/http/respond.ts'
import type { Assurance } from '../../../server/kernel/assurance.ts'
import { fixedClock } from '../../../server/kernel/clock.ts'
import { BrokerError } from '../../../server/kernel/errors.ts'
import { newId } from '../../../server/kernel/ids.ts'
import { silentLog } from '../../../server/kernel/log.ts'
import { silentMeter } from '../../../server/kernel/meter.ts'
import { createSealing } from '../../../server/kernel/sealing.ts'
import { newWebhookSecret } from '../../../server/notices/signing.ts'
import { Certificate } from '../../../server/pki/certificate.ts'
import { decryptSm2 } from '../../../server/pki/sm2.ts'
import { NO_EFFECT } from '../../../server/storage/stores-effects.ts'
import { createStage, type Somebody } from '../../authorization/stage.ts'
import { makeRoot, makeUnder, type Party } from '../../pki/hierarchy.ts'
import { type ApiAnswer, type AskOptions, openApiSite, openReceiver, PUBLIC_URL } from '../../suites/api-site.ts'
import { openTestStores } from '../../suites/memory-stores.ts'
import { newUscc } from '../../suites/storage.ts'
import { all, contentOf, randomFrom } from '../envelope/stage.ts'

/**
 * The whole bid room over real HTTP on real stores and files: centers' programs, bidders, a center's staff. Played: tokens, who sits at the browser (a header), and the shield, which is a key of the test's. Whose power it
 * is, authorization decides.
 */
const root = makeRoot('演示 CA')
export const boxOf = (name: string, more: Parameters<typeof makeUnder>[2] = {}): Party => makeUnder(root, name, { profile: 'encrypt', ...more })
export const OPENS = '2027-06-01T01:30:00.000Z'
export const GATEWAY_SECRETS = [newWebhookSecret(), newWebhookSecret()]
export const content = contentOf(70_000)
export const derOf = ({ certificate }: Party): string => certificate.der.toString('base64')

export type RoomStage = Awaited<ReturnType<typeof openRoom>>

/** @param sends whether the operator has a gateway for messages to people */
export async function openRoom(limits?: { requestsPerMinute?: number }, { sends = true } = {}) {
  const clock = fixedClock('2027-05-20T08:00:00.000Z')
  const stores = await openTestStores({ clock })
  const house = createStage(stores, clock)
  const trail = { append: async (...more: typeof house.events) => void house.events.push(...more) }
  const office = { uscc: newUscc(), name: '示范交易中心(演示)' }
  await stores.clients.put({ id: 'center-a', name: '演示交易中心', metadata: {} })
  const proven = new Map<string, Assurance>()
  /** the mandate that somebody logged in by */
  const acting = new Map<string, string>()
  const workbench = createWorkbench({
    ...house,
    async visitor(req) {
      const membership = await stores.parties.membership(String(req.headers['x-visitor'] ?? ''))
      if (membership === undefined) return undefined
      const assurance = proven.get(membership.id) ?? 'shield'
      const mandate = acting.get(membership.id)
      const proof = {
        id: 'p',
        membershipId: membership.id,
        bank: 'abc',
        subject: 's',
        assurance,
        methods: ['hwk'],
        authenticatedAt: clock.now().toISOString(),
        trace: 'K7QM-3F9T',
        ...(mandate === undefined ? {} : { mandate }),
      }
      return { membership, proof }
    },
    cookies: createCookies(['a key for tests'], { secure: false }),
    trail,
    publicUrl: PUBLIC_URL,
    agentUrl: 'ws://127.0.0.1:7130',
    bankName: id => ({ zh: id, en: id }),
    elsewhere: (who, limit) => bids.waiting(who.uscc, limit),
  })
  const tokens = new Map<string, Caller>([
    ['center-a', { clientId: 'center-a', scopes: SCOPES }],
    ['center-b', { clientId: 'center-b', scopes: SCOPES }],
    ['read-only', { clientId: 'center-a', scopes: ['bids.read'] }],
    ['other-scope', { clientId: 'center-a', scopes: ['trust.verify'] }],
  ])
  const receiver = await openReceiver()
  const gateway = await openReceiver()
  const mayReach = allowHosts(
    [receiver, gateway].map(({ url }) => new URL(url).host),
    { plainHttp: true },
  )
  const outbound = createOutboundFetch({ allow: mayReach, timeoutMs: 2000, maxBytes: 64 * 1024 })
  const revoked = new Set<string>()
  /** companies that certificates for encryption name, by thumbprint */
  const holders = new Map<string, string>()
  const listeners = new Set<() => void>()
  const sealing = createSealing(Buffer.alloc(32, 9))
  const contacts = await openContacts({
    ...{ stores, sealing, fetch: outbound, trail, clock, log: silentLog },
    gateway: sends ? { url: `${gateway.url}/notices`, secrets: GATEWAY_SECRETS } : undefined,
    authority: house.authority,
    visits: workbench.visits,
    told: workbench.told,
    standing: uscc => bids.standing(uscc),
  })
  const bids = await openBidService({
    ...{ stores, sealing, tell: contacts.tell },
    isRevoked: async ({ thumbprint }) => revoked.has(thumbprint),
    banksOf: () => ['abc'],
    async encryptsFor({ thumbprint }) {
      if (revoked.has(thumbprint)) throw new BrokerError('certificate_revoked', 'on the list')
      return holders.get(thumbprint)
    },
    revocation: {
      onListChanged(listener) {
        const hear = () =>
          listener({ url: 'http://ca.test/crl', der: Buffer.alloc(0), thisUpdate: clock.now(), nextUpdate: undefined, newSerials: () => [] })
        listeners.add(hear)
        return () => listeners.delete(hear)
      },
    },
    authority: house.authority,
    asks: house.asks,
    signatures: house.signatures,
    visits: workbench.visits,
    clients: [{ id: 'center-a', name: '演示交易中心', metadata: { bid_room_uscc: office.uscc } }],
    dataDir: 'memory',
    agentUrl: 'ws://127.0.0.1:7130',
    publicUrl: PUBLIC_URL,
    centers: {
      authenticate: async token => tokens.get(token),
      meter: silentMeter,
      trace: () => undefined,
      mayReach,
      fetch: outbound,
      ...(limits === undefined ? {} : { limits }),
    },
    trail,
    clock,
    log: silentLog,
  })
  const site = await openApiSite('/api/bids', bids.centers, { clock, log: silentLog })

  const app = express()
  app.use(requestContext({ clock, log: silentLog }), securityHeaders({ https: false }))
  const phone = createPhone({ asks: house.asks, cookies: createCookies(['a key for tests'], { secure: false }), publicUrl: PUBLIC_URL, clock })
  const apps = () => [{ name: { zh: '农行', en: 'ABC' }, url: 'https://abc.test/app' }]
  for (const [kind, answers] of bids.phone) phone.serve(kind, { compares: true, apps, ...answers })
  app.use(phone.router)
  app.use('/workbench/contact', contacts.pages)
  app.use('/workbench/bids', bids.pages)
  app.use('/workbench', workbench.router)
  app.use(notFound)
  app.use(errorHandler({ publicUrl: PUBLIC_URL, page: view => `<code>${view.code}</code>` }))
  const server = createServer(app)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  /** As a script of the page asks: JSON, or octets. */
  async function call(who: Somebody | undefined, method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    const isOctets = Buffer.isBuffer(body)
    const answer = await fetch(`${url}/workbench/bids${path}`, {
      method,
      redirect: 'manual',
      headers: {
        accept: 'application/json',
        ...(who === undefined ? {} : { 'x-visitor': who.membershipId }),
        ...(body === undefined ? {} : { 'content-type': isOctets ? 'application/octet-stream' : 'application/json' }),
      },
      ...(body === undefined ? {} : { body: isOctets ? new Uint8Array(body) : JSON.stringify(body) }),
    })
    const bytes = Buffer.from(await answer.arrayBuffer())
    const text = bytes.toString('utf8')
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      bytes,
      body:
        /json/.test(answer.headers.get('content-type') ?? '') && text !== '' && !/ndjson/.test(answer.headers.get('content-type') ?? '')
          ? JSON.parse(text)
          : undefined,
    }
  }
  /** A page, or a form that is sent. */
  async function page(
    who: Somebody | undefined,
    path: string,
    form?: Record<string, string>,
  ): Promise<{ status: number; location: string; body: string }> {
    const answer = await fetch(`${url}/workbench${path}`, {
      redirect: 'manual',
      headers: { accept: 'text/html', ...(who === undefined ? {} : { 'x-visitor': who.membershipId }) },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    })
    return { status: answer.status, location: answer.headers.get('location') ?? '', body: await answer.text() }
  }

  const custodians = ['保管人甲', '保管人乙', '保管人丙'].map(name => boxOf(name))
  const announcement = (wishes: Record<string, unknown> = {}) => ({
    project: `JG-${newId()}`,
    section: '001',
    title: '示例项目开标',
    opens_at: OPENS,
    decrypt_by: '2027-06-01T02:30:00.000Z',
    rescue: { custodians: custodians.map(derOf), threshold: 2 },
    ...wishes,
  })

  return {
    ...house,
    ...{
      stores,
      clock,
      url: site.url,
      siteUrl: url,
      bids,
      office,
      custodians,
      call,
      page,
      announcement,
      proven,
      acting,
      revoked,
      holders,
      receiver,
      gateway,
      contacts,
    },
    /** every notice so far reached the center's endpoint */
    async delivered(): Promise<void> {
      await bids.news.settled()
      await stores.outbox.drained('bid-webhook')
    },
    /** A mandate to log in, given and accepted. @returns its id */
    async empower(giver: Somebody, grantee: Somebody): Promise<string> {
      return (await house.give(giver, grantee, { acts: ['login'] })).row.id
    },
    /** every message so far reached the gateway for people, or was given up. @returns what the gateway got */
    async messages(): Promise<{ id: string; channel: string; to: string; subject?: string; text: string; language: string }[]> {
      await stores.outbox.drained('contact-message')
      return gateway.got.map(({ body }) => JSON.parse(body))
    },
    /** A bank's word about a shield, as its message brings it. */
    async reported(bank: string, { certificate }: Party, state: 'lost' | 'replaced' | 'found', at = clock.now().toISOString()): Promise<void> {
      const { thumbprint } = certificate
      const said = { sender: bank, id: newId(), body: { certificates: [thumbprint], state, at }, confidential: undefined, receivedAt: at, trace: '' }
      const type = shieldReported(() => undefined)
      await stores.effects.apply(async () => (await type.effect?.(said)) ?? NO_EFFECT)
      await bids.shieldReported(thumbprint)
    },
    /** a new revocation list came, and the round that it starts is over */
    async listCame(): Promise<void> {
      for (const listener of listeners) listener()
      await bids.round()
    },
    api: site.send,
    get: (path: string, more: AskOptions = {}) => site.send(path, undefined, { ...more, method: 'GET' }),
    post: (path: string, body: unknown = {}, more: AskOptions = {}) => site.send(path, body, more),
    /** @returns the opening's id */
    async announce(wishes: Record<string, unknown> = {}): Promise<string> {
      const made = await site.send('openings', announcement(wishes))
      if (made.status !== 201) throw new Error(made.text)
      return made.body.id
    },
    /** The legal representative of a company nobody has seen. */
    company: (name = '演示建设有限公司') => house.person({ uscc: newUscc(), name }, 'legal-representative'),
    /** Somebody of the center's own company. */
    staff: (name: string) => house.person(office, 'operator', { name }),
    /** An envelope made from the page's facts alone, as a browser would. */
    async envelope(who: Somebody, opening: string, to: Party, facts: Record<string, unknown> = {}): Promise<{ id: string; file: Buffer }> {
      const known = (await call(who, 'GET', `/${opening}/facts`)).body
      const id = newId()
      const read = (base64: string) => new Certificate(Buffer.from(base64, 'base64'))
      const { center, project, section, opens_at, bidder, rescue, drill } = known
      const file = await all(
        encryptBid({
          content,
          facts: { id, center, project, section, opening: opens_at, ...(drill === true ? { drill: true } : {}), ...facts },
          cover: { bidder, content: { name: '投标文件.pdf', ...(await measure(content)) }, madeAt: clock.now().toISOString() },
          recipients: [to.certificate],
          ...(rescue === undefined
            ? {}
            : { rescue: { custodians: rescue.custodians.map(read), threshold: rescue.threshold, platform: read(rescue.platform) } }),
          random: randomFrom(id),
        }),
      )
      return { id, file }
    },
    async upload(who: Somebody, opening: string, { id, file }: { id: string; file: Buffer }): Promise<void> {
      await call(who, 'POST', `/${opening}/envelopes`, { id, size: file.length })
      for (let at = 0; at < file.length; at += 50_000) {
        const sent = await call(who, 'PUT', `/${opening}/envelopes/${id}/${at}`, file.subarray(at, at + 50_000))
        if (sent.status !== 200) throw new Error(sent.text)
      }
    },
    /** A bid handed in. @returns its envelope's id */
    async bid(who: Somebody, opening: string, to: Party): Promise<string> {
      const made = await this.envelope(who, opening, to)
      await this.upload(who, opening, made)
      const done = await call(who, 'POST', `/${opening}/envelopes/${made.id}/register`, { certificates: [derOf(to)] })
      if (done.status !== 201) throw new Error(done.text)
      return made.id
    },
    /** What a shield gives for the parts at an address; nothing where it is another's. */
    async shieldAnswers(who: Somebody, path: string, shield: Party) {
      const { parts } = (await call(who, 'POST', path, { certificate: derOf(shield) })).body as { parts: { part: string; value: string }[] }
      return parts.flatMap(({ part, value }) => {
        try {
          return [{ part, plain: decryptSm2(shield.privateKey, Buffer.from(value, 'base64')).toString('base64') }]
        } catch {
          return []
        }
      })
    },
    async decrypt(who: Somebody, opening: string, shield: Party): Promise<ApiAnswer> {
      return await call(who, 'POST', `/${opening}/decrypt`, { answers: await this.shieldAnswers(who, `/${opening}/parts`, shield) })
    },
    async give(who: Somebody, ticket: string, shield: Party): Promise<ApiAnswer> {
      const answers = await this.shieldAnswers(who, `/rescues/${ticket}/part`, shield)
      return await call(who, 'POST', `/rescues/${ticket}/give`, { certificate: derOf(shield), answers })
    },
    async close() {
      server.closeAllConnections()
      await new Promise<void>(resolve => server.close(() => resolve()))
      await site.close()
      await bids.close()
      await receiver.close()
      await gateway.close()
      await stores.close()
    },
  }
}
