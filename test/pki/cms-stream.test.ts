import { createHash, randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { expect } from 'chai'
import fc from 'fast-check'
import { algorithmFor } from '../../server/pki/algorithms.ts'
import { pem } from '../../server/pki/certificate.ts'
import { signCmsBy } from '../../server/pki/cms-sign.ts'
import { signAttachedCms, signDetachedCms } from '../../server/pki/cms-sign-stream.ts'
import { judgeCms } from '../../server/pki/cms-verify.ts'
import { type CmsStreamQuestion, judgeCmsStream } from '../../server/pki/cms-verify-stream.ts'
import { children, onlyElement } from '../../server/pki/der.ts'
import { context, integer, nothing, octets, oid, sequence, setOf, utf8 } from '../../server/pki/der-write.ts'
import { opensslBytes } from './cms-openssl.ts'
import { at, codeOfAsync, makeRoot, makeUnder } from './hierarchy.ts'

const ca = makeRoot('CA')
const SM2 = makeUnder(ca, 'SM2')
const RSA = makeUnder(ca, 'RSA', {}, 'RSA')
const ECDSA = makeUnder(ca, 'ECDSA', {}, 'ECDSA')
const content = randomBytes(300_000)

/** Bytes in pieces of this size. */
async function* pieces(bytes: Uint8Array, size: number) {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
}

async function judged(question: CmsStreamQuestion) {
  const got: Buffer[] = []
  const verdict = await judgeCmsStream({ ...question, onContent: piece => void got.push(Buffer.from(piece)) })
  return { ...verdict, content: Buffer.concat(got), codes: verdict.signers.map(each => (each.ok ? 'good' : each.code)) }
}

/** A GB/T 35275 message whose signer has no attributes, as CFCA's tools write it. */
function direct(party = SM2, over = content, inside: Buffer | 'beside' = over, times = 1, signature?: Buffer): Buffer {
  const { certificate, privateKey } = party
  const row = algorithmFor(privateKey)
  const digest = sequence(oid(party === SM2 ? '1.2.156.10197.1.401' : '2.16.840.1.101.3.4.2.1'), nothing())
  const named = party === SM2 ? '1.2.156.10197.1.301.1' : row.oid
  const id = sequence(certificate.issuer.der, integer(Buffer.from(certificate.serial, 'hex')))
  const signer = sequence(integer(1), id, digest, sequence(oid(named)), octets(signature ?? row.sign(privateKey, over)))
  const data = sequence(
    integer(1),
    setOf(digest),
    sequence(oid('1.2.156.10197.6.1.4.2.1'), ...(inside === 'beside' ? [] : [context(0, octets(inside))])),
    context(0, certificate.der),
    setOf(...Array.from({ length: times }, () => signer)),
  )
  return sequence(oid('1.2.156.10197.6.1.4.2.2'), context(0, data))
}

describe('a signed stream', () => {
  it('whose content is elsewhere is judged by its digests, where the signature says one; one without attributes is over nothing that is known', async () => {
    const elsewhere = { size: content.length, digests: new Map([['sm3', createHash('sm3').update(content).digest()]]) }
    const beside = await signDetachedCms({ content: pieces(content, 65_536), signers: [SM2] })
    expect(await judged({ cms: () => beside, content: elsewhere })).to.deep.include({ form: 'detached', size: content.length, codes: ['good'] })
    const other = { ...elsewhere, digests: new Map([['sm3', createHash('sm3').update('other').digest()]]) }
    expect((await judged({ cms: () => beside, content: other })).codes).to.deep.equal(['signature_invalid'])
    for (const over of [content, Buffer.of()])
      expect((await judged({ cms: () => direct(SM2, over, 'beside'), content: elsewhere })).codes).to.deep.equal(['signature_invalid'])
    expect(await codeOfAsync(() => judgeCmsStream({ cms: () => direct(), content: elsewhere }))).to.equal('signature_invalid')
  })

  for (const [name, signers] of Object.entries({ SM2: [SM2], RSA: [RSA], ECDSA: [ECDSA], 'all three': [SM2, RSA, ECDSA] })) {
    it(`by ${name} verifies, attached with known and unknown size, and detached`, async () => {
      const known = await buffer(signAttachedCms({ content: pieces(content, 65_536), size: content.length, signers }))
      const unknown = await buffer(signAttachedCms({ content: pieces(content, 65_536), signers }))
      const beside = await signDetachedCms({ content: pieces(content, 65_536), signers })
      for (const cms of [known, unknown]) {
        const verdict = await judged({ cms: () => pieces(cms, 10_007) })
        expect(verdict).to.deep.include({ form: 'attached', size: content.length, codes: signers.map(() => 'good') })
        expect(verdict.content.equals(content)).to.equal(true)
      }
      const verdict = await judged({ cms: () => beside, content: () => pieces(content, 4_099) })
      expect(verdict).to.deep.include({ form: 'detached', size: content.length, codes: signers.map(() => 'good') })
    })
  }

  it('of known size is the DER that is written when the content is at hand', async () => {
    const signers = [{ ...RSA, signingTime: at, chain: [ca.certificate] }]
    for (const size of [0, 1, 127, 128, 255, 256, 65_535, 65_536, 300_000]) {
      const part = content.subarray(0, size)
      const streamed = await buffer(signAttachedCms({ content: pieces(part, 1000), size, signers }))
      expect(streamed.equals(signCmsBy({ content: part, signers, detached: false })), `${size} octets`).to.equal(true)
    }
  })

  it('is DER whatever length the signatures have', async () => {
    for (let round = 0; round < 20; round += 1) {
      const cms = await buffer(signAttachedCms({ content: pieces(content, 1 << 20), size: content.length, signers: [SM2, ECDSA] }))
      // reads DER only
      expect(judgeCms({ cms }).signers.map(each => each.ok)).to.deep.equal([true, true])
    }
  })

  it('fails when the content is not of the size that was promised', async () => {
    for (const size of [content.length - 1, content.length + 1]) {
      expect(await codeOfAsync(() => buffer(signAttachedCms({ content: pieces(content, 999), size, signers: [SM2] })))).to.equal('bad_request')
    }
  })

  it('fails as the source fails, not as the message', async () => {
    async function* broken() {
      yield content
      throw new Error('the disk')
    }
    expect(await codeOfAsync(() => signDetachedCms({ content: broken(), signers: [SM2] }))).to.equal('internal')
    expect(await codeOfAsync(() => judgeCmsStream({ cms: () => broken() }))).to.not.equal('accepted')
    const cms = await signDetachedCms({ content, signers: [SM2] })
    expect(await codeOfAsync(() => judgeCmsStream({ cms: () => cms, content: () => broken() }))).to.equal('internal')
  })

  it('whose signer has no attributes verifies in a second reading, and beside its content in one', async () => {
    for (const party of [SM2, RSA]) {
      let opened = 0
      const verdict = await judged({
        cms: () => {
          opened += 1
          return pieces(direct(party), 7_001)
        },
      })
      expect(verdict.codes).to.deep.equal(['good'])
      expect(opened).to.equal(2)
      let read = 0
      const beside = await judged({
        cms: () => direct(party, content, 'beside'),
        content: () => {
          read += 1
          return pieces(content, 4_001)
        },
      })
      expect(beside.codes).to.deep.equal(['good'])
      expect(read).to.equal(1)
      expect((await judged({ cms: () => direct(party, content, 'beside'), content: () => Buffer.from('other') })).codes).to.deep.equal([
        'signature_invalid',
      ])
    }
    expect((await judged({ cms: () => direct(SM2, content, Buffer.from('other')) })).codes).to.deep.equal(['signature_invalid'])
  })

  it('that is another the second time it is read is refused', async () => {
    const versions = [direct(SM2, content, randomBytes(content.length)), direct()]
    expect(await codeOfAsync(() => judgeCmsStream({ cms: () => versions.shift() ?? Buffer.of() }))).to.equal('signature_invalid')
  })

  it('comes as PEM and base64 too, however it is cut', async () => {
    const cms = await buffer(signAttachedCms({ content: content.subarray(0, 5000), signers: [SM2] }))
    const forms = [pem(cms, 'CMS'), pem(cms, 'PKCS7').replaceAll('\n', '\r\n'), cms.toString('base64')]
    for (const text of forms) {
      for (const size of [1, 63, 65, 4096, 1_000_000]) {
        expect((await judged({ cms: () => pieces(Buffer.from(text), size) })).codes).to.deep.equal(['good'])
      }
    }
    expect(await codeOfAsync(() => judgeCmsStream({ cms: () => Buffer.from(`${forms[0]?.slice(0, 900)}`) }))).to.equal('message_malformed')
  })

  it('keeps each signer’s verdict to itself', async () => {
    const stranger = makeUnder(ca, 'other')
    const signers = [SM2, { certificate: ECDSA.certificate, privateKey: makeUnder(ca, 'x', {}, 'ECDSA').privateKey }, RSA, { ...stranger }]
    const cms = await buffer(signAttachedCms({ content, signers }))
    const { signers: verdicts } = await judgeCmsStream({ cms: () => cms })
    const bySerial = new Map(verdicts.map(each => [each.certificate?.serial, each.ok]))
    expect(bySerial.get(SM2.certificate.serial)).to.equal(true)
    expect(bySerial.get(RSA.certificate.serial)).to.equal(true)
    expect(bySerial.get(ECDSA.certificate.serial)).to.equal(false)
    expect(bySerial.get(stranger.certificate.serial)).to.equal(true)
  })
})

describe('a signed stream is refused', () => {
  it('with other content, with none, and with content where it has its own', async () => {
    const beside = await signDetachedCms({ content, signers: [SM2] })
    const inside = await buffer(signAttachedCms({ content, signers: [SM2] }))
    expect((await judged({ cms: () => beside, content: () => Buffer.from('other') })).codes).to.deep.equal(['signature_invalid'])
    expect(await codeOfAsync(() => judgeCmsStream({ cms: () => beside }))).to.equal('signature_invalid')
    expect(await codeOfAsync(() => judgeCmsStream({ cms: () => inside, content: () => content }))).to.equal('signature_invalid')
  })

  it('when it ends early, anywhere', async () => {
    const cms = await buffer(signAttachedCms({ content: content.subarray(0, 500), signers: [SM2] }))
    for (let length = 0; length < cms.length; length += 13) {
      expect(await codeOfAsync(() => judgeCmsStream({ cms: () => cms.subarray(0, length) })), `${length}`).to.equal('message_malformed')
    }
    expect(await codeOfAsync(() => judgeCmsStream({ cms: () => Buffer.concat([cms, Buffer.of(0)]) }))).to.equal('message_malformed')
  })

  it('when it is a crowd of signers without attributes, who would each cost the whole content', async () => {
    const crowd = direct(SM2, content, content, 9)
    expect(await codeOfAsync(() => judgeCmsStream({ cms: () => crowd }))).to.equal('signature_invalid')
    expect((await judged({ cms: () => direct(SM2, content, content, 8) })).codes).to.deep.equal(Array.from({ length: 8 }, () => 'good'))
  })

  it('when it is millions of empty elements, soon', async () => {
    const head = Buffer.from('3080' + '06092a864886f70d010702' + 'a080' + '3080' + '020101', 'hex')
    for (const rest of [
      '3180',
      '3100' + '3080' + '06092a864886f70d010701' + '0000' + 'a080',
      '3100' + '3080' + '06092a864886f70d010701' + '0000' + '3180',
    ]) {
      let served = 0
      const cms = async function* () {
        yield Buffer.concat([head, Buffer.from(rest, 'hex')])
        for (; ; served += 1) yield Buffer.alloc(1000, Buffer.of(5, 0))
      }
      expect(await codeOfAsync(() => judgeCmsStream({ cms }))).to.equal('message_malformed')
      expect(served).to.be.below(10)
    }
  })

  it('when its content is the attributes that somebody signed in another message, small or large', async () => {
    for (const value of [utf8('seal'), octets(Buffer.alloc(3 * 1024 * 1024))]) {
      const [, explicit] = children(
        onlyElement(signCmsBy({ content, signers: [{ ...SM2, attributes: [{ type: '1.2.3.4', value }] }], detached: false })),
      )
      const signedData = children(children(explicit ?? Buffer.of())[0] ?? Buffer.of())
      const parts = children(children(signedData.at(-1) ?? Buffer.of())[0] ?? Buffer.of())
      const attributes = Buffer.concat([Buffer.of(0x31), parts[3]?.raw.subarray(1) ?? Buffer.of()])
      const replayed = direct(SM2, attributes, attributes, 1, parts[5]?.content)
      const told = await judgeCmsStream({ cms: () => pieces(replayed, 65_536) })
      expect(told.signers.map(each => !each.ok && each.facts)).to.deep.equal(['the content is a set of signed attributes'])
    }
    // content that merely begins like one is nobody's attributes
    const plain = Buffer.concat([Buffer.of(0x31), randomBytes(2_000_000)])
    expect((await judged({ cms: () => direct(SM2, plain) })).codes).to.deep.equal(['good'])
  })

  it('when it nests without end, or its lengths lie', async () => {
    const deep = Buffer.concat(Array.from({ length: 100_000 }, () => Buffer.of(0x30, 0x80)))
    const huge = Buffer.from('3086ffffffffffff', 'hex')
    for (const cms of [deep, huge, Buffer.from('308000', 'hex'), Buffer.from('3080ff', 'hex'), Buffer.alloc(100_000, 0x24)]) {
      expect(await codeOfAsync(() => judgeCmsStream({ cms: () => cms }))).to.be.oneOf(['message_malformed', 'signature_invalid'])
    }
  })

  it('whatever octet is changed: never another content, never another signer', async () => {
    const small = content.subarray(0, 200)
    for (const size of [undefined, small.length]) {
      const cms = await buffer(signAttachedCms({ content: small, signers: [SM2], ...(size === undefined ? {} : { size }) }))
      await fc.assert(
        fc.asyncProperty(fc.nat(cms.length - 1), fc.integer({ min: 1, max: 255 }), async (index, change) => {
          const changed = Buffer.from(cms)
          changed[index] = (changed[index] ?? 0) ^ change
          let said: Awaited<ReturnType<typeof judged>> | undefined
          const code = await codeOfAsync(async () => {
            said = await judged({ cms: () => changed })
          })
          if (code !== 'accepted') return code === 'message_malformed' || code === 'signature_invalid'
          // the digest algorithms announced and the version are not signed, nor is a certificate's own signature; the content is
          return (
            said?.signers[0]?.ok === false ||
            (said?.content.equals(small) === true && said.signers[0]?.certificate?.spki.equals(SM2.certificate.spki) === true)
          )
        }),
        { numRuns: 600 },
      )
    }
  })
})

describe('signed streams and openssl', () => {
  const files = {
    'ca.pem': pem(ca.certificate.der),
    'rsa.pem': pem(RSA.certificate.der),
    'rsa.key': RSA.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    'ec.pem': pem(ECDSA.certificate.der),
    'ec.key': ECDSA.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    'sm2.pem': pem(SM2.certificate.der),
    'sm2.key': SM2.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    data: content,
  }
  const signing = [
    'cms',
    '-sign',
    '-binary',
    '-in',
    'data',
    '-out',
    'out',
    '-signer',
    'rsa.pem',
    '-inkey',
    'rsa.key',
    '-signer',
    'ec.pem',
    '-inkey',
    'ec.key',
  ]

  it('read what it streams, attached and detached, DER and PEM', async function () {
    for (const form of ['DER', 'PEM']) {
      for (const how of [['-nodetach', '-stream'], ['-nodetach'], []]) {
        const { bytes, said } = opensslBytes(this, files, [...signing, ...how, '-outform', form], 'out')
        expect(bytes.length, said).to.be.greaterThan(1000)
        const question = { cms: () => pieces(bytes, 8_191), ...(how.length === 0 ? { content: () => content } : {}) }
        const verdict = await judged(question)
        expect(verdict.codes, `${form} ${how.join(' ')}`).to.deep.equal(['good', 'good'])
        if (how.length > 0) expect(verdict.content.equals(content)).to.equal(true)
      }
    }
  })

  it('are read by it', async function () {
    for (const size of [undefined, content.length]) {
      const message = await buffer(signAttachedCms({ content, signers: [RSA, ECDSA], ...(size === undefined ? {} : { size }) }))
      const { status, bytes } = opensslBytes(
        this,
        { ...files, message },
        ['cms', '-verify', '-binary', '-noverify', '-inform', 'DER', '-in', 'message', '-out', 'out'],
        'out',
      )
      expect(status).to.equal(0)
      expect(bytes.equals(content)).to.equal(true)
    }
  })
})
