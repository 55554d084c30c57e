import { expect } from 'chai'
import { BrokerError } from '../../server/kernel/errors.ts'
import type { Placement } from '../../server/seals/contract.ts'
import { pagingOf } from '../../server/seals/paging.ts'
import { made, page, picture, seals, text } from './ofd/stage.ts'
import { unzip } from './ofd/zip.ts'
import { makeDocument } from './pdf/builder.ts'
import { seal as sealPdf } from './pdf/signing.ts'

/** Where a seal is shown before anybody signs is where it stands afterwards: boxes held against the very numbers in the sealed document. */
const size = { width: 40, height: 40 }
const EVERY: readonly Placement[] = [
  { kind: 'at', page: 2, x: 60, y: 90 },
  { kind: 'keyword', words: '投标人（盖章）', nth: 2 },
  { kind: 'edge', side: 'left', y: 100 },
]
const A4 = '/MediaBox [0 0 595.2756 841.8898]'
const near = (one: number, other: number): boolean => Math.abs(one - other) < 0.02

describe('looking at a document before it is sealed', () => {
  const wide = `<ofd:Area><ofd:PhysicalBox>0 0 297 210</ofd:PhysicalBox></ofd:Area>`
  const ofd = made({
    pages: [page(text('投标人（盖章）')), page(text('无关')), page(text('投标人（盖章）', { x: 150, y: 150 }), wide)],
  })

  it('tells the pages of both formats as they are read', () => {
    const turned = makeDocument({ pages: 2, page: `${A4} /Rotate 90` })
    expect(
      pagingOf('pdf')
        .pages(turned)
        .map(({ width, height }) => [Math.round(width), Math.round(height)]),
    ).to.deep.equal([
      [297, 210],
      [297, 210],
    ])
    expect(pagingOf('ofd').pages(ofd)).to.deep.equal([
      { width: 210, height: 297 },
      { width: 210, height: 297 },
      { width: 297, height: 210 },
    ])
    expect(() => pagingOf('xml')).to.throw(BrokerError)
  })

  it('finds words on the pages of an OFD, and none that are not there', () => {
    const { find } = pagingOf('ofd')
    expect(find(ofd, '投标人（盖章）').map(({ page: on, x }) => [on, x > 20])).to.deep.equal([
      [1, true],
      [3, true],
    ])
    expect(find(ofd, '没有的字')).to.deep.equal([])
    expect(
      pagingOf('pdf')
        .find(makeDocument({ pages: 3 }), 'Page')
        .map(({ page: on }) => on),
    ).to.deep.equal([1, 2, 3])
  })

  it('shows each seal of an OFD where its stamp will say', async () => {
    const boxes = pagingOf('ofd').boxes(ofd, EVERY, size)
    const sealed =
      unzip(await seals(ofd, { places: EVERY, picture }))
        .get('Doc_0/Signs/Sign_0/Signature.xml')
        ?.toString() ?? ''
    const numbers = (name: string, stamp: string) => new RegExp(` ${name}="([^"]*)"`).exec(stamp)?.[1]?.split(' ').map(Number)
    const stamps = [...sealed.matchAll(/<ofd:StampAnnot [^>]*>/g)].map(([stamp]) => ({
      page: Number(numbers('PageRef', stamp)?.[0]),
      boundary: numbers('Boundary', stamp) ?? [],
      clip: numbers('Clip', stamp),
    }))
    expect(stamps).to.have.length(5)
    expect(boxes.map(({ place, page: on }) => [place, on])).to.deep.equal([
      [0, 2],
      [1, 3],
      [2, 1],
      [2, 2],
      [2, 3],
    ])
    for (const [i, { page: on, left, top, width, height, strip }] of boxes.entries()) {
      const { page: said, boundary: [x = 0, y = 0, w = 0, h = 0] = [], clip } = stamps[i] ?? {}
      const [cx = 0, cy = 0, cw = w, ch = h] = clip ?? []
      expect(on).to.equal(said)
      expect(
        [left, top, width, height].every((value, n) => near(value, [x + cx, y + cy, cw, ch][n] ?? 0)),
        `${i}`,
      ).to.equal(true)
      expect(near(strip?.from ?? 0, clip === undefined ? 0 : cx / w) && (strip === undefined) === (clip === undefined)).to.equal(true)
    }
  })

  it('shows each seal of a PDF where its field will be', async () => {
    const document = makeDocument({ pages: 3, page: A4 })
    const places: Placement[] = [
      { kind: 'at', page: 3, x: 60, y: 90 },
      { kind: 'edge', y: 100 },
    ]
    const boxes = pagingOf('pdf').boxes(document, places, size)
    const sealed = await sealPdf(document, { places })
    const rects = [...sealed.toString('latin1').matchAll(/\/Rect ?\[([^\]]*)\]/g)].map(([, four = '']) => four.trim().split(' ').map(Number))
    const point = 25.4 / 72
    const found = rects.map(([x0 = 0, y0 = 0, x1 = 0, y1 = 0]) => [x0 * point, 297 - y1 * point, (x1 - x0) * point, (y1 - y0) * point])
    expect(boxes).to.have.length(4)
    for (const { left, top, width, height } of boxes)
      expect(
        found.some(four => four.every((each, n) => near(each, [left, top, width, height][n] ?? 0))),
        `${left} ${top}`,
      ).to.equal(true)
    expect(boxes.filter(({ place }) => place === 1).map(({ strip }) => strip?.from.toFixed(2))).to.deep.equal(['0.00', '0.33', '0.67'])
  })

  it('refuses a place that is not there, as sealing would', () => {
    for (const [format, document] of [
      ['pdf', makeDocument({ page: A4 })],
      ['ofd', made()],
    ] as const)
      for (const place of [
        { kind: 'at', page: 2, x: 60, y: 90 },
        { kind: 'at', page: 1, x: 205, y: 90 },
        { kind: 'keyword', words: '没有' },
        { kind: 'edge' },
      ] as const)
        expect(() => pagingOf(format).boxes(document, [place], size), `${format} ${place.kind}`)
          .to.throw(BrokerError)
          .with.property('code', 'seal_place_unusable')
  })
})
