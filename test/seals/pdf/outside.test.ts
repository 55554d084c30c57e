import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { SealOrder } from '../../../server/seals/contract.ts'
import { makePdf } from '../../../server/web/pdf.ts'
import { makeDocument } from './builder.ts'
import { seal } from './signing.ts'

/** What others' programs say of our documents: pdfsig and pdftoppm (poppler-utils), qpdf. Skipped where they are not installed. */
let folder = ''

function run(test: Mocha.Context, program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' })
  if (error !== undefined) {
    console.log(`      ${program} is not installed`)
    return test.skip()
  }
  expect(`${status} ${stderr}`, stdout).to.equal('0 ')
  return stdout
}

/** A pixel of a page, as red, green, blue; millimetres from the top left. */
function pixels(test: Mocha.Context, page: number): (x: number, y: number) => number[] {
  run(test, 'pdftoppm', '-r', '127', '-f', String(page), '-cropbox', '-singlefile', 'sealed.pdf', 'page')
  const ppm = readFileSync(join(folder, 'page.ppm'))
  const [, width = '', , head = ''] = /^P6\s(\d+) (\d+)\s255(\s)/.exec(ppm.toString('latin1', 0, 40)) ?? []
  const start = ppm.toString('latin1', 0, 40).indexOf(`255${head}`) + 4
  return (x, y) => {
    // 127 dots an inch are 5 a millimetre
    const at = start + 3 * (Math.round(y * 5) * Number(width) + Math.round(x * 5))
    return [...ppm.subarray(at, at + 3)]
  }
}
const isRed = ([r = 0, g = 0, b = 0]: number[]): boolean => r > 180 && g < 60 && b < 60

describe('others’ programs', () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sealed-pdf-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const places: SealOrder['places'] = [{ kind: 'at', page: 1, x: 60, y: 50 }, { kind: 'edge' }]
  const documents: [string, () => Buffer | Promise<Buffer>][] = [
    ['with a table', () => makeDocument({ pages: 2, page: '/MediaBox [0 0 595 842]' })],
    ['with a stream and packed objects', () => makeDocument({ pages: 2, xref: 'stream', page: '/MediaBox [0 0 595 842]' })],
    [
      'of our own making',
      () => makePdf({ title: '演示', author: '演示', at: new Date(0) }, pdf => pdf.font('text').text('演示').addPage().text('示例')),
    ],
  ]
  for (const [what, make] of documents) {
    it(`take the seals on a document ${what} as valid over all of it, and the file as sound`, async function () {
      const once = await seal(await make(), { places })
      writeFileSync(join(folder, 'sealed.pdf'), once)
      run(this, 'qpdf', '--check', 'sealed.pdf')
      const said = run(this, 'pdfsig', '-nocert', 'sealed.pdf')
      const count = (text: string, words: string): number => text.split(words).length - 1
      expect(count(said, 'Signature is Valid.')).to.equal(3)
      expect(count(said, 'Total document signed')).to.equal(3)
      expect(said).to.include('演示公司 RSA')
      writeFileSync(join(folder, 'sealed.pdf'), await seal(once, { id: 'two', places: [{ kind: 'at', page: 2, x: 60, y: 50 }] }))
      run(this, 'qpdf', '--check', 'sealed.pdf')
      expect(count(run(this, 'pdfsig', '-nocert', 'sealed.pdf'), 'Signature is Valid.')).to.equal(4)
    })
  }

  // the ring of the seal is red, its middle is white
  const turned: [string, string][] = [0, 90, 180, 270].map(rotate => [`turned by ${rotate}`, `/MediaBox [0 0 595 842] /Rotate ${rotate}`])
  const papers: [string, string][] = [
    ...turned,
    ['cropped', '/MediaBox [-50 -50 700 900] /CropBox [30 60 595 842]'],
    ['cropped and turned', '/MediaBox [-50 -50 700 900] /CropBox [30 60 595 842] /Rotate 270'],
    ['of which the corners are the other way round', '/MediaBox [595 842 0 0]'],
  ]
  for (const [what, page] of papers) {
    it(`show the seal where it belongs on a page ${what}`, async function () {
      const document = makeDocument({ pages: 2, page })
      writeFileSync(
        join(folder, 'sealed.pdf'),
        await seal(document, {
          places: [
            { kind: 'at', page: 1, x: 60, y: 50 },
            { kind: 'edge', y: 120 },
          ],
        }),
      )
      const pixel = pixels(this, 1)
      expect(isRed(pixel(60, 36)), 'above').to.equal(true)
      expect(isRed(pixel(46, 50)), 'left').to.equal(true)
      expect(isRed(pixel(74, 50)), 'right').to.equal(true)
      expect(isRed(pixel(60, 50)), 'middle').to.equal(false)
      expect(isRed(pixel(60, 75)), 'outside').to.equal(false)
    })
  }

  it('show each page’s part of a page-edge seal, which together are the whole', async function () {
    const document = makeDocument({ pages: 2, page: '/MediaBox [0 0 595.28 841.89]' })
    writeFileSync(join(folder, 'sealed.pdf'), await seal(document, { places: [{ kind: 'edge', y: 120 }] }))
    // 20 mm of 40 on each: the first page has the left half, which is red at its left and white where the middle is cut
    const first = pixels(this, 1)
    expect([isRed(first(194, 120)), isRed(first(208, 120))]).to.deep.equal([true, false])
    const second = pixels(this, 2)
    expect([isRed(second(192, 120)), isRed(second(206, 120))]).to.deep.equal([false, true])
  })

  it('let what is written below a seal show through, as ink does', async function () {
    // a black bar through the ring
    const document = makeDocument({
      page: '/MediaBox [0 0 595.28 841.89]',
      content: `0 g 100 ${(841.89 - (36 * 72) / 25.4 - 3).toFixed(2)} 200 6 re f`,
    })
    writeFileSync(join(folder, 'sealed.pdf'), await seal(document, { places: [{ kind: 'at', page: 1, x: 60, y: 50 }] }))
    const pixel = pixels(this, 1)
    expect(pixel(60, 36)).to.deep.equal([0, 0, 0])
    expect(isRed(pixel(60, 33))).to.equal(true)
  })

  it('show it on the words it was asked for', async function () {
    const document = makeDocument({ page: '/MediaBox [0 0 595 842]', content: 'BT /F1 12 Tf 1 0 0 1 200 500 Tm [(Se) -20 (al)] TJ ( here) Tj ET' })
    writeFileSync(join(folder, 'sealed.pdf'), await seal(document, { places: [{ kind: 'keyword', words: 'Seal here' }] }))
    const [x, y] = [((200 + 27) * 25.4) / 72, ((842 - 504) * 25.4) / 72]
    const pixel = pixels(this, 1)
    expect([isRed(pixel(x - 14, y)), isRed(pixel(x + 14, y)), isRed(pixel(x, y - 14))]).to.deep.equal([true, true, true])
  })
})
