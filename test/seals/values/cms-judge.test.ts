import { createHash } from 'node:crypto'
import { expect } from 'chai'
import type { Certificate } from '../../../server/pki/certificate.ts'
import { addSigners } from '../../../server/pki/cms-amend.ts'
import { type Attribute, signCmsBy } from '../../../server/pki/cms-sign.ts'
import { children, onlyElement } from '../../../server/pki/der.ts'
import { context, integer, nothing, octets, oid, sequence, setOf } from '../../../server/pki/der-write.ts'
import { SIGNING_CERTIFICATE_V2, writeSigningCertificate } from '../../../server/pki/signing-certificate.ts'
import type { JudgeQuestion } from '../../../server/seals/contract.ts'
import { createCmsValue } from '../../../server/seals/values/cms-value.ts'
import { makeUnder } from '../../pki/hierarchy.ts'
import { answerIn, answers, at, ca, document, judged, objections, type Party, set, shield, signBy, stampOver, stranger } from '../ses/stage.ts'

const question: JudgeQuestion = { digestOf: digest => createHash(digest).update(document).digest(), at }
const other: JudgeQuestion = { digestOf: digest => createHash(digest).update('another').digest(), at }
const digest = createHash('sm3').update(document).digest()
const rsa = makeUnder(ca, '演示 RSA', {}, 'RSA')

function message(party: Party, more: { stampedAt?: Date; signingTime?: boolean; carries?: 'digest'; chain?: Certificate[] } = {}): Buffer {
  const { stampedAt, ...options } = more
  const value = createCmsValue({ certificate: party.certificate, ...options })
  return set(value, party, { digest: createHash(value.digest).update(document).digest(), property: '', at }, stampedAt)
}

/** GB/T 35275 without attributes, as older national tools write it. */
function bare(party: Party, signedBytes: Uint8Array, carried?: Uint8Array): Buffer {
  const { certificate } = party
  const [algorithm, named] =
    certificate.keyName === 'SM2' ? ['1.2.156.10197.1.401', '1.2.156.10197.1.301.1'] : ['2.16.840.1.101.3.4.2.1', '1.2.840.113549.1.1.1']
  const signer = sequence(
    integer(1),
    sequence(certificate.issuer.der, integer(Buffer.from(certificate.serial, 'hex'))),
    sequence(oid(algorithm), nothing()),
    sequence(oid(named)),
    octets(signBy(party, signedBytes)),
  )
  const content = sequence(oid('1.2.156.10197.6.1.4.2.1'), ...(carried === undefined ? [] : [context(0, octets(carried))]))
  const data = sequence(integer(1), setOf(sequence(oid(algorithm), nothing())), content, context(0, certificate.der), setOf(signer))
  return sequence(oid('1.2.156.10197.6.1.4.2.2'), context(0, data))
}

describe('the verdict on a signed message', () => {
  for (const [kind, party] of Object.entries({ SM2: shield, RSA: rsa }))
    it(`is yes three times for what the service makes with ${kind}, and gives its certificates`, async () => {
      const verdict = await judged(message(party, { chain: [ca.certificate] }), {}, question)
      expect(objections(verdict)).to.deep.equal([])
      expect(answers(verdict)).to.equal('yes yes yes')
      expect(verdict).to.include({ kind: 'cms', claimedAt: at.toISOString() })
      expect(verdict.certificates?.map(({ thumbprint }) => thumbprint)).to.include(ca.certificate.thumbprint)
      expect(verdict.signer?.certificate.thumbprint).to.equal(party.certificate.thumbprint)
    })

  it('takes the time from a stamp, else from the message, else from the format, else from now', async () => {
    const inMessage = new Date(at.getTime() - 1000)
    expect((await judged(message(shield, { signingTime: true }), {}, { ...question, at: inMessage })).claimedAt).to.equal(at.toISOString())
    expect((await judged(message(shield), {}, { ...question, at: inMessage })).claimedAt).to.equal(inMessage.toISOString())
    const stamped = await judged(message(shield, { stampedAt: at }), {}, question)
    expect([stamped.provenAt, answers(stamped)]).to.deep.equal([at.toISOString(), 'yes yes yes'])
    const timeless = { digestOf: question.digestOf }
    expect(answers(await judged(message(shield), {}, timeless))).to.equal('yes yes yes')
    const late = await judged(message(shield), { now: new Date('2036-06-01T00:00:00Z') }, timeless)
    expect(objections(late)).to.deep.equal(['signer-period unknown', 'time-missing unknown'])
  })

  it('tells a changed document from a forged signature', async () => {
    expect(objections(await judged(message(shield), {}, other))).to.deep.equal(['digest no'])
    const broken = message(shield)
    broken.writeUInt8(broken.readUInt8(broken.length - 1) ^ 1, broken.length - 1)
    expect(objections(await judged(broken, {}, question))).to.deep.equal(['signature no'])
  })

  it('names a signer’s certificate exchanged for another with the same key and number', async () => {
    const value = createCmsValue({ certificate: shield.certificate })
    const of = { digest, property: '', at }
    const signature = signBy(shield, value.toSign(of))
    const twin = makeUnder(ca, '冒名公司', { keys: shield, serial: Buffer.from(shield.certificate.serial, 'hex') })
    const swapped = bytesSwapped(value.write(of, signature), shield.certificate.der, twin.certificate.der)
    expect(objections(await judged(swapped, {}, question))).to.deep.equal(['signing-certificate no'])
  })

  it('reads a message that carries the digest of the document, and one that is detached from it', async () => {
    expect(answers(await judged(message(shield, { carries: 'digest' }), {}, question))).to.equal('yes yes yes')
    expect(objections(await judged(message(shield, { carries: 'digest' }), {}, other))).to.deep.equal(['digest no'])
    const signers = [{ ...shield, attributes: [named(shield)] }]
    const detached = signCmsBy({ signers, content: digest, detached: true })
    expect(answers(await judged(detached, {}, question))).to.equal('yes yes yes')
    expect(objections(await judged(detached, {}, other))).to.deep.equal(['digest no'])
  })

  it('reads a message that carries the document itself', async () => {
    const attached = signCmsBy({ signers: [shield], content: document, detached: false })
    expect(answers(await judged(attached, {}, question))).to.equal('yes yes yes')
    expect(objections(await judged(attached, {}, other))).to.deep.equal(['digest no'])
  })

  it('reads messages without attributes over the digest, carried or not', async () => {
    for (const cms of [bare(shield, digest, digest), bare(shield, digest)]) {
      expect(answers(await judged(cms, {}, question))).to.equal('yes yes yes')
    }
    expect(objections(await judged(bare(shield, digest, digest), {}, other))).to.deep.equal(['digest no'])
    expect(objections(await judged(bare(shield, Buffer.from('x'), digest), {}, question))).to.deep.equal(['signature no'])
  })

  it('does not know about a message without attributes over a document of which it has the digest alone', async () => {
    const verdict = await judged(bare(rsa, document), {}, question)
    expect([answerIn(verdict, 'signature'), answerIn(verdict, 'digest'), answers(verdict)]).to.deep.equal(['unknown', 'unknown', 'unknown yes yes'])
  })

  it('does not know about a message over SHA-1 of the document, which it accepts from nobody', async () => {
    const sha1 = createHash('sha1').update(document).digest()
    const verdict = await judged(signCmsBy({ signers: [rsa], content: sha1, detached: false }), {}, question)
    expect(objections(verdict)).to.deep.equal(['digest unknown'])
  })

  it('refuses attributes passed off as content', async () => {
    const value = createCmsValue({ certificate: shield.certificate })
    const attributes = value.toSign({ digest, property: '', at })
    const passedOff = await judged(bare(shield, attributes, attributes), {}, { digestOf: name => createHash(name).update(attributes).digest() })
    expect(answerIn(passedOff, 'signature')).to.equal('no')
  })

  it('refuses two signers, none, and content that is no document', async () => {
    const two = addSigners({ cms: message(shield), signers: [stranger], content: document })
    const stamp = stampOver(document, at)
    for (const cms of [two, stamp, Buffer.from('300f060a2a811ccf5501060104020230', 'hex')]) {
      const verdict = await judged(cms, {}, question)
      expect([verdict.kind, answerIn(verdict, 'format')]).to.deep.equal(['unknown', 'no'])
    }
  })

  it('names a signer whose certificate is for encryption, and one that is not there', async () => {
    const encrypting = makeUnder(ca, '演示', { profile: 'encrypt' })
    const wrong = await judged(signCmsBy({ signers: [encrypting], content: document, detached: true }), {}, question)
    expect(objections(wrong)).to.deep.equal(['signature unknown', 'signer-usage no'])
    const absent = bytesSwapped(message(shield), shield.certificate.der, stranger.certificate.der)
    expect(objections(await judged(absent, {}, question))).to.deep.equal(['signature unknown'])
  })

  it('refuses a stamp of another signature', async () => {
    const value = createCmsValue({ certificate: shield.certificate })
    const of = { digest, property: '', at }
    const cms = value.write(of, signBy(shield, value.toSign(of)), stampOver(Buffer.from('another'), at))
    expect(objections(await judged(cms, {}, question))).to.deep.equal(['timestamp no'])
  })

  it('refuses what was signed after the revocation', async () => {
    const revoked = new Map([[shield.certificate.thumbprint, new Date('2027-05-01T00:00:00Z')]])
    expect(objections(await judged(message(shield, { stampedAt: at }), { revoked }, question))).to.deep.equal(['signer-revocation no'])
  })
})

const named = ({ certificate }: Party): Attribute => ({ type: SIGNING_CERTIFICATE_V2, value: writeSigningCertificate(certificate, 'sm3') })

/** The message with one certificate in the place of another, lengths written anew. */
function bytesSwapped(cms: Buffer, from: Buffer, to: Buffer): Buffer {
  const [type, wrapped] = children(onlyElement(cms))
  if (type === undefined || wrapped === undefined) throw new Error('no message')
  const parts = children(onlyElement(wrapped.content)).map(({ tag, raw, content }) =>
    tag === 0xa0 ? context(0, ...children(content).map(each => (each.raw.equals(from) ? to : each.raw))) : raw,
  )
  return sequence(type.raw, context(0, sequence(...parts)))
}
