import { expect } from 'chai'
import { fixedClock } from '../../server/kernel/clock.ts'
import { readCertificate } from '../../server/pki/certificate.ts'
import { readSignedData } from '../../server/pki/cms-signed-data.ts'
import { readCrl } from '../../server/pki/crl.ts'
import { ofd } from '../../server/seals/ofd/ofd.ts'
import { evidenceIn } from '../../server/seals/pdf/evidence.ts'
import { openPdf } from '../../server/seals/pdf/file.ts'
import { pdf } from '../../server/seals/pdf/pdf.ts'
import { xml } from '../../server/seals/xml/xml.ts'
import { codeOf } from '../authorization/stage.ts'
import { A4 } from '../seals/api/stage.ts'
import { made } from '../seals/ofd/stage.ts'
import { makeDocument } from '../seals/pdf/builder.ts'
import { judgeIn } from '../seals/ses/stage.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { createStage, PIN, type Stage } from './stage.ts'

const font = `<</Type /Font /Subtype /Type1 /BaseFont /Courier /FirstChar 32 /LastChar 126 /Widths [${'600 '.repeat(95)}]>>`
const worded = makeDocument({
  page: '/MediaBox [0 0 595 842]',
  content: 'BT /F1 12 Tf 1 0 0 1 300 400 Tm (EXPERT) Tj ET',
  objects: { 3: font },
})

/** Every format that a person signs, read back by the room that verifies for anybody. */
describe('documents that a person signs', function () {
  this.timeout(60_000)
  let stage: Stage
  before(async () => {
    const clock = fixedClock('2027-06-01T12:00:00.000Z')
    stage = await createStage(await openTestStores({ clock }), clock)
  })
  after(() => stage.close())

  async function signed(documents: { name: string; bytes: Buffer; words?: string }[]): Promise<Buffer[]> {
    const expert = await stage.expert()
    const request = await stage.request(expert, documents)
    const signing = await stage.room.signings.begin(expert.by, request)
    await stage.room.signings.complete(expert.by, signing.id, { pin: PIN, code: stage.code(expert.totp) })
    const { documents: after } = await stage.room.requests.ofCenter('center-a', request.id)
    return await Promise.all(after.map(document => stage.room.requests.bytes(document, 'signed')))
  }

  it('are a PDF, an OFD and an XML with the signature in them, intact and of the person', async () => {
    const [first, second, third] = await signed([
      { name: '评标报告.pdf', bytes: A4 },
      { name: '评审表.ofd', bytes: made() },
      { name: '评分.xml', bytes: Buffer.from('<评分><得分>90</得分></评分>') },
    ])
    const judge = judgeIn({ now: stage.clock.now(), roots: stage.roots })
    for (const [format, bytes] of [
      [pdf, first],
      [ofd, second],
      [xml, third],
    ] as const) {
      const { seals } = await format.verify(bytes ?? Buffer.alloc(0), judge)
      expect(seals.map(({ intact }) => intact)).to.deep.equal(['yes'])
      expect(seals[0]?.signer?.certificate.subject).to.include('CN=王示例')
    }
  })

  it('carry the path and the list of revoked certificates, so that nothing has to be fetched later', async () => {
    const [inPdf = Buffer.alloc(0), beside = Buffer.alloc(0)] = await signed([
      { name: '评标报告.pdf', bytes: A4 },
      { name: '评标报告.bin', bytes: Buffer.from('评标报告') },
    ])
    const message = readSignedData(beside)
    for (const { certificates, crls } of [{ certificates: message.certificateDer, crls: message.crlDer }, evidenceIn(openPdf(inPdf))]) {
      expect(certificates.map(der => readCertificate(der).thumbprint)).to.include.members(stage.roots.map(({ thumbprint }) => thumbprint))
      expect(crls.map(der => readCrl(der).issuer.key)).to.deep.equal([stage.roots[1]?.subject.key])
    }
  })

  it('shows the name chop where the words of a PDF stand', async () => {
    const [bytes = Buffer.alloc(0)] = await signed([{ name: '评标报告.pdf', bytes: worded, words: 'EXPERT' }])
    const { seals } = await pdf.verify(bytes, judgeIn({ now: stage.clock.now(), roots: stage.roots }))
    expect(seals.map(({ intact, pages }) => [intact, pages])).to.deep.equal([['yes', [1]]])
    expect(seals[0]?.checks.filter(({ code }) => code.startsWith('seal-')).map(({ code }) => code)).to.deep.equal([])
  })

  it('are refused before anybody is asked where they cannot be signed, or the words do not stand there', async () => {
    const expert = await stage.expert()
    const broken = Buffer.from('%PDF-1.7\nnothing of the kind')
    expect(await codeOf(() => stage.request(expert, [{ name: 'a.pdf', bytes: broken }]))).to.equal('seal_document_unusable')
    const nowhere = [{ name: 'a.pdf', bytes: A4, words: '没有这几个字' }]
    expect(await codeOf(() => stage.request(expert, nowhere))).to.equal('seal_place_unusable')
    const many = Array.from({ length: 11 }, (_, i) => ({ name: `${i}.txt`, bytes: Buffer.from(String(i)) }))
    expect(await codeOf(() => stage.request(expert, many))).to.equal('bad_request')
    expect(await codeOf(() => stage.request(expert, []))).to.equal('bad_request')
  })
})
