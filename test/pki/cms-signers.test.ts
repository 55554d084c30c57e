import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { algorithmFor } from '../../server/pki/algorithms.ts'
import { pem } from '../../server/pki/certificate.ts'
import { verifyCms } from '../../server/pki/cms.ts'
import { addSigners, addUnsignedAttribute, TIME_STAMP_TOKEN } from '../../server/pki/cms-amend.ts'
import { type CmsSigner, signCmsBy } from '../../server/pki/cms-sign.ts'
import { judgeCms } from '../../server/pki/cms-verify.ts'
import { judgeCmsStream } from '../../server/pki/cms-verify-stream.ts'
import { children, onlyElement } from '../../server/pki/der.ts'
import { context, integer, nothing, octets, oid, sequence, setOf, utf8 } from '../../server/pki/der-write.ts'
import { exportPublic } from '../../server/pki/sm2.ts'
import { opensslBytes } from './cms-openssl.ts'
import { at, codeOf, makeRoot, makeUnder, type Party } from './hierarchy.ts'
import { openssl } from './outside.ts'

const content = Buffer.from('招标文件 tender')
const ca = makeRoot('CA')
const [anna, bert, carl] = [makeUnder(ca, 'anna'), makeUnder(ca, 'bert', {}, 'RSA'), makeUnder(ca, 'carl')]
const serials = (message: { signers: ReturnType<typeof judgeCms>['signers'] }) =>
  message.signers.map(each => (each.ok ? each.certificate.serial : each.code))
const serialOf = ({ certificate }: Party) => certificate.serial
const digests = new Map([
  ['sm3', createHash('sm3').update(content).digest()],
  ['sha256', createHash('sha256').update(content).digest()],
])

/** The elements of the one signer of a message. */
function signerOf(message: Buffer): ReturnType<typeof children> {
  const [, explicit] = children(onlyElement(message))
  const signedData = children(children(explicit ?? Buffer.of())[0] ?? Buffer.of())
  return children(children(signedData.at(-1) ?? Buffer.of())[0] ?? Buffer.of())
}

/** A message with one signer, put together by hand. */
function byHand(options: {
  attributes?: Buffer[]
  signature?: Buffer
  signer?: Party
  unsigned?: Buffer[]
  contentType?: string
  raw?: Buffer[]
}): Buffer {
  const { signer = anna, contentType = '1.2.156.10197.6.1.4.2.1' } = options
  const { certificate, privateKey } = signer
  const attributes = options.attributes === undefined ? undefined : setOf(...options.attributes)
  const digest = sequence(oid('1.2.156.10197.1.401'), nothing())
  const signature = options.signature ?? algorithmFor(privateKey).sign(privateKey, attributes ?? content)
  const info = sequence(
    ...[integer(1), sequence(certificate.issuer.der, integer(Buffer.from(certificate.serial, 'hex'))), digest],
    ...(attributes === undefined ? [] : [Buffer.concat([Buffer.of(0xa0), attributes.subarray(1)])]),
    ...[sequence(oid('1.2.156.10197.1.301.1')), octets(signature)],
    ...(options.unsigned === undefined ? [] : [context(1, ...options.unsigned)]),
  )
  const inner = sequence(oid(contentType), context(0, octets(content)))
  const data = sequence(integer(1), setOf(digest), inner, context(0, certificate.der), setOf(info, ...(options.raw ?? [])))
  return sequence(oid('1.2.156.10197.6.1.4.2.2'), context(0, data))
}
const attribute = (type: string, ...values: Buffer[]) => sequence(oid(type), setOf(...values))
const TYPE = attribute('1.2.840.113549.1.9.3', oid('1.2.156.10197.6.1.4.2.1'))
const DIGEST = attribute('1.2.840.113549.1.9.4', octets(digests.get('sm3') ?? Buffer.of()))

describe('several signers beside each other', () => {
  const signers: CmsSigner[] = [{ ...anna, signingTime: at }, bert, carl]

  it('are all good, attached and detached, from the content or from its digests', () => {
    const messages = [
      signCmsBy({ content, signers, detached: false }),
      signCmsBy({ content, signers, detached: true }),
      signCmsBy({ content: digests, signers, detached: true }),
    ]
    for (const [i, cms] of messages.entries()) {
      const judged = judgeCms(i === 0 ? { cms } : { cms, content })
      expect(serials(judged)).to.have.members([anna, bert, carl].map(serialOf))
      expect(judged.content.equals(content)).to.equal(true)
    }
  })

  it('are no one signer to whoever asks for one', () => {
    expect(codeOf(() => verifyCms({ cms: signCmsBy({ content, signers, detached: false }) }))).to.equal('signature_invalid')
  })

  it('stand or fall alone: a strange certificate, an unreadable signer and a wrong use leave the others good', () => {
    const encrypting = makeUnder(ca, 'encrypting', { profile: 'encrypt' })
    const first = signCmsBy({ content, signers: [anna, encrypting], detached: false })
    expect(serials(judgeCms({ cms: first }))).to.have.members([serialOf(anna), 'certificate_wrong_use'])
    expect(serials(judgeCms({ cms: byHand({ attributes: [TYPE, DIGEST], raw: [sequence(integer(1)), integer(7)] }) }))).to.have.members([
      serialOf(anna),
      'signature_invalid',
      'signature_invalid',
    ])
  })

  it('can be added one after the other, and who signed before stays to the octet', () => {
    for (const detached of [false, true]) {
      const first = signCmsBy({ content, signers: [anna], detached })
      const given = detached ? { content: digests } : {}
      const second = addSigners({ cms: first, signers: [bert], ...given })
      const third = addSigners({ cms: pem(second, 'CMS'), signers: [carl], ...given })
      const judged = judgeCms({ cms: third, ...(detached ? { content } : {}) })
      expect(serials(judged)).to.have.members([anna, bert, carl].map(serialOf))
      expect(third.includes(signerOf(first).at(-1)?.content ?? Buffer.of(0))).to.equal(true)
      expect(judged.certificates).to.have.length(3)
    }
    expect(codeOf(() => addSigners({ cms: signCmsBy({ content, signers: [anna], detached: true }), signers: [bert] }))).to.equal('bad_request')
    expect(codeOf(() => addSigners({ cms: Buffer.from('junk'), signers: [bert] }))).to.equal('signature_invalid')
  })

  it('is asked for rightly: somebody signs, with a digest that is there, and digests carry no content', () => {
    expect(codeOf(() => signCmsBy({ content, signers: [], detached: true }))).to.equal('bad_request')
    expect(codeOf(() => signCmsBy({ content: new Map(), signers: [anna], detached: true }))).to.equal('bad_request')
    expect(codeOf(() => signCmsBy({ content: digests, signers: [anna], detached: false }))).to.equal('bad_request')
  })

  it('are at most 32, with at most 64 certificates', () => {
    const one = signerOf(signCmsBy({ content, signers: [anna], detached: false }))
    const info = sequence(...one.map(({ raw }) => raw))
    expect(codeOf(() => judgeCms({ cms: byHand({ raw: Array.from({ length: 32 }, () => info) }) }))).to.equal('signature_invalid')
    expect(codeOf(() => judgeCms({ cms: byHand({ raw: Array.from({ length: 31 }, () => info) }) }))).to.equal('accepted')
    for (const [count, code] of [
      [63, 'accepted'],
      [64, 'signature_invalid'],
    ] as const) {
      const chain = Array.from({ length: count }, (_, i) => makeUnder(ca, `CA ${i}`, { keys: carl }).certificate)
      expect(codeOf(() => judgeCms({ cms: signCmsBy({ content, signers: [{ ...anna, chain }], detached: false }) }))).to.equal(code)
    }
  })
})

describe('attributes of a signer', () => {
  it('that are signed are given back, and further ones can be added', () => {
    const policy = { type: '1.2.3.4.5', value: utf8('seal') }
    const [signer] = judgeCms({ cms: signCmsBy({ content, signers: [{ ...anna, attributes: [policy], signingTime: at }], detached: false }) }).signers
    expect(signer?.ok === true && signer.signedAttributes.get('1.2.3.4.5')?.equals(policy.value)).to.equal(true)
    expect(signer?.ok === true && signer.signingTime).to.deep.equal(at)
  })

  it('that are not signed are carried: a time stamp can be hung on one signature of several', () => {
    const cms = signCmsBy({ content, signers: [anna, bert], detached: false })
    const before = judgeCms({ cms }).signers.find(each => each.ok && each.certificate.serial === serialOf(bert))
    const signature = before?.ok === true ? before.signature : Buffer.of()
    const token = sequence(utf8('token'))
    let stamped = addUnsignedAttribute({ cms, signature, type: TIME_STAMP_TOKEN, value: token })
    stamped = addUnsignedAttribute({ cms: stamped, signature, type: '1.2.3.4', value: nothing() })
    for (const signer of judgeCms({ cms: stamped }).signers) {
      expect(signer.ok).to.equal(true)
      const found = signer.ok ? signer.unsignedAttributes.get(TIME_STAMP_TOKEN) : undefined
      if (signer.certificate?.serial === serialOf(bert)) expect(found).to.deep.equal([token])
      else expect(found).to.equal(undefined)
    }
    expect(codeOf(() => addUnsignedAttribute({ cms, signature: Buffer.of(1), type: '1.2.3', value: token }))).to.equal('signature_invalid')
  })

  it('that are a counter-signature count for nothing, whatever they say', () => {
    const counter = attribute('1.2.840.113549.1.9.6', sequence(integer(1)))
    const signed = { attributes: [TYPE, DIGEST] }
    expect(serials(judgeCms({ cms: byHand({ ...signed, unsigned: [counter, counter] }) }))).to.deep.equal([serialOf(anna)])
    const forged = byHand({ ...signed, signature: Buffer.alloc(64, 1), unsigned: [counter] })
    expect(serials(judgeCms({ cms: forged }))).to.deep.equal(['signature_invalid'])
  })

  for (const [what, attributes] of Object.entries({
    'no digest': [TYPE],
    'no content type': [DIGEST],
    'two digests': [TYPE, DIGEST, attribute('1.2.840.113549.1.9.4', octets(Buffer.alloc(32)))],
    'a digest of two values': [TYPE, attribute('1.2.840.113549.1.9.4', octets(digests.get('sm3') ?? Buffer.of()), octets(Buffer.alloc(32)))],
    'the digest of something else': [TYPE, attribute('1.2.840.113549.1.9.4', octets(Buffer.alloc(32)))],
    'another content type': [attribute('1.2.840.113549.1.9.3', oid('1.2.840.113549.1.7.2')), DIGEST],
    'a hundred attributes': [TYPE, DIGEST, ...Array.from({ length: 100 }, (_, i) => attribute(`1.2.3.${i}`, nothing()))],
    'a signing time that is none': [TYPE, DIGEST, attribute('1.2.840.113549.1.9.5', utf8('now'))],
  })) {
    it(`with ${what} are refused`, () => {
      expect(serials(judgeCms({ cms: byHand({ attributes }) }))).to.deep.equal(['signature_invalid'])
    })
  }
})

describe('content that is no plain data', () => {
  const TST = '1.2.840.113549.1.9.16.1.4'
  it('is let in where its type is expected, and only with signed attributes', async () => {
    const cms = signCmsBy({ content, signers: [anna], detached: false, contentType: TST })
    expect(codeOf(() => judgeCms({ cms }))).to.equal('signature_invalid')
    expect(serials(judgeCms({ cms, contentTypes: [TST] }))).to.deep.equal([serialOf(anna)])
    expect(serials(await judgeCmsStream({ cms: () => cms, contentTypes: [TST] }))).to.deep.equal([serialOf(anna)])
    const bare = byHand({ contentType: TST })
    expect(serials(judgeCms({ cms: bare, contentTypes: [TST] }))).to.deep.equal(['signature_invalid'])
    expect(serials(await judgeCmsStream({ cms: () => bare, contentTypes: [TST] }))).to.deep.equal(['signature_invalid'])
  })
})

describe('SM2 messages and openssl', () => {
  const DISTID = ['-sigopt', 'distid:1234567812345678']

  it('agree: it verifies our signature over the signed attributes', function () {
    const parts = signerOf(signCmsBy({ content, signers: [anna], detached: false }))
    const attributes = Buffer.concat([Buffer.of(0x31), parts[3]?.raw.subarray(1) ?? Buffer.of()])
    const files = { 'pub.pem': pem(exportPublic(anna.publicKey), 'PUBLIC KEY'), attributes, signature: parts[5]?.content ?? Buffer.of() }
    const { out } = openssl(this, files, 'dgst', '-sm3', '-verify', 'pub.pem', '-signature', 'signature', ...DISTID, 'attributes')
    expect(out).to.include('Verified OK')
  })

  it('agree: we verify its signature, over attributes and over the content', function () {
    const key = anna.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    for (const attributes of [[TYPE, DIGEST], undefined]) {
      const data = attributes === undefined ? content : setOf(...attributes)
      const { bytes, said } = opensslBytes(this, { key, data }, ['dgst', '-sm3', '-sign', 'key', ...DISTID, '-out', 'out', 'data'], 'out')
      const cms = byHand({ signature: bytes, ...(attributes === undefined ? {} : { attributes }) })
      expect(serials(judgeCms({ cms })), said).to.deep.equal([serialOf(anna)])
    }
  })
})
