import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { derIn } from '../../../server/seals/pdf/byte-range.ts'
import { Digests } from '../../../server/seals/pdf/digests.ts'
import { codeOf } from '../../pki/hierarchy.ts'
import { contentNumber, makeDocument, stream, update } from './builder.ts'
import { codes, seal, verify, verifyOne, wrong } from './signing.ts'

const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const RANGE = /\/ByteRange \[(\d+) (\d+) (\d+) (\d+) *\]/

/** The sealed document with other numbers, in as much room as the first ones took. */
function ranged(sealed: Buffer, change: (numbers: [number, number, number, number]) => string): Buffer {
  const found = RANGE.exec(latin(sealed))
  if (found === null) throw new Error('no range')
  const [a = 0, b = 0, c = 0, d = 0] = found.slice(1).map(Number)
  const text = `/ByteRange [${change([a, b, c, d])}`
  const copy = Buffer.from(sealed)
  copy.write(`${text.padEnd(found[0].length - 1)}]`, found.index, 'latin1')
  return copy
}

/** Puts a text over the one of the same length that is there. */
function over(bytes: Buffer, from: string, to: string): Buffer {
  const copy = Buffer.from(bytes)
  copy.write(to.padEnd(from.length), copy.indexOf(from), 'latin1')
  return copy
}

describe('what a signature in a PDF covers', () => {
  let sealed: Buffer
  before(async () => {
    sealed = await seal(makeDocument({ pages: 2 }))
  })

  const tricks: [string, string, (numbers: [number, number, number, number]) => string][] = [
    ['one pair', 'byte-range-count', ([a, b]) => `${a} ${b}`],
    ['three numbers', 'byte-range-count', ([a, b, c]) => `${a} ${b} ${c}`],
    ['three pairs', 'byte-range-count', ([a, b, c, d]) => `${a} ${b} ${c} ${d - 5} ${c + d - 5} 5`],
    ['no numbers', 'byte-range-count', () => ''],
    ['parts that overlap', 'byte-range-order', ([a, b, c, d]) => `${a} ${b} ${b - 10} ${d + c - b + 10}`],
    ['parts the wrong way round', 'byte-range-start', ([a, b, c, d]) => `${c} ${d} ${a} ${b}`],
    ['a negative number', 'byte-range-form', ([a, b, c]) => `${a} ${b} ${c} -1`],
    ['a sign', 'byte-range-form', ([a, b, c, d]) => `+${a} ${b} ${c} ${d}`],
    ['a fraction', 'byte-range-form', ([a, b, c, d]) => `${a} ${b}.0 ${c} ${d}`],
    ['a comment', 'byte-range-form', ([a, b, c, d]) => `${a} ${b} ${c} ${d}%\n`],
    ['a reference', 'byte-range-form', ([a, b, c]) => `${a} ${b} ${c} 9 0 R`],
    ['a number beyond all', 'byte-range-form', ([a, b, c]) => `${a} ${b} ${c} 99999999999`],
    ['a start after the first byte', 'byte-range-start', ([, b, c, d]) => `1 ${b - 1} ${c} ${d}`],
    ['an end beyond the file', 'byte-range-beyond', ([a, b, c, d]) => `${a} ${b} ${c} ${d + 1}`],
    ['a gap that begins before the value', 'byte-range-gap', ([a, b, c, d]) => `${a} ${b - 1} ${c} ${d}`],
    ['a gap that begins inside the value', 'byte-range-gap', ([a, b, c, d]) => `${a} ${b + 1} ${c} ${d}`],
    ['a gap that ends after the value', 'byte-range-gap', ([a, b, c, d]) => `${a} ${b} ${c + 1} ${d - 1}`],
    ['a gap that ends inside the value', 'byte-range-gap', ([a, b, c, d]) => `${a} ${b} ${c - 1} ${d + 1}`],
    ['no gap', 'byte-range-gap', ([a, , c, d]) => `${a} ${c} ${c} ${d}`],
    ['a tail left out', 'tail-uncovered', ([a, b, c, d]) => `${a} ${b} ${c} ${d - 7}`],
    ['nothing after the gap', 'tail-uncovered', ([a, b, c]) => `${a} ${b} ${c} 0`],
  ]
  for (const [what, code, change] of tricks) {
    it(`is named when it is ${what}`, async () => {
      const report = await verifyOne(ranged(sealed, change))
      expect(report.intact).to.equal('no')
      expect(wrong(report)).to.include(code)
    })
  }

  it('is named when it is not said', async () => {
    expect(wrong(await verifyOne(over(sealed, '/ByteRange', '/ByteRangf')))).to.include('byte-range-missing')
  })

  it('is named when it stands in another object', async () => {
    const report = await verifyOne(
      Buffer.from(
        latin(sealed).replace(RANGE, found => '/ByteRange 100 0 R'.padEnd(found.length)),
        'latin1',
      ),
    )
    expect(wrong(report)).to.include('byte-range-form')
  })

  it('is named when it is said twice', async () => {
    const copy = Buffer.from(
      latin(sealed).replace(/\/Reason <feff[0-9a-f]{16}>/, found => '/ByteRange [0 1 2 3]'.padEnd(found.length)),
      'latin1',
    )
    expect(copy.length).to.equal(sealed.length)
    const report = await verifyOne(copy)
    expect(report.intact).to.equal('no')
    expect(wrong(report)).to.include('signature-dictionary')
  })

  it('may be written with zeros before its numbers', async () => {
    const zeros = ranged(sealed, ([a, b, c, d]) => [a, b, c, d].map(each => String(each).padStart(8, '0')).join(' '))
    const report = await verifyOne(zeros)
    expect(codes(report)).to.include('byte-range')
    // the bytes are others all the same
    expect(wrong(report)).to.include('digest')
  })

  it('is told as damage when nobody can read where it stands', async () => {
    const { seals, findings } = await verify(ranged(sealed, () => '%'))
    expect(seals).to.deep.equal([])
    expect(findings.map(({ code }) => code)).to.include('structure')
  })

  it('is in vain when its value is followed by something else than zeros', async () => {
    const end = latin(sealed).lastIndexOf('00>')
    const copy = Buffer.from(sealed)
    copy.write('01', end, 'latin1')
    const report = await verifyOne(copy)
    expect(report.intact).to.equal('no')
    expect(wrong(report)).to.include('contents')
  })

  it('is in vain when its value is none', async () => {
    const copy = Buffer.from(sealed)
    copy.write('00', copy.indexOf('/Contents <') + '/Contents <'.length, 'latin1')
    const report = await verifyOne(copy)
    expect(report).to.include({ kind: 'unknown', intact: 'no' })
    expect(wrong(report)).to.include('value-unreadable')
  })

  it('does not follow a value to another document: a transplanted one has another digest', async () => {
    const other = await seal(makeDocument({ pages: 3 }), { id: 'own' })
    const value = (bytes: Buffer): string => /\/Contents <([0-9a-f]+)>/.exec(latin(bytes))?.[1] ?? ''
    const moved = over(other, value(other), value(sealed))
    expect(wrong(await verifyOne(moved))).to.deep.equal(['digest'])
  })
})

describe('a signature in a PDF is found', () => {
  it('though no field leads to it', async () => {
    const document = await seal(makeDocument())
    const form =
      /\n1 0 obj\n(.*)\nendobj\nxref/.exec(latin(document))?.[1] ??
      latin(document.subarray(latin(document).lastIndexOf('\n1 0 obj') + 9)).split('\nendobj')[0] ??
      ''
    const hidden = update(document, { 1: form.replace(/\/AcroForm .*/, '>>') })
    const report = await verifyOne(hidden)
    expect(report.intact).to.equal('no')
    expect(wrong(report)).to.include('no-field').and.include('changed-after')
  })

  it('though the file as it is now leaves its revision out', async () => {
    const original = makeDocument()
    const document = await seal(original)
    const prev = /startxref\n(\d+)\n%%EOF\n$/.exec(latin(original))?.[1] ?? ''
    const last = /startxref\n(\d+)\n%%EOF\n$/.exec(latin(document))?.[1] ?? ''
    const around = update(document, { [contentNumber(1)]: stream('BT ET') })
    const jumped = Buffer.from(latin(around).replace(`/Prev ${last}`, `/Prev ${prev}`), 'latin1')
    const report = await verifyOne(jumped)
    expect(report.intact).to.equal('no')
    expect(wrong(report)).to.include('revision').and.include('no-field')
  })

  it('though its name is written with escapes', async () => {
    const document = update(makeDocument(), { 100: '<</Type /S#69g /Contents <00> /Byte#52ange [0 0 0 0]>>' })
    expect((await verifyOne(document)).intact).to.equal('no')
  })

  it('though it is packed in an object stream', async () => {
    const document = makeDocument({ xref: 'stream', objects: { 30: '<</Type /Sig /Contents <3000> /ByteRange [0 1 2 3]>>' } })
    const report = await verifyOne(document)
    expect(report.intact).to.equal('no')
    expect(wrong(report)).to.include('byte-range-form')
  })

  it('though the file cannot be read otherwise, and nothing is said about its changes', async () => {
    const document = Buffer.concat([await seal(makeDocument()), Buffer.from('startxref\n7\n%%EOF')])
    const { seals, findings } = await verify(document)
    expect(seals.map(({ intact }) => intact)).to.deep.equal(['unknown'])
    expect(findings.map(({ code }) => code)).to.include('structure')
  })

  it('with a name for its format that no standard has, and judged by what it is', async () => {
    const document = await seal(makeDocument())
    const report = await verifyOne(over(document, '/ETSI.CAdES.detached', '/ETSI.CAdES.detachee'))
    expect(wrong(report)).to.deep.equal(['digest', 'sub-filter-unknown'])
    expect(report.kind).to.equal('cms')
  })

  it('up to a number; the rest are counted', async () => {
    const many = Object.fromEntries(Array.from({ length: 230 }, (_, i) => [100 + i, '<</Type /Sig /Contents <3000> /ByteRange [0 1 2 3]>>']))
    const { seals, findings } = await verify(makeDocument({ objects: many }))
    expect(seals).to.have.length(200)
    expect(findings.map(({ code }) => code)).to.include('seals-too-many')
  })
})

describe('digests of what signatures cover', () => {
  const bytes = Buffer.from('0123456789'.repeat(1000))
  const plainly = (spans: [number, number][]): string =>
    createHash('sha256')
      .update(Buffer.concat(spans.map(([from, to]) => bytes.subarray(from, to))))
      .digest('hex')

  it('are the same whichever was asked for before', () => {
    const digests = new Digests(bytes)
    const all: [number, number][][] = [
      [],
      [
        [0, 5000],
        [6000, 10_000],
      ],
      [
        [0, 100],
        [200, 300],
      ],
      [
        [0, 5000],
        [5001, 5002],
      ],
      [[0, 9000]],
      [
        [5, 10],
        [20, 30],
      ],
      [
        [0, 0],
        [1, 2],
      ],
    ]
    for (const spans of [...all, ...all.reverse()]) expect(digests.of('sha256', spans).toString('hex')).to.equal(plainly(spans))
    expect(digests.of('sm3', [[0, 100]])).to.deep.equal(createHash('sm3').update(bytes.subarray(0, 100)).digest())
  })

  it('end when a document asks for them without end', () => {
    const digests = new Digests(bytes, 100_000)
    const ask = (): unknown => digests.of('sha256', [[1, 10_000]])
    expect(codeOf(() => Array.from({ length: 20 }, ask))).to.equal('seal_document_unusable')
  })
})

describe('the value in its room', () => {
  const cases: [string, string, string | undefined, boolean?][] = [
    ['ends where its length says', '30020500000000', '30020500', true],
    ['is not clean with other bytes behind', '3002050001', '30020500', false],
    ['may have a long length', '3081020500', '3081020500', true],
    ['may be of indefinite length', '308030800500000000000000', '3080308005000000' + '0000', true],
    ['is none without its end', '3080308005000000', undefined],
    ['is none when it is longer than its room', '300505', undefined],
    ['is none with an impossible length', '30ff00', undefined],
    ['is none when it is no sequence', '0400', undefined],
    ['is none when there is nothing', '', undefined],
  ]
  for (const [what, hex, value, clean] of cases) {
    it(what, () => {
      const found = derIn(Buffer.from(hex, 'hex'))
      expect(found?.value.toString('hex')).to.equal(value)
      if (value !== undefined) expect(found?.clean).to.equal(clean)
    })
  }
})
