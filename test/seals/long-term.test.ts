import { expect } from 'chai'
import { fixedClock } from '../../server/kernel/clock.ts'
import { asBrokerError } from '../../server/kernel/errors.ts'
import { issueCrl } from '../../server/pki/issue-revocation.ts'
import { verifyChain } from '../../server/pki/path.ts'
import { readCarriedWords } from '../../server/pki/revocation-carried.ts'
import { verifyTimestamp } from '../../server/pki/timestamp.ts'
import { addDetachedEvidence, buildDetached, prepareDetached, verifyDetached } from '../../server/seals/cms/detached.ts'
import type { Evidence, SealFormat, SealJudge, SealOrder, SignatureValue, Stamp } from '../../server/seals/contract.ts'
import { createSealJudge } from '../../server/seals/judge.ts'
import { ofd } from '../../server/seals/ofd/ofd.ts'
import { pdf } from '../../server/seals/pdf/pdf.ts'
import type { SealVerdictOf } from '../../server/seals/ports.ts'
import { makeSeal } from '../../server/seals/ses/make.ts'
import { createCmsValue } from '../../server/seals/values/cms-value.ts'
import { createSesValue } from '../../server/seals/values/ses-value.ts'
import { xml } from '../../server/seals/xml/xml.ts'
import { xmlValue } from '../../server/seals/xml/xml-value.ts'
import { at, makeRoot, makeUnder, type Party } from '../pki/hierarchy.ts'
import { ca, HOUR, LIST, openWorld, silence } from '../pki/revocation-world.ts'
import { root as timeRoot } from '../pki/timestamp-stage.ts'
import { made } from './ofd/stage.ts'
import { makeDocument } from './pdf/builder.ts'
import { signBy, stampOver } from './ses/stage.ts'
import { DOCUMENT } from './xml/stage.ts'

/** Documents with a time stamp, looked at when all their certificates are over, CA and time-stamp authority included, and the CA answers no more. */
const later = new Date('2061-01-01T00:00:00Z')
const notAfter = new Date('2028-01-01T00:00:00Z')
const shield = makeUnder(ca, '示例建设有限公司', { notAfter, crlUrl: LIST })
const maker = makeUnder(ca, '演示制章者', { notAfter, crlUrl: LIST })
const from = new Date('2027-01-01T00:00:00Z')
const picture = { type: 'PNG', data: Buffer.from('89504e470d0a1a0a', 'hex'), width: 40, height: 40 }
const seal = makeSeal({
  ...{ esId: 'DEMO-1', vid: 'SHARED-SHIELD', type: 1, name: '示例建设有限公司', certificates: [shield.certificate] },
  ...{ createdAt: from, validFrom: from, validUntil: notAfter, picture, maker },
})

const list = (entries: Parameters<typeof issueCrl>[0]['entries'] = [], issuer: Party = ca, issued = at.getTime() + HOUR): Buffer =>
  issueCrl({ issuer, entries, number: 1, thisUpdate: new Date(issued), nextUpdate: new Date(issued + 24 * HOUR) })
const evidenceOf = (...crls: Buffer[]): Evidence => ({ certificates: [shield, maker, ca].map(({ certificate }) => certificate.der), crls, ocsps: [] })

const FILE = Buffer.from('投标文件 第一册')
const message = () => createCmsValue({ certificate: shield.certificate, signingTime: true })
/** A message beside a file, looked at as a format is. */
const beside = {
  name: 'cms',
  prepare: async (document: Uint8Array, order: SealOrder, value: SignatureValue) => (await prepareDetached(document, order, value)).toSign,
  build: async (document: Uint8Array, order: SealOrder, value: SignatureValue, signature: Uint8Array, stamp?: Stamp) =>
    buildDetached(await prepareDetached(document, order, value), order, value, signature, stamp),
  verify: (cms: Uint8Array, judge: SealJudge) => verifyDetached({ cms: () => cms, content: () => FILE, judge }),
  addEvidence: (cms: Uint8Array, evidence: Evidence) => addDetachedEvidence(Buffer.from(cms), evidence),
}

const kinds: {
  format: Pick<SealFormat, 'prepare' | 'build' | 'verify' | 'addEvidence'> & { name: string }
  document: Buffer
  value: () => SignatureValue
}[] = [
  { format: pdf, document: makeDocument(), value: () => createSesValue({ seal, certificate: shield.certificate }) },
  { format: ofd, document: made(), value: () => createSesValue({ seal, certificate: shield.certificate }) },
  { format: xml, document: Buffer.from(DOCUMENT), value: () => xmlValue(shield.certificate) },
  { format: beside, document: FILE, value: message },
]

/** As the trust list and its revocation judge, with nobody to ask. */
function judgeThen() {
  const { source, broker, clock } = openWorld()
  clock.set(later)
  source.instead.set('http', silence)
  const { revocation } = broker()
  const verdictOf: SealVerdictOf = async (leaf, { at: asked, proven, chain, evidence }) => {
    const path = verifyChain({ leaf, roots: [ca.certificate], intermediates: [...chain], at: asked })
    if (!path.ok) return { ok: false, code: path.code, reasons: [], revocation: { state: 'not-asked' } }
    let since: Date | undefined
    const question = { purpose: 'seal', used: { at: asked, proven }, carried: readCarriedWords(evidence) } as const
    try {
      await revocation.check(leaf, ca.certificate, {
        ...question,
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
  return createSealJudge({
    clock: fixedClock(later),
    verdictOf,
    stampVerdictOf: async (token, data) => verifyTimestamp({ token, of: { data }, roots: [timeRoot.certificate], at: later }),
  })
}

for (const { format, document, value } of kinds) {
  describe(`a sealed document years later: ${format.name}`, () => {
    async function sealed(stamp: 'stamped' | 'bare' = 'stamped'): Promise<Buffer> {
      const order = { id: 'one', at, places: [] }
      const signature = signBy(shield, await format.prepare(document, order, value()))
      return format.build(document, order, value(), signature, stamp === 'bare' ? undefined : async over => stampOver(over, at))
    }
    const carrying = (sealedDocument: Buffer, ...crls: Buffer[]): Buffer =>
      format.addEvidence?.(sealedDocument, evidenceOf(...crls)) ?? expect.fail(`${format.name} has no place for evidence`)

    async function verified(looked: Buffer) {
      const { seals, findings } = await format.verify(looked, judgeThen())
      const [found] = seals
      if (found === undefined) throw new Error('no seal is found')
      const { intact, trusted, valid, checks, provenAt } = found
      const codes = checks.filter(({ of }) => of === 'valid').map(({ code, ok }) => `${code} ${ok}`)
      const objections = [...findings, ...checks].filter(({ ok }) => ok !== 'yes').map(({ code }) => code)
      const why = checks.find(({ code }) => code === 'signer-revocation')?.facts ?? ''
      return { answers: `${intact} ${trusted} ${valid}`, codes, objections, why, provenAt }
    }

    it('is valid where it carries its certificates and a list of that time', async () => {
      const found = await verified(carrying(await sealed(), list()))
      expect(found.answers).to.equal('yes yes yes')
      expect(found.provenAt).to.equal(at.toISOString())
      expect(found.objections.filter(code => code !== 'seal-not-shown')).to.deep.equal([])
    })
    it('is not known to be valid without a list, and not without a time stamp', async () => {
      const bare = await verified(carrying(await sealed()))
      expect(bare.answers).to.equal('yes yes unknown')
      expect(bare.codes).to.include('signer-revocation unknown')
      expect((await verified(carrying(await sealed('bare'), list()))).answers).to.equal('yes yes unknown')
      expect((await verified(await sealed())).answers).to.equal('yes yes unknown')
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

    it('is not helped by a list that was out of force then, that another signed, or that was changed, and says why', async () => {
      const stale = list([], ca, at.getTime() - 48 * HOUR)
      const foreign = list([], makeRoot('CA'))
      const changed = list()
      changed.writeUInt8(changed.readUInt8(changed.length - 1) ^ 1, changed.length - 1)
      for (const [crl, why] of [
        [stale, 'stale CRL of 2027-05-30'],
        [foreign, 'its signature does not verify'],
        [changed, 'its signature does not verify'],
      ] as const) {
        const found = await verified(carrying(await sealed(), crl))
        expect(found.answers).to.equal('yes yes unknown')
        expect(found.why).to.include(`in the document: `).and.include(why)
      }
    })

    it('carries each thing once, and takes more beside what it has', async () => {
      const once = carrying(await sealed(), list())
      expect(carrying(once, list([], ca, at.getTime() + 2 * HOUR)).length).to.be.above(once.length)
      const before = carrying(await sealed())
      expect(carrying(before).equals(before)).to.equal(true)
      expect((await verified(carrying(before, list()))).answers).to.equal('yes yes yes')
    })
  })
}
