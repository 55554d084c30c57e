import { expect } from 'chai'
import fc from 'fast-check'
import { BrokerError } from '../../../server/kernel/errors.ts'
import type { SealPicture } from '../../../server/seals/contract.ts'
import { drawNameChop } from '../../../server/seals/picture/chop.ts'
import { drawHandwriting } from '../../../server/seals/picture/handwriting.ts'
import { boxOf } from '../../../server/seals/picture/outline.ts'
import { drawRoundSeal } from '../../../server/seals/picture/round.ts'
import { toSvg } from '../../../server/seals/picture/svg.ts'

const refusal = (call: () => unknown): { code: string; facts: string } => {
  try {
    call()
  } catch (thrown) {
    if (thrown instanceof BrokerError) return { code: thrown.code, facts: thrown.facts }
    throw thrown
  }
  return { code: 'accepted', facts: '' }
}

const CHARACTERS = [...'演示建设工程有限公司集团责任股份省市区县第一二三四五六七八九十路桥水电招标代理咨询服务中心鑫龘囍一丨口（）·2A']
const names = (least: number, most: number) =>
  fc.array(fc.constantFrom(...CHARACTERS), { minLength: least, maxLength: most }).map(all => all.join(''))

/** Every point and handle of each shape, seen from the middle: how far, and how far round from the top. */
const polar = ({ width, height, shapes }: SealPicture) =>
  shapes.map(({ outline }) =>
    outline.flatMap(step => {
      const numbers = step.slice(1).filter(value => typeof value === 'number')
      const points = []
      for (let i = 0; i + 1 < numbers.length; i += 2) {
        const [x, y] = [(numbers[i] ?? 0) - width / 2, (numbers[i + 1] ?? 0) - height / 2]
        points.push({ radius: Math.hypot(x, y), angle: Math.atan2(x, -y) })
      }
      return points
    }),
  )

describe('a company’s round seal', () => {
  it('has a ring, a star and every character of the name, in red, and is as large as asked', () => {
    const seal = drawRoundSeal({ name: '演示建设工程有限公司', diameter: 42 })
    expect([seal.width, seal.height]).to.deep.equal([42, 42])
    expect(seal.shapes).to.have.length(2 + 10)
    for (const { fill } of seal.shapes) expect(fill[0] > 180 && fill[1] < 30 && fill[2] < 30).to.equal(true)
  })

  it('has no point outside its circle, and none of the name on the ring or on the star, whatever the name', () => {
    fc.assert(
      fc.property(names(2, 60), fc.boolean(), fc.boolean(), (name, under, number) => {
        const all = polar(drawRoundSeal({ name, ...(under ? { under: '投标专用章' } : {}), ...(number ? { number: '1101010012345' } : {}) }))
        const [ring = [], star = [], ...glyphs] = all
        for (const { radius } of ring) expect(radius).to.be.at.most(20 * Math.SQRT2 * 0.82)
        for (const { radius } of star) expect(radius).to.be.at.most(7.01)
        for (const { radius } of glyphs.flat()) {
          expect(radius).to.be.below(18.8)
          expect(radius).to.be.above(7)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('sets the characters of the arc from left to right, none over its neighbour', () => {
    fc.assert(
      fc.property(names(2, 60), fc.boolean(), (name, under) => {
        const glyphs = polar(drawRoundSeal({ name, ...(under ? { under: '合同专用章' } : {}) })).slice(2, 2 + [...name].length)
        const spans = glyphs.map(points => [Math.min(...points.map(({ angle }) => angle)), Math.max(...points.map(({ angle }) => angle))] as const)
        for (let i = 1; i < spans.length; i += 1) expect(spans[i]?.[0]).to.be.above(spans[i - 1]?.[1] ?? Infinity)
      }),
      { numRuns: 60 },
    )
  })

  it('keeps the line under the star and the number clear of the name', () => {
    for (const name of ['演示公司', '演示省示范市演示区公共资源交易服务中心工程建设项目招标代理咨询有限责任公司']) {
      const { shapes } = drawRoundSeal({ name, under: '投标专用章（1）', number: '1101010012345' })
      const boxes = shapes.slice(2).map(({ outline }) => boxOf(outline))
      const count = [...name].length
      for (const [i, one] of boxes.entries()) {
        for (const other of boxes.slice(Math.max(i + 1, count))) {
          const apart = one.right <= other.left || other.right <= one.left || one.bottom <= other.top || other.bottom <= one.top
          // the boxes of two turned digits may touch where their ink does not
          if (i < count + 8) expect(apart, `${i}`).to.equal(true)
        }
      }
    }
  })

  it('is the same drawing for the same name, and another for another', () => {
    const draw = (name: string) => toSvg(drawRoundSeal({ name }))
    expect(draw('演示公司')).to.equal(draw('演 示 公司'))
    expect(draw('演示公司')).to.not.equal(draw('示演公司'))
  })

  it('names the character that has no outline', () => {
    const { code, facts } = refusal(() => drawRoundSeal({ name: '演示䶮有限公司' }))
    expect(code).to.equal('seal_picture_unusable')
    expect(facts).to.include('䶮').and.to.include('U+4DAE')
  })

  for (const [sentence, seal] of [
    ['a name of one character', { name: '演' }],
    ['a name longer than can be read', { name: '演'.repeat(61) }],
    ['a number that is not 13 digits', { name: '演示公司', number: '110101001234' }],
    ['a seal of the size of a coin or a plate', { name: '演示公司', diameter: 60 }],
    ['a size that is no number', { name: '演示公司', diameter: Number.NaN }],
    ['a control character that turns the writing round', { name: '演示\u202e公司' }],
    ['a line that is too long', { name: '演示公司', under: '投'.repeat(13) }],
  ] as const) {
    it(`refuses ${sentence}`, () => expect(refusal(() => drawRoundSeal(seal)).code).to.equal('seal_picture_unusable'))
  }
})

describe('a person’s name chop', () => {
  const places = (name: string) =>
    drawNameChop({ name, style: 'raised' })
      .shapes.slice(1)
      .map(({ outline }) => boxOf(outline))

  it('is read in columns from the right, with 之印 after two characters and 印 after three', () => {
    for (const name of ['张三', '李小龙', '欧阳示范']) {
      const [first, second, third, fourth] = places(name)
      expect(first?.left).to.be.above(9)
      expect(second?.left).to.be.above(9)
      expect(second?.top).to.be.above(first?.bottom ?? 99)
      expect(third?.right).to.be.below(9)
      expect(fourth?.top).to.be.above(third?.bottom ?? 99)
      expect(places(name)).to.have.length(4)
    }
  })

  it('leaves the point of a long name out and keeps everything inside the frame', () => {
    fc.assert(
      fc.property(names(2, 16), name => {
        const own = name.replaceAll('·', '')
        if ([...own].length < 2) return
        for (const box of places(name)) for (const value of Object.values(box)) expect(value).to.be.within(1, 17)
      }),
      { numRuns: 30 },
    )
    expect(places('阿卜杜拉·买买提江')).to.have.length(8)
  })

  it('is one ground with the characters left out in the sunk style', () => {
    const chop = drawNameChop({ name: '张三', style: 'sunk' })
    expect(chop.shapes).to.have.length(1)
    expect(boxOf(chop.shapes[0]?.outline ?? [])).to.deep.equal({ left: 0, top: 0, right: 18, bottom: 18 })
  })

  for (const [sentence, chop] of [
    ['a name of one character', { name: '张' }],
    ['a name of points', { name: '···' }],
    ['a name of seventeen', { name: '张'.repeat(17) }],
    ['a chop of 25 mm', { name: '张三', size: 25 }],
  ] as const) {
    it(`refuses ${sentence}`, () => expect(refusal(() => drawNameChop({ style: 'raised', ...chop })).code).to.equal('seal_picture_unusable'))
  }
})

describe('a signature by hand', () => {
  it('stays within its box whatever was written, with the proportions kept', () => {
    const point = fc.record({
      x: fc.double({ min: -1e5, max: 1e5, noNaN: true }),
      y: fc.double({ min: -1e5, max: 1e5, noNaN: true }),
      pressure: fc.double({ min: -1, max: 2, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(fc.record({ points: fc.array(point, { minLength: 1, maxLength: 40 }) }), { minLength: 1, maxLength: 8 }), strokes => {
        if (refusal(() => drawHandwriting(strokes)).code !== 'accepted') return
        const picture = drawHandwriting(strokes, { width: 40, height: 18 })
        expect(picture.width).to.be.at.most(40)
        expect(picture.height).to.be.at.most(18)
        for (const { outline } of picture.shapes) {
          const box = boxOf(outline)
          expect(box.left).to.be.at.least(0)
          expect(box.top).to.be.at.least(0)
          expect(box.right).to.be.at.most(picture.width)
          expect(box.bottom).to.be.at.most(picture.height)
        }
      }),
      { numRuns: 50 },
    )
  })

  const line = {
    points: [
      { x: 0, y: 0 },
      { x: 10, y: 5 },
    ],
  }
  for (const [sentence, strokes] of [
    ['nothing', []],
    ['a single spot', [{ points: [{ x: 1, y: 1 }] }]],
    [
      'a point that is no number',
      [
        {
          points: [
            { x: 0, y: 0 },
            { x: Number.NaN, y: 1 },
          ],
        },
      ],
    ],
    [
      'a point at the end of the world',
      [
        {
          points: [
            { x: 0, y: 0 },
            { x: 1e300, y: 1 },
          ],
        },
      ],
    ],
    ['more strokes than a hand makes', Array.from({ length: 201 }, () => line)],
    ['more points than a pad reports', [{ points: Array.from({ length: 20_001 }, (_, i) => ({ x: i, y: 0 })) }]],
  ] as const) {
    it(`refuses ${sentence}`, () => expect(refusal(() => drawHandwriting(strokes)).code).to.equal('seal_picture_unusable'))
  }
})
