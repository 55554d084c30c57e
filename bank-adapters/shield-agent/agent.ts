/**
 * Owns the loopback door between web pages and shields: one WebSocket for requests and events, and a few pages of its own. It listens on 127.0.0.1 only, speaks only
 * to origins on its list, and trusts no page with more than asking. It decides nothing about certificates: the broker verifies what comes out of here itself.
 *
 * Request `{ id, function, params }`, answer `{ id, value, shown? }` or `{ id, error: { code, zh, en } }`; events `{ event: 'hello' | 'shieldsChanged' | 'confirm', … }`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { type Clock, systemClock } from '../../server/kernel/clock.ts'
import { asBrokerError, BrokerError } from '../../server/kernel/errors.ts'
import { failures } from '../../server/kernel/failures.ts'
import { type Log, silentLog } from '../../server/kernel/log.ts'
import { createConfirmations } from './confirmations.ts'
import type { Shield, ShieldDriver, ShieldSession } from './driver.ts'
import { createAgentPages } from './pages.ts'
import { AGENT_VERSION, type Conversation, callSof } from './sof.ts'
import type { Readable } from './words.ts'

export interface AgentOptions {
  driver: ShieldDriver
  /** exact origins, such as `https://shield.example.cn`; read anew for every request, so that a caller may add to its own list */
  allowedOrigins: readonly string[]
  /** 0 for any free one */
  port?: number
  /** `own-window`: the PIN is asked in the agent's window, with the words; `allowed`: a page may also send it, as GM/T 0020 has it */
  pinInPage?: 'allowed' | 'own-window'
  /** how long a confirmation may wait */
  confirmSeconds?: number
  limits?: Partial<Limits>
  /** told each time before a shield signs: the words, and the page that asked */
  onShown?: (shown: { origin: string; shield: string; words: string }) => void
  clock?: Clock
  log?: Log
}

interface Limits {
  /** bytes of one message */
  message: number
  connections: number
  /** requests a connection may send at once and then per second */
  burst: number
  perSecond: number
  /** requests of one connection that may be unanswered */
  open: number
}

export interface RunningAgent {
  /** ws://127.0.0.1:port */
  url: string
  port: number
  close(): Promise<void>
}

/** a list of 500 lines in Chinese comes to half a megabyte */
const DEFAULTS: Limits = { message: 640 * 1024, connections: 64, burst: 600, perSecond: 100, open: 16 }

const request = z.strictObject({
  id: z.union([z.number().int(), z.string().max(64)]),
  function: z.string().max(64),
  params: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .max(8)
    .default([]),
})

/** Starts an agent and resolves once it listens. */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const { driver, clock = systemClock, log = silentLog } = options
  const limits = { ...DEFAULTS, ...options.limits }
  const pinInPage = options.pinInPage === 'allowed'
  const confirmations = createConfirmations({ driver, seconds: options.confirmSeconds ?? 120 })
  const conversations = new Map<WebSocket, Conversation>()
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.message, perMessageDeflate: false, clientTracking: false })
  const isAllowed = (origin: string | undefined): origin is string => origin !== undefined && options.allowedOrigins.includes(origin)

  let port = 0
  const pages = createAgentPages({ driver, confirmations, isAllowed, pinInPage })
  const server = createServer({ maxHeaderSize: 8 * 1024, requestTimeout: 10_000 }, (incoming, response) => {
    if (!hostIsOurs(incoming, port)) return refuse(response)
    pages(incoming, response).catch(thrown => {
      log.warn({ err: thrown }, 'shield agent: a page failed')
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })

  server.on('upgrade', (incoming, socket, head) => {
    const origin = incoming.headers.origin
    // a page of any site can try to connect; its Origin cannot be forged by it, and a rebound DNS name shows in Host
    if (!hostIsOurs(incoming, port) || !isAllowed(origin)) {
      log.warn({ origin: origin?.slice(0, 200), host: incoming.headers.host?.slice(0, 200) }, 'shield agent: connection refused')
      return hangUp(socket, '403 Forbidden')
    }
    if (conversations.size >= limits.connections) return hangUp(socket, '503 Service Unavailable')
    sockets.handleUpgrade(incoming, socket, head, connected => converse(connected, origin))
  })

  function converse(socket: WebSocket, origin: string): void {
    const bucket = createBucket(limits, clock)
    let unanswered = 0
    let pending: string | undefined
    const send = (message: object): void => {
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
    }
    const conversation: Conversation = {
      driver,
      opened: new Map(),
      signMethod: undefined,
      lastError: 0,
      pinInPage,
      list: undefined,
      clock,
      async withShield(shield, purpose, readable, use) {
        const { session, release } = await hold(shield, purpose, readable)
        try {
          return await use(session)
        } finally {
          release()
        }
      },
      holdShield: (shield, purpose, readable) => hold(shield, purpose, readable),
    }
    /** Opened by the page with the PIN before, or by the person in the agent's own window now. */
    async function hold(shield: Shield, purpose: 'sign' | 'decrypt', { words }: Readable): Promise<{ session: ShieldSession; release(): void }> {
      const show = (): void => options.onShown?.({ origin, shield: shield.label, words })
      if (pinInPage) {
        const session = conversation.opened.get(shield.id)
        if (session === undefined) throw new BrokerError('shield_closed', 'no SOF_Login before')
        show()
        return { session, release: () => undefined }
      }
      // one window a page: a new request takes the place of the one before
      if (pending !== undefined) confirmations.decline(pending, 'another request took its place')
      const { confirmation, session } = confirmations.ask({ origin, purpose, words, shield })
      pending = confirmation.id
      show()
      send({ event: 'confirm', url: `http://127.0.0.1:${port}/confirm/${confirmation.id}?key=${confirmation.key}` })
      const opened = await session
      return { session: opened, release: () => opened.close() }
    }
    conversations.set(socket, conversation)
    send({ event: 'hello', version: AGENT_VERSION, driver: driver.name, state: driver.state(), pin: pinInPage ? 'page' : 'own-window' })

    socket.on('message', (data, isBinary) => {
      if (isBinary || !bucket.take() || unanswered >= limits.open) return socket.close(1008, 'too much')
      const read = parseRequest(data.toString())
      if (read === undefined) return socket.close(1007, 'not a request')
      unanswered += 1
      callSof(conversation, read.function, read.params)
        .then(
          reply => send({ id: read.id, ...reply }),
          thrown => {
            const error = asBrokerError(thrown)
            log.info({ function: read.function, failure: error.code, facts: error.facts }, 'shield agent: request refused')
            const { zh, en } = failures[error.code]
            send({ id: read.id, error: { code: error.code, zh, en } })
          },
        )
        .finally(() => {
          unanswered -= 1
        })
    })
    socket.on('error', error => log.debug({ err: error }, 'shield agent: connection broke'))
    socket.on('close', () => {
      if (pending !== undefined) confirmations.decline(pending, 'the page went away')
      conversation.list?.close()
      for (const session of conversation.opened.values()) session.close()
      conversations.delete(socket)
    })
  }

  const stopWatching = driver.watch(() => void announce())
  async function announce(): Promise<void> {
    const present = new Set((await driver.list()).map(({ id }) => id))
    for (const [socket, { opened }] of conversations) {
      // pulled out means logged out, even when the same shield comes back
      for (const [id, session] of opened) {
        if (present.has(id)) continue
        session.close()
        opened.delete(id)
      }
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ event: 'shieldsChanged' }))
    }
  }

  port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  return {
    url: `ws://127.0.0.1:${port}`,
    port,
    async close() {
      stopWatching()
      confirmations.close()
      for (const socket of conversations.keys()) socket.terminate()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      driver.close()
    },
  }
}

const hostIsOurs = ({ headers }: IncomingMessage, port: number): boolean =>
  headers.host === `127.0.0.1:${port}` || headers.host === `localhost:${port}`

function refuse(response: ServerResponse): void {
  response.writeHead(403).end()
}

function hangUp(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function parseRequest(text: string): z.infer<typeof request> | undefined {
  try {
    return request.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** A token bucket. A clock set back gives nothing and takes nothing. */
function createBucket({ burst, perSecond }: Limits, clock: Clock): { take(): boolean } {
  let [left, at] = [burst, clock.now().getTime()]
  return {
    take() {
      const now = clock.now().getTime()
      left = Math.min(burst, left + (Math.max(0, now - at) / 1000) * perSecond)
      at = now
      if (left < 1) return false
      left -= 1
      return true
    },
  }
}
