import { deflateSync } from 'node:zlib'
import { expect } from 'chai'
import { openPdf } from '../../../server/seals/pdf/file.ts'
import { type Filter, unfiltered } from '../../../server/seals/pdf/filters.ts'
import { onPage, paperOf } from '../../../server/seals/pdf/geometry.ts'
import { pagesOf } from '../../../server/seals/pdf/pages.ts'
import { Parser } from '../../../server/seals/pdf/parser.ts'
import { number, textOf } from '../../../server/seals/pdf/serialize.ts'
import { codeOf } from '../../pki/hierarchy.ts'
import { makeDocument, stream, update } from './builder.ts'
import { seal, verify } from './signing.ts'

const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const filter = (name: string, more: Partial<Filter> = {}): Filter => ({
  name,
  predictor: 1,
  colors: 1,
  bits: 8,
  columns: 1,
  earlyChange: true,
  ...more,
})
const off = (raw: Buffer | string, ...filters: Filter[]): string => latin(unfiltered(Buffer.from(raw as string, 'latin1'), filters, 10_000))
const value = (text: string): string => textOf(new Parser(Buffer.from(text, 'latin1')).object())

describe('values are read as they are written', () => {
  const same: [string, string][] = [
    ['[1 -2 +3 .5 -.5 4. 0.25]', '[1 -2 3 0.5 -0.5 4 0.25]'],
    ['[true false null]', '[true false null]'],
    ['<</A/B/C(d)/E[/F]>>', '<</A /B /C (d) /E [/F]>>'],
    ['[1 0 R 12 3 R 1 0]', '[1 0 R 12 3 R 1 0]'],
    ['(a\\(b\\)c (nested) \\101\\n\\\r\nz)', '(a\\(b\\)c \\(nested\\) A\nz)'],
    ['(\\7\\53\\0533)', '(\x07++3)'],
    ['<48 65 6C6c 6F7>', '<48656c6c6f70>'],
    ['/A#42#20C#G', '/AB#20C#23G'],
    ['% a comment\n[1% another\r2]', '[1 2]'],
  ]
  for (const [from, to] of same) it(from.replaceAll(/[\r\n]/g, '~'), () => expect(value(from)).to.equal(to))

  for (const text of [
    '',
    '[1',
    '<</A>>',
    '<<1 2>>',
    '(abc',
    '<41',
    '<4x>',
    ']',
    'word',
    '1.2.3',
    '--5',
    '1e3',
    '{1}',
    `${'['.repeat(100)}`,
    `${'<</A'.repeat(100)}`,
  ]) {
    it(`and refused when they are none: ${text.slice(0, 10)}`, () => expect(codeOf(() => value(text))).to.equal('seal_document_unusable'))
  }

  it('and numbers are written without an exponent', () => {
    expect([1e-7, 0.1, 100, 1200, -0.0001, 12.3456].map(number)).to.deep.equal(['0', '0.1', '100', '1200', '0', '12.346'])
    expect(value('0.0000001')).to.equal('0')
  })
})

describe('filters', () => {
  it('come off one after the other', () => {
    expect(off(deflateSync('text'), filter('FlateDecode'))).to.equal('text')
    expect(off('74 65 78 74>', filter('ASCIIHexDecode'))).to.equal('text')
    expect(off('747>', filter('AHx'))).to.equal('tp')
    expect(off('FD,B0~>', filter('ASCII85Decode'))).to.equal('this')
    expect(off('z!!~>', filter('A85'))).to.equal('\0\0\0\0\0')
    expect(off(deflateSync('text').toString('hex'), filter('AHx'), filter('Fl'))).to.equal('text')
  })

  it('of LZW, as the standard’s own example has it', () => {
    expect(off(Buffer.from('800B6050220C0C8501', 'hex'), filter('LZWDecode'))).to.equal('-----A---B')
  })

  it('with the predictors of PNG and TIFF', () => {
    const rows = Buffer.from([0, 1, 2, 3, 1, 1, 1, 1, 2, 1, 1, 1, 3, 1, 1, 1, 4, 1, 1, 1])
    expect([...Buffer.from(off(deflateSync(rows), filter('FlateDecode', { predictor: 15, columns: 3 })), 'latin1')]).to.deep.equal([
      1, 2, 3, 1, 2, 3, 2, 3, 4, 2, 3, 4, 3, 4, 5,
    ])
    expect([...Buffer.from(off(deflateSync(Buffer.from([1, 1, 1, 5, 1, 1])), filter('Fl', { predictor: 2, columns: 3 })), 'latin1')]).to.deep.equal([
      1, 2, 3, 5, 6, 7,
    ])
  })

  const refused: [string, () => unknown][] = [
    ['that unpack to more than their limit', () => off(deflateSync(Buffer.alloc(20_000)), filter('FlateDecode'))],
    ['that unpack to more than their limit by LZW', () => unfiltered(Buffer.from('800B6050220C0C8501', 'hex'), [filter('LZWDecode')], 5)],
    ['that are none', () => off('text', filter('FlateDecode'))],
    ['of pictures', () => off('text', filter('DCTDecode'))],
    ['with other signs than digits', () => off('7x', filter('AHx'))],
    ['with other signs than base 85', () => off('v', filter('A85'))],
    ['out of the range of base 85', () => off('uuuuu', filter('A85'))],
    ['with one sign left of base 85', () => off('FD,B0F', filter('A85'))],
    ['with a code of LZW that is not there', () => off(Buffer.from('807fff', 'hex'), filter('LZW'))],
    ['with a predictor that does not exist', () => off(deflateSync('zz'), filter('Fl', { predictor: 12 }))],
    ['with a predictor out of its range', () => off(deflateSync('zz'), filter('Fl', { predictor: 12, columns: 2_000_000 }))],
    ['in a pile', () => off('text', ...Array.from({ length: 9 }, () => filter('AHx')))],
  ]
  for (const [what, call] of refused) it(`are refused ${what}`, () => expect(codeOf(call)).to.equal('seal_document_unusable'))
})

describe('a hostile file ends in a refusal or a report', () => {
  const whole = makeDocument()
  const section = (entries: string, data = ''): Buffer => {
    const body = Buffer.from(`%PDF-1.7\n1 0 obj\n${stream(data, `/Type /XRef ${entries}`)}\nendobj\n`, 'latin1')
    return Buffer.concat([body, Buffer.from('startxref\n9\n%%EOF\n')])
  }
  const table = (rows: string, trailer = '<</Root 1 0 R /Size 3>>'): Buffer =>
    Buffer.from(`%PDF-1.7\nxref\n${rows}trailer\n${trailer}\nstartxref\n9\n%%EOF\n`, 'latin1')
  const files: [string, Buffer][] = [
    ['a table that says it is endless', table('0 999999999\n')],
    ['a table of odd rows', table('0 1\n0000000000 65535 x \n')],
    ['a table of short rows', table('0 2\n0000000000 65535 f\n0000000009 00000 n\n')],
    ['a table without a trailer', table('0 1\n0000000000 65535 f \n', '[]')],
    ['a way back that leads nowhere', table('0 1\n0000000000 65535 f \n', '<</Root 1 0 R /Size 3 /Prev 99999>>')],
    ['a way back that leads to itself', table('0 1\n0000000000 65535 f \n', '<</Root 1 0 R /Size 3 /Prev 9>>')],
    ['a way aside that leads to no stream', table('0 1\n0000000000 65535 f \n', '<</Root 1 0 R /Size 3 /XRefStm 9>>')],
    ['a section without widths', section('/Size 3')],
    ['a section of huge widths', section('/Size 3 /W [9 9 9]', 'x'.repeat(81))],
    ['a section of no widths', section('/Size 3 /W [0 0 0]')],
    ['a section of odd numbers', section('/Size 3 /W [1 8 1] /Index [0 1]', '\x01\xff\xff\xff\xff\xff\xff\xff\xff\x00')],
    ['a section that is too short', section('/Size 3 /W [1 2 1] /Index [0 1000000]', 'xxxx')],
    ['a section of negative numbers', section('/Size 3 /W [1 2 1] /Index [-1 1]', 'xxxx')],
    [
      'a section whose length is elsewhere',
      Buffer.from('%PDF-1.7\n1 0 obj\n<</Type /XRef /W [1 1 1] /Size 1 /Length 2 0 R>>\nstream\nxxx\nendstream\nendobj\nstartxref\n9\n%%EOF\n'),
    ],
    [
      'an object stream that holds itself',
      update(makeDocument({ xref: 'stream' }), { 50: stream('4 0 <</Type /Page>>', '/Type /ObjStm /N 1 /First 999') }),
    ],
    ['a stream whose length is its own', update(whole, { 2: '<</Length 2 0 R>>\nstream\n\nendstream' })],
    [
      'streams whose lengths are each other',
      update(whole, { 2: '<</Length 7 0 R>>\nstream\n\nendstream', 7: '<</Length 2 0 R>>\nstream\n\nendstream' }),
    ],
    ['a stream that is longer than the file', update(whole, { 2: '<</Length 99999>>\nstream\n\nendstream' })],
    [
      'pages in a tree beyond reason',
      update(
        whole,
        Object.fromEntries([[2, '<</Kids [200 0 R]>>'], ...Array.from({ length: 300 }, (_, i) => [200 + i, `<</Kids [${201 + i} 0 R]>>`])]),
      ),
    ],
    ['a page that is in no object', update(whole, { 2: '<</Type /Pages /Kids [<</Type /Page>>]>>' })],
  ]
  for (const [what, document] of files) {
    it(`with ${what}`, async () => {
      expect(codeOf(() => pagesOf(openPdf(document)))).to.equal('seal_document_unusable')
      const { seals, findings } = await verify(document)
      expect(seals).to.deep.equal([])
      expect(findings.map(({ code }) => code)).to.include('structure')
    })
  }

  it('with fields in a circle is read once round', async () => {
    const form = '/AcroForm <</Fields [100 0 R]>>'
    const document = makeDocument({ catalog: form, objects: { 100: '<</T (a) /Kids [101 0 R]>>', 101: '<</T (b) /Kids [100 0 R 101 0 R]>>' } })
    expect((await verify(await seal(document))).seals.map(({ intact }) => intact)).to.deep.equal(['yes'])
  })

  it('with values beyond number is refused, and a string as long as the file is read', () => {
    for (const many of [`[${'1 '.repeat(1_000_100)}]`, `<<${'/A 1 '.repeat(1_000_100)}>>`]) {
      expect(codeOf(() => new Parser(Buffer.from(many)).object())).to.equal('seal_document_unusable')
    }
    expect(value(`(${'x'.repeat(1_000_000)})`)).to.have.length(1_000_002)
  })

  it('with thousands of updates is refused', () => {
    let document = whole
    const one = update(whole, { 90: 'null' }).subarray(whole.length)
    expect(one.length).to.be.greaterThan(0)
    const parts = [whole]
    let prev = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(latin(whole))?.[1])
    let length = whole.length
    for (let i = 0; i < 1100; i += 1) {
      const part = Buffer.from(`xref\n0 0\ntrailer\n<</Root 1 0 R /Size 9 /Prev ${prev}>>\nstartxref\n${length}\n%%EOF\n`)
      parts.push(part)
      prev = length
      length += part.length
    }
    document = Buffer.concat(parts)
    expect(codeOf(() => openPdf(document))).to.equal('seal_document_unusable')
  })

  it('with millions of words that could be signatures is read in linear time', async () => {
    const words = stream('/ByteRange /Sig 1 0 obj '.repeat(100_000))
    const { seals } = await verify(makeDocument({ objects: { 100: words } }))
    expect(seals).to.deep.equal([])
  })
})

describe('a file of tables and streams beside each other', () => {
  it('shows what the stream tells, and can be sealed', async () => {
    const base = makeDocument()
    const row = Buffer.from([1, 0, 0, 0, 0])
    const at = base.length
    const extra = Buffer.from(`70 0 obj\n(hidden)\nendobj\n`)
    row.writeUInt32BE(at, 1)
    const beside = Buffer.from(`71 0 obj\n${stream(latin(row), '/Type /XRef /Size 80 /W [1 4 0] /Index [70 1]')}\nendobj\n`, 'latin1')
    const prev = /startxref\n(\d+)/.exec(latin(base))?.[1]
    const start = at + extra.length + beside.length
    const tail = Buffer.from(`xref\n0 0\ntrailer\n<</Root 1 0 R /Size 80 /Prev ${prev} /XRefStm ${at + extra.length}>>\nstartxref\n${start}\n%%EOF\n`)
    const hybrid = Buffer.concat([base, extra, beside, tail])
    const revision = openPdf(hybrid)
    expect(revision.entry(70)).to.deep.equal({ kind: 'at', offset: at, gen: 0 })
    const sealed = await seal(hybrid)
    expect((await verify(sealed)).seals.map(({ intact }) => intact)).to.deep.equal(['yes'])
    expect(latin(sealed.subarray(hybrid.length))).to.not.include('XRefStm')
  })
})

describe('a place on a page', () => {
  it('is in the page’s own units, whatever they are', () => {
    const revision = openPdf(makeDocument({ page: '/MediaBox [0 0 297.5 421] /UserUnit 2' }))
    const [page] = pagesOf(revision)
    if (page === undefined) throw new Error('no page')
    const paper = paperOf(revision, page)
    expect([paper.width, paper.height].map(Math.round)).to.deep.equal([210, 297])
    expect(onPage(paper, { left: 0, top: 0, width: 25.4, height: 25.4 }).map(Math.round)).to.deep.equal([0, 385, 36, 421])
  })

  it('needs a page that has one', () => {
    for (const page of ['/MediaBox [0 0 0 0]', '/MediaBox [0 0 9999999 1]', '/MediaBox [(a) 0 1 1]', '/MediaBox [0 0 9 9] /UserUnit 0']) {
      const revision = openPdf(makeDocument({ page }))
      const [first] = pagesOf(revision)
      expect(
        codeOf(() => first !== undefined && paperOf(revision, first)),
        page,
      ).to.equal('seal_document_unusable')
    }
  })
})
