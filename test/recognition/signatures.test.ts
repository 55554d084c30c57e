import { createHash, createSign, type KeyObject, randomBytes } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { algorithmFor } from '../../server/pki/algorithms.ts'
import { pem } from '../../server/pki/certificate.ts'
import { signCms } from '../../server/pki/cms.ts'
import { signCmsBy } from '../../server/pki/cms-sign.ts'
import { signSm2 } from '../../server/pki/sm2.ts'
import { za } from '../../server/pki/sm2-key.ts'
import { readSignature } from '../../server/pki/sm2-signature.ts'
import type { AlgorithmName, HashName } from '../../server/recognition/algorithms.ts'
import { SignatureAnswer, SignatureBatchAnswer } from '../../server/recognition/answers.ts'
import type { Party } from '../pki/hierarchy.ts'
import { expectProblem, expectWords } from '../suites/api-site.ts'
import { base64, derOf, openStage, revoked, type Stage, shield, stranger } from './stage.ts'

const data = Buffer.from('投标文件 bid document')
const sm2 = shield()
const rsa = shield({}, 'RSA')
const ecdsa = shield({}, 'ECDSA')
const sign = (party: Party, hash: 'sha256' | 'sha384' | 'sha512', what: Uint8Array = data) => createSign(hash).update(what).sign(party.privateKey)

interface Way {
  algorithm: AlgorithmName
  party: Party
  signature: Buffer
  /** what was signed, as one who keeps the data computes it */
  digest: string
}
const digestOf = (hash: string) => createHash(hash).update(data).digest('hex')
const sm2Digest = (key: KeyObject) => createHash('sm3').update(za(key)).update(data).digest('hex')
const ways: Way[] = [
  { algorithm: 'SM2-SM3', party: sm2, signature: signSm2(sm2.privateKey, data), digest: sm2Digest(sm2.publicKey) },
  { algorithm: 'RSA-SHA256', party: rsa, signature: sign(rsa, 'sha256'), digest: digestOf('sha256') },
  { algorithm: 'RSA-SHA384', party: rsa, signature: sign(rsa, 'sha384'), digest: digestOf('sha384') },
  { algorithm: 'RSA-SHA512', party: rsa, signature: sign(rsa, 'sha512'), digest: digestOf('sha512') },
  { algorithm: 'ECDSA-SHA256', party: ecdsa, signature: sign(ecdsa, 'sha256'), digest: digestOf('sha256') },
  { algorithm: 'ECDSA-SHA384', party: ecdsa, signature: sign(ecdsa, 'sha384'), digest: digestOf('sha384') },
  { algorithm: 'ECDSA-SHA512', party: ecdsa, signature: sign(ecdsa, 'sha512'), digest: digestOf('sha512') },
]

describe('recognition: signatures', () => {
  let stage: Stage
  before(async function () {
    this.timeout(60_000)
    stage = await openStage()
  })
  after(() => stage.close())
  const ask = (question: Record<string, unknown>) => stage.post('signatures:verify', { use: 'seal', ...question })
  const raw = (way: Way) => ({
    format: 'raw',
    algorithm: way.algorithm,
    certificate: derOf(way.party),
    signature: base64(way.signature),
    data: base64(data),
  })
  const overDigest = (way: Way) => ({
    format: 'digest',
    algorithm: way.algorithm,
    certificate: derOf(way.party),
    signature: base64(way.signature),
    digest: way.digest,
  })

  for (const way of ways) {
    describe(way.algorithm, () => {
      it('is good over the data and over its digest, and says whose', async () => {
        for (const question of [raw(way), overDigest(way)]) {
          const { status, body } = await ask(question)
          expect(status).to.equal(200)
          expect(SignatureAnswer.parse(body)).to.deep.equal(body)
          expect(body, JSON.stringify(body)).to.include({ valid: true, code: 'ok' })
          expect(body.signers[0]).to.include({ valid: true, signature: 'good' })
          expect(body.signers[0].certificate.certificate.thumbprint).to.equal(way.party.certificate.thumbprint)
        }
      })
      it('is bad over other data and another digest', async () => {
        const other = { ...raw(way), data: base64(Buffer.from('other')) }
        const otherDigest = { ...overDigest(way), digest: `${way.digest.startsWith('0') ? '1' : '0'}${way.digest.slice(1)}` }
        for (const question of [other, otherDigest]) {
          const { body } = await ask(question)
          expect(body).to.include({ valid: false, code: 'signature_invalid' })
          expect(body.signers[0]).to.include({ signature: 'bad' })
          expect(body.signers[0]).not.to.have.property('certificate')
          expectWords(body.signers[0].reasons[0])
        }
      })
      it('is refused with a digest of another length', async () => {
        const { body } = await ask({ ...overDigest(way), digest: 'ab'.repeat(way.digest.length === 64 ? 48 : 32) })
        expect(body).to.include({ valid: false, code: 'algorithm_refused' })
      })
    })
  }

  it('an SM2 signature is read as 64 bytes r||s too', async () => {
    const plain = readSignature(ways[0]?.signature ?? Buffer.of())
    const way = { ...ways[0], signature: plain } as Way
    expect((await ask(raw(way))).body.valid).to.equal(true)
    expect((await ask(overDigest(way))).body.valid).to.equal(true)
  })

  it('the SM3 of the data alone is not what SM2 signs', async () => {
    expect((await ask({ ...overDigest(ways[0] as Way), digest: digestOf('sm3') })).body.code).to.equal('signature_invalid')
  })

  it('a bad signature sets no question about its certificate in motion', async () => {
    const before = stage.hooks.asked
    await ask({ ...raw(ways[0] as Way), data: base64(Buffer.from('other')) })
    expect(stage.hooks.asked).to.equal(before)
  })

  describe('a good signature by a certificate that is none', () => {
    for (const [code, party] of [
      ['certificate_revoked', revoked],
      ['certificate_untrusted', stranger],
      ['certificate_expired', shield({ notAfter: new Date('2027-01-01T00:00:00Z') })],
    ] as const) {
      it(code, async () => {
        const { body } = await ask(raw({ algorithm: 'SM2-SM3', party, signature: signSm2(party.privateKey, data), digest: '' }))
        expect(body).to.include({ valid: false, code })
        expect(body.signers[0]).to.include({ signature: 'good', code })
        expectWords(body.signers[0].certificate.reasons[0])
      })
    }
    it('an encryption certificate', async () => {
      const party = shield({ profile: 'encrypt' })
      const { body } = await ask(raw({ algorithm: 'SM2-SM3', party, signature: signSm2(party.privateKey, data), digest: '' }))
      expect(body).to.include({ valid: false, code: 'certificate_wrong_use' })
    })
  })

  describe('wrong algorithms and keys', () => {
    for (const [sentence, change, code] of [
      ['a key of another kind', { algorithm: 'RSA-SHA256' }, 'algorithm_refused'],
      ['somebody else’s key', { certificate: derOf(revoked) }, 'signature_invalid'],
      ['a signature of noise', { signature: base64(randomBytes(71)) }, 'signature_invalid'],
      ['a signature of zeros', { signature: base64(Buffer.alloc(64)) }, 'signature_invalid'],
      ['a certificate of noise', { certificate: base64(randomBytes(200)) }, 'certificate_malformed'],
    ] as const) {
      it(`${code}: ${sentence}`, async () => {
        expect((await ask({ ...raw(ways[0] as Way), ...change })).body).to.include({ valid: false, code })
      })
    }
    for (const algorithm of ['RSA-SHA1', 'RSA-PSS', 'none', 'SM2-SHA256']) {
      it(`${algorithm} is refused by name`, async () => expectProblem(await ask({ ...raw(ways[0] as Way), algorithm }), 422, 'algorithm_refused'))
    }
    for (const [sentence, change, code, status] of [
      ['data that is not base64', { data: 'no base64!' }, 'bad_request', 400],
      ['base64 without padding', { data: 'aGVsbG8' }, 'bad_request', 400],
      ['a signature beyond any algorithm', { signature: base64(randomBytes(4096)) }, 'too_large', 413],
      ['data beyond 7 MiB', { data: base64(Buffer.alloc(7 * 1024 * 1024 + 3)) }, 'too_large', 413],
      ['an algorithm that is a number', { algorithm: 1, use: 7 }, 'bad_request', 400],
      ['a format that is none', { format: 'xml' }, 'bad_request', 400],
      ['data and a digest', { digest: 'ab'.repeat(32) }, 'bad_request', 400],
      ['the use of an encryption certificate', { use: 'encryption' }, 'bad_request', 400],
    ] as const) {
      it(`${code}: ${sentence}`, async () => expectProblem(await ask({ ...raw(ways[0] as Way), ...change }), status, code))
    }
    it('data of just 7 MiB is let in', async () => {
      const large = Buffer.alloc(7 * 1024 * 1024, 7)
      expect((await ask({ ...raw(ways[0] as Way), data: base64(large), signature: base64(signSm2(sm2.privateKey, large)) })).body.valid).to.equal(
        true,
      )
    })
  })

  describe('signed messages', () => {
    for (const [name, party, hash] of [
      ['SM2', sm2, 'SM3'],
      ['RSA', rsa, 'SHA-256'],
      ['ECDSA', ecdsa, 'SHA-256'],
    ] as const) {
      const attached = signCms({
        content: data,
        certificate: party.certificate,
        privateKey: party.privateKey,
        detached: false,
        signingTime: new Date('2027-05-05T00:00:00Z'),
      })
      const detached = signCms({ content: data, certificate: party.certificate, privateKey: party.privateKey, detached: true })
      const nodeHash = algorithmFor(party.privateKey).digest
      it(`${name}: with the content, beside it, and beside its digest`, async () => {
        for (const question of [
          { format: 'cms', message: base64(attached) },
          { format: 'cms', message: pem(attached, 'PKCS7') },
          { format: 'cms', message: base64(detached), data: base64(data) },
          { format: 'cms-digest', message: base64(detached), hash: hash satisfies HashName, digest: digestOf(nodeHash) },
        ]) {
          const { body } = await ask(question)
          expect(SignatureAnswer.parse(body)).to.deep.equal(body)
          expect(body, JSON.stringify(body)).to.include({ valid: true, code: 'ok' })
        }
        expect((await ask({ format: 'cms', message: base64(attached) })).body.signers[0].signing_time).to.equal('2027-05-05T00:00:00.000Z')
      })
      it(`${name}: other content, another digest, no content`, async () => {
        for (const question of [
          { format: 'cms', message: base64(detached), data: base64(Buffer.from('other')) },
          { format: 'cms', message: base64(attached), data: base64(Buffer.from('other')) },
          { format: 'cms', message: base64(detached) },
          { format: 'cms-digest', message: base64(detached), hash, digest: 'ab'.repeat(32) },
          { format: 'cms-digest', message: base64(attached), hash, digest: 'ab'.repeat(32) },
        ]) {
          expect((await ask(question)).body).to.include({ valid: false, code: 'signature_invalid' })
        }
      })
    }

    it('of several signers is valid only when each is, and tells each apart', async () => {
      const of = (...parties: Party[]) => base64(signCmsBy({ content: data, detached: false, signers: parties }))
      expect((await ask({ format: 'cms', message: of(sm2, shield()) })).body).to.include({ valid: true })
      const { body } = await ask({ format: 'cms', message: of(sm2, revoked) })
      expect(body).to.include({ valid: false, code: 'certificate_revoked' })
      const byThumbprint = new Map(
        body.signers.map((signer: { valid: boolean; certificate: { certificate: { thumbprint: string } } }) => [
          signer.certificate.certificate.thumbprint,
          signer.valid,
        ]),
      )
      expect(byThumbprint.get(sm2.certificate.thumbprint)).to.equal(true)
      expect(byThumbprint.get(revoked.certificate.thumbprint)).to.equal(false)
    })

    it('that cannot be read is told so', async () => {
      for (const message of ['!!!', base64(randomBytes(400)), 'MAA=']) {
        expect((await ask({ format: 'cms', message })).body.code).to.be.oneOf(['message_malformed', 'signature_invalid'])
        expect((await ask({ format: 'cms-digest', message, hash: 'SM3', digest: 'ab'.repeat(32) })).body.code).to.be.oneOf([
          'message_malformed',
          'signature_invalid',
        ])
      }
    })

    it('with any one octet changed is refused where it is signed, never answers for another certificate, and is never an error of ours', async () => {
      const message = signCms({ content: data, certificate: sm2.certificate, privateKey: sm2.privateKey, detached: true })
      await fc.assert(
        fc.asyncProperty(fc.nat(message.length - 1), fc.integer({ min: 1, max: 255 }), async (index, flip) => {
          const changed = Buffer.from(message)
          changed[index] = (changed[index] ?? 0) ^ flip
          const digests = { hash: 'SM3', digest: digestOf('sm3') }
          for (const question of [
            { format: 'cms', message: base64(changed), data: base64(data) },
            { format: 'cms-digest', message: base64(changed), ...digests },
          ]) {
            const { status, body } = await ask(question)
            expect(status).to.equal(200)
            // the last octets are the signature; what is not signed (a version number) may change without harm
            if (index >= message.length - 60) expect(body.valid).to.equal(false)
            if (body.valid) expect(body.signers[0].certificate.certificate.thumbprint).to.equal(sm2.certificate.thumbprint)
          }
        }),
        { numRuns: 150 },
      )
    })
  })

  it('many at once are answered each by itself', async () => {
    const items = [raw(ways[0] as Way), { ...raw(ways[1] as Way), algorithm: 'MD5' }, overDigest(ways[4] as Way), 'noise', raw(ways[2] as Way)].map(
      item => (typeof item === 'string' ? item : { use: 'seal', ...item }),
    )
    const { body } = await stage.post('signatures:verifyBatch', { items })
    expect(SignatureBatchAnswer.parse(body)).to.deep.equal(body)
    const codes = body.results.map((result: { answer?: { code: string }; problem?: { code: string } }) => result.answer?.code ?? result.problem?.code)
    expect(codes).to.deep.equal(['ok', 'algorithm_refused', 'ok', 'bad_request', 'ok'])
  })
})
