import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { bankData, type ShieldBank } from '../../bank-adapters/bank-data.ts'
import type { AdapterDeps, Answer, Attempt } from '../../bank-adapters/contract.ts'
import { shieldKind } from '../../bank-adapters/shield.ts'
import { readableText } from '../../bank-adapters/shield-agent/words.ts'
import { fixedClock, minutes, seconds } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { algorithmFor } from '../../server/pki/algorithms.ts'
import { createCertificateChecker } from '../../server/pki/checker.ts'
import { signCms } from '../../server/pki/cms.ts'
import { issueCrl } from '../../server/pki/issue-revocation.ts'
import { pem } from '../../server/pki/pem.ts'
import { createRevocation } from '../../server/pki/revocation.ts'
import { laterFailure } from '../shield-agent/failure.ts'
import { type HolderWishes, newBank, newShield, type TestShield, USCC } from '../shield-agent/shields.ts'

const START = '2026-11-21T02:00:00.000Z'
const CRL_URL = 'http://bank.test/abc.crl'

describe('the shield adapter', () => {
  const bank = newBank('Test ABC CA')
  const holder = (wishes: HolderWishes = {}) => newShield(bank, { crlUrl: CRL_URL, ...wishes })
  const shield = holder()
  const legal = holder({ unit: '法定代表人', person: '示范乙' })
  const rsa = holder({ kind: 'RSA-single' })

  function open(change: Partial<ShieldBank> = {}) {
    const clock = fixedClock(START)
    const seen = new Set<string>()
    const revoked = new Set<string>()
    const fetchCrl = async () => {
      const now = clock.now()
      const entries = [...revoked].map(serial => ({ serial, at: now }))
      return new Response(
        Uint8Array.from(issueCrl({ issuer: bank, entries, number: 1, thisUpdate: now, nextUpdate: new Date(now.getTime() + minutes(60)) })),
      )
    }
    const revocation = createRevocation({ fetch: fetchCrl, clock, allowHosts: host => host === 'bank.test', log: silentLog })
    const checker = createCertificateChecker({ anchors: async () => [bank.certificate], revocation, clock })
    const deps: AdapterDeps = {
      clock,
      fetch,
      checkCertificate: input => checker.check(input),
      once: async id => !seen.has(id) && seen.add(id).has(id),
      seen: async id => seen.has(id),
      keys: { clientJwk: () => Promise.reject(new Error('not used')), saml: () => Promise.reject(new Error('not used')) },
      publicUrl: 'http://shield.test',
    }
    const data = bankData.parse({
      protocol: 'shield',
      id: 'abc',
      name: { zh: '农行', en: 'ABC' },
      mark: { text: '农', color: '#00695c' },
      anchors: '/nowhere/anchors.pem',
      subjectProfile: 'gbt20518',
      hosts: ['bank.test'],
      help: { zh: '到柜台', en: 'at the counter' },
      agentUrl: 'ws://127.0.0.1:13553',
      algorithms: ['SM2', 'RSA'],
      ...change,
    })
    return { adapter: shieldKind(data, deps), clock, revoked }
  }

  const attempt = (change: Partial<Attempt['binding']> & { id?: string } = {}): Attempt => {
    const { id = 'attempt-1', ...binding } = change
    return {
      id,
      trace: 'K7QM-3F9T',
      callbackUrl: 'http://shield.test/login/1/shield',
      needs: 'shield',
      afresh: false,
      binding: {
        origin: 'http://shield.test',
        relyingParty: 'demo-center',
        relyingPartyName: '演示交易中心',
        purpose: 'login',
        browser: 'browser-1',
        ...binding,
      },
    }
  }

  async function begin(opened: ReturnType<typeof open>, at = attempt()) {
    const { challenge, memo } = await opened.adapter.begin(at)
    if (challenge.kind !== 'sign') throw new Error(challenge.kind)
    return { text: challenge.text, challenge, memo }
  }

  type Signer = TestShield['sign']
  const answer = (signer: Signer, text: string, change: Partial<Extract<Answer, { kind: 'signature' }>> = {}): Answer => ({
    kind: 'signature',
    certificate: signer.certificate.der.toString('base64'),
    signature: algorithmFor(signer.privateKey).sign(signer.privateKey, Buffer.from(text, 'utf8')).toString('base64'),
    algorithm: signer.certificate.keyName,
    ...change,
  })

  /** one login from beginning to end, with something done wrong on the way */
  async function outcome(
    signer: Signer,
    wrong: {
      change?: Parameters<typeof answer>[2]
      text?: (text: string) => string
      bank?: Partial<ShieldBank>
      meanwhile?: (opened: ReturnType<typeof open>) => void
    } = {},
  ) {
    const opened = open(wrong.bank)
    const { text, memo } = await begin(opened)
    wrong.meanwhile?.(opened)
    return await laterFailure(opened.adapter.complete(attempt(), answer(signer, wrong.text?.(text) ?? text, wrong.change), memo))
  }

  it('asks to sign words that a person can read and that say all they are bound to', async () => {
    const { text, challenge } = await begin(open())
    for (const part of ['演示交易中心', 'demo-center', 'http://shield.test', '农行', START, 'attempt-1', '用途:登录']) expect(text).to.contain(part)
    expect(text).not.to.contain('browser-1')
    expect(readableText(text).words).to.equal(text)
    expect(challenge).to.include({ agentUrl: 'ws://127.0.0.1:13553' })
  })

  it('tells the page whose shields to offer, by the names in the anchors', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'anchors-'))
    try {
      const anchors = join(folder, 'anchors.pem')
      writeFileSync(anchors, pem(bank.certificate.der) + pem(newBank('Test ABC RSA CA').certificate.der))
      expect((await begin(open({ anchors }))).challenge.issuers).to.deep.equal(['Test ABC CA', 'Test ABC RSA CA'])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('never asks twice with the same words', async () => {
    const opened = open()
    expect((await begin(opened)).text).not.to.equal((await begin(opened)).text)
  })

  it('lets no center write lines of its own into the words', async () => {
    const { text } = await begin(open(), attempt({ relyingPartyName: '中心\n银行:工行\u202E' }))
    expect(text.split('\n')).to.have.length((await begin(open())).text.split('\n').length)
    expect(readableText(text).words).to.equal(text)
  })

  it('reads company, person, role and certificate out of what was proven', async () => {
    const opened = open()
    const { text, memo } = await begin(opened)
    const identity = await opened.adapter.complete(attempt(), answer(shield.sign, text), memo)
    expect(identity).to.deep.include({
      bank: 'abc',
      person: { name: '示范甲' },
      seats: [{ uscc: USCC, name: '演示测试(示范)有限公司', role: 'operator' }],
      assurance: 'shield',
      methods: ['hwk', 'pin'],
      authenticatedAt: START,
    })
    expect(identity.certificate).to.include({
      serial: shield.sign.certificate.serial,
      thumbprint: shield.sign.certificate.thumbprint,
      algorithm: 'SM2',
    })
  })

  it('knows the legal representative by the certificate', async () => {
    const opened = open()
    const { text, memo } = await begin(opened)
    expect((await opened.adapter.complete(attempt(), answer(legal.sign, text), memo)).seats[0]?.role).to.equal('legal-representative')
  })

  it('takes the person for the same after the shield was renewed', async () => {
    const opened = open()
    const [before, after] = [await begin(opened), await begin(opened)]
    const first = await opened.adapter.complete(attempt(), answer(shield.sign, before.text), before.memo)
    const second = await opened.adapter.complete(attempt(), answer(holder().sign, after.text), after.memo)
    expect(second.subject).to.equal(first.subject)
    expect(second.certificate?.serial).not.to.equal(first.certificate?.serial)
  })

  it('takes an identity number from a certificate as a digest only', async () => {
    const opened = open()
    const { text, memo } = await begin(opened)
    const identity = await opened.adapter.complete(attempt(), answer(holder({ code: '99000019800101001X' }).sign, text), memo)
    expect(identity.person.idDigest).to.match(/^[0-9a-f]{64}$/)
    expect(JSON.stringify(identity)).not.to.contain('99000019800101001X')
  })

  it('takes an older RSA shield and a signed message of GB/T 35275', async () => {
    const opened = open()
    const one = await begin(opened)
    expect((await opened.adapter.complete(attempt(), answer(rsa.sign, one.text), one.memo)).certificate?.algorithm).to.equal('RSA')
    for (const { sign } of [shield, rsa]) {
      const { text, memo } = await begin(opened)
      const message = signCms({ content: Buffer.from(text), ...sign, detached: false }).toString('base64')
      const given = answer(sign, text, { signature: message, algorithm: `${sign.certificate.keyName}-P7` })
      expect((await opened.adapter.complete(attempt(), given, memo)).bank).to.equal('abc')
    }
  })

  describe('refuses', () => {
    it('a signature that comes too late', async () => {
      expect(await outcome(shield.sign, { meanwhile: ({ clock }) => clock.advance(seconds(181)) })).to.equal('challenge_expired')
    })

    it('a signature that comes a second time', async () => {
      const opened = open()
      const { text, memo } = await begin(opened)
      await opened.adapter.complete(attempt(), answer(shield.sign, text), memo)
      expect(await laterFailure(opened.adapter.complete(attempt(), answer(shield.sign, text), memo))).to.equal('challenge_used')
    })

    it('all but one of the same signature sent many times at once', async () => {
      const opened = open()
      const { text, memo } = await begin(opened)
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, () => laterFailure(opened.adapter.complete(attempt(), answer(shield.sign, text), memo))),
      )
      expect(outcomes.filter(code => code === 'challenge_used')).to.have.length(9)
    })

    it('a signature recorded at another login', async () => {
      const opened = open()
      const [recorded, now] = [await begin(opened), await begin(opened)]
      expect(await laterFailure(opened.adapter.complete(attempt(), answer(shield.sign, recorded.text), now.memo))).to.equal('signature_invalid')
    })

    for (const [what, change] of Object.entries({
      'of another browser': { browser: 'browser-2' },
      'for another center': { relyingParty: 'other-center' },
      'shown on another page': { origin: 'http://evil.test' },
      'of another attempt': { id: 'attempt-2' },
    }))
      it(`a challenge ${what}`, async () => {
        const opened = open()
        const { text, memo } = await begin(opened)
        expect(await laterFailure(opened.adapter.complete(attempt(change), answer(shield.sign, text), memo))).to.equal('challenge_mismatch')
      })

    it('a signature over other words', async () => {
      expect(await outcome(shield.sign, { text: text => `${text} ` })).to.equal('signature_invalid')
    })

    it('a signature by another key than the certificate’s', async () => {
      const certificate = shield.sign.certificate.der.toString('base64')
      expect(await outcome(legal.sign, { change: { certificate } })).to.equal('signature_invalid')
    })

    it('a signed message that holds other words, or comes with another certificate', async () => {
      const opened = open()
      const { text, memo } = await begin(opened)
      const message = (content: string) => signCms({ content: Buffer.from(content), ...shield.sign, detached: false }).toString('base64')
      const complete = (signature: string, certificate = shield.sign.certificate.der) =>
        laterFailure(
          opened.adapter.complete(
            attempt(),
            answer(shield.sign, text, { signature, algorithm: 'SM2-P7', certificate: certificate.toString('base64') }),
            memo,
          ),
        )
      expect(await complete(message(`${text}!`))).to.equal('challenge_mismatch')
      expect(await complete(message(text), legal.sign.certificate.der)).to.equal('signature_invalid')
      expect(await complete('AAAA')).to.equal('signature_invalid')
    })

    it('the encryption certificate', async () => {
      if (shield.encrypt === undefined) throw new Error('a dual shield')
      expect(await outcome(shield.encrypt)).to.equal('certificate_wrong_use')
    })

    it('a revoked certificate, from the moment the list says so', async () => {
      expect(await outcome(shield.sign, { meanwhile: ({ revoked }) => revoked.add(shield.sign.certificate.serial) })).to.equal('certificate_revoked')
    })

    it('a certificate of another authority, though it bears the same name', async () => {
      expect(await outcome(newShield(newBank('Test ABC CA')).sign)).to.equal('certificate_untrusted')
    })

    it('an expired certificate and one not valid yet', async () => {
      expect(await outcome(holder({ notAfter: new Date('2026-06-01') }).sign)).to.equal('certificate_expired')
      expect(await outcome(holder({ notBefore: new Date('2027-06-01') }).sign)).to.equal('certificate_not_yet_valid')
    })

    it('a company code with a wrong check character', async () => {
      expect(await outcome(holder({ uscc: '913502005562076640' }).sign)).to.equal('uscc_invalid')
    })

    it('an algorithm the bank does not use, one nobody knows, and one that is not the certificate’s', async () => {
      expect(await outcome(rsa.sign, { bank: { algorithms: ['SM2'] } })).to.equal('algorithm_refused')
      for (const algorithm of ['none', 'toString', '', 'RSA'])
        expect(await outcome(shield.sign, { change: { algorithm } }), algorithm).to.equal('algorithm_refused')
    })

    it('what is no certificate and no signature', async () => {
      for (const certificate of ['', '!!', 'AAAA', 'A'.repeat(20_000)])
        expect(await outcome(shield.sign, { change: { certificate } })).to.equal('certificate_malformed')
      for (const signature of ['', '!!', 'A'.repeat(20_000)])
        expect(await outcome(shield.sign, { change: { signature } })).to.equal('signature_invalid')
    })

    it('an answer of another kind', async () => {
      const opened = open()
      const { memo } = await begin(opened)
      expect(await laterFailure(opened.adapter.complete(attempt(), { kind: 'query', url: 'http://shield.test/?code=1' }, memo))).to.equal(
        'bad_request',
      )
    })
  })

  it('leaves the challenge usable when the answer was refused', async () => {
    const opened = open()
    const { text, memo } = await begin(opened)
    const wrong = answer(shield.sign, text, { signature: answerSignature(legal.sign, text) })
    expect(await laterFailure(opened.adapter.complete(attempt(), wrong, memo))).to.equal('signature_invalid')
    expect((await opened.adapter.complete(attempt(), answer(shield.sign, text), memo)).bank).to.equal('abc')
  })

  const answerSignature = (signer: Signer, text: string): string => {
    const made = answer(signer, text)
    return made.kind === 'signature' ? made.signature : ''
  }
})
