import { expect } from 'chai'
import { children, type Der, onlyElement, TAG } from '../../../server/pki/der.ts'
import { bits, boolean, context, integer, octets, oid, sequence, time, utf8, write } from '../../../server/pki/der-write.ts'
import { createSealJudge } from '../../../server/seals/judge.ts'
import { generalizedTime, ia5 } from '../../../server/seals/ses/make.ts'
import { readSeal } from '../../../server/seals/ses/seal.ts'
import { readSesSignature } from '../../../server/seals/ses/signature.ts'
import { createSesValue } from '../../../server/seals/values/ses-value.ts'
import { codeOf, makeUnder } from '../../pki/hierarchy.ts'
import {
  answers,
  at,
  ca,
  judged,
  maker,
  objections,
  question,
  seal,
  sealWith,
  second,
  setSeal,
  shield,
  signBy,
  signed,
  stampOver,
  stranger,
} from './stage.ts'

const SM2 = '1.2.156.10197.1.501'
const text = (value: string) => bits(Buffer.from(value))
const from = new Date('2027-01-01T00:00:00Z')
const until = new Date('2028-01-01T00:00:00Z')

interface Parts {
  version?: number
  header?: Buffer
  type?: number
  name?: Buffer
  list?: Buffer[]
  times?: Buffer[]
  picture?: string
  size?: Buffer
  extensions?: Buffer[]
}

/** The signed part of a seal as another maker may write it. */
function info({ version = 4, ...parts }: Parts): Buffer {
  const certificates = sequence(octets(shield.certificate.der))
  return sequence(
    parts.header ?? sequence(ia5('ES'), integer(version), ia5('OTHER')),
    ia5('OTHER-1'),
    sequence(
      integer(parts.type ?? 1),
      parts.name ?? utf8('示例印章'),
      ...(parts.list ?? (version === 1 ? [certificates] : [integer(1), certificates])),
      ...(parts.times ?? [from, from, until].map(version === 1 ? time : generalizedTime)),
    ),
    sequence(ia5(parts.picture ?? 'PNG'), octets(Buffer.of(1)), parts.size ?? integer(40), integer(40)),
    ...(parts.extensions ?? []),
  )
}

/** SESeal of version 4 or 5 around it. */
function whole(parts: Parts, ...more: Buffer[]): Buffer {
  const part = info(parts)
  return sequence(part, octets(maker.certificate.der), oid(SM2), bits(signBy(maker, part)), ...more)
}

/** SESeal and SES_Signature of version 1, whose maker signs its certificate and algorithm along. */
function wholeOne(parts: Parts = {}): Buffer {
  const part = info({ version: 1, ...parts })
  const by = [octets(maker.certificate.der), oid(SM2)]
  return sequence(part, sequence(...by, bits(signBy(maker, sequence(part, ...by)))))
}
function signatureOne(timeInfo: Buffer, of = wholeOne()): Buffer {
  const toSign = sequence(integer(1), of, timeInfo, bits(signed.digest), ia5(signed.property), octets(shield.certificate.der), oid(SM2))
  return sequence(toSign, bits(signBy(shield, toSign)))
}

describe('making a seal', () => {
  it('writes version 4 of GB/T 38540, in the tags of the standard', () => {
    const tags = (element: Der | undefined) => (element === undefined ? [] : children(element).map(({ tag }) => tag))
    const [part] = children(onlyElement(seal))
    const [header, , property, picture] = part === undefined ? [] : children(part)
    expect(tags(onlyElement(seal))).to.deep.equal([TAG.sequence, TAG.octets, TAG.oid, TAG.bits])
    expect(tags(header)).to.deep.equal([TAG.ia5, TAG.integer, TAG.ia5])
    expect(tags(property)).to.deep.equal([TAG.integer, TAG.utf8, TAG.integer, TAG.sequence, ...Array.from({ length: 3 }, () => TAG.generalizedTime)])
    expect(tags(picture)).to.deep.equal([TAG.ia5, TAG.octets, TAG.integer, TAG.integer])
  })

  it('is read back as it was asked for', () => {
    const read = readSeal(seal)
    expect(read).to.deep.include({
      version: 4,
      id: 'DEMO-0001',
      vid: 'SHARED-SHIELD',
      type: 1,
      name: '示例建设有限公司',
      createdAt: from,
      validUntil: until,
    })
    expect(read.holders).to.deep.equal({ kind: 'certificates', list: [shield.certificate.der, second.certificate.der] })
    expect(read.picture).to.deep.include({ type: 'PNG', width: 40, height: 40 })
  })

  const refused: [string, () => unknown, string][] = [
    ['without a shield', () => sealWith({ certificates: [] }), 'bad_request'],
    ['without a name', () => sealWith({ name: ' ' }), 'bad_request'],
    ['without a picture', () => sealWith({ picture: { type: 'PNG', data: Buffer.of(), width: 40, height: 40 } }), 'bad_request'],
    [
      'with a size that is no whole number of millimetres',
      () => sealWith({ picture: { type: 'PNG', data: Buffer.of(1), width: 40.5, height: 40 } }),
      'bad_request',
    ],
    ['that ends before it begins', () => sealWith({ validUntil: from }), 'bad_request'],
    ['with an id that is not ASCII', () => sealWith({ esId: '印章' }), 'bad_request'],
    [
      'that is larger than any that is read',
      () => sealWith({ picture: { type: 'PNG', data: Buffer.alloc(4 << 20), width: 40, height: 40 } }),
      'bad_request',
    ],
    ['with another’s key', () => sealWith({ maker: { ...maker, privateKey: shield.privateKey } }), 'shield_key_mismatch'],
    ['by a maker with RSA', () => sealWith({ maker: makeUnder(ca, 'RSA', {}, 'RSA') }), 'algorithm_refused'],
  ]
  for (const [what, call, code] of refused) it(`refuses one ${what}`, () => expect(codeOf(call)).to.equal(code))
})

describe('setting a seal', () => {
  it('refuses a shield that is not in its list, one of the same name and key too', () => {
    const twin = makeUnder(ca, '示例建设有限公司', { keys: shield })
    for (const { certificate } of [stranger, twin]) expect(codeOf(() => createSesValue({ seal, certificate }))).to.equal('seal_wrong_shield')
  })

  it('refuses a seal before it is in force and after', () => {
    const { toSign, write: build } = createSesValue({ seal, certificate: shield.certificate })
    for (const wrong of ['2026-12-31T23:59:59Z', '2028-01-01T00:00:01Z']) {
      expect(codeOf(() => toSign({ ...signed, at: new Date(wrong) }))).to.equal('seal_not_in_force')
      expect(codeOf(() => build({ ...signed, at: new Date(wrong) }, Buffer.of()))).to.equal('seal_not_in_force')
    }
  })

  it('refuses seals of other versions, shields with other keys or for encryption, and what is no SM3 or no path', () => {
    const rsa = makeUnder(ca, 'RSA', {}, 'RSA').certificate
    const encrypting = makeUnder(ca, '加密', { profile: 'encrypt' }).certificate
    const { certificate } = shield
    expect(codeOf(() => createSesValue({ seal: wholeOne(), certificate }))).to.equal('seal_malformed')
    expect(codeOf(() => createSesValue({ seal: whole({ version: 5 }), certificate }))).to.equal('seal_malformed')
    expect(codeOf(() => createSesValue({ seal: sealWith({ certificates: [rsa] }), certificate: rsa }))).to.equal('algorithm_refused')
    expect(codeOf(() => createSesValue({ seal: sealWith({ certificates: [encrypting] }), certificate: encrypting }))).to.equal(
      'certificate_wrong_use',
    )
    const { toSign } = createSesValue({ seal, certificate })
    expect(codeOf(() => toSign({ ...signed, digest: Buffer.alloc(20) }))).to.equal('bad_request')
    expect(codeOf(() => toSign({ ...signed, property: '/文档' }))).to.equal('bad_request')
  })

  it('gives the same bytes to sign each time, and stays within its room', () => {
    const value = createSesValue({ seal, certificate: shield.certificate })
    const of = { ...signed, property: `/${'x'.repeat(1023)}` }
    expect(value.toSign(of)).to.deep.equal(createSesValue({ seal, certificate: shield.certificate }).toSign(of))
    const largest = value.write(of, signBy(shield, value.toSign(of)), Buffer.alloc(16 * 1024))
    expect(largest.length).to.be.at.most(value.room)
    expect(codeOf(() => value.write(of, Buffer.alloc(64)))).to.equal('signature_invalid')
    expect(codeOf(() => value.write(of, signBy(shield, value.toSign(of)), Buffer.alloc(16 * 1024 + 1)))).to.equal('timestamp_malformed')
  })

  it('keeps the seal beside the signature, and the stamp under [0]', () => {
    expect(createSesValue({ seal, certificate: shield.certificate }).seal).to.deep.equal(seal)
    const stamped = setSeal({}, at)
    expect(children(onlyElement(stamped)).at(-1)?.tag).to.equal(0xa0)
    expect(readSesSignature(stamped).stamp).to.be.instanceOf(Buffer)
  })
})

describe('reading seals of others', () => {
  it('version 1: its maker signs certificate and algorithm along; its times are UTCTime; the time of setting is text', async () => {
    for (const timeInfo of [
      text('2027-06-01T20:00:00'),
      text('20270601120000Z'),
      text('2027-06-01T12:00:00.000Z'),
      text('2027-06-01 20:00:00+0800'),
      generalizedTime(at),
    ]) {
      const verdict = await judged(signatureOne(timeInfo))
      expect(answers(verdict)).to.equal('yes yes yes')
      expect([verdict.seal?.version, verdict.claimedAt]).to.deep.equal([1, at.toISOString()])
    }
  })

  it('version 1 with a token where the time is: what it says is stated, not proven', async () => {
    const verdict = await judged(signatureOne(bits(stampOver(Buffer.from('anything'), at))))
    expect([verdict.claimedAt, verdict.provenAt, answers(verdict)]).to.deep.equal([at.toISOString(), undefined, 'yes yes yes'])
    const garbage = await judged(signatureOne(bits(Buffer.from('3000', 'hex'))))
    expect([garbage.claimedAt, answers(garbage)]).to.deep.equal([undefined, 'yes yes yes'])
    const late = await judged(signatureOne(bits(Buffer.from('3000', 'hex'))), { now: new Date('2036-06-01T00:00:00Z') })
    expect(objections(late)).to.deep.equal(['seal-period unknown', 'signer-period unknown', 'time-missing unknown'])
  })

  it('version 5, with and without a stamp of the seal, tagged or bare', async () => {
    const made = whole({ version: 5 })
    const [, , , signature] = children(onlyElement(made))
    const stamp = bits(stampOver(signature?.content.subarray(1) ?? Buffer.of(), new Date('2027-01-02T00:00:00Z')))
    const parts = children(onlyElement(made)).map(({ raw }) => raw)
    for (const sealed of [made, sequence(...parts, context(0, stamp)), sequence(...parts, stamp)]) {
      const toSign = sequence(integer(5), sealed, generalizedTime(at), bits(signed.digest), ia5(signed.property))
      const verdict = await judged(sequence(toSign, octets(shield.certificate.der), oid(SM2), bits(signBy(shield, toSign))))
      expect(answers(verdict)).to.equal('yes yes yes')
      expect([verdict.seal?.version, verdict.checks.some(({ code }) => code === 'seal-timestamp')]).to.deep.equal([5, sealed !== made])
    }
    const wrong = sequence(...parts, bits(stampOver(Buffer.from('another'), at)))
    const toSign = sequence(integer(5), wrong, generalizedTime(at), bits(signed.digest), ia5(signed.property))
    const verdict = await judged(sequence(toSign, octets(shield.certificate.der), oid(SM2), bits(signBy(shield, toSign))))
    expect(verdict.checks.filter(({ ok }) => ok !== 'yes').map(({ code }) => code)).to.deep.equal(['seal-timestamp'])
  })

  it('a stamp of the signature that is not tagged', async () => {
    const parts = children(onlyElement(setSeal())).map(({ raw }) => raw)
    const value = readSesSignature(setSeal()).signer.signature
    expect(value).to.have.length.above(60)
    const own = readSesSignature(sequence(...parts)).signer.signature
    const verdict = await judged(sequence(...parts, bits(stampOver(own, at))))
    expect([verdict.provenAt, answers(verdict)]).to.deep.equal([at.toISOString(), 'yes yes yes'])
  })

  it('other types, pictures, text types, times, and lists of extensions bare or tagged', () => {
    const extension = sequence(oid('1.2.3'), octets(Buffer.of(1)))
    for (const type of [3, 4, 6, 15]) expect(readSeal(whole({ type })).type).to.equal(type)
    for (const picture of ['OFD', 'ofd', 'PNG', 'png']) expect(readSeal(whole({ picture })).picture.type).to.equal(picture)
    expect(readSeal(whole({ name: write(TAG.bmp, Buffer.from('示例', 'utf16le').swap16()) })).name).to.equal('示例')
    expect(
      readSeal(whole({ times: [time(from), text('20270101080000+0800'), write(TAG.generalizedTime, Buffer.from('20280101080000'))] })),
    ).to.deep.include({
      createdAt: from,
      validFrom: from,
      validUntil: until,
    })
    expect(
      readSeal(whole({ name: utf8('示例\u202e印章\u200b\n\0'), header: sequence(write(TAG.ia5, Buffer.from('ES\0')), integer(4), ia5('OTHER')) }))
        .name,
    ).to.equal('示例印章')
    const critical = sequence(oid('1.2.4'), boolean(true), octets(Buffer.of()))
    for (const extensions of [[sequence(extension, critical)], [context(0, sequence(extension, critical))], [context(0, extension, critical)]])
      expect(readSeal(whole({ extensions })).extensions.map(each => [each.oid, each.critical])).to.deep.equal([
        ['1.2.3', false],
        ['1.2.4', true],
      ])
    expect(readSeal(whole({ extensions: [sequence()] })).extensions).to.deep.equal([])
  })

  const hostile: [string, Buffer][] = [
    ['nothing', Buffer.of()],
    ['one that ends early', seal.subarray(0, -5)],
    ['one with bytes behind it', Buffer.concat([seal, Buffer.of(0)])],
    ['one that is not ES', whole({ header: sequence(ia5('XX'), integer(4), ia5('OTHER')) })],
    ['a version nobody knows', whole({ version: 6 })],
    ['version 4 in the form of version 1', wholeOne({ version: 4 })],
    ['a list of a kind nobody knows', whole({ list: [integer(3), sequence()] })],
    ['more certificates than a list may have', whole({ list: [integer(1), sequence(...Array.from({ length: 1001 }, () => octets(Buffer.of(1))))] })],
    [
      'more extensions than it may have',
      whole({ extensions: [sequence(...Array.from({ length: 65 }, () => sequence(oid('1.2.3'), octets(Buffer.of()))))] }),
    ],
    ['a name that is no text', whole({ name: octets(Buffer.from('a')) })],
    ['a name without end', whole({ name: utf8('x'.repeat(1025)) })],
    [
      '30 February',
      whole({ times: ['20270230000000Z', '20270101000000Z', '20280101000000Z'].map(each => write(TAG.generalizedTime, Buffer.from(each))) }),
    ],
    [
      'a month that does not exist',
      whole({ times: ['20271301000000Z', '20270101000000Z', '20280101000000Z'].map(each => write(TAG.generalizedTime, Buffer.from(each))) }),
    ],
    ['a time in words', whole({ times: Array.from({ length: 3 }, () => text('yesterday')) })],
    ['a size beyond measure', whole({ size: write(TAG.integer, Buffer.from('0100000000', 'hex')) })],
    ['a part too many', whole({}, bits(Buffer.of(1)), bits(Buffer.of(1)))],
    ['too many bytes', sequence(Buffer.alloc(4 * 1024 * 1024))],
    ['a very deep nest', Array.from({ length: 2000 }).reduce<Buffer>(inner => sequence(inner), Buffer.of())],
  ]
  for (const [what, der] of hostile)
    it(`refuses ${what}`, () => {
      expect(codeOf(() => readSeal(der))).to.equal('seal_malformed')
      expect(codeOf(() => readSesSignature(der))).to.equal('seal_malformed')
    })

  it('refuses a seal of version 1 in a signature of version 4', async () => {
    const toSign = sequence(integer(4), wholeOne(), generalizedTime(at), bits(signed.digest), ia5(signed.property))
    const value = sequence(toSign, octets(shield.certificate.der), oid(SM2), bits(signBy(shield, toSign)))
    expect(codeOf(() => readSesSignature(value))).to.equal('seal_malformed')
  })

  it('passes on what is nobody’s fault but ours', async () => {
    const failing = createSealJudge({
      clock: { now: () => at },
      verdictOf: () => Promise.reject(new Error('the database is away')),
      stampVerdictOf: () => Promise.reject(new Error('never asked')),
    })
    let said = ''
    await failing.value(setSeal(), question).catch((thrown: unknown) => {
      said = String(thrown)
    })
    expect(said).to.include('the database is away')
  })
})
