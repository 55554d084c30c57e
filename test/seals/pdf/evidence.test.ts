import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { writeTimestampInfo } from '../../../server/pki/timestamp-info.ts'
import { writeTimestampToken } from '../../../server/pki/timestamp-token.ts'
import type { Evidence, SealJudge } from '../../../server/seals/contract.ts'
import { addEvidence } from '../../../server/seals/pdf/evidence.ts'
import { pdf } from '../../../server/seals/pdf/pdf.ts'
import { at, codeOf } from '../../pki/hierarchy.ts'
import { root, tsa } from '../../pki/timestamp-stage.ts'
import { contentNumber, makeDocument, stream, update } from './builder.ts'
import { codes, judge, seal, verify, verifyOne, wrong } from './signing.ts'

const EVIDENCE: Evidence = {
  certificates: [Buffer.from('certificate'), Buffer.from('another')],
  crls: [Buffer.from('list')],
  ocsps: [Buffer.from('answer')],
}

/** What the judge is handed of the document's evidence. */
async function handed(document: Buffer): Promise<Record<string, string[]>> {
  let seen: Evidence | undefined
  const asking: SealJudge = {
    value(value, content) {
      seen = content.evidence
      return judge.value(value, content)
    },
  }
  await pdf.verify(document, asking)
  return Object.fromEntries(Object.entries(seen ?? {}).map(([kind, all]) => [kind, all.map((each: Uint8Array) => Buffer.from(each).toString())]))
}

/** A document time stamp by our own authority, in an update with a field; over other bytes when it is told so. */
function stamped(document: Buffer, wishes: { shows?: boolean; other?: boolean } = {}): Buffer {
  const text = document.toString('latin1')
  const from = text.lastIndexOf('\n1 0 obj\n') + 9
  const catalog = text.slice(from, text.indexOf('\nendobj', from))
  const room = 2 * 8000
  const field = `<</Type /Annot /Subtype /Widget /FT /Sig /T (Stamp) /V 901 0 R /Rect [0 0 0 0] ${wishes.shows === true ? '/AP <</N 902 0 R>>' : ''}>>`
  const body = `<</Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161 /ByteRange [${' '.repeat(40)}] /Contents <${'0'.repeat(room)}>>>`
  const whole = update(document, { 1: catalog.replace('/Fields [', '/Fields [900 0 R '), 900: field, 901: body, 902: stream('q Q') })
  const gap = whole.lastIndexOf(`<${'0'.repeat(room)}>`)
  const after = gap + room + 2
  whole.write(`/ByteRange [0 ${gap} ${after} ${whole.length - after}`, whole.lastIndexOf('/ByteRange'), 'latin1')
  const hash = createHash('sha256')
    .update(whole.subarray(0, gap))
    .update(whole.subarray(wishes.other === true ? after + 1 : after))
    .digest()
  const info = writeTimestampInfo({
    policy: '1.2.3',
    imprint: { digest: 'sha256', hash },
    serial: Buffer.of(1),
    genTime: at,
    accuracyMs: undefined,
    ordering: false,
    nonce: undefined,
  })
  const token = writeTimestampToken(info, {
    signer: tsa.RSA.certificate,
    key: tsa.RSA.privateKey,
    certificates: [tsa.RSA.certificate, root.certificate],
  })
  whole.write(token.toString('hex'), gap + 1, 'latin1')
  return whole
}

describe('evidence for later', () => {
  for (const xref of ['table', 'stream'] as const) {
    it(`comes into a document with a ${xref} without harming a seal, and reaches the judge`, async () => {
      const sealed = await seal(makeDocument({ xref }))
      const extended = addEvidence(sealed, EVIDENCE)
      expect(extended.subarray(0, sealed.length).equals(sealed)).to.equal(true)
      const report = await verifyOne(extended)
      expect(report.intact).to.equal('yes')
      expect(codes(report)).to.include('evidence-added')
      expect(await handed(extended)).to.deep.equal({ certificates: ['certificate', 'another'], crls: ['list'], ocsps: ['answer'] })
    })
  }

  it('after the last signature leaves no question open, and hides nothing that comes with it', async () => {
    const extended = addEvidence(await seal(makeDocument()), EVIDENCE)
    const finding = async (bytes: Buffer) => (await verify(bytes)).findings.filter(({ code }) => code === 'after-last-seal').map(({ ok }) => ok)
    expect(await finding(extended)).to.deep.equal(['yes'])
    expect(await finding(update(extended, { 90: '<</Producer (another)>>' }, { trailer: '/Info 90 0 R' }))).to.deep.equal(['no'])
    expect(await finding(update(extended, { [contentNumber(1)]: stream('BT ET') }))).to.deep.equal(['no'])
    expect(await finding(Buffer.concat([extended, Buffer.from('more')]))).to.deep.equal(['no'])
  })

  it('is added to what is there, each once', async () => {
    const once = addEvidence(await seal(makeDocument()), EVIDENCE)
    expect(addEvidence(once, EVIDENCE).equals(once)).to.equal(true)
    const more = addEvidence(once, { certificates: [Buffer.from('another'), Buffer.from('third')], crls: [], ocsps: [] })
    expect((await handed(more))['certificates']).to.deep.equal(['certificate', 'another', 'third'])
    expect((await verifyOne(more)).intact).to.equal('yes')
  })

  it('is read from a signature’s own entry too, and what cannot be read is left out', async () => {
    const sealed = await seal(
      makeDocument({
        catalog: '/DSS <</VRI <</AB <</Cert [300 0 R 301 0 R 302 0 R]>>>>>>',
        objects: { 300: stream('own'), 301: stream('x', '/Filter /Crypt'), 302: '(none)' },
      }),
    )
    expect((await handed(sealed))['certificates']).to.deep.equal(['own'])
  })

  it('comes into a certified document too', async () => {
    const certified = makeDocument({
      catalog: '/Perms <</DocMDP 140 0 R>>',
      objects: { 140: '<</Reference [<</TransformMethod /DocMDP /TransformParams <</P 1>>>>]>>' },
    })
    expect(codeOf(() => addEvidence(certified, EVIDENCE))).to.equal('accepted')
  })

  it('does not come into what is no whole document', () => {
    expect(codeOf(() => addEvidence(Buffer.from('%PDF-1.7\n'), EVIDENCE))).to.equal('seal_document_unusable')
  })

  it('hides no change that comes with it', async () => {
    const sealed = addEvidence(await seal(makeDocument()), EVIDENCE)
    expect((await verifyOne(update(sealed, { [contentNumber(1)]: stream('BT ET') }))).intact).to.equal('no')
  })
})

describe('a time stamp over a whole document', () => {
  it('is judged by what it stamps, and is no seal’s harm', async () => {
    const { seals } = await verify(stamped(await seal(makeDocument())))
    expect(seals.map(({ id, intact }) => [id, intact])).to.deep.equal([
      ['Seal-one', 'yes'],
      ['Stamp', 'yes'],
    ])
    expect(seals[1]?.claimedAt).to.equal(at.toISOString())
    // nobody asked whether its authority is good
    expect(seals[1]).to.include({ trusted: 'unknown', valid: 'unknown' })
    expect(seals[1]?.provenAt).to.equal(undefined)
  })

  it('over something else is told, and then it harms', async () => {
    const { seals } = await verify(stamped(await seal(makeDocument()), { other: true }))
    expect(seals.map(wrong)).to.deep.equal([['later-signature-broken'], ['imprint']])
  })

  it('that draws something over the page is a change', async () => {
    const { seals } = await verify(stamped(await seal(makeDocument()), { shows: true }))
    expect(seals.map(({ intact }) => intact)).to.deep.equal(['no', 'yes'])
    expect(wrong(seals[0] ?? { checks: [] })).to.deep.equal(['annotated-after'])
  })

  it('that is none is told', async () => {
    const document = stamped(await seal(makeDocument()))
    const gap = document.lastIndexOf('/Contents <') + '/Contents <'.length
    document.write('3000'.padEnd(16_000, '0'), gap, 'latin1')
    const { seals } = await verify(document)
    expect(seals[1]).to.include({ kind: 'unknown', intact: 'no' })
  })
})
