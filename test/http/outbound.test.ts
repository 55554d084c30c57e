import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { isPrivateAddress } from '../../server/http/addresses.ts'
import { allowHosts, createOutboundFetch, type OutboundOptions } from '../../server/http/outbound.ts'

describe('outbound fetch', () => {
  let server: Server
  let at: string
  let handle: RequestListener = (_req, res) => res.end('ok')
  const opened: { close(): void }[] = []

  before(async () => {
    server = createServer((req, res) => handle(req, res))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    at = `127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(() => {
    for (const fetch of opened.splice(0)) fetch.close()
  })
  after(() => server.close())

  function open(more: Partial<OutboundOptions> = {}) {
    const fetch = createOutboundFetch({ allow: allowHosts([at], { plainHttp: true }), timeoutMs: 2000, maxBytes: 1000, ...more })
    opened.push(fetch)
    return fetch
  }
  const codeOf = (asked: Promise<unknown>) =>
    asked.then(
      () => 'no refusal',
      (error: { code?: string; name?: string }) => error.code ?? error.name,
    )

  it('sends method, headers and body, and gives the answer back as fetch does', async () => {
    handle = (req, res) => {
      const chunks: Buffer[] = []
      req.on('data', chunk => chunks.push(chunk))
      req.on('end', () => {
        res.setHeader('content-type', 'application/json')
        res.statusCode = 201
        res.end(JSON.stringify({ method: req.method, type: req.headers['content-type'], body: Buffer.concat(chunks).toString() }))
      })
    }
    const answer = await open()(`http://${at}/token`, { method: 'POST', body: new URLSearchParams({ a: '1' }), redirect: 'manual' })
    expect(answer.status).to.equal(201)
    expect(await answer.json()).to.deep.equal({ method: 'POST', type: 'application/x-www-form-urlencoded;charset=UTF-8', body: 'a=1' })
  })

  for (const [sentence, url] of [
    ['a host that is not on the list', 'http://169.254.169.254/latest/meta-data'],
    ['another port of a listed host', 'http://127.0.0.1:1/'],
    ['a scheme that is not for the web', 'file:///etc/passwd'],
    ['a listed host dressed up as a user name', 'http://127.0.0.1@evil.test/'],
    ['a user name in the address', 'http://user:secret@HOST/'],
  ] as const) {
    it(`refuses ${sentence}`, async () => {
      expect(await codeOf(open()(url.replace('HOST', at)))).to.equal('outbound_refused')
    })
  }

  it('refuses plain http where the list is for https', async () => {
    expect(await codeOf(open({ allow: allowHosts([at], { plainHttp: false }) })(`http://${at}/`))).to.equal('outbound_refused')
  })

  it('refuses a listed name that resolves to a private address, unless it is said to be private', async () => {
    handle = (_req, res) => res.end('inside')
    const url = `http://name.localhost:${at.split(':')[1]}/`
    const allow = () => true
    const resolvable = await open({ allow, allowPrivate: () => true })(url).then(
      answer => answer.status === 200,
      () => false,
    )
    // where the resolver does not know *.localhost, the refusal is a plain network error and nothing was reached either
    expect(await codeOf(open({ allow })(url))).to.equal(resolvable ? 'outbound_refused' : 'TypeError')
  })

  it('follows no redirect', async () => {
    handle = (_req, res) => res.writeHead(302, { location: 'http://169.254.169.254/' }).end()
    expect(await codeOf(open()(`http://${at}/`))).to.equal('outbound_refused')
  })

  it('stops reading an answer that is too large', async () => {
    handle = (_req, res) => res.end(Buffer.alloc(5000))
    expect(await codeOf(open()(`http://${at}/`))).to.equal('outbound_refused')
  })

  it('refuses a compressed answer, which it did not ask for', async () => {
    handle = (_req, res) => res.writeHead(200, { 'content-encoding': 'gzip' }).end('x')
    expect(await codeOf(open()(`http://${at}/`))).to.equal('outbound_refused')
  })

  it('gives up on an answer that trickles', async () => {
    handle = (_req, res) => {
      res.write('a')
    }
    expect(await codeOf(open({ timeoutMs: 50 })(`http://${at}/`))).to.equal('TypeError')
  })

  it('ends when the caller ends it', async () => {
    handle = () => undefined
    expect(await codeOf(open()(`http://${at}/`, { signal: AbortSignal.timeout(30) }))).to.equal('TypeError')
  })

  it('reports each exchange as the other end’s health', async () => {
    const seen: boolean[] = []
    const fetch = open({ allow: () => true, onDone: (_url, ok) => seen.push(ok) })
    handle = (_req, res) => res.writeHead(404).end()
    await fetch(`http://${at}/`)
    handle = (_req, res) => res.writeHead(503).end()
    await fetch(`http://${at}/`)
    await fetch('http://127.0.0.1:1/').catch(() => undefined)
    expect(seen).to.deep.equal([true, false, false])
  })

  it('knows which addresses are not public', () => {
    for (const address of [
      '10.0.0.1',
      '127.0.0.1',
      '169.254.1.1',
      '172.31.0.1',
      '192.168.0.1',
      '100.64.0.1',
      '0.0.0.0',
      '224.0.0.1',
      '::1',
      '::',
      'fe80::1',
      'fd00::1',
      '::ffff:10.0.0.1',
      '64:ff9b::a00:1',
      'not an address',
    ]) {
      expect(isPrivateAddress(address), address).to.equal(true)
    }
    for (const address of ['8.8.8.8', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8']) expect(isPrivateAddress(address), address).to.equal(false)
  })
})
