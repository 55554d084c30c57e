import { expect } from 'chai'
import { issueCrl } from '../../../server/pki/issue-revocation.ts'
import type { Evidence, SealJudge } from '../../../server/seals/contract.ts'
import { ofd } from '../../../server/seals/ofd/ofd.ts'
import { at, makeRoot } from '../../pki/hierarchy.ts'
import { evidence } from './evidence.ts'
import { codeOf } from './refusals.ts'
import { complaints, isSilent, made, page, seals, text, verify } from './stage.ts'
import { rezip, unzip } from './zip.ts'

const PLACE = 'Doc_0/Signs/Sign_0/Evidence.p7c'
const add = (document: Buffer, what: Evidence = evidence): Buffer => ofd.addEvidence?.(document, what) ?? expect.fail('no place for evidence')
const fileIn = (document: Buffer): Buffer => unzip(document).get(PLACE) ?? expect.fail('no evidence')
const withFile = (document: Buffer, bytes: Buffer): Buffer => rezip(unzip(document).set(PLACE, bytes))
const told = async (document: Buffer): Promise<string[]> => (await verify(document)).findings.map(({ code, facts }) => `${code} ${facts}`)
const REFUSED = [`evidence-refused /${PLACE}`, `unprotected other: /${PLACE}`]

/** What the judge is handed for each signature. */
async function handed(document: Buffer): Promise<(Evidence | undefined)[]> {
  const seen: (Evidence | undefined)[] = []
  const asking: SealJudge = {
    async value(_, content) {
      seen.push(content.evidence)
      return { kind: 'ses', checks: [] }
    },
  }
  await ofd.verify(document, asking)
  return seen
}
const countsOf = (each: Evidence | undefined): number[] => [each?.certificates.length ?? 0, each?.crls.length ?? 0, each?.ocsps.length ?? 0]

describe('evidence for later in an OFD', () => {
  let sealed: Buffer
  before(async () => {
    sealed = await seals(made())
  })

  it('comes in without harming a seal or changing a part, reaches the judge, and is told', async () => {
    const extended = add(sealed)
    const report = await verify(extended)
    expect(isSilent(report), complaints(report).join()).to.equal(true)
    expect(report.seals[0]?.covers.whole).to.equal(true)
    expect(report.seals[0]?.checks.map(({ code, ok }) => `${code} ${ok}`)).to.include('evidence-added yes')
    expect((await handed(extended)).map(countsOf)).to.deep.equal([[2, 1, 1]])
    const parts = unzip(extended)
    parts.delete(PLACE)
    expect(parts).to.deep.equal(unzip(sealed))
  })

  it('is protected by the next seal like everything else, which brings its own', async () => {
    const twice = add(await seals(add(sealed), { id: 'two' }), { ...evidence, certificates: [makeRoot('another').certificate.der] })
    const report = await verify(twice)
    expect(isSilent(report), complaints(report).join()).to.equal(true)
    expect(report.seals.map(({ covers }) => [covers.whole, covers.parts.includes(`/${PLACE}`)])).to.deep.equal([
      [true, false],
      [true, true],
    ])
    const [first, second] = await handed(twice)
    expect(Buffer.from(second?.certificates[0] ?? [])).to.deep.equal(Buffer.from(unknownIn(second, first)[0] ?? []))
    expect(complaints(await verify(rezip(without(twice, PLACE))))).to.include('reference-missing')
  })

  it('that was meant for another document is refused, told, and hidden from the judge', async () => {
    const other = fileIn(add(await seals(made({ pages: [page(text('另一份'))] }))))
    expect(await told(withFile(sealed, other))).to.deep.equal(REFUSED)
    expect(await handed(withFile(sealed, other))).to.deep.equal([undefined])
  })

  it('is nothing but evidence: other bytes in its place are a part that nobody protects', async () => {
    const good = fileIn(add(sealed))
    for (const bytes of [Buffer.of(), Buffer.from('%PDF-1.7'), Buffer.concat([good, Buffer.of(0)]), good.subarray(0, -1)])
      expect(await told(withFile(sealed, bytes)), bytes.toString('hex', 0, 8)).to.deep.equal(REFUSED)
    const strange = fileIn(add(sealed, { certificates: [Buffer.from('3003020101', 'hex')], crls: [], ocsps: [] }))
    expect(await told(withFile(sealed, strange))).to.deep.equal(REFUSED)
  })

  it('does not hide a part that the document names', async () => {
    const parts =
      '<ofd:Attachments xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Attachment ID="7"><ofd:FileLoc>/Doc_0/Signs/Sign_0/Evidence.p7c</ofd:FileLoc></ofd:Attachment></ofd:Attachments>'
    const naming = await seals(made({ document: '<ofd:Attachments>Attachments.xml</ofd:Attachments>', parts: { 'Doc_0/Attachments.xml': parts } }))
    expect(await told(add(naming))).to.deep.equal([`unprotected attachment: /${PLACE}`])
    expect(await handed(add(naming))).to.deep.equal([undefined])
  })

  it('is taken up to what a message may have', async () => {
    const issuer = makeRoot('CA')
    const crls = Array.from({ length: 70 }, (_, number) => issueCrl({ issuer, entries: [], number, thisUpdate: at, nextUpdate: at }))
    const [found] = await handed(add(sealed, { certificates: [], crls, ocsps: [] }))
    expect(countsOf(found)).to.deep.equal([0, 64, 0])
  })

  it('has no place where there is no signature', async () => {
    expect(await codeOf(async () => add(made()))).to.equal('seal_document_unusable')
  })
})

const unknownIn = (all: Evidence | undefined, known: Evidence | undefined): Uint8Array[] =>
  (all?.certificates ?? []).filter(each => !(known?.certificates ?? []).slice(0, 2).some(one => Buffer.from(one).equals(each)))

function without(document: Buffer, name: string): Map<string, Buffer> {
  const parts = unzip(document)
  parts.delete(name)
  return parts
}
