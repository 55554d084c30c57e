import { expect } from 'chai'
import { ofd } from '../../../server/seals/ofd/ofd.ts'
import { codeOf } from './refusals.ts'
import { complaints, isSilent, made, order, page, picture, seals, sesValue, text, verify, XML } from './stage.ts'
import { rezip, unzip } from './zip.ts'

const names = (document: Buffer): string[] => [...unzip(document).keys()]
const content = (document: Buffer, name: string): string => unzip(document).get(name)?.toString() ?? ''
const signature = (document: Buffer, n = 0): string => content(document, `Doc_0/Signs/Sign_${n}/Signature.xml`)
const boundaries = (document: Buffer, n = 0): string[] => [...signature(document, n).matchAll(/ Boundary="([^"]*)"/g)].map(([, box]) => box ?? '')

describe('OFD sealing', () => {
  it('protects every part but the list, and says so', async () => {
    const sealed = await seals(made(), { places: [{ kind: 'at', page: 1, x: 100, y: 200 }] })
    const report = await verify(sealed)
    expect(isSilent(report), JSON.stringify(report)).to.equal(true)
    const [seal] = report.seals
    expect(seal?.covers.whole).to.equal(true)
    expect(seal?.pages).to.deep.equal([1])
    expect(seal?.claimedAt).to.equal('2027-06-01T12:00:00.000Z')
    expect(seal?.covers.parts).to.include.members([
      '/OFD.xml',
      '/Doc_0/Document.xml',
      '/Doc_0/Pages/Page_0/Content.xml',
      '/Doc_0/Signs/Sign_0/Seal.esl',
    ])
    expect(content(sealed, 'OFD.xml')).to.include('<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures></ofd:DocBody>')
    expect(signature(sealed)).to.include('CheckMethod="1.2.156.10197.1.401"').and.include('<ofd:SignatureDateTime>2027-06-01 20:00:00<')
    expect(boundaries(sealed)).to.deep.equal(['80 180 40 40'])
  })

  it('leaves the bytes of what was there as they were packed', async () => {
    const before = made()
    const sealed = await seals(before)
    for (const [name, bytes] of unzip(before)) if (name !== 'OFD.xml') expect(unzip(sealed).get(name)?.equals(bytes), name).to.equal(true)
    const first = before.subarray(before.indexOf('Doc_0/Document.xml') - 30, before.indexOf('Doc_0/Pages'))
    expect(sealed.includes(first)).to.equal(true)
  })

  it('gives the same bytes for the same document and order', async () => {
    const own = order({ places: [{ kind: 'at', page: 1, x: 50, y: 50 }] })
    const [one, two] = [await ofd.prepare(made(), own, sesValue), await ofd.prepare(made(), own, sesValue)]
    expect(one.equals(two)).to.equal(true)
    const fixed = Buffer.alloc(64, 1)
    expect((await ofd.build(made(), own, sesValue, fixed)).equals(await ofd.build(made(), own, sesValue, fixed))).to.equal(true)
  })

  it('lets later seals protect earlier ones and break none', async () => {
    let sealed = made()
    for (let n = 0; n < 3; n += 1) sealed = await seals(sealed, { id: `${n}`, places: [{ kind: 'at', page: 1, x: 30 + n * 60, y: 100 }] })
    const report = await verify(sealed)
    expect(isSilent(report), complaints(report).join()).to.equal(true)
    expect(report.seals.map(({ covers }) => covers.whole)).to.deep.equal([true, true, true])
    expect(report.seals[2]?.covers.parts).to.include('/Doc_0/Signs/Sign_0/SignedValue.dat')
    const list = content(sealed, 'Doc_0/Signs/Signatures.xml')
    expect([...list.matchAll(/ ID="([^"]*)"/g)].map(([, id]) => id)).to.deep.equal(['s001', 's003', 's005'])
    expect(list).to.include('<ofd:MaxSignId>s006</ofd:MaxSignId>')
  })

  it('embeds the time stamp that was asked for over the signature', async () => {
    const asked: Buffer[] = []
    const value = { ...sesValue, write: (_: unknown, signature: Uint8Array, stamp?: Buffer) => Buffer.concat([signature, stamp ?? Buffer.alloc(0)]) }
    const sealed = await ofd.build(made(), order(), value, Buffer.from('signature'), async over => {
      asked.push(Buffer.from(over))
      return Buffer.from(' and stamp')
    })
    expect(asked.map(String)).to.deep.equal(['signature'])
    expect(content(sealed, 'Doc_0/Signs/Sign_0/SignedValue.dat')).to.equal('signature and stamp')
  })

  it('writes a signed message without seal as such, and shows nothing', async () => {
    const { seal: _, ...bare } = { ...sesValue, kind: 'cms' as const }
    const sealed = await seals(made(), {}, bare)
    expect(content(sealed, 'Doc_0/Signs/Signatures.xml')).to.include('Type="Sign"')
    expect(names(sealed)).not.to.include('Doc_0/Signs/Sign_0/Seal.esl')
    expect(await codeOf(() => seals(made(), { places: [{ kind: 'at', page: 1, x: 50, y: 50 }] }, bare))).to.equal('seal_picture_unusable')
  })

  it('uses prefixes, folders and numbers as the document has them', async () => {
    const list = `${XML}<Signatures xmlns="http://www.ofdspec.org/2016"><MaxSignId>7</MaxSignId></Signatures>`
    const own = made({
      body: '<ofd:Signatures>Doc_0/Sig/List.xml</ofd:Signatures>',
      parts: { 'Doc_0/Sig/List.xml': list, 'Doc_0/Sig/Sign_0/note.txt': 'x' },
    })
    const sealed = await seals(own)
    expect(content(sealed, 'Doc_0/Sig/List.xml')).to.include(
      '<MaxSignId>8</MaxSignId><Signature ID="8" Type="Seal" BaseLoc="/Doc_0/Sig/Sign_1/Signature.xml"/>',
    )
    expect(isSilent(await verify(sealed))).to.equal(true)
  })

  it('keeps the place that a value names in ASCII, whatever the document calls its folders', async () => {
    const own = unzip(made())
    const renamed = new Map(
      [...own].map(([name, bytes]) => [
        name.replace('Doc_0', '文档_0'),
        name === 'OFD.xml' ? Buffer.from(bytes.toString().replace('Doc_0', '文档_0')) : bytes,
      ]),
    )
    const sealed = await seals(await seals(rezip(renamed)), { id: 'two' })
    expect(names(sealed)).to.include.members(['文档_0/Signs/Signatures.xml', 'Signs/Sign_0/Signature.xml', 'Signs/Sign_1/Signature.xml'])
    expect(isSilent(await verify(sealed))).to.equal(true)
  })

  it('fills an empty place in OFD.xml instead of adding a second', async () => {
    for (const body of ['<ofd:Signatures/>', '<ofd:Signatures></ofd:Signatures>']) {
      expect(isSilent(await verify(await seals(made({ body }))))).to.equal(true)
    }
  })

  it('refuses a digest that OFD does not seal with, several documents, and pages that nobody can tell apart', async () => {
    expect(await codeOf(() => seals(made(), {}, { ...sesValue, digest: 'sha256' }))).to.equal('seal_shield_unfit')
    const two = made({ body: '</ofd:DocBody><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>' })
    expect(await codeOf(() => seals(two))).to.equal('seal_document_unusable')
    const pages = made({ document: '<ofd:Pages/>' })
    const same = rezip(
      new Map(
        [...unzip(made({ pages: [page(''), page('')] }))].map(([name, bytes]) => [name, Buffer.from(bytes.toString().replace('ID="2"', 'ID="1"'))]),
      ),
    )
    expect([await codeOf(() => seals(pages)), await codeOf(() => seals(same))]).to.deep.equal(['accepted', 'seal_document_unusable'])
  })
})

describe('OFD places', () => {
  const three = made({ pages: [page(text('甲')), page(text('乙')), page(text('投标人（盖章）'))] })

  it('a strip of a page-edge seal on each page, from left to right on right edges', async () => {
    const sealed = await seals(three, { places: [{ kind: 'edge', y: 100 }] })
    expect(boundaries(sealed)).to.deep.equal(['196.6667 80 40 40', '183.3333 80 40 40', '170 80 40 40'])
    expect([...signature(sealed).matchAll(/ Clip="([^"]*)"/g)].map(([, clip]) => clip)).to.deep.equal([
      '0 0 13.3333 40',
      '13.3333 0 13.3333 40',
      '26.6667 0 13.3333 40',
    ])
    const report = await verify(sealed)
    expect(complaints(report)).to.deep.equal([])
    expect(report.seals[0]?.pages).to.deep.equal([1, 2, 3])
  })

  it('the same on left edges, the other way round', async () => {
    const sealed = await seals(three, { places: [{ kind: 'edge', side: 'left', from: 2 }] })
    expect(boundaries(sealed)).to.deep.equal(['-20 128.5 40 40', '0 128.5 40 40'])
    expect(complaints(await verify(sealed))).to.deep.equal([])
  })

  it('on words, in the middle of them, whatever page they are on', async () => {
    const sealed = await seals(three, { places: [{ kind: 'keyword', words: '盖章' }] })
    // the fifth and sixth of characters of 5 mm that begin at 20, 30
    expect(boundaries(sealed)).to.deep.equal(['25 13.2 40 40'])
    expect((await verify(sealed)).seals[0]?.pages).to.deep.equal([3])
  })

  it('on words spread over several objects of one line, with blanks, and in templates', async () => {
    const spread = text('投 标', { x: 60, y: 100, delta: '5' }) + text('人', { x: 75, y: 100 })
    const template = {
      common: '<ofd:TemplatePage ID="77" BaseLoc="Tpls/Tpl_0/Content.xml"/>',
      parts: { 'Doc_0/Tpls/Tpl_0/Content.xml': page(text('模板章', { x: 100, y: 150 })) },
    }
    const own = made({ ...template, pages: [page(spread).replace('<ofd:Content>', '<ofd:Template TemplateID="77"/><ofd:Content>')] })
    expect(boundaries(await seals(own, { places: [{ kind: 'keyword', words: '投标人' }] }))).to.deep.equal(['50 83.2 40 40'])
    expect(boundaries(await seals(own, { places: [{ kind: 'keyword', words: '模板章' }] }))).to.deep.equal(['87.5 133.2 40 40'])
  })

  it('on words that are scaled and moved by a matrix', async () => {
    const own = made({ pages: [page(text('盖章', { x: 50, y: 50, size: 10, delta: '10', ctm: '0.5 0 0 0.5 10 20' }))] })
    // 50 + 10 + half of two halved characters of 10; 50 + 20 + 10 halved, and up to the middle of a character
    expect(boundaries(await seals(own, { places: [{ kind: 'keyword', words: '盖章' }] }))).to.deep.equal(['45 53.2 40 40'])
  })

  it('once on words that are drawn twice to look bold, and on words set upright', async () => {
    const bold = text('盖章', { x: 50, y: 100 }) + text('盖章', { x: 50.1, y: 100 })
    const upright = text('竖排', { x: 150, y: 200 }).replace(/DeltaX="[^"]*"/, 'DeltaY="5"')
    const own = made({ pages: [page(bold + upright)] })
    expect(boundaries(await seals(own, { places: [{ kind: 'keyword', words: '盖章' }] }))).to.deep.equal(['35 83.2 40 40'])
    expect(boundaries(await seals(own, { places: [{ kind: 'keyword', words: '竖排' }] }))).to.deep.equal(['132.5 185.7 40 40'])
  })

  it('on the nth time that words stand there, or each time', async () => {
    const own = made({ pages: [page(text('章', { y: 100 }) + text('章', { y: 50 })), page(text('章', { y: 200 }))] })
    expect(boundaries(await seals(own, { places: [{ kind: 'keyword', words: '章' }] }))).to.deep.equal([
      '2.5 33.2 40 40',
      '2.5 83.2 40 40',
      '2.5 183.2 40 40',
    ])
    const third = await seals(own, { places: [{ kind: 'keyword', words: '章', nth: 3 }] })
    expect(signature(third)).to.include('PageRef="2"')
    expect(await codeOf(() => seals(own, { places: [{ kind: 'keyword', words: '章', nth: 4 }] }))).to.equal('seal_place_unusable')
  })

  it("by the page's own paper, whose top left corner is the origin wherever its box begins", async () => {
    const area = '<ofd:Area><ofd:PhysicalBox>10 20 100 100</ofd:PhysicalBox></ofd:Area>'
    const own = made({ pages: [page(text('章'), area)] })
    expect(boundaries(await seals(own, { places: [{ kind: 'at', page: 1, x: 50, y: 50 }] }))).to.deep.equal(['30 30 40 40'])
    expect(await codeOf(() => seals(own, { places: [{ kind: 'at', page: 1, x: 150, y: 50 }] }))).to.equal('seal_place_unusable')
  })

  for (const [sentence, place, code] of [
    ['a page that is not there', { kind: 'at', page: 4, x: 50, y: 50 }, 'seal_place_unusable'],
    ['a page of no number', { kind: 'at', page: 1.5, x: 50, y: 50 }, 'seal_place_unusable'],
    ['half a seal', { kind: 'at', page: 1, x: 5, y: 50 }, 'seal_place_unusable'],
    ['words that are not there', { kind: 'keyword', words: '丙' }, 'seal_place_unusable'],
    ['no words', { kind: 'keyword', words: ' ' }, 'seal_place_unusable'],
    ['a page-edge seal on one page', { kind: 'edge', from: 2, to: 2 }, 'seal_place_unusable'],
    ['a page-edge seal beyond the last page', { kind: 'edge', to: 4 }, 'seal_place_unusable'],
    ['a page-edge seal above the page', { kind: 'edge', y: 10 }, 'seal_place_unusable'],
  ] as const) {
    it(`refuses ${sentence}`, async () => expect(await codeOf(() => seals(three, { places: [place] }))).to.equal(code))
  }

  it('refuses a place without a picture', async () => {
    const bare = { id: 'one', at: order().at, places: [{ kind: 'at', page: 1, x: 50, y: 50 }] } as const
    expect(await codeOf(() => ofd.prepare(three, bare, sesValue))).to.equal('seal_picture_unusable')
    expect(await codeOf(() => ofd.prepare(three, { ...bare, picture }, sesValue))).to.equal('accepted')
  })
})
