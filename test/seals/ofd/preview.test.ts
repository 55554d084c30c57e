import { DOMParser, onWarningStopParsing } from '@xmldom/xmldom'
import { expect } from 'chai'
import { previewPage } from '../../../server/seals/ofd/preview.ts'
import { refusal } from './refusals.ts'
import { made, NS, page, sample, seals, text } from './stage.ts'

const path = (data: string, more = '') =>
  `<ofd:PathObject ID="5" Boundary="10 20 50 50"${more}><ofd:AbbreviatedData>${data}</ofd:AbbreviatedData></ofd:PathObject>`
const svgOf = (content: string, more: Parameters<typeof made>[0] = {}): string => {
  const { svg } = previewPage(made({ pages: [page(content)], ...more }), 1)
  // what a browser would refuse to read is no preview
  new DOMParser({ onError: onWarningStopParsing }).parseFromString(svg, 'image/svg+xml')
  return svg
}

describe('OFD preview', () => {
  it('shows words where they stand, in the size of the paper', () => {
    const { svg, ...size } = previewPage(made({ pages: [page(''), page(text('投标函', { x: 20, y: 30, size: 5 }))] }), 2)
    expect(size).to.deep.equal({ width: 210, height: 297, pages: 2 })
    expect(svg).to.include('viewBox="0 0 210 297"').and.include('translate(20 30)').and.include('<text x="0 5 10" y="5">投标函</text>')
  })

  it('shows words set upright one below the other', () => {
    expect(svgOf(text('竖排').replace(/DeltaX="[^"]*"/, 'DeltaY="6"'))).to.include('<text x="0 0" y="5 11">竖排</text>')
  })

  it('shows paths, with their colours and lines, and stops where one is malformed', () => {
    const svg = svgOf(
      `${path('S 1 1 M 0 0 L 10 0 Q 1 2 3 4 B 1 2 3 4 5 6 A 5 5 0 1 0 9 9 C', ' Fill="true" LineWidth="0.5"')}${path('M 0 0 L x')}${path('no')}`,
    )
    expect(svg).to.include('d="M1 1M0 0L10 0Q1 2 3 4C1 2 3 4 5 6A5 5 0 1 0 9 9Z"').and.include('stroke-width="0.5"').and.include('d="M0 0"')
    expect(svg.match(/<path/g)).to.have.length(2)
    const coloured = path('M 0 0 L 9 9').replace('<ofd:Abb', '<ofd:StrokeColor Value="255 0 300"/><ofd:Abb')
    expect(svgOf(coloured)).to.include('stroke="rgb(255,0,255)"')
  })

  it('shows pictures of the document, and none that is something else', () => {
    const resources = `<ofd:Res ${NS} BaseLoc="Res"><ofd:MultiMedias><ofd:MultiMedia ID="7" Type="Image"><ofd:MediaFile>a.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias></ofd:Res>`
    const object = '<ofd:ImageObject ID="6" ResourceID="7" Boundary="10 10 30 40" CTM="30 0 0 40 0 0"/>'
    const wishes = (picture: string) => ({
      common: '<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>',
      parts: { 'Doc_0/DocumentRes.xml': resources, 'Doc_0/Res/a.png': picture },
    })
    expect(svgOf(object, wishes('GIF89a...')))
      .to.include('<image transform="translate(10 10) matrix(30 0 0 40 0 0)"')
      .and.include(`href="data:image/gif;base64,${Buffer.from('GIF89a...').toString('base64')}"`)
    expect(svgOf(object, wishes('<svg onload="x"/>'))).not.to.include('<image')
  })

  it('shows templates under the page and annotations above it', () => {
    const template = { common: '<ofd:TemplatePage ID="77" BaseLoc="T.xml"/>', document: '<ofd:Annotations>A.xml</ofd:Annotations>' }
    const own = made({
      ...template,
      pages: [page(text('页面')).replace('<ofd:Content>', '<ofd:Template TemplateID="77"/><ofd:Content>')],
      parts: {
        'Doc_0/T.xml': page(text('模板')),
        'Doc_0/A.xml': `<ofd:Annotations ${NS}><ofd:Page PageID="1"><ofd:FileLoc>P.xml</ofd:FileLoc></ofd:Page></ofd:Annotations>`,
        'Doc_0/P.xml': `<ofd:PageAnnot ${NS}><ofd:Annot ID="8"><ofd:Appearance Boundary="1 2 3 4">${text('注释')}</ofd:Appearance></ofd:Annot></ofd:PageAnnot>`,
      },
    })
    const { svg } = previewPage(own, 1)
    expect(['模板', '页面', '注释'].map(words => svg.indexOf(words)).every((at, i, all) => at > (all[i - 1] ?? 0))).to.equal(true)
  })

  it('lets no words of the document become marks of the preview', () => {
    const svg = svgOf(text('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;', { delta: '1' }) + path('M 0 0 L &quot;/&gt;&lt;script&gt; 1'), {
      common: '<ofd:PublicRes>R.xml</ofd:PublicRes>',
      parts: {
        'Doc_0/R.xml': `<ofd:Res ${NS}><ofd:Fonts><ofd:Font ID="3" FontName="x&quot; onload=&quot;alert(1)'; url(http://evil)"/></ofd:Fonts></ofd:Res>`,
      },
    })
    const { documentElement } = new DOMParser().parseFromString(svg, 'image/svg+xml')
    const all = [...(documentElement?.getElementsByTagName('*') ?? [])]
    expect([...new Set(all.map(({ nodeName }) => nodeName))].sort()).to.deep.equal(['g', 'path', 'rect', 'text'])
    const attributes = new Set(all.flatMap(element => [...element.attributes].map(({ name }) => name)))
    expect([...attributes].filter(name => /^on|href|style|src/i.test(name))).to.deep.equal([])
    expect(svg).to.include('&lt;script&gt;')
  })

  it('shows seals of others, whatever their picture is made of, and only the strip of a page-edge seal', function () {
    const { svg } = previewPage(sample(this, 'h'), 1)
    expect(svg.match(/<image[^>]*href="data:image|viewBox="0 0 \d+ \d+"/g)?.length).to.be.greaterThan(1)
    expect(svg).to.include('<svg x="202" y="128.5" width="8" height="40" viewBox="0 0 8 40">')
    expect(previewPage(sample(this, 'v4signed'), 1).svg).to.include('<svg x="90" y="8" width="30" height="20" viewBox="0 0 30 20">')
  })

  it('shows a document whose seal cannot be read, without the seal', async () => {
    const sealed = await seals(made(), { places: [{ kind: 'at', page: 1, x: 60, y: 60 }] })
    expect(previewPage(sealed, 1).svg).to.include('盖章').and.not.include('<svg x=')
  })

  for (const [sentence, content, facts] of [
    ['more objects than can be seen', `<ofd:PathObject/>`.repeat(50_001), 'too much on it'],
    ['paths of too many points', path('L 1 1 '.repeat(100_000)), 'too much on it'],
    ['groups in groups', `${'<ofd:PageBlock>'.repeat(12)}${'</ofd:PageBlock>'.repeat(12)}`, 'groups in groups'],
  ] as const) {
    it(`refuses a page with ${sentence}`, async () => expect((await refusal(() => svgOf(content))).facts).to.include(facts))
  }

  it('refuses a drawing that contains itself', async () => {
    const unit = `<ofd:Res ${NS}><ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="5"><ofd:Content>${'<ofd:CompositeObject ResourceID="5" Boundary="0 0 9 9"/>'.repeat(9)}</ofd:Content></ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits></ofd:Res>`
    const wishes = { common: '<ofd:PublicRes>R.xml</ofd:PublicRes>', parts: { 'Doc_0/R.xml': unit } }
    expect((await refusal(() => svgOf('<ofd:CompositeObject ResourceID="5" Boundary="0 0 9 9"/>', wishes))).facts).to.include('groups in groups')
  })

  it('refuses a page that is not there', async () => {
    for (const number of [0, 2, 1.5]) expect((await refusal(() => previewPage(made(), number))).code).to.equal('seal_place_unusable')
  })
})
