import { expect } from 'chai'
import { fixedClock } from '../../../server/kernel/clock.ts'
import { asBrokerError } from '../../../server/kernel/errors.ts'
import { elementAt } from '../../../server/pki/der.ts'
import { context, oid, sequence, write } from '../../../server/pki/der-write.ts'
import { issueCrl } from '../../../server/pki/issue-revocation.ts'
import { verifyChain } from '../../../server/pki/path.ts'
import { readCarriedWords } from '../../../server/pki/revocation-carried.ts'
import { verifyTimestamp } from '../../../server/pki/timestamp.ts'
import { createSealJudge } from '../../../server/seals/judge.ts'
import { addEvidence } from '../../../server/seals/pdf/evidence.ts'
import { pdf } from '../../../server/seals/pdf/pdf.ts'
import type { SealVerdictOf } from '../../../server/seals/ports.ts'
import { makeSeal } from '../../../server/seals/ses/make.ts'
import { archivedIn } from '../../../server/seals/values/evidence.ts'
import { createSesValue } from '../../../server/seals/values/ses-value.ts'
import { at, makeUnder } from '../../pki/hierarchy.ts'
import { ca, HOUR, LIST, openWorld, silence } from '../../pki/revocation-world.ts'
import { root as timeRoot } from '../../pki/timestamp-stage.ts'
import { signBy, stampOver } from '../ses/stage.ts'
import { makeDocument } from './builder.ts'

/** A seal with its time stamp, looked at when its certificates are over and their CA answers no more. */
describe('a sealed document years later', () => {
  const later = new Date('2034-01-01T00:00:00Z')
  const notAfter = new Date('2028-01-01T00:00:00Z')
  const shield = makeUnder(ca, '示例建设有限公司', { notAfter, crlUrl: LIST })
  const maker = makeUnder(ca, '演示制章者', { notAfter, crlUrl: LIST })
  const from = new Date('2027-01-01T00:00:00Z')
  const picture = { type: 'PNG', data: Buffer.from('89504e470d0a1a0a', 'hex'), width: 40, height: 40 }
  const seal = makeSeal({
    ...{ esId: 'DEMO-1', vid: 'SHARED-SHIELD', type: 1, name: '示例建设有限公司', certificates: [shield.certificate] },
    ...{ createdAt: from, validFrom: from, validUntil: notAfter, picture, maker },
  })
  const list = (entries: Parameters<typeof issueCrl>[0]['entries'] = []): Buffer =>
    issueCrl({ issuer: ca, entries, number: 1, thisUpdate: new Date(at.getTime() + HOUR), nextUpdate: new Date(at.getTime() + 25 * HOUR) })
  const carrying = (document: Buffer, ...crls: Buffer[]): Buffer =>
    addEvidence(document, { certificates: [shield, maker, ca].map(({ certificate }) => certificate.der), crls, ocsps: [] })

  async function sealed(stamp: 'stamped' | 'bare' = 'stamped'): Promise<Buffer> {
    const value = createSesValue({ seal, certificate: shield.certificate })
    const order = { id: 'one', at, places: [] }
    const document = makeDocument()
    const signature = signBy(shield, await pdf.prepare(document, order, value))
    return pdf.build(document, order, value, signature, stamp === 'bare' ? undefined : async over => stampOver(over, at))
  }

  async function verified(document: Buffer) {
    const { source, broker, clock } = openWorld()
    clock.set(later)
    source.instead.set('http', silence)
    const { revocation } = broker()
    const verdictOf: SealVerdictOf = async (leaf, { at: asked, proven, chain, evidence }) => {
      const path = verifyChain({ leaf, roots: [ca.certificate], intermediates: [...chain], at: asked })
      if (!path.ok) return { ok: false, code: path.code, reasons: [], revocation: { state: 'not-asked' } }
      let since: Date | undefined
      try {
        const used = { at: asked, proven }
        await revocation.check(leaf, ca.certificate, {
          purpose: 'seal',
          used,
          carried: readCarriedWords(evidence),
          told(when) {
            since = when
          },
        })
      } catch (thrown) {
        const { code, facts } = asBrokerError(thrown)
        const state = code === 'certificate_revoked' ? 'revoked' : 'unknown'
        return { ok: false, code, reasons: [{ code, facts }], revocation: { state, ...(since === undefined ? {} : { since: since.toISOString() }) } }
      }
      return { ok: true, reasons: [], revocation: since === undefined ? { state: 'good' } : { state: 'revoked', since: since.toISOString() } }
    }
    const judge = createSealJudge({
      clock: fixedClock(later),
      verdictOf,
      stampVerdictOf: async (token, data) => verifyTimestamp({ token, of: { data }, roots: [timeRoot.certificate], at: later }),
    })
    const [found] = (await pdf.verify(document, judge)).seals
    if (found === undefined) throw new Error('no seal is found')
    const { intact, trusted, valid } = found
    return { answers: `${intact} ${trusted} ${valid}`, codes: found.checks.filter(({ of }) => of === 'valid').map(({ code, ok }) => `${code} ${ok}`) }
  }

  it('is valid where it carries its certificates and a list of that time', async () => {
    expect((await verified(carrying(await sealed(), list()))).answers).to.equal('yes yes yes')
  })
  it('is not known to be valid without a list, and not without a time stamp', async () => {
    const bare = await verified(carrying(await sealed()))
    expect(bare.answers).to.equal('yes yes unknown')
    expect(bare.codes).to.include.members(['signer-revocation unknown', 'maker-revocation unknown'])
    expect((await verified(carrying(await sealed('bare'), list()))).answers).to.equal('yes yes unknown')
  })
  it('is not valid where its shield was revoked before, although another list is silent', async () => {
    const revoked = list([{ serial: shield.certificate.serial, at: new Date(at.getTime() - HOUR) }])
    const found = await verified(carrying(await sealed(), list(), revoked))
    expect(found.answers).to.equal('yes yes no')
    expect(found.codes).to.include('signer-revocation no')
  })
  it('is valid where its shield was revoked afterwards, and says so', async () => {
    const revoked = list([{ serial: shield.certificate.serial, at: new Date(at.getTime() + 60_000), reason: 'keyCompromise' }])
    const found = await verified(carrying(await sealed(), revoked))
    expect(found.answers).to.equal('yes yes yes')
    expect(found.codes).to.include('signer-revoked-later yes')
  })
})

describe('revocation information archived in a signature', () => {
  const der = sequence(context(0, sequence(sequence(oid('1.2.3')))), context(1, sequence(sequence(oid('1.2.4')), sequence(oid('1.2.5')))))
  const attributes = (value: Buffer) => elementAt(write(0x31, sequence(oid('1.2.840.113583.1.1.8'), write(0x31, value))))

  it('is read: lists and answers', () => {
    const { crls, ocsps } = archivedIn(attributes(der))
    expect([crls.length, ocsps.length]).to.deep.equal([1, 2])
  })
  it('is nothing where there is none, or none that can be read', () => {
    expect(archivedIn(undefined)).to.deep.equal({ crls: [], ocsps: [] })
    expect(archivedIn(attributes(Buffer.from('0500', 'hex')))).to.deep.equal({ crls: [], ocsps: [] })
    expect(archivedIn(elementAt(write(0x31, Buffer.from('3003', 'hex'))))).to.deep.equal({ crls: [], ocsps: [] })
  })
})
