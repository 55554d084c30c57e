import { createHash } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { algorithmFor } from '../../server/pki/algorithms.ts'
import type { Certificate } from '../../server/pki/certificate.ts'
import { signCms } from '../../server/pki/cms.ts'
import { addUnsignedAttribute, TIME_STAMP_TOKEN } from '../../server/pki/cms-amend.ts'
import { judgeCms } from '../../server/pki/cms-verify.ts'
import { readCrl } from '../../server/pki/crl.ts'
import { children, onlyElement } from '../../server/pki/der.ts'
import { context, integer, octets, oid, sequence, setOf } from '../../server/pki/der-write.ts'
import { type CrlRequest, issueCrl } from '../../server/pki/issue-revocation.ts'
import { type TimestampQuestion, verifyTimestamp } from '../../server/pki/timestamp.ts'
import { digestIdentifier, digestOf, type TimestampDigest } from '../../server/pki/timestamp-algorithms.ts'
import { type TimestampInfoParts, writeTimestampInfo } from '../../server/pki/timestamp-info.ts'
import { newNonce, writeTimestampRequest } from '../../server/pki/timestamp-request.ts'
import { readTimestampResponse } from '../../server/pki/timestamp-response.ts'
import { writeTimestampToken } from '../../server/pki/timestamp-token.ts'
import { at, makeRoot, makeUnder, type Party } from './hierarchy.ts'
import { authorityOf, POLICY, root, timeStamping, tsa } from './timestamp-stage.ts'

const data = Buffer.from('投标文件 bid document')
const hashed = (digest: TimestampDigest) => ({ digest, hash: digestOf(digest, data) })

async function stamp(party: Party, nonce?: string, digest: TimestampDigest = 'sm3'): Promise<Buffer> {
  const answer = readTimestampResponse(
    await authorityOf(party).answer(writeTimestampRequest({ imprint: hashed(digest), ...(nonce === undefined ? {} : { nonce }) })),
  )
  if (answer.state === 'refused') throw new Error(answer.text)
  return answer.token
}

const ask = (token: Uint8Array, more: Partial<TimestampQuestion> = {}) =>
  verifyTimestamp({ token, of: { data }, roots: [root.certificate], at, ...more })
const codeFor = (token: Uint8Array, more: Partial<TimestampQuestion> = {}) => {
  const verdict = ask(token, more)
  return verdict.ok ? 'accepted' : verdict.code
}

/** A token over any TSTInfo, as an authority that keeps no rules would make it. */
function freely(party: Party, changes: Partial<TimestampInfoParts> = {}, certificates: readonly Certificate[] = [party.certificate]): Buffer {
  const info = writeTimestampInfo({
    policy: POLICY,
    imprint: hashed('sm3'),
    serial: Buffer.of(7),
    genTime: at,
    accuracyMs: undefined,
    ordering: false,
    nonce: undefined,
    ...changes,
  })
  return writeTimestampToken(info, { signer: party.certificate, key: party.privateKey, certificates })
}

describe('a time stamp', () => {
  for (const [kind, party] of Object.entries(tsa)) {
    it(`by ${kind} shows what existed when, with nonce, policy and accuracy`, async () => {
      const nonce = newNonce()
      const verdict = ask(await stamp(party, nonce), { nonce, policies: [POLICY] })
      expect(verdict).to.include({ ok: true })
      if (!verdict.ok) return
      expect(verdict.info).to.deep.include({ genTime: at, policy: POLICY, nonce, accuracyMs: 1000 })
      expect(verdict.path.map(each => each.thumbprint)).to.deep.equal([party.certificate.thumbprint, root.certificate.thumbprint])
    })
  }

  it('is judged by a digest made elsewhere, of each kind', async () => {
    for (const digest of ['sm3', 'sha256', 'sha384', 'sha512'] as const) {
      const token = await stamp(tsa.SM2, undefined, digest)
      expect(codeFor(token, { of: { imprint: hashed(digest) } }), digest).to.equal('accepted')
      expect(codeFor(token), digest).to.equal('accepted')
    }
    expect(codeFor(await stamp(tsa.SM2), { of: { imprint: hashed('sha256') } })).to.equal('timestamp_invalid')
  })

  it('outlives the certificate of its authority', async () => {
    expect(codeFor(await stamp(tsa.SM2), { at: new Date('2050-01-01T00:00:00Z') })).to.equal('accepted')
  })

  it('keeps milliseconds', () => {
    const genTime = new Date('2027-06-01T11:00:00.120Z')
    const verdict = ask(freely(tsa.SM2, { genTime, accuracyMs: 2050 }))
    expect(verdict.ok && verdict.info).to.deep.include({ genTime, accuracyMs: 2050 })
  })

  it('without its certificate inside is judged with one at hand', () => {
    const token = freely(tsa.SM2, {}, [])
    expect(codeFor(token)).to.equal('timestamp_invalid')
    expect(codeFor(token, { intermediates: [tsa.SM2.certificate] })).to.equal('accepted')
  })
})

describe('a time stamp is refused', () => {
  it('for other data, another nonce, none, or another policy', async () => {
    const nonce = newNonce()
    const token = await stamp(tsa.SM2, nonce)
    expect(codeFor(token, { of: { data: Buffer.from('another') } })).to.equal('timestamp_invalid')
    expect(codeFor(token, { nonce: newNonce() })).to.equal('timestamp_invalid')
    expect(codeFor(await stamp(tsa.SM2), { nonce })).to.equal('timestamp_invalid')
    expect(codeFor(token, { policies: ['1.2.3'] })).to.equal('timestamp_invalid')
    expect(codeFor(token, { nonce: `00${nonce.toUpperCase()}` })).to.equal('accepted')
  })

  it('from the future', () => {
    expect(codeFor(freely(tsa.SM2, { genTime: new Date(at.getTime() + 59_000) }))).to.equal('accepted')
    expect(codeFor(freely(tsa.SM2, { genTime: new Date(at.getTime() + 61_000) }))).to.equal('timestamp_invalid')
  })

  it('from a time at which the authority’s certificate was not valid', () => {
    const young = makeUnder(root, 'young', { extensions: [timeStamping], notBefore: at })
    expect(codeFor(freely(young, { genTime: new Date(at.getTime() - 1000) }))).to.equal('certificate_not_yet_valid')
    const old = makeUnder(root, 'old', { extensions: [timeStamping], notAfter: new Date(at.getTime() - 1000) })
    expect(codeFor(freely(old))).to.equal('certificate_expired')
  })

  it('when it names another authority', () => {
    expect(codeFor(freely(tsa.SM2, { tsa: context(4, tsa.RSA.certificate.subject.der) }))).to.equal('timestamp_invalid')
    expect(codeFor(freely(tsa.SM2, { tsa: context(4, tsa.SM2.certificate.subject.der) }))).to.equal('accepted')
  })

  it('under a root that is not trusted', async () => {
    expect(codeFor(await stamp(tsa.SM2), { roots: [makeRoot('Other').certificate] })).to.equal('certificate_untrusted')
  })

  it('when the certificate is for more than time stamping, for something else, or says so without being critical', () => {
    const purposes = (...oids: string[]) => ({ ...timeStamping, der: sequence(...oids.map(oid)) })
    for (const extensions of [
      [],
      [{ ...timeStamping, critical: false }],
      [purposes('1.3.6.1.5.5.7.3.8', '1.3.6.1.5.5.7.3.2')],
      [purposes('1.3.6.1.5.5.7.3.2')],
      [purposes('2.5.29.37.0')],
    ]) {
      expect(codeFor(freely(makeUnder(root, 'bad', { extensions })))).to.equal('certificate_wrong_use')
    }
    expect(codeFor(freely(makeUnder(root, 'enc', { extensions: [timeStamping], profile: 'encrypt' })))).to.equal('certificate_wrong_use')
  })

  it('when another certificate of the same key takes the place of the signer’s', () => {
    const other = makeUnder(root, 'TSA SM2', { extensions: [timeStamping], keys: tsa.SM2, serial: Buffer.from(tsa.SM2.certificate.serial, 'hex') })
    const token = freely(tsa.SM2, {}, [other.certificate])
    const verdict = ask(token)
    expect(verdict).to.include({ ok: false, code: 'timestamp_invalid' })
    expect(!verdict.ok && verdict.facts).to.include('not the one')
  })

  it('when an ordinary signed message is offered as one', () => {
    const info = children(onlyElement(freely(tsa.SM2)))[1]?.content ?? Buffer.of()
    const plain = Buffer.from(info)
    oid('1.2.840.113549.1.9.16.1.9').copy(plain, plain.indexOf(oid('1.2.840.113549.1.9.16.1.4')))
    expect(codeFor(sequence(oid('1.2.156.10197.6.1.4.2.2'), context(0, plain)))).to.equal('timestamp_malformed')
  })

  it('when it is none, whatever it is', () => {
    for (const token of [Buffer.of(), Buffer.from('junk'), root.certificate.der, Buffer.alloc(300_000, 0x30)])
      expect(codeFor(token)).to.equal('timestamp_malformed')
  })

  it('or says the same, whatever octet is changed', () => {
    const nonce = newNonce()
    const token = freely(tsa.SM2, { nonce })
    const said = ask(token, { nonce })
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.integer({ min: 1, max: 255 }), (index, change) => {
        const changed = Buffer.from(token)
        changed[index] = (changed[index] ?? 0) ^ change
        const verdict = ask(changed, { nonce })
        if (verdict.ok) expect(said.ok && verdict.info).to.deep.equal(said.ok && said.info)
      }),
      { numRuns: 1500 },
    )
  })
})

type Reason = NonNullable<CrlRequest['entries'][number]['reason']>

describe('a time stamp of a revoked authority', () => {
  const crlOf = (revokedAt: Date, reason?: Reason) =>
    readCrl(
      issueCrl({
        issuer: root,
        number: 1,
        thisUpdate: new Date(at.getTime() + 1000),
        nextUpdate: new Date(at.getTime() + 86_400_000),
        entries: [{ serial: tsa.SM2.certificate.serial, at: revokedAt, ...(reason === undefined ? {} : { reason }) }],
      }),
    )
  const now = new Date(at.getTime() + 3_600_000)
  const later = new Date(at.getTime() + 60_000)
  const code = (revokedAt: Date, reason?: Reason, requireRevocation = false) =>
    codeFor(freely(tsa.SM2), { crls: [crlOf(revokedAt, reason)], at: now, requireRevocation })

  it('stays good where the authority only ended, after the stamp', () => {
    for (const reason of ['affiliationChanged', 'superseded', 'cessationOfOperation', 'unspecified'] as const)
      expect(code(later, reason), `reason ${reason}`).to.equal('accepted')
    expect(code(later, 'superseded', true)).to.equal('accepted')
  })

  it('is refused where the key was lost, no reason is given, or the authority had ended before', () => {
    for (const reason of ['keyCompromise', 'caCompromise', undefined] as const)
      expect(code(later, reason), `reason ${reason}`).to.equal('certificate_revoked')
    expect(code(new Date(at.getTime() - 1), 'superseded')).to.equal('certificate_revoked')
  })

  it('must be shown to be good where that is required', () => {
    expect(codeFor(freely(tsa.SM2), { requireRevocation: true })).to.equal('revocation_unknown')
    const clean = readCrl(issueCrl({ issuer: root, number: 2, thisUpdate: at, nextUpdate: new Date(at.getTime() + 86_400_000), entries: [] }))
    expect(codeFor(freely(tsa.SM2), { requireRevocation: true, crls: [clean] })).to.equal('accepted')
  })
})

describe('the reference to the authority’s certificate', () => {
  /** A token signed by the RSA authority with these attributes beside the two that every signature has. */
  function tokenWith(...more: Buffer[]): Buffer {
    const party = tsa.RSA
    const info = writeTimestampInfo({
      policy: POLICY,
      imprint: hashed('sha256'),
      serial: Buffer.of(9),
      genTime: at,
      accuracyMs: undefined,
      ordering: true,
      nonce: undefined,
    })
    const attributes = setOf(
      sequence(oid('1.2.840.113549.1.9.3'), setOf(oid('1.2.840.113549.1.9.16.1.4'))),
      sequence(oid('1.2.840.113549.1.9.4'), setOf(octets(digestOf('sha256', info)))),
      ...more,
    )
    const signer = sequence(
      integer(1),
      sequence(party.certificate.issuer.der, integer(Buffer.from(party.certificate.serial, 'hex'))),
      digestIdentifier('sha256'),
      Buffer.concat([Buffer.of(0xa0), attributes.subarray(1)]),
      sequence(oid('1.2.840.113549.1.1.1')),
      octets(algorithmFor(party.privateKey).sign(party.privateKey, attributes)),
    )
    const signed = sequence(
      integer(3),
      setOf(digestIdentifier('sha256')),
      sequence(oid('1.2.840.113549.1.9.16.1.4'), context(0, octets(info))),
      context(0, party.certificate.der),
      setOf(signer),
    )
    return sequence(oid('1.2.840.113549.1.7.2'), context(0, signed))
  }
  const hash = (digest: string, certificate: Certificate) => octets(createHash(digest).update(certificate.der).digest())
  const attribute = (type: string, ...fields: Buffer[]) => sequence(oid(type), setOf(sequence(sequence(sequence(...fields)))))
  const [OLD, NEW] = ['1.2.840.113549.1.9.16.2.12', '1.2.840.113549.1.9.16.2.47']
  const { certificate } = tsa.RSA
  const issuerSerial = ({ issuer, serial }: Certificate) => sequence(sequence(context(4, issuer.der)), integer(Buffer.from(serial, 'hex')))

  it('of an older authority, by SHA-1, is read and holds', () => {
    expect(codeFor(tokenWith(attribute(OLD, hash('sha1', certificate))))).to.equal('accepted')
    expect(codeFor(tokenWith(attribute(OLD, hash('sha1', tsa.SM2.certificate))))).to.equal('timestamp_invalid')
  })

  it('of a newer one is by SHA-256 where it says nothing, or by SM3', () => {
    expect(codeFor(tokenWith(attribute(NEW, hash('sha256', certificate))))).to.equal('accepted')
    expect(codeFor(tokenWith(attribute(NEW, digestIdentifier('sm3'), hash('sm3', certificate))))).to.equal('accepted')
    expect(codeFor(tokenWith(attribute(NEW, hash('sm3', certificate))))).to.equal('timestamp_invalid')
    expect(codeFor(tokenWith(attribute(NEW, sequence(oid('1.3.14.3.2.26')), hash('sha1', certificate))))).to.equal('algorithm_refused')
  })

  it('must name the issuer and number too, where it names any', () => {
    expect(codeFor(tokenWith(attribute(NEW, hash('sha256', certificate), issuerSerial(certificate))))).to.equal('accepted')
    expect(codeFor(tokenWith(attribute(NEW, hash('sha256', certificate), issuerSerial(tsa.SM2.certificate))))).to.equal('timestamp_invalid')
  })

  it('must be there: without it, no token', () => {
    const verdict = ask(tokenWith())
    expect(verdict).to.include({ ok: false, code: 'timestamp_invalid' })
    expect(!verdict.ok && verdict.facts).to.include('which certificate')
  })
})

describe('a time stamp of a signature', () => {
  it('stands in the message as an unsigned attribute, and covers the signature’s value (RFC 3161 appendix A)', async () => {
    const party = makeUnder(root, 'Signer')
    const cms = signCms({ content: data, ...party, detached: false })
    const [signer] = judgeCms({ cms }).signers
    if (signer?.ok !== true) throw new Error('the message does not verify')
    const answer = readTimestampResponse(
      await authorityOf(tsa.SM2).answer(writeTimestampRequest({ imprint: { digest: 'sm3', hash: digestOf('sm3', signer.signature) } })),
    )
    if (answer.state !== 'granted') throw new Error(answer.text)
    const stamped = judgeCms({ cms: addUnsignedAttribute({ cms, signature: signer.signature, type: TIME_STAMP_TOKEN, value: answer.token }) })
      .signers[0]
    if (stamped?.ok !== true) throw new Error('the stamped message does not verify')
    const [token] = stamped.unsignedAttributes.get(TIME_STAMP_TOKEN) ?? []
    expect(codeFor(token ?? Buffer.of(), { of: { data: stamped.signature } })).to.equal('accepted')
    expect(codeFor(token ?? Buffer.of(), { of: { data } })).to.equal('timestamp_invalid')
  })
})
