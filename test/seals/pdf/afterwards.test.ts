import { expect } from 'chai'
import type { SealJudge } from '../../../server/seals/contract.ts'
import { pdf } from '../../../server/seals/pdf/pdf.ts'
import type { SealReport } from '../../../server/seals/report.ts'
import { contentNumber, FONT, makeDocument, PAGES, pageNumber, pageText, stream, update, type Wishes } from './builder.ts'
import { codes, judge, seal, stranger, values, verify, verifyOne, wrong } from './signing.ts'

/** What may come after a seal, and what may not; each update is one an attacker, or an honest program, would write. */
const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** The newest body of an object in the bytes. */
function bodyOf(bytes: Buffer, num: number): string {
  const text = latin(bytes)
  const from = text.lastIndexOf(`\n${num} 0 obj\n`) + `\n${num} 0 obj\n`.length
  return text.slice(from, text.indexOf('\nendobj', from))
}

/** Numbers of the last seal's objects: its field, its drawing, its signature. */
function partsOf(bytes: Buffer): { field: number; drawing: number; signature: number } {
  const text = latin(bytes)
  const last = (pattern: RegExp): number => Number([...text.matchAll(pattern)].at(-1)?.[1] ?? 0)
  return {
    field: last(/\n(\d+) 0 obj\n<<\/Type \/Annot \/Subtype \/Widget/g),
    drawing: last(/\/AP <<\/N (\d+) 0 R/g),
    signature: last(/\/V (\d+) 0 R/g),
  }
}

const FORM: Wishes = {
  catalog: '/AcroForm <</Fields [100 0 R 110 0 R 120 0 R] /DA (/Helv 0 Tf)>>',
  page: '/MediaBox [0 0 300 200] /Annots [100 0 R 110 0 R 130 0 R 121 0 R]',
  objects: {
    100: '<</Type /Annot /Subtype /Widget /FT /Tx /T (price) /V (100) /Rect [0 0 90 20] /P 4 0 R>>',
    110: '<</Type /Annot /Subtype /Widget /FT /Sig /T (empty) /Rect [0 0 90 20] /P 4 0 R>>',
    120: '<</FT /Tx /T (group) /Kids [121 0 R]>>',
    121: '<</Type /Annot /Subtype /Widget /Parent 120 0 R /T (inner) /V (1) /Rect [0 30 90 50]>>',
    130: '<</Type /Annot /Subtype /FreeText /Contents (note) /Rect [100 0 190 20]>>',
  },
}

describe('after a seal', () => {
  let plain: Buffer
  let form: Buffer
  let first: Buffer
  before(async () => {
    plain = await seal(
      makeDocument({
        pages: 2,
        catalog: '/Metadata 100 0 R /Private 101 0 R',
        trailer: '/Own 101 0 R',
        objects: { 100: stream('<x/>', '/Type /Metadata'), 101: '<</A 102 0 R>>', 102: '(deep)' },
      }),
    )
    form = await seal(makeDocument(FORM))
    const keeping: SealJudge = {
      value(value, content) {
        first = Buffer.from(content.digestOf('sha256'))
        return judge.value(value, content)
      },
    }
    await pdf.verify(plain, keeping)
  })

  /** The first seal of a document after this update. */
  async function firstAfter(bytes: Buffer, objects: Record<number, string>, more: Parameters<typeof update>[2] = {}): Promise<SealReport> {
    const { seals } = await verify(update(bytes, objects, more))
    const [first] = seals
    if (first === undefined) throw new Error('no seal')
    return first
  }
  const catalogWith = (bytes: Buffer, from: string | RegExp, to: string): Record<number, string> => ({ 1: bodyOf(bytes, 1).replace(from, to) })

  const changes: [string, string, () => [Buffer, Record<number, string>, Parameters<typeof update>[2]?]][] = [
    ['the text of a page is another', 'changed-after', () => [plain, { [contentNumber(1)]: stream('BT /F1 18 Tf (Other) Tj ET') }]],
    ['a font is another', 'changed-after', () => [plain, { [FONT]: '<</Type /Font /Subtype /Type1 /BaseFont /Courier>>' }]],
    [
      'a page has another content',
      'changed-after',
      () => [plain, { [pageNumber(2)]: pageText(2, {})[0].replace(`/Contents ${contentNumber(2)}`, `/Contents ${contentNumber(1)}`) }],
    ],
    ['a page is larger', 'changed-after', () => [plain, { [pageNumber(2)]: pageText(2, { page: '/MediaBox [0 0 301 200]' })[0] }]],
    [
      'a page is cropped',
      'changed-after',
      () => [plain, { [pageNumber(2)]: pageText(2, { page: '/MediaBox [0 0 300 200] /CropBox [0 0 100 100]' })[0] }],
    ],
    ['all pages are turned', 'changed-after', () => [plain, { [PAGES]: '<</Type /Pages /Count 2 /Kids [4 0 R 6 0 R] /Rotate 90>>' }]],
    ['a page is gone', 'changed-after', () => [plain, { [PAGES]: '<</Type /Pages /Count 1 /Kids [4 0 R]>>' }]],
    ['pages are the other way round', 'changed-after', () => [plain, { [PAGES]: '<</Type /Pages /Count 2 /Kids [6 0 R 4 0 R]>>' }]],
    ['a page is new', 'changed-after', () => [plain, { [PAGES]: '<</Type /Pages /Count 3 /Kids [4 0 R 6 0 R 8 0 R]>>', 8: pageText(1, {})[0] }]],
    ['the pages have an entry more', 'changed-after', () => [plain, { [PAGES]: '<</Type /Pages /Count 2 /Kids [4 0 R 6 0 R] /XObject <<>>>>' }]],
    ['the pages are said to be fewer', 'changed-after', () => [plain, { [PAGES]: '<</Type /Pages /Count 1 /Kids [4 0 R 6 0 R]>>' }]],
    [
      'a page is said to be under another node',
      'changed-after',
      () => [plain, { [pageNumber(2)]: pageText(2, {})[0].replace('/Parent 2 0 R', '/Parent 90 0 R'), 90: '<</Rotate 180>>' }],
    ],
    [
      'the seal is shown on another page too',
      'changed-after',
      () => [plain, { [pageNumber(2)]: pageText(2, { page: `/MediaBox [0 0 300 200] /Annots [${partsOf(plain).field} 0 R]` })[0] }],
    ],
    [
      'a page says a thing twice',
      'changed-after',
      () => [plain, { [pageNumber(2)]: pageText(2, { page: '/MediaBox [0 0 300 200] /MediaBox [0 0 300 200]' })[0] }],
    ],
    ['the catalog opens something', 'changed-after', () => [plain, catalogWith(plain, '/Pages', '/OpenAction <</S /URI /URI (x)>> /Pages')]],
    ['a private entry leads to something else', 'changed-after', () => [plain, { 102: '(other)' }]],
    ['the trailer has another root', 'changed-after', () => [plain, { 90: bodyOf(plain, 1) }, { root: '90 0 R' }]],
    ['the trailer has an entry more', 'changed-after', () => [plain, { 90: '(x)' }, { trailer: '/More 90 0 R /Own 101 0 R' }]],
    ['the field is gone', 'changed-after', () => [plain, catalogWith(plain, /\/Fields \[[^\]]*\]/, '/Fields []')]],
    [
      'the field has another value',
      'changed-after',
      () => [plain, { [partsOf(plain).field]: bodyOf(plain, partsOf(plain).field).replace(/\/V \d+/, '/V 102') }],
    ],
    [
      'the value is another',
      'changed-after',
      () => [plain, { [partsOf(plain).signature]: bodyOf(plain, partsOf(plain).signature).replace('/Type /Sig', '/Type /Sig /Name (x)') }],
    ],
    [
      'the seal is drawn otherwise',
      'changed-after',
      () => [plain, { [partsOf(plain).drawing]: stream('q Q', '/Type /XObject /Subtype /Form /BBox [0 0 9 9]') }],
    ],
    [
      'the seal stands elsewhere',
      'changed-after',
      () => [plain, { [partsOf(plain).field]: bodyOf(plain, partsOf(plain).field).replace(/\/Rect \[[^\]]*\]/, '/Rect [0 0 9 9]') }],
    ],
    ['the seal is taken off its page', 'changed-after', () => [plain, { [pageNumber(1)]: pageText(1, {})[0] }]],
    [
      'a text is written over the page',
      'annotated-after',
      () => [
        plain,
        {
          [pageNumber(2)]: pageText(2, { page: '/MediaBox [0 0 300 200] /Annots [90 0 R]' })[0],
          90: '<</Type /Annot /Subtype /FreeText /Rect [0 0 90 90]>>',
        },
      ],
    ],
    [
      'a note says something else',
      'annotated-after',
      () => [form, { 130: '<</Type /Annot /Subtype /FreeText /Contents (other) /Rect [100 0 190 20]>>' }],
    ],
    ['a note is gone', 'changed-after', () => [form, { [pageNumber(1)]: bodyOf(form, pageNumber(1)).replace(' 130 0 R', '') }]],
    [
      'notes are in another order',
      'changed-after',
      () => [form, { [pageNumber(1)]: bodyOf(form, pageNumber(1)).replace('130 0 R 121 0 R', '121 0 R 130 0 R') }],
    ],
    ['a form is filled in', 'form-filled-after', () => [form, { 100: bodyOf(form, 100).replace('(100)', '(900)') }]],
    ['a field in a group is filled in', 'form-filled-after', () => [form, { 121: bodyOf(form, 121).replace('(1)', '(9)') }]],
    ['a group of fields has another default', 'changed-after', () => [form, { 120: '<</FT /Tx /T (group) /Kids [121 0 R] /Ff 1>>' }]],
    ['a group of fields has a value', 'form-filled-after', () => [form, { 120: '<</FT /Tx /T (group) /Kids [121 0 R] /V (9)>>' }]],
    ['a field is another', 'changed-after', () => [form, { 100: bodyOf(form, 100).replace('(price)', '(other)') }]],
    ['a field stands elsewhere', 'changed-after', () => [form, { 100: bodyOf(form, 100).replace('[0 0 90 20]', '[0 50 90 70]') }]],
    ['the form has other defaults', 'form-filled-after', () => [form, catalogWith(form, '/Helv 0', '/Helv 9')]],
    ['the form has scripts', 'changed-after', () => [form, catalogWith(form, '/AcroForm <<', '/AcroForm <</XFA (x) ')]],
    [
      'a field is new',
      'annotated-after',
      () => [form, { ...catalogWith(form, '/Fields [', '/Fields [90 0 R '), 90: '<</FT /Tx /T (new) /Rect [0 0 9 9] /Subtype /Widget>>' }],
    ],
    [
      'a new field for a signature shows something and is signed by nobody',
      'annotated-after',
      () => [
        plain,
        {
          ...catalogWith(plain, '/Fields [', '/Fields [90 0 R '),
          90: '<</FT /Sig /T (new) /Rect [0 0 90 90] /Subtype /Widget /AP <</N 91 0 R>>>>',
          91: stream('q Q'),
        },
      ],
    ],
    [
      'an empty field for a signature shows something and is signed by nobody',
      'form-filled-after',
      () => [form, { 110: bodyOf(form, 110).replace('/T (empty)', '/T (empty) /AP <</N 91 0 R>>'), 91: stream('q Q') }],
    ],
    [
      'a field shows the same signature again, elsewhere',
      'later-signature-broken',
      () => [
        plain,
        { ...catalogWith(plain, '/Fields [', '/Fields [90 0 R '), 90: bodyOf(plain, partsOf(plain).field).replace('(Seal-one)', '(again)') },
      ],
    ],
    [
      'a field shows a signature that does not hold',
      'later-signature-broken',
      () => [
        plain,
        {
          ...catalogWith(plain, '/Fields [', '/Fields [90 0 R '),
          90: '<</FT /Sig /T (new) /Rect [0 0 90 90] /Subtype /Widget /V 91 0 R>>',
          91: '<</Type /Sig /Contents <3000> /ByteRange [0 1 2 3]>>',
        },
      ],
    ],
    // a content stream made to look as a field's widget, so that comparing would stop there
    [
      'a text is smuggled in as a field’s own',
      'changed-after',
      () => [
        plain,
        {
          ...catalogWith(plain, '/Fields [', '/Fields [90 0 R '),
          90: `<</FT /Sig /T (new) /V 91 0 R /Kids [${contentNumber(1)} 0 R]>>`,
          91: '<</Type /Sig /Contents <3000>>>',
          [contentNumber(1)]: stream('BT ET'),
        },
      ],
    ],
  ]
  for (const [what, code, make] of changes) {
    it(`it is told that ${what}`, async () => {
      const [bytes, objects, more] = make()
      const trailer = bytes === plain && more === undefined ? { trailer: '/Own 101 0 R' } : more
      const report = await firstAfter(bytes, objects, trailer)
      expect(report.intact).to.equal('no')
      expect(wrong(report).filter(each => each.endsWith('-after') || each.startsWith('later'))).to.include(code)
    })
  }

  it('it is told that the file says it is another one', async () => {
    const changed = update(plain, { 90: '(x)' }, { trailer: '/Own 101 0 R' })
    const at = changed.lastIndexOf('/ID [<00112233')
    changed.write('/ID [<ff112233', at, 'latin1')
    expect(wrong((await verify(changed)).seals[0] ?? { checks: [] })).to.deep.equal(['changed-after'])
  })

  it('it is told when an object is freed, or said to be where another one is', async () => {
    const text = latin(plain)
    const place = (num: number): number => text.lastIndexOf(`\n${num} 0 obj`) + 1
    const prev = /startxref\n(\d+)\n%%EOF\n$/.exec(text)?.[1] ?? ''
    const withRow = (row: string): Buffer => {
      const tail = `xref\n${contentNumber(1)} 1\n${row}trailer\n<</Root 1 0 R /Size 200 /Own 101 0 R /Prev ${prev} /ID [<00112233445566778899aabbccddeeff> <01>]>>\nstartxref\n${plain.length}\n%%EOF\n`
      return Buffer.concat([plain, Buffer.from(tail, 'latin1')])
    }
    const own = `${String(place(contentNumber(1))).padStart(10, '0')} 00000 n \n`
    expect((await verify(withRow(own))).seals[0]?.intact).to.equal('yes')
    for (const row of [
      '0000000000 00001 f \n',
      `${String(place(contentNumber(2))).padStart(10, '0')} 00000 n \n`,
      own.replace('00000 n', '00001 n'),
      '9999999999 00000 n \n',
    ]) {
      expect((await verify(withRow(row))).seals[0]?.intact, row).to.equal('no')
    }
  })

  it('it stays open what is read aloud when tags are others', async () => {
    const tagged = await seal(
      makeDocument({
        catalog: '/StructTreeRoot 100 0 R',
        objects: { 100: '<</Type /StructTreeRoot /K 101 0 R>>', 101: '<</S /P /ActualText (one)>>' },
      }),
    )
    const report = await firstAfter(tagged, { 101: '<</S /P /ActualText (two)>>' })
    expect(report.intact).to.equal('unknown')
    expect(wrong(report)).to.deep.equal(['tags-changed-after'])
  })

  it('a form of signatures alone may get defaults, and one of other fields may not', async () => {
    expect((await firstAfter(plain, catalogWith(plain, '/SigFlags', '/DA (/Helv 0 Tf) /SigFlags'), { trailer: '/Own 101 0 R' })).intact).to.equal(
      'yes',
    )
    expect((await firstAfter(form, catalogWith(form, '/SigFlags', '/DR <</Font <<>>>> /SigFlags'))).intact).to.equal('no')
  })

  it('properties may be others: they are told and harm nothing', async () => {
    const report = await firstAfter(
      plain,
      { 100: stream('<y/>', '/Type /Metadata'), 90: '<</Author (x)>>' },
      { trailer: '/Own 101 0 R /Info 90 0 R' },
    )
    expect(report.intact).to.equal('yes')
    expect(codes(report)).to.include('metadata-changed')
    expect(report.covers.whole).to.equal(false)
  })

  it('an object may be written again as it was', async () => {
    const report = await firstAfter(
      plain,
      { [contentNumber(1)]: bodyOf(plain, contentNumber(1)), [FONT]: bodyOf(plain, FONT) },
      { trailer: '/Own 101 0 R' },
    )
    expect(report.intact).to.equal('yes')
  })

  it('bytes behind the end are told, however few', async () => {
    for (const more of ['\n', ' ', '\0', 'x', '%%EOF']) {
      const { seals } = await verify(Buffer.concat([plain, Buffer.from(more)]))
      expect(seals.map(({ intact }) => intact)).to.not.include('yes')
    }
  })

  it('a change that is taken back leaves the first seal intact, and not the one over the change', async () => {
    const changed = update(plain, { [contentNumber(1)]: stream('BT ET') }, { trailer: '/Own 101 0 R' })
    const second = await seal(changed, { id: 'two', places: [] }, values.SM2)
    const back = update(second, { [contentNumber(1)]: bodyOf(plain, contentNumber(1)) }, { trailer: '/Own 101 0 R' })
    const { seals } = await verify(back)
    expect(seals.map(({ intact }) => intact)).to.deep.equal(['no', 'no'])
    expect(wrong(seals[0] ?? { checks: [] })).to.include('later-signature-broken')
  })

  it('a change under a later seal breaks the first alone', async () => {
    const changed = update(plain, { [contentNumber(1)]: stream('BT ET') }, { trailer: '/Own 101 0 R' })
    const { seals } = await verify(await seal(changed, { id: 'two', places: [] }))
    expect(seals.map(({ intact }) => intact)).to.deep.equal(['no', 'yes'])
  })

  it('an empty field may be signed', async () => {
    const signature = '<</Type /Sig /Contents <3000>>>'
    const report = await firstAfter(form, { 110: bodyOf(form, 110).replace('/T (empty)', '/T (empty) /V 91 0 R'), 91: signature })
    // this one does not hold, which is all that is wrong
    expect(wrong(report)).to.deep.equal(['later-signature-broken'])
  })

  it('a seal of somebody who is trusted may be drawn over the page, and a stranger’s leaves it open what one sees', async () => {
    const known = await seal(plain, { id: 'two', places: [{ kind: 'at', page: 2, x: 60, y: 40 }] })
    expect((await verify(known)).seals.map(({ intact }) => intact)).to.deep.equal(['yes', 'yes'])
    const wishes = { id: 'two', places: [{ kind: 'at', page: 2, x: 60, y: 40 }] } as const
    const { seals } = await verify(await seal(plain, wishes, stranger))
    expect(seals.map(({ intact }) => intact)).to.deep.equal(['unknown', 'yes'])
    expect(wrong(seals[0] ?? { checks: [] })).to.deep.equal(['later-signature-untrusted'])
    const unseen = await verify(await seal(plain, { id: 'two', places: [] }, stranger))
    expect(unseen.seals.map(({ intact }) => intact)).to.deep.equal(['yes', 'yes'])
  })

  it('a signature that nobody can verify leaves it open too', async () => {
    const two = await seal(plain, { id: 'two', places: [] })
    const { seals } = await pdf.verify(two, {
      async value(value, content) {
        const judged = await judge.value(value, content)
        const isFirst = judged.checks.every(({ ok }) => ok === 'yes') && Buffer.from(content.digestOf('sha256')).equals(first)
        return isFirst ? judged : { ...judged, checks: [{ code: 'digest', of: 'intact', ok: 'unknown', zh: '', en: '' }] }
      },
    })
    expect(seals.map(({ intact }) => intact)).to.deep.equal(['unknown', 'unknown'])
  })

  it('an unsigned field may be prepared for the next signer', async () => {
    const report = await firstAfter(
      plain,
      { ...catalogWith(plain, '/Fields [', '/Fields [90 0 R '), 90: '<</FT /Sig /T (next) /Rect [0 0 0 0] /Subtype /Widget>>' },
      { trailer: '/Own 101 0 R' },
    )
    expect(report.intact).to.equal('yes')
  })

  describe('of one who certified', () => {
    const certifying = (p: number): Wishes => ({
      ...FORM,
      catalog: `${FORM.catalog} /Perms <</DocMDP 140 0 R>>`,
      objects: { ...FORM.objects, 140: `<</Reference [<</TransformMethod /DocMDP /TransformParams <</P ${p}>>>>]>>` },
    })

    it('a form may be filled in where that was allowed, and nothing be noted on the page', async () => {
      const document = await seal(makeDocument(certifying(2)))
      const filled = await firstAfter(document, { 100: bodyOf(document, 100).replace('(100)', '(900)') })
      expect(filled.intact).to.equal('yes')
      expect(codes(filled)).to.include('form-filled-allowed')
      const noted = await firstAfter(document, { 130: '<</Type /Annot /Subtype /FreeText /Rect [0 0 9 9]>>' })
      expect(wrong(noted)).to.include('annotated-after')
    })

    it('notes may come where that was allowed', async () => {
      const document = await seal(makeDocument(certifying(3)))
      const noted = await firstAfter(document, { 130: '<</Type /Annot /Subtype /FreeText /Rect [0 0 9 9]>>' })
      expect(noted.intact).to.equal('yes')
      expect(codes(noted)).to.include('annotated-allowed')
    })
  })
})

describe('a seal that cannot be seen is said to be', () => {
  const cases: [string, string, string, string][] = [
    ['hidden by its flags', 'seal-hidden', '/F 132', '/F 134'],
    ['not for viewing', 'seal-hidden', '/F 132', '/F 164'],
    ['in a layer that may be off', 'seal-hidden', '/F 132', '/F 132 /OC <</Type /OCG>>'],
    ['off its page', 'seal-off-page', '/Rect [', '/Rect [900 900 950 950] /X ['],
    ['without a size', 'seal-not-shown', '/Rect [', '/Rect [0 0 0 0] /X ['],
    ['without a drawing', 'seal-not-shown', '/AP', '/XP'],
  ]
  for (const [what, code, from, to] of cases) {
    it(`when it is ${what}`, async () => {
      const sealed = await seal(makeDocument())
      const { field } = partsOf(sealed)
      const { seals } = await verify(update(sealed, { [field]: bodyOf(sealed, field).replace(from, to) }))
      expect(wrong(seals[0] ?? { checks: [] }))
        .to.include(code)
        .and.include('changed-after')
    })
  }

  it('when another seal covers it', async () => {
    const { seals } = await verify(await seal(await seal(makeDocument()), { id: 'two' }))
    expect(seals.map(wrong)).to.deep.equal([['seal-covered'], []])
    expect(seals.map(({ intact }) => intact)).to.deep.equal(['yes', 'yes'])
  })

  it('when no page shows it', async () => {
    const sealed = await seal(makeDocument())
    const report = (await verify(update(sealed, { [pageNumber(1)]: pageText(1, {})[0] }))).seals[0]
    expect(wrong(report ?? { checks: [] })).to.include('seal-on-no-page')
  })

  it('and not when a link lies over it', async () => {
    const document = makeDocument({
      page: '/MediaBox [0 0 300 200] /Annots [100 0 R]',
      objects: { 100: '<</Type /Annot /Subtype /Link /Rect [0 0 300 200]>>' },
    })
    expect(wrong(await verifyOne(await seal(document)))).to.deep.equal([])
  })
})
