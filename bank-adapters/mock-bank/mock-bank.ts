/**
 * Owns one process that plays banks: each an account book, a certificate authority and, where it has a login of its own, a protocol. It speaks the real protocols
 * over real HTTP and shares nothing with the broker but those; nobody and nothing in it is real. The parts are built here, once for each bank, in one visible list.
 */
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import express, { Router } from 'express'
import type { Clock } from '../../server/kernel/clock.ts'
import type { Log } from '../../server/kernel/log.ts'
import { unreachable } from '../../server/kernel/unreachable.ts'
import { type Bank, type Customer, customersOf } from './bank.ts'
import { indexPage } from './bank-pages.ts'
import { type BankProfile, threeBanks } from './bank-profile.ts'
import { type BankChannel, createBankChannel } from './channel.ts'
import { createDesk } from './desk.ts'
import type { Evil } from './evil.ts'
import { createFinancingDesk, type FinancingDesk } from './financing.ts'
import { createGuaranteeDesk, type GuaranteeDesk } from './guarantees.ts'
import { answerErrors, sendPage } from './http.ts'
import { createMessageBox } from './message-box.ts'
import { createOidcLogin } from './oidc.ts'
import { createPhoneApp } from './phone-app.ts'
import type { RedirectLogin } from './redirect-login.ts'
import { refusals } from './refusal.ts'
import { createRevocationRoutes } from './revocation-routes.ts'
import { createSamlLogin } from './saml.ts'
import { signingCertificateFile } from './saml-signer.ts'
import { createShieldReports, type ReportShield, type ShieldWord } from './shield-reports.ts'
import { type IssuedShield, type IssueRequest, openShields, type ShieldState } from './shields.ts'

export interface MockBankOptions {
  /** state in `mock-bank/<bank>/`, shield files in `shields/` */
  dataDir: string
  clock: Clock
  log: Log
  /** 0 for any free one */
  port?: number
  host?: string
  /** the address others use, where it is not `http://localhost:<port>`; it stands in every certificate. With it and without a port, `listen` is the caller's. */
  url?: string
  /** whose login the banks serve; a function where it is known only later */
  brokerUrl: string | (() => string)
  /** where the banks' own pages find the shield agent, ws://127.0.0.1:7130 */
  agentUrl: string
  /** of the messages to people that the broker hands over: with it, they are shown at /messages */
  gatewaySecret?: string
  banks?: readonly BankProfile[]
}

export interface MockBank {
  url: string
  /** listens, unless it does already; @returns the address */
  listen(port?: number): Promise<string>
  close(): Promise<void>
  /** how a bank misbehaves from now on; undefined for not at all */
  setEvil(bank: string, evil: Evil | undefined): void
  /** its desk of guarantees, to switch and to look at */
  guarantees(bank: string): Pick<GuaranteeDesk, 'behave' | 'answers' | 'settled'>
  /** its desk of financing, likewise */
  financing(bank: string): Omit<FinancingDesk, 'took'>
  /** of USB; mobile ones are their phones' */
  shields(bank: string): (IssuedShield & { state: ShieldState })[]
  issue(bank: string, request: IssueRequest): Promise<IssuedShield>
  revoke(bank: string, serial: string): void
  /** what the bank says of one of its shields over the data channel; resolves when the platform was told, or will be again */
  report(bank: string, serial: string, state: ShieldWord): Promise<void>
  renew(bank: string, serial: string, options?: { keepOld?: boolean }): Promise<IssuedShield>
  /** the people with an account there, with the companies they act for */
  customers(bank: string): readonly Customer[]
  /** ends every session of a person at the bank and tells the broker; resolves when it was told. @param person id, `p01` */
  logout(bank: string, person: string): Promise<void>
  /** the bank's end of the data channel, with its book of accounts */
  channel(bank: string): BankChannel
  anchorsFile(bank: string): string
  /** PEM of what signs a SAML bank's assertions */
  signingCertificatesFile(bank: string): string
}

/** Seeds what is not on disk yet. It listens already, unless an address was given without a port. */
export async function createMockBank(options: MockBankOptions): Promise<MockBank> {
  const { clock, log, dataDir, agentUrl, brokerUrl, host = '127.0.0.1' } = options
  const app = express().disable('x-powered-by').disable('etag').set('query parser', 'simple')
  const server = createServer(app)
  if (options.port !== undefined || options.url === undefined) await listen(server, options.port ?? 0, host)
  const url = options.url ?? `http://localhost:${portOf(server)}`

  const evils = new Map<string, Evil>()
  const played = new Map<string, Played>()
  const banks: Bank[] = []
  try {
    for (const profile of options.banks ?? threeBanks) {
      const base = `${url}/${profile.id}`
      banks.push({
        profile,
        base,
        path: new URL(base).pathname,
        brokerUrl: () => (typeof brokerUrl === 'string' ? brokerUrl : brokerUrl()),
        agentUrl,
        clock,
        log,
        shields: await openShields(profile, { dataDir, base, clock }),
        customers: customersOf(profile),
        evil: () => evils.get(profile.id),
        others: () => banks.filter(other => other.profile.id !== profile.id),
      })
    }
    app.use(assets())
    for (const bank of banks) {
      const guarantees = createGuaranteeDesk(bank)
      const financing = createFinancingDesk(bank)
      const channel = createBankChannel(bank, (head, body) => {
        guarantees.took(head, body)
        financing.took(head, body)
      })
      const part = { bank, login: await loginOf(bank), channel, report: createShieldReports(bank, channel), guarantees, financing }
      played.set(bank.profile.id, part)
      app.use(bank.path, play(part))
    }
  } catch (error) {
    await close(server)
    throw error
  }
  if (options.gatewaySecret !== undefined) app.use('/messages', createMessageBox({ secret: options.gatewaySecret, clock }))
  app.get('/', (_req, res) => sendPage(res, indexPage(banks.map(({ profile }) => profile))))
  app.use(() => {
    throw refusals.notFound()
  })
  app.use(answerErrors(log))

  const find = (id: string): Played => {
    const found = played.get(id)
    if (found === undefined) throw new Error(`the mock plays no bank ${id}`)
    return found
  }
  return {
    url,
    async listen(port = 0) {
      if (!server.listening) await listen(server, port, host)
      return url
    },
    async close() {
      for (const { channel } of played.values()) channel.close()
      await close(server)
    },
    channel: id => find(id).channel,
    setEvil(id, evil) {
      find(id)
      if (evil === undefined) evils.delete(id)
      else evils.set(id, evil)
    },
    guarantees: id => find(id).guarantees,
    financing: id => find(id).financing,
    shields: id => {
      const { shields } = find(id).bank
      return shields
        .all()
        .filter(({ phone }) => phone === undefined)
        .map(shield => ({ ...shield, state: shields.stateOf(shield) }))
    },
    issue: (id, request) => find(id).bank.shields.issue(request),
    revoke: (id, serial) => find(id).bank.shields.revoke(serial),
    renew: (id, serial, how) => find(id).bank.shields.renew(serial, how),
    async report(id, serial, state) {
      const { bank, report } = find(id)
      const shield = bank.shields.find(serial)
      if (shield === undefined) throw refusals.noShield()
      await report(shield, state)
    },
    customers: id => find(id).bank.customers,
    async logout(id, person) {
      const { bank, login } = find(id)
      const customer = bank.customers.find(one => one.person.id === person)
      if (customer === undefined) throw refusals.noPerson()
      for (const address of (await login?.logoutEverywhere(customer.number)) ?? []) await visit(address)
    },
    anchorsFile: id => find(id).bank.shields.anchorsFile,
    signingCertificatesFile: id => signingCertificateFile(find(id).bank),
  }
}

interface Played {
  bank: Bank
  login: RedirectLogin | undefined
  channel: BankChannel
  report: ReportShield
  guarantees: GuaranteeDesk
  financing: FinancingDesk
}

/** Everything of one bank, in the order in which it is asked. */
function play({ bank, login, channel, report }: Played): Router {
  const router = Router()
  router.use((req, _res, next) => {
    if (bank.evil() !== 'unreachable') return next()
    // no answer at all, as when a line is cut
    req.socket.destroy()
  })
  router.use(createRevocationRoutes(bank))
  router.use(createDesk(bank, login, report))
  router.use('/app', createPhoneApp(bank))
  router.use('/channel', channel.router)
  router.use('/bonds', channel.desk)
  if (login !== undefined) router.use(login.router)
  return router
}

async function loginOf(bank: Bank): Promise<RedirectLogin | undefined> {
  switch (bank.profile.protocol) {
    case 'oidc':
      return createOidcLogin(bank)
    case 'saml':
      return createSamlLogin(bank)
    case 'shield':
      return undefined
    default:
      return unreachable(bank.profile.protocol)
  }
}

/** Style, scripts and font; nothing comes from another host. */
function assets(): Router {
  const router = Router()
  const font = dirname(createRequire(import.meta.url).resolve('@fontsource/noto-sans-sc/400.css'))
  const kept = { index: false, maxAge: 86_400_000, fallthrough: true } as const
  router.use('/assets', express.static(join(import.meta.dirname, 'assets'), { index: false, maxAge: 60_000 }))
  router.get('/assets/font/400.css', (_req, res) => res.sendFile(join(font, '400.css'), { maxAge: 86_400_000 }))
  router.use('/assets/font/files', express.static(join(font, 'files'), kept))
  return router
}

/** What a person's browser would do with an address it is sent to. */
async function visit(address: string): Promise<void> {
  const answer = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(10_000) }).catch((cause: unknown) => {
    throw refusals.brokerAway(cause)
  })
  await answer.arrayBuffer()
  if (answer.status >= 400) throw refusals.brokerAway(`status ${answer.status}`)
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise(resolve => server.close(() => resolve()))
}
