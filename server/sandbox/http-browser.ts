import { Agent, type IncomingMessage, request } from 'node:http'
import { plainText } from '../../bank-adapters/mock-bank/headless.ts'

/**
 * What a browser does on the way of a login, without one: cookies by path (shared between ports of one host, as browsers do), redirects, forms.
 * For the demonstration, the flow tests and the bench; plain HTTP only, because the sandbox is.
 */
export interface Page {
  status: number
  /** where the page stands after redirects */
  url: string
  headers: IncomingMessage['headers']
  body: string
  /** every address on the way here */
  trail: string[]
}

interface Options {
  /** the first address it matches is not fetched, and is answered with status 0 */
  stopAt?: (url: string) => boolean
  headers?: Record<string, string>
  /** as a center's back end asks, not a browser: no cookies, no Origin */
  program?: boolean
}

interface Cookie {
  value: string
  path: string
  expires: number
}

export class HttpBrowser {
  readonly #agent: Agent
  readonly #now: () => number
  /** host name, then `name` and path together: one name may live under several paths */
  readonly #cookies = new Map<string, Map<string, Cookie>>()

  /** @param now milliseconds, for the expiry of cookies */
  constructor(now: () => number, agent = new Agent({ keepAlive: true, maxSockets: 64 })) {
    this.#now = now
    this.#agent = agent
  }

  /** Follows redirects up to `stopAt`. */
  get(url: string, options: Options = {}): Promise<Page> {
    return this.#go('GET', url, undefined, options)
  }

  post(url: string, form: Record<string, string>, options: Options = {}): Promise<Page> {
    return this.postFields(url, new URLSearchParams(form), options)
  }

  /** fields of one name may come several times */
  postFields(url: string, fields: URLSearchParams, options: Options = {}): Promise<Page> {
    return this.#go('POST', url, fields.toString(), options)
  }

  /** as a page's script does */
  json(url: string, body: unknown): Promise<Page> {
    return this.#go('POST', url, JSON.stringify(body), { headers: { 'content-type': 'application/json', accept: 'application/json' } })
  }

  cookie(url: string, name: string): string | undefined {
    const { hostname, pathname } = new URL(url)
    return [...this.#matching(hostname, pathname)].find(([key]) => key === name)?.[1]
  }

  close(): void {
    this.#agent.destroy()
  }

  async #go(method: 'GET' | 'POST', url: string, body: string | undefined, options: Options): Promise<Page> {
    const trail: string[] = []
    let next = { method, url, body }
    for (let hops = 0; hops < 20; hops++) {
      if (options.stopAt?.(next.url)) return { status: 0, url: next.url, headers: {}, body: '', trail }
      trail.push(next.url)
      const page = await this.#send(next.method, next.url, next.body, options)
      const location = page.headers.location
      if (page.status < 300 || page.status >= 400 || location === undefined) return { ...page, trail }
      const keeps = page.status === 307 || page.status === 308
      next = { method: keeps ? next.method : 'GET', url: new URL(location, next.url).href, body: keeps ? next.body : undefined }
    }
    throw new Error(`more than 20 redirects from ${url}`)
  }

  #send(method: string, url: string, body: string | undefined, { headers, program = false }: Options): Promise<Omit<Page, 'trail'>> {
    const target = new URL(url)
    const cookie = program ? '' : [...this.#matching(target.hostname, target.pathname)].map(([name, value]) => `${name}=${value}`).join('; ')
    let answered = false
    return new Promise((resolve, reject) => {
      const sent = request(
        target,
        {
          method,
          agent: this.#agent,
          headers: {
            accept: 'text/html,application/json;q=0.9',
            ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }),
            ...(body === undefined || program ? {} : { origin: target.origin }),
            ...(cookie === '' ? {} : { cookie }),
            ...headers,
          },
        },
        answer => {
          answered = true
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('error', reject)
          answer.on('end', () => {
            for (const line of answer.headers['set-cookie'] ?? []) this.#keep(target, line)
            resolve({ status: answer.statusCode ?? 0, url, headers: answer.headers, body: Buffer.concat(chunks).toString('utf8') })
          })
        },
      )
      sent.on('error', error => {
        // the server closed a kept connection at the moment at which it was taken again: nobody has read the request, and browsers send it anew
        if (sent.reusedSocket && !answered && 'code' in error && error.code === 'ECONNRESET')
          resolve(this.#send(method, url, body, { ...(headers === undefined ? {} : { headers }), program }))
        else reject(error)
      })
      sent.end(body)
    })
  }

  *#matching(host: string, path: string): Generator<[string, string]> {
    for (const [key, cookie] of this.#cookies.get(host) ?? []) {
      const under = path === cookie.path || path.startsWith(cookie.path.endsWith('/') ? cookie.path : `${cookie.path}/`)
      if (under && cookie.expires > this.#now()) yield [key.slice(0, key.indexOf(' ')), cookie.value]
    }
  }

  #keep(from: URL, line: string): void {
    const [pair = '', ...attributes] = line.split(';').map(part => part.trim())
    const cut = pair.indexOf('=')
    const attribute = (name: string) => attributes.find(text => text.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1)
    const age = attribute('max-age')
    const until = attribute('expires')
    const expires = age !== undefined ? this.#now() + Number(age) * 1000 : until !== undefined ? new Date(until).getTime() : Number.POSITIVE_INFINITY
    const path = attribute('path') ?? '/'
    const jar = this.#cookies.get(from.hostname) ?? new Map<string, Cookie>()
    jar.set(`${pair.slice(0, cut)} ${path}`, { value: pair.slice(cut + 1), path, expires })
    this.#cookies.set(from.hostname, jar)
  }
}

/** The forms of a page with the values their inputs hold, in order. */
export function forms(page: { url: string; body: string }): { id: string | undefined; action: string; fields: Record<string, string> }[] {
  return [...page.body.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, head = '', inside = '']) => {
    const fields: Record<string, string> = {}
    for (const [tag] of inside.matchAll(/<(?:input|button)\b[^>]*>/g)) {
      const name = attributeOf(tag, 'name')
      if (name !== undefined && !(name in fields)) fields[name] = attributeOf(tag, 'value') ?? ''
    }
    return { id: attributeOf(head, 'id'), action: new URL(attributeOf(head, 'action') ?? page.url, page.url).href, fields }
  })
}

/** The value of an attribute in the text of a tag, unescaped. */
export function attributeOf(tag: string, name: string): string | undefined {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)
  return found?.[1] === undefined ? undefined : plainText(found[1])
}
