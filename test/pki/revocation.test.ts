import { createServer } from 'node:http'
import { expect } from 'chai'
import { fixedClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { certificateId, issueCrl, issueOcspResponse, readOcspRequest } from '../../server/pki/issue-revocation.ts'
import { createRevocation } from '../../server/pki/revocation.ts'
import { at, codeOfAsync, from, makeRoot, makeUnder } from './hierarchy.ts'

const ca = makeRoot('CA')
const URL_ = 'http://crl.example/1.crl'
const OCSP = 'http://ocsp.example/'
const byCrl = makeUnder(ca, 'by CRL', { crlUrl: URL_ }).certificate
const byOcsp = makeUnder(ca, 'by OCSP', { ocspUrl: OCSP }).certificate
const byBoth = makeUnder(ca, 'by both', { crlUrl: URL_, ocspUrl: OCSP }).certificate

/** A bank's revocation service and a broker asking it; the clock stands still. */
function open() {
  const clock = fixedClock(at)
  const state = { revoked: [] as string[], asked: 0, answer: undefined as (() => Response | Promise<Response>) | undefined, gate: Promise.resolve() }
  const listOf = (revoked: string[], issuedAt: Date) =>
    issueCrl({
      issuer: ca,
      entries: revoked.map(serial => ({ serial, at: from })),
      number: 1,
      thisUpdate: issuedAt,
      nextUpdate: new Date(issuedAt.getTime() + 3_600_000),
    })
  const bank: typeof fetch = async (input, init) => {
    state.asked++
    const revoked = state.revoked
    await state.gate
    if (state.answer !== undefined) return state.answer()
    if (String(input) === URL_) return new Response(new Uint8Array(listOf(revoked, clock.now())))
    const { ids, nonce } = readOcspRequest(Buffer.from(await new Response(init?.body ?? null).arrayBuffer()))
    const answers = ids.map(id => ({ id, status: revoked.includes(id.serial) ? ({ revokedAt: from } as const) : ('good' as const) }))
    const der = issueOcspResponse({
      responder: ca,
      answers,
      nonce,
      producedAt: clock.now(),
      thisUpdate: clock.now(),
      nextUpdate: new Date(clock.now().getTime() + 3_600_000),
    })
    return new Response(new Uint8Array(der))
  }
  const verdicts: string[] = []
  const revocation = createRevocation({
    fetch: bank,
    clock,
    allowHosts: host => host.endsWith('.example'),
    log: silentLog,
    onVerdict: verdict => verdicts.push(verdict),
  })
  const check = (certificate = byCrl) => codeOfAsync(() => revocation.check(certificate, ca.certificate))
  return { clock, state, revocation, check, verdicts, listOf }
}

describe('looking up revocation', () => {
  it('lets a good certificate pass and refuses a revoked one, by CRL and by OCSP', async () => {
    const { state, check, revocation, verdicts } = open()
    expect([await check(byCrl), await check(byOcsp)]).to.deep.equal(['accepted', 'accepted'])
    state.revoked = [byCrl.serial, byOcsp.serial]
    revocation.invalidate()
    expect([await check(byCrl), await check(byOcsp)]).to.deep.equal(['certificate_revoked', 'certificate_revoked'])
    expect(verdicts).to.deep.equal(['good', 'good', 'revoked', 'revoked'])
  })

  it('asks once for many, and once at a time for those that come together', async () => {
    const { state, check } = open()
    await Promise.all(Array.from({ length: 50 }, () => check()))
    await check()
    expect(state.asked).to.equal(1)
  })

  it('sees a revocation at once after the source is invalidated, also while an older fetch is under way', async () => {
    const { state, check, revocation } = open()
    let release: () => void = () => undefined
    state.gate = new Promise(resolve => {
      release = resolve
    })
    const early = check()
    revocation.invalidate(URL_)
    state.revoked = [byCrl.serial]
    release()
    expect(await early).to.equal('accepted')
    expect(await check()).to.equal('certificate_revoked')
  })

  it('asks again once the list is due, so that a revocation counts after that time', async () => {
    const { state, check, clock } = open()
    await check()
    state.revoked = [byCrl.serial]
    clock.advance(500_000)
    expect(await check()).to.equal('accepted')
    clock.advance(200_000)
    expect(await Promise.all([check(), check(), check()])).to.deep.equal(['certificate_revoked', 'certificate_revoked', 'certificate_revoked'])
    expect(state.asked).to.equal(2)
  })

  it('refreshes what is due when told, and says how old the oldest list is', async () => {
    const { state, check, clock, revocation } = open()
    expect(revocation.ageSeconds()).to.equal(undefined)
    await check()
    clock.advance(700_000)
    expect(revocation.ageSeconds()).to.equal(700)
    await revocation.refresh()
    expect(state.asked).to.equal(2)
    expect(revocation.ageSeconds()).to.equal(0)
    await revocation.refresh()
    expect(state.asked).to.equal(2)
  })

  it('keeps serving a list that still holds when its source is gone, and refuses once it ended', async () => {
    const { state, check, clock, revocation } = open()
    await check()
    state.answer = () => Promise.reject(new TypeError('fetch failed'))
    clock.advance(1_800_000)
    await revocation.refresh()
    expect(await check()).to.equal('accepted')
    clock.advance(1_900_000)
    expect(await check()).to.equal('revocation_unknown')
  })

  it('is not undone by an older list sent again', async () => {
    const { state, check, clock, revocation, listOf } = open()
    const old = listOf([], clock.now())
    clock.advance(60_000)
    state.revoked = [byCrl.serial]
    expect(await check()).to.equal('certificate_revoked')
    state.answer = () => new Response(new Uint8Array(old))
    clock.advance(700_000)
    await revocation.refresh()
    expect(await check()).to.equal('certificate_revoked')
  })

  it('asks OCSP when the list cannot be had', async () => {
    const { state, check } = open()
    state.answer = () => {
      state.answer = undefined
      return new Response('gone', { status: 404 })
    }
    expect(await check(byBoth)).to.equal('accepted')
    expect(state.asked).to.equal(2)
  })

  const silence: Record<string, () => Response | Promise<Response>> = {
    'the source cannot be reached': () => Promise.reject(new TypeError('fetch failed')),
    'the source answers 500': () => new Response('', { status: 500 }),
    'the source answers with a page': () => new Response('<html>welcome</html>'),
    'the list is another CA’s': () =>
      new Response(new Uint8Array(issueCrl({ issuer: makeRoot('CA'), entries: [], number: 1, thisUpdate: at, nextUpdate: new Date('2028-01-01') }))),
    'the list is stale': () =>
      new Response(
        new Uint8Array(issueCrl({ issuer: ca, entries: [], number: 1, thisUpdate: new Date('2027-01-01'), nextUpdate: new Date('2027-02-01') })),
      ),
    'the source sends without end': () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            controller.enqueue(new Uint8Array(1024 * 1024))
          },
        }),
      ),
  }
  for (const [what, answer] of Object.entries(silence)) {
    it(`refuses when ${what}`, async () => {
      const { state, check, verdicts } = open()
      state.answer = answer
      expect(await check()).to.equal('revocation_unknown')
      expect(verdicts).to.deep.equal(['unknown'])
    })
  }

  it('refuses a certificate that names no source, unless that is allowed for a CA the operator installed', async () => {
    const { revocation, check } = open()
    const silent = makeUnder(ca, 'silent').certificate
    expect(await check(silent)).to.equal('revocation_unknown')
    expect(await codeOfAsync(() => revocation.check(silent, ca.certificate, { optional: true }))).to.equal('accepted')
  })

  it('asks no host that is not on the list', async () => {
    const { state, check } = open()
    expect(await check(makeUnder(ca, 'elsewhere', { crlUrl: 'http://169.254.169.254/latest' }).certificate)).to.equal('outbound_refused')
    expect(state.asked).to.equal(0)
  })

  it('follows no redirect, over real HTTP', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/list') response.end(issueCrl({ issuer: ca, entries: [], number: 1, thisUpdate: at, nextUpdate: new Date('2028-01-01') }))
      else response.writeHead(302, { location: '/list' }).end()
    }).listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    const address = server.address()
    const host = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
    try {
      const revocation = createRevocation({ fetch, clock: fixedClock(at), allowHosts: each => each === host, log: silentLog })
      const check = (path: string) => {
        const { certificate } = makeUnder(ca, path, { crlUrl: `http://${host}${path}` })
        return codeOfAsync(() => revocation.check(certificate, ca.certificate))
      }
      expect([await check('/list'), await check('/moved')]).to.deep.equal(['accepted', 'revocation_unknown'])
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  it('names a certificate to OCSP by hashes that fit its issuer only', () => {
    const [one, other] = [certificateId(ca.certificate, '01'), certificateId(makeRoot('CA').certificate, '01')]
    expect(one.issuerNameHash).to.deep.equal(other.issuerNameHash)
    expect(one.issuerKeyHash).not.to.deep.equal(other.issuerKeyHash)
  })
})
