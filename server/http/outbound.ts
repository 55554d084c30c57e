import { lookup } from 'node:dns'
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { BrokerError } from '../kernel/errors.ts'
import { isPrivateAddress } from './addresses.ts'

/**
 * The only way out: a `fetch` for banks, revocation data and centers' logout endpoints. It asks the allow-list first, checks the address that the name resolved to
 * at the moment of connecting (a name that turns to a private address later is refused as well), follows no redirect, and bounds time and size. Answers are
 * asked for uncompressed, so a small answer cannot unpack into a large one.
 */
export interface OutboundOptions {
  /** scheme, host and port; see allowHosts */
  allow: (url: URL) => boolean
  /** hosts that may resolve to a private address, such as a bank on a leased line; an address or `localhost` that the allow-list itself names needs no entry */
  allowPrivate?: (url: URL) => boolean
  /** milliseconds for the whole exchange */
  timeoutMs: number
  maxBytes: number
  /** after every exchange: `ok` is false where the other end could not be reached or answered 5xx */
  onDone?: (url: URL, ok: boolean, seconds: number) => void
}

export type OutboundFetch = typeof fetch & { close(): void }

/**
 * @throws BrokerError outbound_refused for what may not be asked or is too large; TypeError, as fetch does, where the other end cannot be reached
 */
export function createOutboundFetch(options: OutboundOptions): OutboundFetch {
  const agents = { 'http:': new HttpAgent({ keepAlive: true, maxSockets: 32 }), 'https:': new HttpsAgent({ keepAlive: true, maxSockets: 32 }) }

  const outbound = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input)
    const mayBePrivate = admit(url, options)
    const asked = new Request(input, init)
    const body = asked.body === null ? undefined : Buffer.from(await asked.arrayBuffer())
    const began = performance.now()
    const done = (ok: boolean) => options.onDone?.(url, ok, (performance.now() - began) / 1000)
    try {
      const answer = await exchange(url, asked, body, { ...options, agents, mayBePrivate })
      done(answer.status < 500)
      return answer
    } catch (error) {
      done(error instanceof BrokerError)
      throw error
    }
  }
  return Object.assign(outbound, {
    close() {
      agents['http:'].destroy()
      agents['https:'].destroy()
    },
  })
}

/**
 * An allow-list of hosts: `bank.example` (the scheme's own port), `bank.example:8443`.
 * @param plainHttp also over http: for CRL and OCSP, which are signed, and for the sandbox
 */
export function allowHosts(hosts: readonly string[], options: { plainHttp: boolean }): (url: URL) => boolean {
  const named = new Set(hosts.map(host => host.toLowerCase()))
  return url => (url.protocol === 'https:' || (options.plainHttp && url.protocol === 'http:')) && named.has(url.host)
}

/** @returns whether a private address is fine for this URL. @throws BrokerError outbound_refused */
function admit(url: URL, options: OutboundOptions): boolean {
  const refuse = (why: string) =>
    new BrokerError('outbound_refused', why, { received: `${url.protocol}//${url.host}`, expected: 'an address on the allow-list' })
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('only http and https leave this house')
  if (url.username !== '' || url.password !== '') throw refuse('an address with a user name in it')
  if (!options.allow(url)) throw refuse('not on the allow-list')
  const literal = url.hostname === 'localhost' || isIP(url.hostname.replaceAll(/[[\]]/g, '')) !== 0
  return literal || options.allowPrivate?.(url) === true
}

interface Exchange {
  timeoutMs: number
  maxBytes: number
  mayBePrivate: boolean
  agents: { 'http:': HttpAgent; 'https:': HttpsAgent }
}

function exchange(url: URL, asked: Request, body: Buffer | undefined, how: Exchange): Promise<Response> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.any([asked.signal, AbortSignal.timeout(how.timeoutMs)])
    const headers: Record<string, string> = { accept: '*/*', ...Object.fromEntries(asked.headers), 'accept-encoding': 'identity' }
    if (body !== undefined) headers['content-length'] = String(body.length)
    const given = { method: asked.method, headers, signal, ...(how.mayBePrivate ? {} : { lookup: publicOnly }) }
    const fail = (error: unknown) => {
      if (error instanceof BrokerError) reject(error)
      else reject(new TypeError(`fetch failed: ${url.host}`, { cause: signal.aborted ? signal.reason : error }))
    }
    const take = (answer: IncomingMessage) => {
      readAnswer(answer, url, how.maxBytes).then(resolve, error => {
        answer.destroy()
        fail(error)
      })
    }
    const sent =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...given, agent: how.agents['https:'] }, take)
        : httpRequest(url, { ...given, agent: how.agents['http:'] }, take)
    sent.on('error', fail)
    sent.end(body)
  })
}

async function readAnswer(answer: IncomingMessage, url: URL, maxBytes: number): Promise<Response> {
  const status = answer.statusCode ?? 0
  const refuse = (why: string, received: string) => new BrokerError('outbound_refused', why, { received: `${url.host}: ${received}` })
  if (status >= 300 && status < 400 && status !== 304) throw refuse('redirects are not followed', `status ${status}`)
  if ((answer.headers['content-encoding'] ?? 'identity') !== 'identity')
    throw refuse('asked for no compression', answer.headers['content-encoding'] ?? '')
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer) {
    const piece = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
    size += piece.length
    if (size > maxBytes) throw refuse(`the answer is larger than ${maxBytes} bytes`, `more than ${maxBytes} bytes`)
    chunks.push(piece)
  }
  const headers = new Headers()
  for (const [name, value] of Object.entries(answer.headers)) {
    for (const text of Array.isArray(value) ? value : value === undefined ? [] : [value]) headers.append(name, text)
  }
  // the standard gives these no body, and its constructor refuses one
  const empty = status === 204 || status === 205 || status === 304
  return new Response(empty ? null : Buffer.concat(chunks), { status, statusText: answer.statusMessage ?? '', headers })
}

/** Resolves a name and refuses it when any of its addresses is private: an attacker's DNS may answer with both. */
const publicOnly: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, [])
    const found = addresses.find(entry => isPrivateAddress(entry.address))
    if (found !== undefined) {
      return callback(
        new BrokerError('outbound_refused', 'the name resolves to a private address', { received: `${hostname} = ${found.address}` }),
        [],
      )
    }
    const [first] = addresses
    if (options.all === true) callback(null, addresses)
    else if (first !== undefined) callback(null, first.address, first.family)
    else callback(new BrokerError('outbound_refused', 'the name resolves to nothing', { received: hostname }), [])
  })
}
