import { expect } from 'chai'
import { pdf } from '../../../server/seals/pdf/pdf.ts'
import { makePdf } from '../../../server/web/pdf.ts'
import { codeOfAsync } from '../../pki/hierarchy.ts'
import { makeDocument, pageNumber, update } from './builder.ts'
import { codes, orderOf, picture, seal, sesValue, values, verify, verifyOne, wrong } from './signing.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

describe('sealing a PDF', () => {
  for (const xref of ['table', 'stream'] as const) {
    it(`with its objects found by a ${xref} leaves every byte as it was, and the seal holds over the whole`, async () => {
      const document = makeDocument({ xref, pages: 3 })
      const sealed = await seal(document)
      expect(sealed.subarray(0, document.length).equals(document)).to.equal(true)
      const report = await verifyOne(sealed)
      expect(wrong(report)).to.deep.equal([])
      expect(report).to.include({ intact: 'yes', kind: 'cms', id: 'Seal-one' })
      expect(report.covers.whole).to.equal(true)
      expect(report.pages).to.deep.equal([1])
      expect(text(sealed.subarray(document.length)).includes('\nxref\n')).to.equal(xref === 'table')
    })
  }

  for (const [algorithm, value] of Object.entries(values)) {
    it(`with ${algorithm} verifies and is named as its readers expect`, async () => {
      const sealed = await seal(makeDocument(), {}, value)
      expect((await verifyOne(sealed)).intact).to.equal('yes')
      expect(text(sealed)).to.include(algorithm === 'SM2' ? '/SubFilter /adbe.pkcs7.detached' : '/SubFilter /ETSI.CAdES.detached')
    })
  }

  it('with an electronic seal’s signature is named by our own word, which verifying knows', async () => {
    const sealed = await seal(makeDocument(), {}, sesValue)
    expect(text(sealed)).to.include('/SubFilter /GBT.38540')
    expect(wrong(await verifyOne(sealed))).to.deep.equal([])
  })

  it('gives the same bytes for the same order, and asks the same to be signed', async () => {
    const document = makeDocument({ xref: 'stream' })
    expect((await seal(document)).equals(await seal(Buffer.from(document)))).to.equal(true)
    const order = orderOf()
    expect(await pdf.prepare(document, order, values.RSA)).to.deep.equal(await pdf.prepare(document, order, values.RSA))
    expect(await pdf.prepare(document, orderOf({ id: 'two' }), values.RSA)).to.not.deep.equal(await pdf.prepare(document, order, values.RSA))
  })

  it('says when and why, for readers in any language', async () => {
    const sealed = await seal(makeDocument())
    expect(text(sealed)).to.include('/M (D:20270601120000Z)').and.include('/Reason <feff')
    expect((await verifyOne(sealed)).claimedAt).to.equal('2027-06-01T12:00:00.000Z')
  })

  it('of several signers one after the other leaves the first intact, and says that others followed', async () => {
    const first = await seal(makeDocument({ pages: 2 }))
    const second = await seal(first, { id: 'two', places: [{ kind: 'at', page: 2, x: 30, y: 30 }] }, values.SM2)
    const third = await seal(second, { id: 'two', places: [] }, values.ECDSA)
    const { seals } = await verify(third)
    expect(seals.map(({ intact }) => intact)).to.deep.equal(['yes', 'yes', 'yes'])
    expect(seals.map(({ id }) => id)).to.deep.equal(['Seal-one', 'Seal-two', 'Seal-two_2'])
    expect(seals.map(report => codes(report).includes('further-signatures'))).to.deep.equal([true, true, false])
    expect(seals.map(({ covers }) => covers.whole)).to.deep.equal([false, false, true])
  })

  it('without a place shows nothing and is said to', async () => {
    const report = await verifyOne(await seal(makeDocument(), { places: [] }))
    expect(report.intact).to.equal('yes')
    expect(wrong(report)).to.deep.equal(['seal-not-shown'])
  })

  it('across the edges of all pages is one seal with a part on each', async () => {
    const report = await verifyOne(await seal(makeDocument({ pages: 5 }), { places: [{ kind: 'edge' }] }))
    expect(report.pages).to.deep.equal([1, 2, 3, 4, 5])
    expect(wrong(report)).to.deep.equal([])
  })

  it('works on what our own documents are, by words that they hold', async () => {
    const document = await makePdf({ title: '演示', author: '演示公司', at: new Date(0) }, out => {
      out.font('text').fontSize(14).text('第一条 演示合同')
      out.moveDown(3).text('甲方（盖章）：演示公司        乙方（盖章）：示例公司')
    })
    const report = await verifyOne(await seal(document, { places: [{ kind: 'keyword', words: '盖章', nth: 2 }] }))
    expect(wrong(report)).to.deep.equal([])
  })

  it('keeps a form that is there, and its fields', async () => {
    const form = '/AcroForm <</Fields [100 0 R] /DA (/Helv 0 Tf)>>'
    const document = makeDocument({ catalog: form, objects: { 100: '<</FT /Tx /T (Seal-one) /V (kept)>>' } })
    const sealed = await seal(document)
    expect(text(sealed)).to.include('/Fields [100 0 R').and.include('/DA (/Helv 0 Tf)')
    expect((await verifyOne(sealed)).id).to.equal('Seal-one_2')
  })

  it('adds to a list of fields that stands by itself, and changes nothing else of the form', async () => {
    const document = makeDocument({ catalog: '/AcroForm 100 0 R', objects: { 100: '<</Fields 101 0 R /SigFlags 3>>', 101: '[]' } })
    const added = text((await seal(document)).subarray(document.length))
    expect(added)
      .to.match(/\n101 0 obj\n\[\d+ 0 R\]/)
      .and.not.include('\n100 0 obj')
    expect((await verifyOne(await seal(document))).intact).to.equal('yes')
  })

  it('embeds the time stamp that it is given the means to ask for', async () => {
    const asked: Uint8Array[] = []
    const given: (Buffer | undefined)[] = []
    const write: typeof values.RSA.write = (of, signature, stamp) => {
      given.push(stamp)
      return values.RSA.write(of, signature, stamp)
    }
    const value = { ...values.RSA, write }
    const document = makeDocument()
    await pdf.build(document, orderOf(), value, Buffer.from('signature'), async signature => {
      asked.push(signature)
      return Buffer.from('token')
    })
    expect(asked.map(text)).to.deep.equal(['signature'])
    expect(given).to.deep.equal([Buffer.from('token')])
  })

  it('is recognised by its head alone', () => {
    expect(pdf.recognises(makeDocument())).to.equal(true)
    expect(pdf.recognises(Buffer.from('PK\x03\x04'))).to.equal(false)
  })
})

describe('a PDF is not sealed', () => {
  const refused = (document: Buffer, wishes: Parameters<typeof seal>[1] = {}) => codeOfAsync(() => seal(document, wishes))
  const whole = makeDocument({ pages: 2 })
  const latin = (bytes: Buffer, from: string, to: string) => Buffer.from(text(bytes).replace(from, to), 'latin1')
  const certified = (p: string) =>
    makeDocument({
      catalog: '/Perms <</DocMDP 100 0 R>>',
      objects: { 100: `<</Type /Sig /Contents <00> /Reference [<</TransformMethod /DocMDP /TransformParams <<${p}>>>>]>>` },
    })

  const documents: [string, Buffer][] = [
    ['when it is something else', Buffer.from('PK')],
    ['when it begins with something else', Buffer.concat([Buffer.from('\n'), whole])],
    ['when it is encrypted', makeDocument({ trailer: '/Encrypt 100 0 R', objects: { 100: '<</Filter /Standard>>' } })],
    ['when startxref leads nowhere', latin(whole, 'startxref\n', 'startxref\n9')],
    ['when startxref leads to something else', latin(whole, /startxref\n\d+/.exec(text(whole))?.[0] ?? '', 'startxref\n20')],
    ['when it is cut off', whole.subarray(0, whole.length - 30)],
    ['when something follows its end', Buffer.concat([whole, Buffer.from('<html>')])],
    ['when an object is not where the table says', latin(whole, '3 0 obj', '3 1 obj')],
    ['when its sections lead in a circle', latin(whole, '/Root', `/Prev ${/startxref\n(\d+)/.exec(text(whole))?.[1]} /Root`)],
    ['when its page tree leads back into itself', update(whole, { 2: '<</Type /Pages /Count 1 /Kids [2 0 R]>>' })],
    ['when its page tree leads to one page twice', update(whole, { 2: '<</Type /Pages /Count 2 /Kids [4 0 R 4 0 R]>>' })],
    ['when it has no pages', update(whole, { 2: '<</Type /Pages /Count 0 /Kids []>>' })],
    ['when its pages have no size', makeDocument({ page: '' })],
    ['when it has no catalog', makeDocument({ trailer: '/Root 3 0 R' }).subarray(0)],
    ['when its author certified that nothing may change', certified('/P 1')],
    ['when its catalog says a thing twice', makeDocument({ catalog: '/Pages 2 0 R' })],
    ['when its page says a thing twice', makeDocument({ page: '/MediaBox [0 0 300 200] /MediaBox [0 0 300 200]' })],
    ['when its pages are made by the viewer', makeDocument({ catalog: '/NeedsRendering true' })],
    ['when a value is nested beyond reason', update(whole, { 2: `${'['.repeat(100_000)}` })],
    ['when references lead in a circle', update(whole, { 2: '7 0 R', 7: '2 0 R' })],
  ]
  for (const [why, document] of documents) {
    it(why, async () => {
      expect(await refused(document)).to.equal('seal_document_unusable')
    })
  }

  it('unless its author allows signatures', async () => {
    expect(await refused(certified('/P 2'))).to.equal('accepted')
    expect(await refused(certified(''))).to.equal('accepted')
  })

  it('after a signature whose field locks it', async () => {
    const locked = makeDocument({
      catalog: '/AcroForm <</Fields [100 0 R]>>',
      objects: { 100: '<</FT /Sig /T (S) /V 101 0 R /Lock <</Action /All /P 1>>>>', 101: '<</Type /Sig /Contents <00>>>' },
    })
    expect(await refused(locked)).to.equal('seal_document_unusable')
  })

  const places: [string, Parameters<typeof seal>[1]][] = [
    ['on a page that is not there', { places: [{ kind: 'at', page: 3, x: 50, y: 35 }] }],
    ['on page zero', { places: [{ kind: 'at', page: 0, x: 50, y: 35 }] }],
    ['half off its page', { places: [{ kind: 'at', page: 1, x: 0, y: 35 }] }],
    ['across the edge of one page', { places: [{ kind: 'edge', from: 1, to: 1 }] }],
    ['across edges of pages that are not there', { places: [{ kind: 'edge', to: 3 }] }],
    ['across edges backwards', { places: [{ kind: 'edge', from: 2, to: 1 }] }],
    ['beyond the edge', { places: [{ kind: 'edge', y: 0 }] }],
    ['on words that are not there', { places: [{ kind: 'keyword', words: '盖章' }] }],
    ['on a time words are not there', { places: [{ kind: 'keyword', words: 'Page', nth: 3 }] }],
    ['on no words', { places: [{ kind: 'keyword', words: ' ' }] }],
  ]
  for (const [where, wishes] of places) {
    it(where, async () => {
      expect(await refused(whole, wishes)).to.equal('seal_place_unusable')
    })
  }

  it('with a place and no picture, or one without size or out of range', async () => {
    const { places: own, ...rest } = orderOf()
    const bare = { id: rest.id, at: rest.at, places: own }
    expect(await codeOfAsync(() => pdf.prepare(whole, bare, values.RSA))).to.equal('seal_picture_unusable')
    expect(await refused(whole, { picture: { ...picture, width: 0 } })).to.equal('seal_picture_unusable')
    const far = { ...picture, shapes: [{ fill: [0, 0, 0] as const, outline: [['M', 1e9, 0] as const] }] }
    expect(await refused(whole, { picture: far })).to.equal('seal_picture_unusable')
  })

  it('with an XML signature, or one without room', async () => {
    expect(await codeOfAsync(() => seal(whole, {}, { ...values.RSA, kind: 'xmldsig' }))).to.equal('bad_request')
    expect(await codeOfAsync(() => seal(whole, {}, { ...values.RSA, room: 0 }))).to.equal('bad_request')
  })

  it('with a value that is larger than the room it asked for', async () => {
    expect(await codeOfAsync(() => seal(whole, {}, { ...values.RSA, room: 100 }))).to.equal('seal_malformed')
  })
})

describe('the page that is sealed', () => {
  it('keeps all it had, with the seal after its own annotations', async () => {
    const document = makeDocument({
      page: '/MediaBox [0 0 300 200] /Annots [100 0 R] /Tabs /S',
      objects: { 100: '<</Type /Annot /Subtype /Link /Rect [0 0 9 9]>>' },
    })
    const added = text((await seal(document)).subarray(document.length))
    expect(added).to.match(new RegExp(`\\n?${pageNumber(1)} 0 obj\\n[^\\n]*/Annots \\[100 0 R \\d+ 0 R\\] /Tabs /S`))
  })

  it('does not give its seal to another page that shares its list', async () => {
    const document = makeDocument({ pages: 2, page: '/MediaBox [0 0 300 200] /Annots 100 0 R', objects: { 100: '[]' } })
    expect((await verifyOne(await seal(document))).pages).to.deep.equal([1])
  })
})
