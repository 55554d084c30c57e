import { createServer, type Server } from 'node:http'
import { expect } from 'chai'
import express, { type RequestHandler } from 'express'
import { requestContext } from '../../server/http/context.ts'
import { securityHeaders } from '../../server/http/headers.ts'
import { errorHandler, notFound } from '../../server/http/respond.ts'
import type { Clock } from '../../server/kernel/clock.ts'
import type { Log } from '../../server/kernel/log.ts'

/** An interface for centers' programs over real HTTP, as such a program asks it; and a center's own endpoint for notices. */
export const PUBLIC_URL = 'https://shield.test'

export interface ApiAnswer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire, which each test looks into
  body: any
  text: string
  bytes: Buffer
}
export interface AskOptions {
  /** `center-a` unless told; null sends none */
  token?: string | null
  key?: string
  headers?: Record<string, string>
  method?: string
}

/** @param base where the room is mounted, such as /api/seals */
export async function openApiSite(base: string, router: RequestHandler, { clock, log }: { clock: Clock; log: Log }) {
  const app = express()
  app.use(requestContext({ clock, log }))
  app.use(securityHeaders({ https: true }))
  app.use(base, router)
  app.use(notFound)
  app.use(errorHandler({ publicUrl: PUBLIC_URL, page: view => `<p>${view.code}</p>` }))
  const server = createServer(app)
  const url = await listen(server)
  return {
    url,
    /** @param body bytes and texts as they are, all else as JSON */
    async send(path: string, body?: unknown, { token = 'center-a', key, headers = {}, method = 'POST' }: AskOptions = {}): Promise<ApiAnswer> {
      const isFile = Buffer.isBuffer(body)
      const response = await fetch(`${url}${base}/${path}`, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': isFile ? 'application/octet-stream' : 'application/json' }),
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isFile ? new Uint8Array(body) : typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const bytes = Buffer.from(await response.arrayBuffer())
      const text = bytes.toString('utf8')
      const isJson = /json/.test(response.headers.get('content-type') ?? '')
      return { status: response.status, headers: response.headers, text, bytes, body: isJson ? JSON.parse(text) : undefined }
    },
    close: () => closeServer(server),
  }
}

/** A center's own endpoint. `answer` is the status it gives. */
export async function openReceiver() {
  const got: { headers: Record<string, string>; body: string }[] = []
  const state = { answer: 204 }
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const headers = Object.fromEntries(Object.entries(req.headers).map(([name, value]) => [name, String(value)]))
      got.push({ headers, body: Buffer.concat(chunks).toString('utf8') })
      res.writeHead(state.answer, state.answer === 302 ? { location: 'http://127.0.0.1:1/' } : {}).end()
    })
  })
  const url = await listen(server)
  return { url, got, state, close: () => closeServer(server) }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
}

/** A problem as RFC 9457 and the house want it. */
export function expectProblem(answer: ApiAnswer, status: number, code: string): void {
  expect(answer.headers.get('content-type'), answer.text).to.include('application/problem+json')
  expect([answer.status, answer.body.code], answer.text).to.deep.equal([status, code])
  expect(answer.body).to.include({ status, code, type: `${PUBLIC_URL}/errors/${code}`, trace: answer.headers.get('x-trace-code') })
  expectWords(answer.body)
}

/** Both languages, and who can mend it. */
export function expectWords(reason: { user_message: { zh: string; en: string }; who_can_fix: string; doc_url: string }): void {
  expect(reason.user_message.zh).to.match(/[\u4e00-\u9fff]{4}/)
  expect(reason.user_message.en).to.match(/^[\x20-\x7e’]+$/)
  expect(reason.who_can_fix).to.be.oneOf(['clerk', 'bank', 'center', 'operator'])
  expect(reason.doc_url).to.match(/^https:\/\/shield\.test\/errors\/[a-z_]+$/)
}
