import { expect } from 'chai'
import { openPdf } from '../../../server/seals/pdf/file.ts'
import { findWords } from '../../../server/seals/pdf/keyword.ts'
import { pagesOf } from '../../../server/seals/pdf/pages.ts'
import { codeOf } from '../../pki/hierarchy.ts'
import { makeDocument, stream, type Wishes } from './builder.ts'

/** A4, one millimetre being 72/25.4 units; texts are 10 mm high so that places can be told by heart. */
const MM = 72 / 25.4
const SIZE = (10 * MM).toFixed(3)
const A4 = '/MediaBox [0 0 595.276 841.89]'
const FIXED = '/Type /Font /Subtype /Type1 /BaseFont /Courier /FirstChar 32 /LastChar 126'
const fixed = `<<${FIXED} /Widths [${'600 '.repeat(95)}]>>`

interface Hit {
  page: number
  x: number
  y: number
}

function find(wishes: Wishes, words: string, nth?: number): Hit[] {
  const revision = openPdf(makeDocument({ page: A4, ...wishes, objects: { 3: fixed, ...wishes.objects } }))
  const pages = pagesOf(revision)
  return findWords(revision, pages, words, nth).map(({ page, x, y }) => ({ page: pages.indexOf(page) + 1, x: Math.round(x), y: Math.round(y) }))
}

/** The text begins 100 mm from the left and 100 mm from the top. */
const at = (operators: string): Wishes => ({
  content: `BT /F1 ${SIZE} Tf 1 0 0 1 ${(100 * MM).toFixed(3)} ${(841.89 - 100 * MM).toFixed(3)} Tm ${operators} ET`,
})
/** five letters of 6 mm */
const CENTRE = { page: 1, x: 115, y: 97 }

/** A composite font whose codes a CMap turns into characters. */
const composite = (encoding: string, cmap?: string): Wishes['objects'] => ({
  3: `<</Type /Font /Subtype /Type0 /BaseFont /X /Encoding ${encoding} /DescendantFonts [101 0 R] ${cmap === undefined ? '' : '/ToUnicode 102 0 R'}>>`,
  101: '<</Type /Font /Subtype /CIDFontType2 /DW 1000 /W [1 [600 600] 3 5 600]>>',
  102: stream(cmap ?? ''),
})
const hex = (text: string, encoding: BufferEncoding = 'latin1'): string => Buffer.from(text, encoding).toString('hex')
const utf16 = (text: string): string => Buffer.from(text, 'utf16le').swap16().toString('hex')

describe('words on a page are found', () => {
  const written: [string, string][] = [
    ['shown at once', '(Words) Tj'],
    ['moved apart', '[(Wo) -10 (r) 20 (ds)] TJ'],
    ['shown in pieces', '(Wo) Tj (rds) Tj'],
    ['with white space between', '(W o r d s) Tj'],
    ['on a next line', "10 TL 0 10 Td (Words) '"],
    ['on a next line with spaces', '10 TL 0 10 Td 0 0 (Words) "'],
    ['on a line moved to', '0 10 TD 0 -10 TD (Words) Tj'],
    ['on a line begun', '10 TL 0 10 Td T* (Words) Tj'],
    ['after other words', '-60 0 Td (xx) Tj 60 0 Td (Words) Tj'],
    ['in hexadecimal', `<${hex('Words')}> Tj`],
    ['drawn twice to look bold', '(Words) Tj 0.1 0 Td -0 0 Td (Words) Tj'],
    ['in pieces that are out of order', `${(18 * 72) / 25.4} 0 Td (ds) Tj ${(-18 * 72) / 25.4} 0 Td (Wor) Tj`],
  ]
  for (const [how, operators] of written) {
    it(how, () => {
      const hits = find(at(operators), 'Words')
      expect(hits).to.have.length(1)
      expect(hits[0]?.page).to.equal(1)
      expect(hits[0]?.x).to.be.closeTo(how === 'with white space between' ? 127 : CENTRE.x, 1)
      expect(hits[0]?.y).to.be.closeTo(CENTRE.y, 1)
    })
  }

  it('each time, from the top down, or the time that is asked for', () => {
    const wishes = { ...at('0 -60 Td (Words) Tj 0 120 Td (Words) Tj 0 -60 Td (Words) Tj'), pages: 2 }
    expect(find(wishes, 'Words').map(({ page, y }) => [page, y])).to.deep.equal([
      [1, 76],
      [1, 97],
      [1, 118],
      [2, 76],
      [2, 97],
      [2, 118],
    ])
    expect(find(wishes, 'Words', 5)).to.deep.equal([{ page: 2, x: 115, y: 97 }])
  })

  it('inside a matrix, and inside a form that is drawn', () => {
    const [x, y] = [(100 * MM).toFixed(3), (841.89 - 100 * MM).toFixed(3)]
    const moved = `q 1 0 0 1 ${x} ${y} cm BT /F1 ${SIZE} Tf (Words) Tj ET Q`
    expect(find({ content: `q 2 0 0 2 9 9 cm Q ${moved}` }, 'Words')).to.deep.equal([CENTRE])
    const form = stream(
      `BT /F1 ${SIZE} Tf (Words) Tj ET`,
      `/Subtype /Form /BBox [0 0 999 999] /Matrix [1 0 0 1 ${x} 0] /Resources <</Font <</F1 3 0 R>>>>`,
    )
    const document = { page: `${A4} /Resources <</XObject <</Form 100 0 R>>>>`, content: `q 1 0 0 1 0 ${y} cm /Form Do Q`, objects: { 100: form } }
    expect(find(document, 'Words')).to.deep.equal([CENTRE])
  })

  it('on a page that is turned, where they are read', () => {
    const turned = { ...at('(Words) Tj'), page: `${A4} /Rotate 90` }
    // text that was upright now runs down: it is not read from left to right
    expect(codeOf(() => find(turned, 'Words'))).to.equal('seal_place_unusable')
    const upright = {
      page: `${A4} /Rotate 90`,
      content: `BT /F1 ${SIZE} Tf 0 1 -1 0 ${(100 * MM).toFixed(3)} ${(100 * MM).toFixed(3)} Tm (Words) Tj ET`,
    }
    expect(find(upright, 'Words')).to.deep.equal([CENTRE])
  })

  it('after an inline image, and in contents of several streams', () => {
    const content = `BI /W 1 /H 1 ID \x00EI\xff EI\nBT /F1 ${SIZE} Tf 1 0 0 1 ${(100 * MM).toFixed(3)} ${(841.89 - 100 * MM).toFixed(3)} Tm (Wo) Tj`
    const document = { content, page: `${A4} /Contents [5 0 R 100 0 R]`, objects: { 100: stream('(rds) Tj ET') } }
    expect(find(document, 'Words')).to.deep.equal([CENTRE])
  })

  const fonts: [string, Wishes['objects'], string][] = [
    ['by a CMap of single codes', composite('/Identity-H', `2 beginbfchar <0001> <${utf16('甲')}> <0002> <${utf16('方')}> endbfchar`), '<00010002>'],
    [
      'by a CMap of ranges',
      composite('/Identity-H', `2 beginbfrange <0001> <0001> <${utf16('甲')}> <0002> <0003> [<${utf16('方')}>] endbfrange`),
      '<00010002>',
    ],
    ['by one code for several characters', composite('/Identity-H', `1 beginbfchar <0001> <${utf16('甲方')}> endbfchar`), '<0001>'],
    ['in UCS-2', composite('/UniGB-UCS2-H'), `<${utf16('甲方')}>`],
    ['in GBK', composite('/GBK-EUC-H'), '<bcd7b7bd>'],
    ['in GB 18030', composite('/GBK2K-V'), '<bcd7b7bd>'],
    ['by a CMap of their own for the codes', composite('104 0 R', `2 beginbfchar <01> <${utf16('甲')}> <02> <${utf16('方')}> endbfchar`), '<0102>'],
    ['by names of glyphs', { 3: '<</Type /Font /Subtype /TrueType /Encoding <</Differences [1 /uni7532 /uni65B9]>>>>' }, '<0102>'],
    [
      'by a CMap of a simple font',
      {
        3: '<</Type /Font /Subtype /TrueType /ToUnicode 102 0 R>>',
        102: stream(`1 beginbfrange <01> <02> [<${utf16('甲')}> <${utf16('方')}>] endbfrange`),
      },
      '<0102>',
    ],
  ]
  for (const [how, objects, string] of fonts) {
    it(`in Chinese ${how}`, () => {
      const space = stream('1 begincodespacerange <00> <ff> endcodespacerange')
      expect(find({ ...at(`${string} Tj`), objects: { ...objects, 104: space } }, '甲方')).to.have.length(1)
    })
  }

  it('by what is said to stand for glyphs that say nothing themselves', () => {
    const marked = (mark: string): Wishes => ({
      ...at(`/Span ${mark} BDC <0001> Tj <0002> Tj EMC <0003> Tj`),
      page: `${A4} /Resources <</Font <</F1 3 0 R>> /Properties <</P 104 0 R>>>>`,
      objects: { ...composite('/Identity-H'), 104: `<</ActualText <feff${utf16('甲方')}>>>` },
    })
    for (const mark of [`<</ActualText <feff${utf16('甲方')}>>>`, '/P'])
      expect(find(marked(mark), '甲方')).to.deep.equal([{ page: 1, x: 106, y: 97 }])
    expect(codeOf(() => find(marked('<</MCID 1>>'), '甲方'))).to.equal('seal_place_unusable')
  })

  it('with signs in their wide or narrow form', () => {
    expect(find(at('(\\(A\\):) Tj'), '（Ａ）：')).to.have.length(1)
  })
})

describe('words on a page are not found', () => {
  const missing = (wishes: Wishes, words = 'Words', nth?: number): string => codeOf(() => find(wishes, words, nth))

  it('where they are not', () => {
    expect(missing(at('(Wards) Tj'))).to.equal('seal_place_unusable')
    expect(missing(at('(Words) Tj'), 'Words', 2)).to.equal('seal_place_unusable')
    expect(missing(at('(Words) Tj'), 'Words', 0)).to.equal('seal_place_unusable')
  })

  it('across columns or lines', () => {
    expect(missing(at('(Wo) Tj 300 0 Td (rds) Tj'))).to.equal('seal_place_unusable')
    expect(missing(at('(Wo) Tj 0 -60 Td (rds) Tj'))).to.equal('seal_place_unusable')
  })

  it('off the page, or too small to be read', () => {
    expect(missing(at('900 0 Td (Words) Tj'))).to.equal('seal_place_unusable')
    expect(missing(at('/F1 0.1 Tf (Words) Tj'))).to.equal('seal_place_unusable')
  })

  it('in a font that does not say what its glyphs are', () => {
    expect(missing({ ...at('<00010002> Tj'), objects: composite('/Identity-H') ?? {} })).to.equal('seal_place_unusable')
  })

  it('in a content that is broken or hostile, which harms nothing else', () => {
    const bomb = stream('/Form Do /Form Do', '/Subtype /Form /BBox [0 0 9 9] /Resources <</XObject <</Form 100 0 R>>>>')
    for (const content of ['(Words', '[[[[', '<zz> Tj', `${'['.repeat(5000)}`, 'BI ID', 'Q Q Q cm Tj TJ \' " Tf Do', '/Form Do']) {
      const page = `${A4} /Resources <</XObject <</Form 100 0 R>> /Font <</F1 3 0 R>>>>`
      expect(missing({ page, content, objects: { 100: bomb } })).to.equal('seal_place_unusable')
    }
    expect(missing({ content: 'x', page: `${A4} /Contents 100 0 R`, objects: { 100: stream('x', '/Filter /Unknown') } })).to.equal(
      'seal_place_unusable',
    )
  })
})
