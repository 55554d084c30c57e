import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { fixedClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { readCertificate } from '../../server/pki/certificate.ts'
import { createRevocation } from '../../server/pki/revocation.ts'
import { bounded, isSameRule } from '../../server/pki/revocation-rule.ts'
import { isSignedBy } from '../../server/pki/signed-by.ts'
import { codeOfAsync, makeUnder } from './hierarchy.ts'
import { needsShared } from './outside.ts'
import { byBoth, byList, byResponder, bytes, ca, HOUR, LIST, openWorld, RESPONDER, rule, silence } from './revocation-world.ts'

const nameless = makeUnder(ca, 'names no source').certificate

describe('the rule of a CA on revocation', () => {
  it('says what silence means: refused, refused where a source is named, or let pass', async () => {
    const outcomes: Record<string, string[]> = {}
    for (const when of ['always', 'when-named', 'known-only'] as const) {
      const { source, broker } = openWorld()
      source.instead.set('http', silence)
      const { check } = broker({ ruleFor: () => rule({ when }) })
      outcomes[when] = [await check(nameless), await check(byList), await check(byResponder)]
    }
    expect(outcomes).to.deep.equal({
      always: ['revocation_unknown', 'revocation_unknown', 'revocation_unknown'],
      'when-named': ['accepted', 'revocation_unknown', 'revocation_unknown'],
      'known-only': ['accepted', 'accepted', 'accepted'],
    })
  })

  it('does not take a source that it leaves out for one that is not named', async () => {
    const { broker } = openWorld()
    const { check } = broker({ ruleFor: () => rule({ when: 'when-named', sources: ['ocsp'] }) })
    expect([await check(byList), await check(nameless)]).to.deep.equal(['revocation_unknown', 'accepted'])
  })

  it('does not make a source that only has an ended list be asked at every check', async () => {
    const { source, broker, list, clock } = openWorld()
    const ended = list()
    source.instead.set(LIST, bytes(ended))
    clock.advance(HOUR + 1000)
    const { check } = broker({ ruleFor: () => rule({ lastKnownGood: 1800 }) })
    for (let i = 0; i < 5; i++) expect(await check()).to.equal('accepted')
    expect(source.asked.length).to.equal(1)
    clock.advance(11_000)
    await check()
    expect(source.asked.length).to.equal(2)
  })

  it('never lets a known revocation pass, not even where silence does', async () => {
    const { source, broker, clock } = openWorld()
    const { check } = broker({ ruleFor: () => rule({ when: 'known-only' }) })
    source.revoked = [byList.serial, byResponder.serial]
    expect([await check(byList), await check(byResponder)]).to.deep.equal(['certificate_revoked', 'certificate_revoked'])
    source.instead.set('http', silence)
    clock.advance(2 * HOUR)
    expect([await check(byList), await check(byResponder)]).to.deep.equal(['certificate_revoked', 'certificate_revoked'])
  })

  it('may differ by purpose, and is asked for the certificate’s own CA', async () => {
    const { source, broker } = openWorld()
    source.instead.set('http', silence)
    const asked: string[] = []
    const { check } = broker({
      ruleFor: (issuer, purpose) => {
        asked.push(`${issuer.subject.text} ${purpose}`)
        return purpose === 'encryption' ? rule({ when: 'known-only' }) : undefined
      },
    })
    expect([await check(byList, { purpose: 'login' }), await check(byList, { purpose: 'encryption' })]).to.deep.equal([
      'revocation_unknown',
      'accepted',
    ])
    expect(asked).to.deep.equal([`${ca.certificate.subject.text} login`, `${ca.certificate.subject.text} encryption`])
  })

  it('counts at once when it changes, though an answer under the old one is remembered', async () => {
    const { source, broker } = openWorld()
    let now = rule({ sources: ['crl'] })
    const { check } = broker({ ruleFor: () => now })
    expect([await check(byBoth), await check(byBoth)]).to.deep.equal(['accepted', 'accepted'])
    source.revoked = [byBoth.serial]
    now = rule({ sources: ['ocsp'] })
    expect(await check(byBoth)).to.equal('certificate_revoked')
  })

  it('orders the sources, and leaves out those it does not name', async () => {
    for (const [sources, asked] of [
      [['crl', 'ocsp'], [`GET ${LIST}`]],
      [['ocsp', 'crl'], [`POST ${RESPONDER}`]],
      [['ocsp'], [`POST ${RESPONDER}`]],
    ] as const) {
      const { source, broker } = openWorld()
      await broker({ ruleFor: () => rule({ sources }) }).check(byBoth)
      expect(source.asked).to.deep.equal(asked)
    }
    const { broker } = openWorld()
    expect(await broker({ ruleFor: () => rule({ sources: ['ocsp'] }) }).check(byList)).to.equal('revocation_unknown')
  })

  it('adds sources for certificates that name none', async () => {
    const { source, broker } = openWorld()
    const { check } = broker({ ruleFor: () => rule({ crlUrls: [LIST] }) })
    expect(await check(nameless)).to.equal('accepted')
    source.revoked = [nameless.serial]
    const other = broker({ ruleFor: () => rule({ sources: ['ocsp'], ocspUrls: [RESPONDER] }) })
    expect(await other.check(nameless)).to.equal('certificate_revoked')
  })

  it('lets a list serve beyond its end for as long as it says, and no longer', async () => {
    const { source, broker, clock } = openWorld()
    const { check } = broker({ ruleFor: () => rule({ lastKnownGood: 1800 }) })
    expect(await check()).to.equal('accepted')
    source.instead.set(LIST, silence)
    clock.advance(HOUR + 1_799_000)
    expect(await check()).to.equal('accepted')
    clock.advance(2000)
    expect(await check()).to.equal('revocation_unknown')
  })

  it('knows no last known good unless it says so', async () => {
    const { source, broker, clock } = openWorld()
    const { check } = broker()
    await check()
    source.instead.set(LIST, silence)
    clock.advance(HOUR + 1000)
    expect(await check()).to.equal('revocation_unknown')
  })

  it('refuses the revoked by a list that serves beyond its end', async () => {
    const { source, broker, clock } = openWorld()
    source.revoked = [byBoth.serial]
    const { check } = broker({ ruleFor: () => rule({ lastKnownGood: 1800, sources: ['crl'] }) })
    expect([await check(byList), await check(byBoth)]).to.deep.equal(['accepted', 'certificate_revoked'])
    source.instead.set(LIST, silence)
    clock.advance(HOUR + 60_000)
    expect([await check(byList), await check(byBoth)]).to.deep.equal(['accepted', 'certificate_revoked'])
  })

  it('lets an OCSP answer serve while the responder is silent only where it says so', async () => {
    for (const [lastKnownGood, outcome] of [
      [0, 'revocation_unknown'],
      [1800, 'accepted'],
    ] as const) {
      const { source, broker, clock } = openWorld()
      const { check } = broker({ ruleFor: () => rule({ lastKnownGood }) })
      expect(await check(byResponder)).to.equal('accepted')
      source.instead.set(RESPONDER, silence)
      clock.advance(600_000)
      expect(await check(byResponder)).to.equal(outcome)
      clock.advance(HOUR + 1_300_000)
      expect(await check(byResponder)).to.equal('revocation_unknown')
    }
  })

  it('does not ask a dead source at every check while the list at hand serves', async () => {
    const { source, broker, clock } = openWorld()
    const { check } = broker()
    await check()
    source.instead.set(LIST, silence)
    clock.advance(700_000)
    for (let i = 0; i < 5; i++) expect(await check()).to.equal('accepted')
    expect(source.asked.length).to.equal(2)
    clock.advance(31_000)
    await check()
    expect(source.asked.length).to.equal(3)
  })

  it('decides how old a list may be before a newer one is asked for', async () => {
    const { source, broker, clock } = openWorld()
    const { check } = broker({ ruleFor: () => rule({ recheckAfter: 60 }) })
    await check()
    source.revoked = [byList.serial]
    clock.advance(59_000)
    expect(await check()).to.equal('accepted')
    clock.advance(2000)
    expect(await check()).to.equal('certificate_revoked')
  })

  it('is cut to bearable times', () => {
    expect(bounded(rule({ lastKnownGood: 1e12, recheckAfter: -5 }))).to.deep.include({ lastKnownGood: 7 * 86_400, recheckAfter: 0 })
    expect(bounded(rule({ lastKnownGood: Number.NaN, recheckAfter: Number.POSITIVE_INFINITY }))).to.deep.include({
      lastKnownGood: 0,
      recheckAfter: 0,
    })
  })

  it('is told from every other rule', () => {
    const others = [
      rule({ when: 'known-only' }),
      rule({ lastKnownGood: 1 }),
      rule({ recheckAfter: 1 }),
      rule({ sources: ['ocsp', 'crl'] }),
      rule({ sources: ['crl'] }),
      rule({ ocsp: { method: 'get', nonce: 'required' } }),
      rule({ ocsp: { method: 'post', nonce: 'optional' } }),
      rule({ crlUrls: [LIST] }),
      rule({ ocspUrls: [RESPONDER] }),
    ]
    expect(isSameRule(rule(), rule())).to.equal(true)
    for (const [i, one] of others.entries()) {
      expect(isSameRule(one, rule())).to.equal(false)
      for (const other of others.slice(i + 1)) expect(isSameRule(one, other)).to.equal(false)
    }
  })
})

describe('a source that answers in another form', () => {
  it('may send its list as base64 or PEM', async () => {
    const text = (der: Buffer) => der.toString('base64').replaceAll(/(.{64})/g, '$1\r\n')
    for (const form of [text, (der: Buffer) => `some words\n-----BEGIN X509 CRL-----\n${text(der)}\n-----END X509 CRL-----\n`]) {
      const { source, broker, list } = openWorld()
      source.revoked = [byBoth.serial]
      source.instead.set(LIST, () => new Response(form(list())))
      const { check } = broker({ ruleFor: () => rule({ sources: ['crl'] }) })
      expect([await check(byList), await check(byBoth)]).to.deep.equal(['accepted', 'certificate_revoked'])
    }
  })

  for (const [what, body] of [
    ['nothing', Buffer.of()],
    ['a page', Buffer.from('<html>0</html>')],
    ['a SEQUENCE that ends too early', Buffer.from('3082ffff30', 'hex')],
    ['a certificate', ca.certificate.der],
    ['PEM without an end', Buffer.from('-----BEGIN X509 CRL-----\nMII')],
  ] as const) {
    it(`is refused with ${what}, and the state says why`, async () => {
      const { source, broker } = openWorld()
      source.instead.set(LIST, bytes(body))
      const { revocation, check } = broker()
      expect(await check()).to.equal('revocation_unknown')
      expect(revocation.state().sources[0]?.lastError?.code).to.equal('certificate_malformed')
    })
  }
})

describe('the lists of the national roots', () => {
  it('say good of operating CAs in May 2022, nothing in June, and again what they said where the rule lets an ended list serve', async function () {
    const folder = needsShared(this, 'trust')
    const root = readCertificate(readFileSync(join(folder, 'roots', 'nrcac-rootca.pem')))
    const list = readFileSync(join(folder, 'crl', 'nrcac-rootca.crl'))
    const url = 'http://crl.example/nrcac'
    const certificates = readdirSync(join(folder, 'ca'))
      .map(file => readCertificate(readFileSync(join(folder, 'ca', file))))
      .filter(each => each.issuer.key === root.subject.key && isSignedBy(each, root))
    expect(certificates.length).to.be.greaterThan(40)
    const outcomes = async (at: string, lastKnownGood: number) => {
      const revocation = createRevocation({
        fetch: async () => new Response(list.toString('base64')),
        clock: fixedClock(at),
        allowHosts: host => host === 'crl.example',
        log: silentLog,
        ruleFor: () => rule({ sources: ['crl'], crlUrls: [url], lastKnownGood }),
      })
      return new Set(await Promise.all(certificates.map(each => codeOfAsync(() => revocation.check(each, root)))))
    }
    expect(await outcomes('2022-05-20', 0)).to.deep.equal(new Set(['accepted']))
    expect(await outcomes('2022-06-08', 0)).to.deep.equal(new Set(['revocation_unknown']))
    expect(await outcomes('2022-06-08', 7 * 86_400)).to.deep.equal(new Set(['accepted']))
    expect(await outcomes('2022-06-20', 7 * 86_400)).to.deep.equal(new Set(['revocation_unknown']))
  })
})
