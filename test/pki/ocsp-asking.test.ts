import { expect } from 'chai'
import { makeUnder } from './hierarchy.ts'
import { byBoth, byResponder, ca, LIST, openWorld, RESPONDER, rule, silence } from './revocation-world.ts'

describe('asking an OCSP responder', () => {
  it('goes by POST or by GET, as the rule says, and is understood either way', async () => {
    for (const method of ['post', 'get'] as const) {
      const { source, broker } = openWorld()
      const { check } = broker({ ruleFor: () => rule({ ocsp: { method, nonce: 'required' } }) })
      expect(await check(byResponder)).to.equal('accepted')
      expect(source.asked[0]).to.match(method === 'get' ? /^GET http:\/\/ocsp\.example\/ocsp\/[\w%]+$/ : /^POST http:\/\/ocsp\.example\/ocsp$/)
      source.revoked = [byBoth.serial]
      expect(await check(makeUnder(ca, 'x', { ocspUrl: RESPONDER, serial: Buffer.from(byBoth.serial, 'hex') }).certificate)).to.equal(
        'certificate_revoked',
      )
    }
  })

  it('refuses an answer without the nonce, unless the rule lets the responder sign ahead of time', async () => {
    for (const [nonce, outcome] of [
      ['required', 'revocation_unknown'],
      ['optional', 'accepted'],
    ] as const) {
      const { source, broker, respond } = openWorld()
      source.instead.set(RESPONDER, (url, init) => respond(url, init, 'left out'))
      expect(await broker({ ruleFor: () => rule({ ocsp: { method: 'post', nonce } }) }).check(byResponder)).to.equal(outcome)
    }
  })

  it('refuses an answer given to somebody else, whatever the rule', async () => {
    const { source, broker, respond } = openWorld()
    let recorded: ArrayBuffer | undefined
    source.instead.set(RESPONDER, async (url, init) => {
      recorded ??= await (await respond(url, init)).arrayBuffer()
      return new Response(recorded)
    })
    const ruleFor = () => rule({ ocsp: { method: 'post', nonce: 'optional' } })
    expect(await broker({ ruleFor }).check(byResponder)).to.equal('accepted')
    expect(await broker({ ruleFor }).check(byResponder)).to.equal('revocation_unknown')
  })

  it('asks once for those that come together, and again after five minutes', async () => {
    const { source, broker, clock } = openWorld()
    const { check } = broker()
    expect(new Set(await Promise.all(Array.from({ length: 20 }, () => check(byResponder))))).to.deep.equal(new Set(['accepted']))
    clock.advance(299_000)
    await check(byResponder)
    expect(source.asked.length).to.equal(1)
    clock.advance(2000)
    source.revoked = [byResponder.serial]
    expect(await check(byResponder)).to.equal('certificate_revoked')
  })

  it('keeps no bad news: what is revoked is asked again, and so is what was unknown', async () => {
    const { source, broker } = openWorld()
    const { check } = broker()
    source.revoked = [byResponder.serial]
    await check(byResponder)
    source.revoked = []
    expect(await check(byResponder)).to.equal('accepted')
  })

  it('is not believed about a certificate of another CA with the same serial', async () => {
    const { broker } = openWorld()
    const { revocation } = broker()
    await revocation.check(byResponder, ca.certificate)
    const { makeRoot, codeOfAsync } = await import('./hierarchy.ts')
    const other = makeRoot('CA')
    const twin = makeUnder(other, 'twin', { ocspUrl: RESPONDER, serial: Buffer.from(byResponder.serial, 'hex') }).certificate
    expect(await codeOfAsync(() => revocation.check(twin, other.certificate))).to.equal('revocation_unknown')
  })

  it('serves where the list cannot be had, and the list where the responder cannot', async () => {
    for (const [dead, sources] of [
      [LIST, ['crl', 'ocsp']],
      [RESPONDER, ['ocsp', 'crl']],
    ] as const) {
      const { source, broker } = openWorld()
      source.instead.set(dead, silence)
      const { check } = broker({ ruleFor: () => rule({ sources }) })
      expect(await check(byBoth)).to.equal('accepted')
      source.revoked = [byBoth.serial]
      expect(await broker({ ruleFor: () => rule({ sources }) }).check(byBoth)).to.equal('certificate_revoked')
    }
  })

  it('refuses an answer of more than 256 KiB', async () => {
    const { source, broker } = openWorld()
    source.instead.set(RESPONDER, () => new Response(new Uint8Array(300_000)))
    const { check, revocation } = broker()
    expect(await check(byResponder)).to.equal('revocation_unknown')
    expect(revocation.state().sources[0]?.lastError?.facts).to.include('more than 262144 bytes')
  })
})
