/**
 * Owns the agent's HTTP side: its live status for allowed pages, its own window, and the style and font that window uses.
 * The caller has already checked the Host header.
 */
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Confirmations } from './confirmations.ts'
import type { ShieldDriver } from './driver.ts'
import { AGENT_VERSION } from './sof.ts'
import { homePage, WINDOW_HEADERS, windowPage } from './window.ts'

const FORM_LIMIT = 4096
const FONT = dirname(createRequire(import.meta.url).resolve('@fontsource/noto-sans-sc/400.css'))

interface Parts {
  driver: ShieldDriver
  confirmations: Confirmations
  isAllowed(origin: string | undefined): origin is string
  pinInPage: boolean
}

export function createAgentPages({ driver, confirmations, isAllowed, pinInPage }: Parts) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const isGet = request.method === 'GET'
    const confirm = /^\/confirm\/([A-Za-z0-9_-]{20,40})$/.exec(url.pathname)?.[1]
    if (url.pathname === '/status') return status(request, response)
    if (confirm !== undefined && isGet) return page(response, await windowPage(await confirmations.show(confirm, url.searchParams.get('key') ?? '')))
    if (confirm !== undefined && request.method === 'POST') return answer(confirm, request, response)
    if (url.pathname === '/' && isGet)
      return page(response, await homePage({ version: AGENT_VERSION, ready: driver.state() === 'ready', shields: await driver.list() }))
    if (url.pathname === '/window.css' && isGet) return file(response, 'text/css', join(import.meta.dirname, 'window.css'))
    const font = /^\/font\/(?:((?:400|600)\.css)|(files\/noto-sans-sc-[0-9a-z-]{1,40}-(?:400|600)-normal\.woff2))$/.exec(url.pathname)
    if (font !== null && isGet) return file(response, font[1] === undefined ? 'font/woff2' : 'text/css', join(FONT, font[1] ?? font[2] ?? ''))
    response.writeHead(404).end()
  }

  /** Whether the agent runs, for an allowed page or a local program; other sites cannot read it, and it names no shield. */
  function status(request: IncomingMessage, response: ServerResponse): void {
    const { origin } = request.headers
    if (origin !== undefined && !isAllowed(origin)) return void response.writeHead(403).end()
    const cors = origin === undefined ? {} : { 'access-control-allow-origin': origin, vary: 'Origin' }
    if (request.method === 'OPTIONS')
      return void response.writeHead(204, { ...cors, 'access-control-allow-methods': 'GET', 'access-control-allow-private-network': 'true' }).end()
    response
      .writeHead(200, { ...cors, 'content-type': 'application/json', 'cache-control': 'no-store' })
      .end(JSON.stringify({ version: AGENT_VERSION, driver: driver.name, state: driver.state(), pin: pinInPage ? 'page' : 'own-window' }))
  }

  async function answer(id: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    // only the agent's own window may answer; a browser states the true origin of a form
    if (request.headers.origin !== `http://${request.headers.host}`) return void response.writeHead(403).end()
    const body = await readBody(request)
    if (body === undefined) return void response.writeHead(413, { connection: 'close' }).end()
    const form = new URLSearchParams(body)
    const step = await confirmations.answer(id, form.get('key') ?? '', { agree: form.get('decision') === 'agree', pin: form.get('pin') ?? '' })
    return page(response, await windowPage(step))
  }
}

function page(response: ServerResponse, body: string): void {
  response.writeHead(200, WINDOW_HEADERS).end(body)
}

async function file(response: ServerResponse, type: string, path: string): Promise<void> {
  const body = await readFile(path).catch(() => undefined)
  if (body === undefined) return void response.writeHead(404).end()
  response.writeHead(200, { 'content-type': type, 'cache-control': 'max-age=86400', 'x-content-type-options': 'nosniff' }).end(body)
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) {
    body += String(chunk)
    if (body.length > FORM_LIMIT) return undefined
  }
  return body
}
