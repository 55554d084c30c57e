import { expect } from 'chai'
import { fixedClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { pem, readCertificate } from '../../server/pki/certificate.ts'
import { type CertificateUse, createCertificateChecker, type Trust } from '../../server/pki/checker.ts'
import { issueCrl } from '../../server/pki/issue-revocation.ts'
import { createRevocation } from '../../server/pki/revocation.ts'
import { at, codeOfAsync, from, makeRoot, makeUnder, type Party } from './hierarchy.ts'

const crlUrl = 'http://crl.example/ca.crl'
const rootUrl = 'http://crl.example/root.crl'
const root = makeRoot()
const ca = makeUnder(root, 'CA', { profile: 'ca', crlUrl: rootUrl })
const shield = makeUnder(ca, 'shield', { crlUrl })
const encrypt = makeUnder(ca, 'shield', { profile: 'encrypt', crlUrl })

/** The checker with a real revocation behind it; only the network is a function. */
function open(anchors = [root.certificate, ca.certificate]) {
  const clock = fixedClock(at)
  const state = { anchors, revoked: [] as string[] }
  const list = (issuer: Party) =>
    issueCrl({
      issuer,
      entries: state.revoked.map(serial => ({ serial, at: from })),
      number: 1,
      thisUpdate: clock.now(),
      nextUpdate: new Date(clock.now().getTime() + 86_400_000),
    })
  const revocation = createRevocation({
    fetch: async url => new Response(new Uint8Array(list(String(url) === rootUrl ? root : ca))),
    clock,
    allowHosts: () => true,
    log: silentLog,
  })
  const counted: string[] = []
  const checker = createCertificateChecker({
    anchors: async bank => (bank === 'abc' ? state.anchors : []),
    revocation,
    clock,
    meter: { certificateVerdict: verdict => counted.push(verdict) },
  })
  const check = (leaf: Uint8Array | Party = shield, use: CertificateUse = 'sign', bank = 'abc') =>
    codeOfAsync(() => checker.check({ bank, leaf: 'certificate' in leaf ? leaf.certificate.der : leaf, use }))
  return { clock, state, revocation, checker, check, counted }
}

describe('checking a certificate for a login', () => {
  it('accepts a good one and gives it back, from DER, PEM and as read', async () => {
    const { checker } = open()
    for (const leaf of [shield.certificate.der, Buffer.from(pem(shield.certificate.der)), readCertificate(shield.certificate.der)]) {
      const certificate = await checker.check({ bank: 'abc', leaf, use: 'sign' })
      expect(certificate.thumbprint).to.equal(shield.certificate.thumbprint)
    }
  })

  it('refuses each certificate of a pair for the other’s use', async () => {
    const { check } = open()
    expect(await check(encrypt, 'sign')).to.equal('certificate_wrong_use')
    expect(await check(encrypt, 'encrypt')).to.equal('accepted')
    expect(await check(shield, 'encrypt')).to.equal('certificate_wrong_use')
    expect(await check(encrypt, 'sign')).to.equal('certificate_wrong_use')
  })

  it('refuses a CA, another bank’s shield, junk and a shield of an unknown CA', async () => {
    const { check } = open()
    const caThatSigns = makeUnder(root, 'CA as shield', {
      profile: 'single',
      extensions: [],
    })
    expect(await check(caThatSigns)).to.equal('revocation_unknown')
    expect(await check(ca)).to.equal('certificate_wrong_use')
    expect(await check(shield, 'sign', 'icbc')).to.equal('certificate_untrusted')
    expect(await check(Buffer.from('junk'))).to.equal('certificate_malformed')
    expect(await check(makeUnder(makeRoot('Root'), 'shield', { crlUrl }))).to.equal('certificate_untrusted')
  })

  it('refuses a revoked shield at the next check, though its path is remembered', async () => {
    const { check, state, revocation } = open()
    expect(await check()).to.equal('accepted')
    state.revoked = [shield.certificate.serial]
    revocation.invalidate(crlUrl)
    expect(await check()).to.equal('certificate_revoked')
  })

  it('refuses every shield of a revoked CA', async () => {
    const { check, state } = open()
    state.revoked = [ca.certificate.serial]
    expect(await check()).to.equal('certificate_revoked')
  })

  it('refuses a shield that expires while its verdict is remembered', async () => {
    const { check, clock } = open()
    const short = makeUnder(ca, 'short', { crlUrl, notAfter: new Date(at.getTime() + 60_000) })
    expect(await check(short)).to.equal('accepted')
    clock.advance(61_000)
    expect(await check(short)).to.equal('certificate_expired')
  })

  it('refuses what a changed trust list no longer trusts, at once', async () => {
    const { check, state } = open()
    expect(await check()).to.equal('accepted')
    state.anchors = [makeRoot('Root').certificate, ca.certificate]
    expect(await check()).to.equal('certificate_untrusted')
  })

  it('takes intermediates that come along as candidates, never as roots', async () => {
    const { checker } = open([root.certificate])
    const question = { bank: 'abc', leaf: shield.certificate, use: 'sign' } as const
    expect(await codeOfAsync(() => checker.check(question))).to.equal('certificate_untrusted')
    expect(await codeOfAsync(() => checker.check({ ...question, chain: [ca.certificate] }))).to.equal('accepted')
    const [evilRoot] = [makeRoot('Evil')]
    const evil = makeUnder(evilRoot, 'x', { crlUrl })
    expect(await codeOfAsync(() => checker.check({ ...question, leaf: evil.certificate, chain: [evilRoot.certificate] }))).to.equal(
      'certificate_untrusted',
    )
  })

  describe('under a trust list with versions', () => {
    function openVersioned() {
      const { clock, revocation } = open()
      const state: { trust: Trust; looked: string[] } = {
        trust: { version: 1, roots: [root.certificate], intermediates: [ca.certificate] },
        looked: [],
      }
      const checker = createCertificateChecker({
        anchors: async () => state.trust,
        revocation,
        clock,
        onLookup: outcome => state.looked.push(outcome),
      })
      const check = (use: CertificateUse = 'sign') => codeOfAsync(() => checker.check({ bank: 'abc', leaf: shield.certificate.der, use }))
      return { state, checker, check }
    }

    it('reaches a verdict once a version', async () => {
      const { state, check, checker } = openVersioned()
      await check()
      await check()
      state.trust = { ...state.trust, version: 2 }
      await check()
      await check()
      expect(state.looked).to.deep.equal(['miss', 'hit', 'miss', 'hit'])
      expect(checker.state()).to.deep.equal({ entries: 1, hits: 2, misses: 2 })
    })

    it('refuses at once what the next version leaves out, and takes it back with the one after', async () => {
      const { state, check } = openVersioned()
      expect(await check()).to.equal('accepted')
      state.trust = { version: 2, roots: [makeRoot('Root').certificate], intermediates: [ca.certificate] }
      expect(await check()).to.equal('certificate_untrusted')
      state.trust = { version: 3, roots: [root.certificate], intermediates: [ca.certificate] }
      expect(await check()).to.equal('accepted')
    })

    it('trusts no intermediate as a root, though it signed itself', async () => {
      const { state, check } = openVersioned()
      state.trust = { version: 2, roots: [], intermediates: [root.certificate, ca.certificate] }
      expect(await check()).to.equal('certificate_untrusted')
    })

    it('looks again at a path through a certificate that was called out', async () => {
      const { state, check, checker } = openVersioned()
      await check()
      checker.invalidate({ thumbprint: ca.certificate.thumbprint })
      await check()
      checker.invalidate({ bank: 'icbc' })
      await check()
      checker.invalidate({ bank: 'abc' })
      await check()
      checker.invalidate()
      await check()
      expect(state.looked).to.deep.equal(['miss', 'miss', 'hit', 'miss', 'miss'])
    })
  })

  it('asks about the shield for the use it is wanted for, and about the CAs as authorities', async () => {
    const asked: unknown[] = []
    const checker = createCertificateChecker({
      anchors: async () => [root.certificate, ca.certificate],
      revocation: {
        check: async (certificate, issuer, question) => {
          asked.push([certificate.serial, issuer.serial, question?.purpose])
        },
      },
      clock: fixedClock(at),
    })
    await checker.check({ bank: 'abc', leaf: shield.certificate, use: 'sign' })
    await checker.check({ bank: 'abc', leaf: encrypt.certificate, use: 'encrypt' })
    const [leafSerial, pairSerial, caSerial, rootSerial] = [shield, encrypt, ca, root].map(({ certificate }) => certificate.serial)
    expect(asked).to.deep.equal([
      [leafSerial, caSerial, 'login'],
      [caSerial, rootSerial, 'authority'],
      [pairSerial, caSerial, 'encryption'],
      [caSerial, rootSerial, 'authority'],
    ])
  })

  it('throws a BrokerError whatever the trust list or the revocation service throws', async () => {
    const broken = () => Promise.reject(new RangeError('out of order'))
    const { checker, revocation } = {
      ...open(),
      checker: createCertificateChecker({ anchors: broken, revocation: open().revocation, clock: fixedClock(at) }),
    }
    expect(await codeOfAsync(() => checker.check({ bank: 'abc', leaf: shield.certificate, use: 'sign' }))).to.equal('internal')
    const other = createCertificateChecker({
      anchors: async () => [root.certificate, ca.certificate],
      revocation: { ...revocation, check: broken },
      clock: fixedClock(at),
    })
    expect(await codeOfAsync(() => other.check({ bank: 'abc', leaf: shield.certificate, use: 'sign' }))).to.equal('internal')
  })

  it('counts every verdict', async () => {
    const { check, counted } = open()
    await check()
    await check(encrypt)
    expect(counted).to.deep.equal(['ok', 'certificate_wrong_use'])
  })

  it('costs no signature when it is asked again', async () => {
    const { checker } = open()
    const leaf = shield.certificate.der
    await checker.check({ bank: 'abc', leaf, use: 'sign' })
    const began = process.cpuUsage()
    for (let i = 0; i < 20_000; i++) await checker.check({ bank: 'abc', leaf, use: 'sign' })
    // twenty thousand SM2 verifications take 5.6 s where this takes a tenth
    expect(process.cpuUsage(began).user / 1000).to.be.lessThan(3000)
  })
})
