import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { BrokerError } from '../../server/kernel/errors.ts'
import { pem } from '../../server/pki/certificate.ts'
import { CertificateAnswer, CertificateBatchAnswer } from '../../server/recognition/answers.ts'
import { makeRoot, makeUnder } from '../pki/hierarchy.ts'
import { expectProblem, expectWords } from '../suites/api-site.ts'
import { authority, base64, COMPANY, derOf, openStage, revoked, type Stage, shield, stranger, USCC } from './stage.ts'

describe('recognition: certificates', () => {
  let stage: Stage
  before(async function () {
    this.timeout(60_000)
    stage = await openStage()
  })
  after(() => stage.close())
  const good = shield()
  const ask = (certificate: unknown, more: Record<string, unknown> = {}) => stage.post('certificates:verify', { certificate, use: 'login', ...more })

  it('says who holds a good one, where its issuer stands, and what it is good for', async () => {
    const { status, body } = await ask(derOf(good))
    expect(status).to.equal(200)
    expect(CertificateAnswer.parse(body)).to.deep.equal(body)
    expect(body).to.deep.include({
      valid: true,
      code: 'ok',
      use: 'login',
      uses: ['login', 'seal'],
      subject: { name: COMPANY, uscc: USCC, person: '张三' },
      revocation: 'good',
      reasons: [],
      trust_list_version: 7,
    })
    expect(body.issuer).to.include({ id: 'recognition-ca', region: '440100', qualification: 'none' })
    expect(body.path).to.have.length(3)
    expect(body.path[0]).to.equal(good.certificate.thumbprint)
    expect(body.certificate).to.include({ thumbprint: good.certificate.thumbprint, serial: good.certificate.serial, algorithm: 'SM2' })
  })

  it('never hands out the identity number that stands in the certificate', async () => {
    expect(good.certificate.der.includes('110101199003071234')).to.equal(true)
    expect((await ask(derOf(good))).text).not.to.include('110101199003071234')
  })

  it('reads DER in base64 and PEM alike', async () => {
    const one = await ask(derOf(good))
    const two = await ask(pem(good.certificate.der))
    expect(two.body).to.deep.equal(one.body)
  })

  it('gives every center the same answer, letter by letter', async () => {
    for (const party of [good, revoked, stranger]) {
      const [one, two] = await Promise.all(
        ['center-a', 'center-b'].map(token => stage.post('certificates:verify', { certificate: derOf(party), use: 'seal' }, { token })),
      )
      expect(one?.text).to.equal(two?.text)
      expect(one?.status).to.equal(200)
    }
  })

  describe('answers each thing that can be wrong with its own code, in both languages', () => {
    const expired = shield({ notAfter: new Date('2027-01-01T00:00:00Z') })
    const early = shield({ notBefore: new Date('2028-01-01T00:00:00Z') })
    const encrypting = shield({ profile: 'encrypt' })
    const nameless = makeUnder(authority, 'nobody')
    const forged = Buffer.from(good.certificate.der)
    forged[forged.length - 5] = (forged[forged.length - 5] ?? 0) ^ 1
    const noCa = makeUnder(good, 'issued by a shield')
    for (const [sentence, certificate, code, more] of [
      ['expired', derOf(expired), 'certificate_expired', {}],
      ['not yet valid', derOf(early), 'certificate_not_yet_valid', {}],
      ['revoked', derOf(revoked), 'certificate_revoked', {}],
      ['of an issuer that nobody lists', derOf(stranger), 'certificate_untrusted', {}],
      ['signed by itself', derOf(makeRoot('self')), 'certificate_untrusted', {}],
      ['its signature is forged', base64(forged), 'certificate_untrusted', {}],
      ['its key is not for this', derOf(encrypting), 'certificate_wrong_use', {}],
      ['its CA is not qualified', derOf(good), 'certificate_wrong_use', { use: 'government-seal' }],
      ['a chain that breaks the rules', derOf(noCa), 'certificate_chain_invalid', { chain: [derOf(good)] }],
      ['not base64', '这不是证书', 'certificate_malformed', {}],
      ['base64 of noise', base64(randomBytes(300)), 'certificate_malformed', {}],
      ['DER that ends early', base64(good.certificate.der.subarray(0, 200)), 'certificate_malformed', {}],
      ['one byte too many', base64(Buffer.concat([good.certificate.der, Buffer.of(0)])), 'certificate_malformed', {}],
      ['an empty SEQUENCE', 'MAA=', 'certificate_malformed', {}],
    ] as const) {
      it(`${code}: ${sentence}`, async () => {
        const { status, body } = await ask(certificate, more)
        expect(status).to.equal(200)
        expect(CertificateAnswer.parse(body)).to.deep.equal(body)
        expect(body).to.include({ valid: false, code })
        expect(body.reasons[0].code).to.equal(code)
        expectWords(body.reasons[0])
      })
    }

    it('is good again at a time before it expired', async () => {
      expect((await ask(derOf(expired), { at: '2026-06-01T08:00:00+08:00' })).body).to.include({ valid: true, at: '2026-06-01T00:00:00.000Z' })
    })
    it('an encryption certificate is good for what it is for', async () => {
      expect((await ask(derOf(encrypting), { use: 'encryption' })).body).to.deep.include({ valid: true, uses: ['encryption'] })
    })
    it('a certificate in which no company stands has no holder to show', async () => {
      const { body } = await ask(derOf(nameless))
      expect(body).to.include({ valid: false, code: 'subject_unreadable' })
      expect(body).not.to.have.property('subject')
    })
  })

  describe('refuses what is no question', () => {
    for (const [sentence, body, code, status] of [
      ['no JSON', '{"certificate": ', 'bad_request', 400],
      ['a text', '"MIIC"', 'bad_request', 400],
      ['an array', '[]', 'bad_request', 400],
      ['null', 'null', 'bad_request', 400],
      ['no use', { certificate: derOf(good) }, 'bad_request', 400],
      ['a use that is none', { certificate: derOf(good), use: 'vote' }, 'bad_request', 400],
      ['a number for a certificate', { certificate: 5, use: 'login' }, 'bad_request', 400],
      ['a list for a certificate', { certificate: [derOf(good)], use: 'login' }, 'bad_request', 400],
      ['a time that is none', { certificate: derOf(good), use: 'login', at: 'yesterday' }, 'bad_request', 400],
      ['the future', { certificate: derOf(good), use: 'login', at: '2027-06-01T12:05:01Z' }, 'bad_request', 400],
      [
        'a misspelt member, which would change the question if it were passed over',
        { certificate: derOf(good), use: 'login', At: '2026-01-01T00:00:00Z' },
        'bad_request',
        400,
      ],
      ['a chain of noise', { certificate: derOf(good), use: 'login', chain: ['noise'] }, 'bad_request', 400],
      ['a certificate beyond 64 KiB', { certificate: 'A'.repeat(100_000), use: 'login' }, 'too_large', 413],
      ['a body beyond 10 MiB', { certificate: 'A'.repeat(10 * 1024 * 1024), use: 'login' }, 'too_large', 413],
      ['a prototype', '{"certificate":"MAA=","use":"login","__proto__":{"at":"x"}}', 'bad_request', 400],
    ] as const) {
      it(`${code}: ${sentence}`, async () => {
        expectProblem(await stage.post('certificates:verify', body), status, code)
      })
    }

    it('a body of another type, and a compressed one', async () => {
      const body = JSON.stringify({ certificate: derOf(good), use: 'login' })
      expectProblem(await stage.post('certificates:verify', body, { headers: { 'content-type': 'text/plain' } }), 400, 'bad_request')
      expectProblem(await stage.post('certificates:verify', body, { headers: { 'content-encoding': 'gzip' } }), 400, 'bad_request')
    })

    it('a fault of our own is told as such, not as a bad certificate', async () => {
      stage.hooks.before = async () => {
        throw new BrokerError('database_unavailable', 'secret-host refused the connection')
      }
      const answer = await ask(derOf(good))
      stage.hooks.before = undefined
      expectProblem(answer, 503, 'database_unavailable')
      expect(answer.text).not.to.include('secret-host')
    })
  })

  describe('many at once', () => {
    it('answers in the order asked, and a bad item does not touch the others', async () => {
      const items = [
        { id: 'first', certificate: derOf(good), use: 'login' },
        { id: 'second', certificate: 7, use: 'login' },
        null,
        { certificate: derOf(revoked), use: 'login' },
        { id: 'fifth', certificate: 'A'.repeat(100_000), use: 'login' },
        { id: 'x'.repeat(65), certificate: derOf(good), use: 'login' },
        { id: 'last', certificate: derOf(good), use: 'seal' },
      ]
      const { status, body } = await stage.post('certificates:verifyBatch', { items })
      expect(status).to.equal(200)
      expect(CertificateBatchAnswer.parse(body)).to.deep.equal(body)
      const told = body.results.map((result: Record<string, Record<string, string>>) => [
        result['index'],
        result['id'],
        result['answer']?.['code'] ?? result['problem']?.['code'],
      ])
      expect(told).to.deep.equal([
        [0, 'first', 'ok'],
        [1, 'second', 'bad_request'],
        [2, undefined, 'bad_request'],
        [3, undefined, 'certificate_revoked'],
        [4, 'fifth', 'too_large'],
        [5, undefined, 'too_large'],
        [6, 'last', 'ok'],
      ])
      expect(body.counts).to.deep.equal({ valid: 2, invalid: 1, failed: 4 })
      expect(body.results[1].problem.expected).to.include('certificate')
      expectWords(body.results[1].problem)
      const single = await ask(derOf(good))
      expect(body.results[0].answer).to.deep.equal(single.body)
    })

    it('1,000 different certificates within 5 seconds, in order', async function () {
      this.timeout(120_000)
      const keys = { publicKey: good.publicKey, privateKey: good.privateKey }
      const shields = Array.from({ length: 1000 }, () => shield({ keys }))
      const began = performance.now()
      const { body } = await stage.post('certificates:verifyBatch', { items: shields.map(each => ({ certificate: derOf(each), use: 'login' })) })
      expect(performance.now() - began).to.be.below(5000)
      expect(body.counts).to.deep.equal({ valid: 1000, invalid: 0, failed: 0 })
      expect(body.results.map((result: { answer: { certificate: { serial: string } } }) => result.answer.certificate.serial)).to.deep.equal(
        shields.map(each => each.certificate.serial),
      )
    })

    it('more than 1,000 items, none, and no list are refused as a whole', async () => {
      const item = { certificate: 'MAA=', use: 'login' }
      expectProblem(await stage.post('certificates:verifyBatch', { items: Array.from({ length: 1001 }, () => item) }), 413, 'too_large')
      expectProblem(await stage.post('certificates:verifyBatch', { items: [] }), 400, 'bad_request')
      expectProblem(await stage.post('certificates:verifyBatch', { items: item }), 400, 'bad_request')
      expectProblem(await stage.post('certificates:verifyBatch', [item]), 400, 'bad_request')
    })

    it('a fault of ours in one item is that item’s', async () => {
      stage.hooks.before = async certificate => {
        if (certificate.thumbprint === revoked.certificate.thumbprint) throw new TypeError('inner words')
      }
      const { body, text } = await stage.post('certificates:verifyBatch', {
        items: [good, revoked, good].map(each => ({ certificate: derOf(each), use: 'login' })),
      })
      stage.hooks.before = undefined
      expect(
        body.results.map((result: { problem?: { code: string }; answer?: { code: string } }) => result.problem?.code ?? result.answer?.code),
      ).to.deep.equal(['ok', 'internal', 'ok'])
      expect(text).not.to.include('inner words')
    })
  })
})
