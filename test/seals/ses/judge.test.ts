import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { children, onlyElement } from '../../../server/pki/der.ts'
import { bits, context, integer, octets, oid, sequence } from '../../../server/pki/der-write.ts'
import { generalizedTime, ia5 } from '../../../server/seals/ses/make.ts'
import { judgeBareSeal } from '../../../server/seals/values/seal-judge.ts'
import { codeOf, makeRoot, makeUnder } from '../../pki/hierarchy.ts'
import { timeStamping } from '../../pki/timestamp-stage.ts'
import {
  answerIn,
  answers,
  at,
  ca,
  depsIn,
  evidenceAsked,
  judged,
  maker,
  objections,
  type Party,
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
const later = (days: number) => new Date(at.getTime() + days * 86_400_000)

/** A value whose parts a forger chooses, signed by whom it likes. */
function forged(parts: {
  seal?: Buffer
  by?: Party
  certificate?: Buffer
  at?: Date
  digest?: Uint8Array
  property?: string
  algorithm?: string
  more?: Buffer[]
  raw?: boolean
  stamp?: Buffer
}): Buffer {
  const by = parts.by ?? shield
  const toSign = sequence(
    integer(4),
    parts.seal ?? seal,
    generalizedTime(parts.at ?? at),
    bits(parts.digest ?? signed.digest),
    ia5(parts.property ?? signed.property),
    ...(parts.more ?? []),
  )
  return sequence(
    toSign,
    octets(parts.certificate ?? by.certificate.der),
    oid(parts.algorithm ?? SM2),
    bits(signBy(by, toSign)),
    ...(parts.stamp === undefined ? [] : [context(0, bits(parts.stamp))]),
  )
}

/** A seal whose information is another's, with the maker's signature left as it was. */
function editedSeal(from: Buffer, to: Buffer): Buffer {
  const [info] = children(onlyElement(to))
  const [, ...signature] = children(onlyElement(from))
  if (info === undefined) throw new Error('no seal')
  return sequence(info.raw, ...signature.map(({ raw }) => raw))
}

describe('the verdict on an electronic seal’s signature', () => {
  it('is yes three times for what the service makes, and says whose seal it is, when and of what kind', async () => {
    const verdict = await judged(setSeal())
    expect(objections(verdict)).to.deep.equal([])
    expect(answers(verdict)).to.equal('yes yes yes')
    expect(verdict).to.include({ kind: 'ses', claimedAt: at.toISOString() }).and.not.to.have.property('provenAt')
    expect(verdict.seal).to.deep.include({ id: 'DEMO-0001', name: '示例建设有限公司', version: 4, type: 1 })
    expect(verdict.signer).to.deep.include({ name: '示例建设有限公司', government: 'yes' })
    expect(verdict.embeddedSeal).to.deep.equal(seal)
    expect(verdict.checks.every(({ zh, en }) => zh !== '' && en !== '')).to.equal(true)
  })

  it('knows the time by a stamp, and says that without one it is the signer’s word', async () => {
    const stamped = await judged(setSeal({}, at))
    expect(stamped.provenAt).to.equal(at.toISOString())
    expect([answerIn(stamped, 'timestamp'), answerIn(stamped, 'time'), answers(stamped)]).to.deep.equal(['yes', 'yes', 'yes yes yes'])
    expect(answerIn(await judged(setSeal()), 'time-claimed')).to.equal('yes')
  })

  it('judges a seal that nobody has set yet, as of now', async () => {
    const { seal: facts, checks } = await judgeBareSeal(seal, depsIn())
    expect(facts).to.deep.include({ id: 'DEMO-0001', version: 4 })
    expect(answers({ kind: 'ses', checks })).to.equal('yes yes yes')
    const over = await judgeBareSeal(seal, depsIn({ now: new Date('2028-02-01T00:00:00Z') }))
    expect(objections({ kind: 'ses', checks: over.checks })).to.deep.equal(['seal-period no'])
    const forged = await judgeBareSeal(editedSeal(seal, sealWith({ name: '别的公司' })), depsIn())
    expect(objections({ kind: 'ses', checks: forged.checks })).to.deep.equal(['maker-signature no'])
  })

  it('goes through its rules in the standard’s order', async () => {
    expect((await judged(setSeal({}, at))).checks.map(({ code }) => code)).to.deep.equal([
      ...['format', 'signature', 'signer-list', 'maker-signature', 'maker-chain', 'maker-usage', 'maker-period', 'maker-revocation'],
      ...[
        'seal-created',
        'seal-period',
        'signer-chain',
        'signer-usage',
        'signer-period',
        'signer-revocation',
        'timestamp',
        'time',
        'digest',
        'property',
      ],
    ])
  })

  it('names bytes that are no signature, and whatever follows one', async () => {
    for (const bytes of [Buffer.of(), Buffer.from('hello'), seal, Buffer.concat([setSeal(), Buffer.of(0)]), setSeal().subarray(0, -1)]) {
      const verdict = await judged(bytes)
      expect([verdict.kind, answerIn(verdict, 'format'), answers(verdict)]).to.deep.equal(['unknown', 'no', 'no unknown unknown'])
    }
  })

  it('names a signature over other bytes', async () => {
    const [toSign, ...rest] = children(onlyElement(forged({ property: '/other' })))
    const [, ...own] = children(onlyElement(setSeal()))
    const mixed = sequence(toSign?.raw ?? Buffer.of(), ...own.map(({ raw }) => raw))
    expect(rest).to.have.length(3)
    expect(answerIn(await judged(mixed), 'signature')).to.equal('no')
  })

  it('reads a raw signature of 64 bytes and the other names of the algorithm', async () => {
    const [toSign, certificate] = children(onlyElement(setSeal()))
    if (toSign === undefined || certificate === undefined) throw new Error('no value')
    const { r, s } = pairOf(signBy(shield, toSign.raw))
    for (const algorithm of [SM2, '1.2.156.10197.1.301.1', '1.2.156.10197.1.301']) {
      const value = sequence(toSign.raw, certificate.raw, oid(algorithm), bits(Buffer.concat([r, s])))
      expect(answers(await judged(value)), algorithm).to.equal('yes yes yes')
    }
  })

  it('does not know what an algorithm that is not accepted would say', async () => {
    const verdict = await judged(forged({ algorithm: '1.2.840.113549.1.1.5' }))
    expect([answerIn(verdict, 'signature'), answers(verdict)]).to.deep.equal(['unknown', 'unknown yes yes'])
  })

  it('names a seal that a stranger took over: its shield is not in the list', async () => {
    const verdict = await judged(forged({ by: stranger }))
    expect([answerIn(verdict, 'signer-list'), answerIn(verdict, 'signature'), answers(verdict)]).to.deep.equal(['no', 'yes', 'yes no yes'])
  })

  it('names a signer’s certificate exchanged for another with the same key', async () => {
    const twin = makeUnder(ca, '示例建设有限公司', { keys: shield })
    const verdict = await judged(forged({ certificate: twin.certificate.der }))
    expect(objections(verdict)).to.deep.equal(['signer-list no'])
  })

  it('names a signer’s certificate exchanged for another in the list', async () => {
    expect(answerIn(await judged(forged({ certificate: second.certificate.der })), 'signature')).to.equal('no')
  })

  it('names a certificate that is none', async () => {
    const verdict = await judged(forged({ certificate: Buffer.from('3003020101', 'hex') }))
    expect([answerIn(verdict, 'signature'), answerIn(verdict, 'signer-chain'), answerIn(verdict, 'signer-list')]).to.deep.equal([
      'unknown',
      'unknown',
      'no',
    ])
    expect(verdict).not.to.have.property('signer')
  })

  it('names a list that was edited after the maker signed it', async () => {
    const edited = editedSeal(seal, sealWith({ certificates: [stranger.certificate] }))
    const verdict = await judged(forged({ seal: edited, by: stranger }))
    expect(objections(verdict)).to.deep.equal(['maker-signature no'])
    expect(answers(verdict)).to.equal('yes no yes')
  })

  it('names a picture that was exchanged', async () => {
    const edited = editedSeal(seal, sealWith({ picture: { type: 'PNG', data: Buffer.from('other'), width: 40, height: 40 } }))
    expect(objections(await judged(forged({ seal: edited })))).to.deep.equal(['maker-signature no'])
  })

  it('refuses a seal whose maker’s signature is missing', async () => {
    const [info] = children(onlyElement(seal))
    const bare = await judged(forged({ seal: sequence(info?.raw ?? Buffer.of()) }))
    expect([bare.kind, answerIn(bare, 'format')]).to.deep.equal(['unknown', 'no'])
    const parts = children(onlyElement(seal)).map(({ raw }) => raw)
    const empty = await judged(forged({ seal: sequence(...parts.slice(0, 3), bits(Buffer.of())) }))
    expect(objections(empty)).to.deep.equal(['maker-signature no'])
  })

  it('names a seal that somebody made for himself', async () => {
    const own = makeUnder(makeRoot('假的 CA'), '自称的制章者')
    const verdict = await judged(forged({ seal: sealWith({ maker: own }) }))
    expect(answerIn(verdict, 'maker-signature')).to.equal('yes')
    expect(answerIn(verdict, 'maker-chain')).to.equal('no')
    expect(answers(verdict)).to.equal('yes no unknown')
  })

  it('names a maker whose certificate is not for signing', async () => {
    const encrypting = makeUnder(ca, '演示制章者', { profile: 'encrypt' })
    expect(codeOf(() => sealWith({ maker: encrypting }))).to.equal('certificate_wrong_use')
    const parts = children(onlyElement(seal)).map(({ raw }) => raw)
    const [info = Buffer.of()] = parts
    const made = sequence(info, octets(encrypting.certificate.der), oid(SM2), bits(signBy(encrypting, info)))
    expect(objections(await judged(forged({ seal: made })))).to.deep.equal(['maker-usage no'])
  })

  it('names a maker whose certificate was not valid when the seal was made, even if it is now', async () => {
    const young = makeUnder(ca, '演示制章者', { notBefore: new Date('2027-03-01T00:00:00Z') })
    expect(objections(await judged(forged({ seal: sealWith({ maker: young }) })))).to.deep.equal(['maker-period no'])
  })

  it('trusts a seal after its maker’s certificate ended', async () => {
    const old = makeUnder(ca, '演示制章者', { notAfter: new Date('2027-02-01T00:00:00Z') })
    expect(answers(await judged(forged({ seal: sealWith({ maker: old }) })))).to.equal('yes yes yes')
  })

  it('refuses what a maker made that was revoked before, and what it made earlier only with proof', async () => {
    const before = new Map([[maker.certificate.thumbprint, new Date('2026-12-01T00:00:00Z')]])
    expect(objections(await judged(setSeal(), { revoked: before }))).to.deep.equal(['maker-revocation no'])
    const after = new Map([[maker.certificate.thumbprint, later(30)]])
    expect(objections(await judged(setSeal(), { revoked: after, now: later(60) }))).to.deep.equal(['maker-revoked-later unknown'])
    const proven = await judged(setSeal({}, at), { revoked: after, now: later(60) })
    expect([answerIn(proven, 'maker-revoked-later'), answers(proven)]).to.deep.equal(['yes', 'yes yes yes'])
  })

  it('names a seal set before it was made, before it was in force, and after', async () => {
    const early = await judged(forged({ at: new Date('2026-12-31T00:00:00Z') }))
    expect(objections(early)).to.deep.equal(['seal-created no', 'seal-period no'])
    const over = await judged(forged({ at: new Date('2028-01-01T00:00:01Z') }), { now: new Date('2028-02-01T00:00:00Z') })
    expect(answerIn(over, 'seal-period')).to.equal('no')
    expect(
      answerIn(await judged(forged({ at: new Date('2028-01-01T00:00:00Z') }), { now: new Date('2028-02-01T00:00:00Z') }), 'seal-period'),
    ).to.equal('yes')
  })

  it('names a signer whom the trust list does not know', async () => {
    const other = makeRoot('别的 CA')
    const outsider = makeUnder(other, '示例建设有限公司')
    const verdict = await judged(forged({ seal: sealWith({ certificates: [outsider.certificate] }), by: outsider }))
    expect(answerIn(verdict, 'signer-chain')).to.equal('no')
    expect(answers(verdict)).to.equal('yes no unknown')
  })

  it('names a signer whose certificate is for encryption', async () => {
    const encrypting = makeUnder(ca, '示例建设有限公司', { profile: 'encrypt' })
    const verdict = await judged(forged({ seal: sealWith({ certificates: [encrypting.certificate] }), by: encrypting }))
    expect(objections(verdict)).to.deep.equal(['signer-usage no'])
  })

  it('refuses a time outside the certificate’s validity, although the chain is good', async () => {
    const short = makeUnder(ca, '示例建设有限公司', { notAfter: new Date('2027-05-01T00:00:00Z') })
    const verdict = await judged(forged({ seal: sealWith({ certificates: [short.certificate] }), by: short }))
    expect(objections(verdict)).to.deep.equal(['signer-period no', 'time-claimed unknown'])
  })

  it('refuses what was signed after the revocation, and goes on, saying so, with what was proven before', async () => {
    const shieldRevoked = (since: Date) => new Map([[shield.certificate.thumbprint, since]])
    const before = await judged(setSeal({}, at), { revoked: shieldRevoked(later(-1)) })
    expect(objections(before)).to.deep.equal(['signer-revocation no'])
    const after = await judged(setSeal({}, at), { revoked: shieldRevoked(later(1)), now: later(2) })
    expect([answerIn(after, 'signer-revoked-later'), answers(after)]).to.deep.equal(['yes', 'yes yes yes'])
    const claimed = await judged(setSeal(), { revoked: shieldRevoked(later(1)), now: later(2) })
    expect(objections(claimed)).to.deep.equal(['signer-revoked-later unknown', 'time-claimed unknown'])
  })

  it('does not know about revocation when nobody could be asked', async () => {
    const verdict = await judged(setSeal(), { silent: true })
    expect(answers(verdict)).to.equal('yes yes unknown')
    expect(answerIn(verdict, 'signer-revocation')).to.equal('unknown')
  })

  it('holds after certificate and seal ended when a stamp shows the time, and does not know when none does', async () => {
    const now = new Date('2035-12-31T00:00:00Z')
    expect(answers(await judged(setSeal({}, at), { now }))).to.equal('yes yes yes')
    expect(objections(await judged(setSeal(), { now }))).to.deep.equal(['time-claimed unknown'])
  })

  it('refuses a time that has not come yet', async () => {
    expect(objections(await judged(setSeal({ at: later(1) })))).to.deep.equal(['time-claimed no'])
  })

  it('refuses a stated time that is later than its stamp', async () => {
    expect(objections(await judged(setSeal({ at: later(1) }, at), { now: later(2) }))).to.deep.equal(['time no'])
  })

  it('refuses a stamp of another signature, and does not count one of an authority nobody trusts', async () => {
    const wrong = await judged(forged({ stamp: stampOver(Buffer.from('another'), at) }))
    expect([answerIn(wrong, 'timestamp'), answers(wrong)]).to.deep.equal(['no', 'yes yes no'])
    expect(wrong).not.to.have.property('provenAt')
    const garbage = await judged(forged({ stamp: Buffer.from('30030201ff', 'hex') }))
    expect(answerIn(garbage, 'timestamp')).to.equal('no')
    const [toSign, certificate, algorithm, value] = children(onlyElement(setSeal()))
    if (toSign === undefined || certificate === undefined || algorithm === undefined || value === undefined) throw new Error('no value')
    const foreign = bits(stampOver(value.content.subarray(1), at, makeUnder(makeRoot('别的时间戳 CA'), 'TSA', { extensions: [timeStamping] })))
    const unknown = await judged(sequence(toSign.raw, certificate.raw, algorithm.raw, value.raw, context(0, foreign)))
    expect(objections(unknown)).to.deep.equal(['timestamp-unconfirmed unknown'])
    expect([answers(unknown), unknown.provenAt, answerIn(unknown, 'time-claimed')]).to.deep.equal(['yes yes yes', undefined, 'yes'])
  })

  it('names a document that is not the one sealed', async () => {
    const verdict = await judged(setSeal(), {}, { ...question, digestOf: digest => createHash(digest).update('another').digest() })
    expect(objections(verdict)).to.deep.equal(['digest no'])
    expect(answers(verdict)).to.equal('no yes yes')
  })

  it('names a value that is about another place, and takes the path with or without its first slash', async () => {
    const elsewhere = { ...question, property: '/Doc_0/Signs/Sign_1/Signature.xml' }
    expect(objections(await judged(setSeal(), {}, elsewhere))).to.deep.equal(['property no'])
    expect(answers(await judged(setSeal(), {}, { ...question, property: signed.property.slice(1) }))).to.equal('yes yes yes')
    const unasked = await judged(setSeal(), {}, { digestOf: question.digestOf })
    expect(unasked.checks.at(-1)).to.include({ code: 'property-stated', of: 'note', facts: signed.property })
  })

  it('says when something in it is critical and unknown', async () => {
    const extension = (tag: (list: Buffer) => Buffer) => [tag(sequence(sequence(oid('1.2.3.4'), Buffer.from('0101ff', 'hex'), octets(Buffer.of(5)))))]
    for (const more of [extension(list => list), extension(list => context(0, list))])
      expect(objections(await judged(forged({ more })))).to.deep.equal(['seal-extensions unknown'])
  })

  it('hands on what the document carries for later, within bounds, and passes over what cannot be read', async () => {
    const { judge, asked } = evidenceAsked()
    const many = Array.from({ length: 100 }, () => Buffer.of(1))
    const evidence = { certificates: [Buffer.from('none'), ca.certificate.der], crls: many, ocsps: [Buffer.of(1)] }
    await judge.value(setSeal({}, at), { ...question, evidence })
    expect(asked).to.deep.equal([
      { chain: 0, crls: 0, stamp: 1 },
      { chain: 1, crls: 64, stamp: 0 },
      { chain: 1, crls: 64, stamp: 0 },
    ])
  })

  it('reads a list of digests and holds the signer against it', async () => {
    const list = (algorithm: string, party: Party) => digestSeal(algorithm, party)
    for (const algorithm of ['SM3', '1.2.156.10197.1.401', 'sha256'])
      expect(answers(await judged(forged({ seal: list(algorithm, shield) }))), algorithm).to.equal('yes yes yes')
    expect(objections(await judged(forged({ seal: list('SM3', stranger) })))).to.deep.equal(['signer-list no'])
    expect(objections(await judged(forged({ seal: list('MD5', shield) })))).to.deep.equal(['signer-list no'])
  })
})

/** The same seal with digests in its list, signed by its maker. */
function digestSeal(algorithm: string, party: Party): Buffer {
  const [info] = children(onlyElement(seal))
  if (info === undefined) throw new Error('no seal')
  const [header, id, property, picture] = children(info).map(each => each)
  if (header === undefined || id === undefined || property === undefined || picture === undefined) throw new Error('no seal')
  const [type, name, , , ...times] = children(property).map(({ raw }) => raw)
  const hash = createHash(algorithm === 'sha256' ? 'sha256' : algorithm === 'MD5' ? 'md5' : 'sm3')
    .update(party.certificate.der)
    .digest()
  const entry = sequence(Buffer.concat([Buffer.of(0x13, algorithm.length), Buffer.from(algorithm)]), octets(hash))
  const own = sequence(type ?? Buffer.of(), name ?? Buffer.of(), integer(2), sequence(entry), ...times)
  const made = sequence(header.raw, id.raw, own, picture.raw)
  return sequence(made, octets(maker.certificate.der), oid(SM2), bits(signBy(maker, made)))
}

function pairOf(signature: Buffer): { r: Buffer; s: Buffer } {
  const [r, s] = children(onlyElement(signature)).map(({ content }) => Buffer.concat([Buffer.alloc(32), content]).subarray(-32))
  return { r: r ?? Buffer.of(), s: s ?? Buffer.of() }
}
