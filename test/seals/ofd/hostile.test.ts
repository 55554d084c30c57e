import { expect } from 'chai'
import { refusal } from './refusals.ts'
import { complaints, made, NS, page, seals, text, verify, XML } from './stage.ts'
import { rezip, unzip } from './zip.ts'

/** That many times, with something different each time: what packs too well is refused as a bomb before anything else. */
const noise = (count: number, words: string): string =>
  Array.from({ length: count }, (_, i) => `${words}<!--${Math.imul(i, 2654435761) >>> 0}-->`).join('')

/** Documents that are well-formed and small, and would cost for ever: each ends in an answer. */
describe('OFD documents that cost', () => {
  const list = 'Doc_0/Signs/Signatures.xml'
  const place = { places: [{ kind: 'at', page: 1, x: 60, y: 60 }] } as const

  it('name one part of annotations a hundred thousand times', async () => {
    const annotation = `<ofd:PageAnnot ${NS}>${'<!-- -->'.repeat(10_000)}<ofd:Annot ID="8"><ofd:Appearance Boundary="50 50 60 60"><ofd:PathObject/></ofd:Appearance></ofd:Annot></ofd:PageAnnot>`
    const document = made({
      document: '<ofd:Annotations>A.xml</ofd:Annotations>',
      parts: {
        'Doc_0/A.xml': `<ofd:Annotations ${NS}>${noise(100_000, '<ofd:Page PageID="1"><ofd:FileLoc>P.xml</ofd:FileLoc></ofd:Page>')}</ofd:Annotations>`,
        'Doc_0/P.xml': annotation,
      },
    })
    const report = await verify(await seals(document, place))
    expect(report.seals.map(({ intact }) => intact)).to.deep.equal(['yes'])
  })

  it('draw one template a hundred thousand times', async () => {
    const used = noise(100_000, '<ofd:Template TemplateID="77"/>')
    const document = made({
      common: '<ofd:TemplatePage ID="77" BaseLoc="T.xml"/>',
      pages: [page('').replace('<ofd:Content>', `${used}<ofd:Content>`)],
      parts: { 'Doc_0/T.xml': page(text('章'.repeat(40)).repeat(20)) },
    })
    const refused = await refusal(() => seals(document, { places: [{ kind: 'keyword', words: '盖章' }] }))
    expect(refused.code).to.equal('seal_document_unusable')
    expect(refused.facts).to.match(/more XML|too much text/)
  })

  it('list one signature a thousand times, with references to a list that never was', async () => {
    const parts = unzip(await seals(made(), place))
    const name = 'Doc_0/Signs/Sign_0/Signature.xml'
    const wrong = `<ofd:Reference FileRef="/${list}"><ofd:CheckValue>AAAA</ofd:CheckValue></ofd:Reference>`.repeat(2_000)
    parts.set(name, Buffer.from((parts.get(name)?.toString() ?? '').replace('</ofd:References>', `${wrong}</ofd:References>`)))
    const many = Array.from({ length: 1_000 }, (_, i) => `<ofd:Signature ID="x${i}" Type="Seal" BaseLoc="/${name}"/>`).join('')
    parts.set(list, Buffer.from((parts.get(list)?.toString() ?? '').replace('</ofd:Signatures>', `${many}</ofd:Signatures>`)))
    const report = await verify(rezip(parts))
    expect(report.seals).to.have.length(200)
    expect(report.seals.every(({ intact }) => intact === 'no')).to.equal(true)
    expect(complaints(report)).to.include.members(['signature-twice', 'seals-too-many', 'list-rewritten'])
  })

  it('have more documents, pages or words than anybody reads', async () => {
    const bodies = '</ofd:DocBody><ofd:DocBody>'.repeat(200)
    expect((await refusal(() => verify(made({ body: bodies })))).facts).to.include('201 documents')
    const pages = `${XML}<ofd:Document ${NS}><ofd:Pages>${'<ofd:Page ID="1" BaseLoc="x"/>'.repeat(10_001)}</ofd:Pages></ofd:Document>`
    const report = await verify(rezip(unzip(made()).set('Doc_0/Document.xml', Buffer.from(pages))))
    expect(complaints(report)).to.deep.equal(['structure'])
    const long = made({ pages: [page(noise(12_000, text('章'.repeat(42), { delta: '1' })))] })
    expect((await refusal(() => seals(long, { places: [{ kind: 'keyword', words: '盖' }] }))).facts).to.include('too much text')
    expect((await refusal(() => seals(made(), { places: [{ kind: 'keyword', words: '章'.repeat(300) }] }))).code).to.equal('seal_place_unusable')
  })
})
