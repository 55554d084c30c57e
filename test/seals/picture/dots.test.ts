import { crc32, deflateSync } from 'node:zlib'
import { expect } from 'chai'
import { BrokerError } from '../../../server/kernel/errors.ts'
import { drawNameChop } from '../../../server/seals/picture/chop.ts'
import { toPng } from '../../../server/seals/picture/png.ts'
import { readPng } from '../../../server/seals/picture/png-read.ts'
import { drawRoundSeal } from '../../../server/seals/picture/round.ts'
import { fromPng } from '../../../server/seals/picture/upload.ts'

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}

function head(width: number, height: number, depth: number, colour: number, interlace = 0): Buffer {
  const data = Buffer.alloc(13)
  data.writeUInt32BE(width, 0)
  data.writeUInt32BE(height, 4)
  data.set([depth, colour, 0, 0, interlace], 8)
  return chunk('IHDR', data)
}
const END = chunk('IEND', Buffer.of())
const file = (...chunks: Buffer[]): Buffer => Buffer.concat([SIGNATURE, ...chunks, END])

/** A square picture in colour, each dot as told. */
function picture(colourAt: (x: number, y: number) => readonly number[], before: Buffer[] = [], side = 100): Buffer {
  const rows = Array.from({ length: side }, (_, y) => [0, ...Array.from({ length: side }, (_, x) => [...colourAt(x, y)]).flat()])
  return file(head(side, side, 8, 2), ...before, chunk('IDAT', deflateSync(Buffer.from(rows.flat()))))
}
const disc = (ink: readonly number[], ground: readonly number[]) => (x: number, y: number) => (Math.hypot(x - 50, y - 50) < 40 ? ink : ground)
const RED = [220, 20, 30]
const WHITE = [252, 252, 250]

const reasonOf = (call: () => unknown): string => {
  try {
    call()
  } catch (thrown) {
    if (thrown instanceof BrokerError) return `${thrown.code}: ${thrown.facts}`
    throw thrown
  }
  return 'accepted'
}

describe('a drawing as PNG', () => {
  it('is as many dots as its size says, red on a transparent ground, with soft edges', () => {
    const { width, height, rgba } = readPng(toPng(drawRoundSeal({ name: '演示建设工程有限公司' }), 10))
    expect([width, height]).to.deep.equal([400, 400])
    const at = (x: number, y: number) => [...rgba.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)]
    expect(at(0, 0)[3]).to.equal(0)
    expect(at(200, 6)).to.deep.equal([214, 0, 15, 255])
    expect(at(200, 200)).to.deep.equal([214, 0, 15, 255])
    expect(at(200, 300)[3]).to.equal(0)
    const soft = rgba.filter((value, i) => i % 4 === 3 && value > 0 && value < 255).length
    expect(soft).to.be.within(3000, 30_000)
  })

  it('fills the ring it is: 1.2 mm around 40', () => {
    const covered = (png: Buffer) => readPng(png).rgba.reduce((sum, value, i) => sum + (i % 4 === 3 ? value / 255 : 0), 0) / 100
    const ring = { ...drawRoundSeal({ name: '演示' }) }
    expect(covered(toPng({ ...ring, shapes: ring.shapes.slice(0, 1) }, 10))).to.be.closeTo(Math.PI * (20 ** 2 - 18.8 ** 2), 0.3)
    // what is left blank in a sunk chop is what is inked in a raised one
    const [sunk, raised] = [drawNameChop({ name: '张三', style: 'sunk' }), drawNameChop({ name: '张三', style: 'raised' })]
    expect(18 * 18 - covered(toPng(sunk, 10))).to.be.closeTo(covered(toPng({ ...raised, shapes: raised.shapes.slice(1) }, 10)), 1)
  })

  it('is the same file each time', () => {
    const seal = drawRoundSeal({ name: '演示公司', under: '合同专用章' })
    expect(toPng(seal, 8).equals(toPng(seal, 8))).to.equal(true)
  })

  it('refuses more dots than anybody needs', () => {
    const seal = drawRoundSeal({ name: '演示公司' })
    for (const dots of [0, 49, Number.NaN]) expect(reasonOf(() => toPng(seal, dots))).to.match(/^bad_request/)
    expect(reasonOf(() => toPng({ ...seal, width: 1e9 }, 10))).to.match(/^bad_request/)
  })
})

describe('a picture that somebody uploads', () => {
  const seal = (bytes: Uint8Array) => fromPng(bytes, { kind: 'seal', millimetres: 40 })

  it('is drawn again as outlines that cover the same', () => {
    const own = drawRoundSeal({ name: '演示建设工程有限公司', under: '投标专用章' })
    const again = seal(toPng(own, 12))
    expect([again.width, again.shapes.length]).to.deep.equal([40, 1])
    const [before, after] = [readPng(toPng(own, 8)).rgba, readPng(toPng(again, 8)).rgba]
    let different = 0
    for (let i = 3; i < before.length; i += 4) different += Math.abs((before[i] ?? 0) - (after[i] ?? 0)) / 255
    expect(different / (320 * 320)).to.be.below(0.012)
  })

  it('may have a white ground instead of a transparent one, and loses its margin', () => {
    const { width, height, shapes } = seal(picture(disc(RED, WHITE)))
    expect(width).to.equal(40)
    expect(height).to.be.closeTo(40, 0.5)
    expect(shapes[0]?.fill).to.deep.equal(RED)
  })

  it('keeps no word of what else stood in the file', () => {
    const text = chunk('tEXt', Buffer.from('Comment\0示范 secret', 'utf8'))
    expect(JSON.stringify(seal(picture(disc(RED, WHITE), [text])))).to.equal(JSON.stringify(seal(picture(disc(RED, WHITE)))))
  })

  it('may be in greys, or in a palette of one bit, when it is a person’s', () => {
    const grey = Array.from({ length: 100 }, (_, y) => [0, ...Array.from({ length: 100 }, (_, x) => disc([20], [255])(x, y)[0] ?? 0)])
    const greys = file(head(100, 100, 8, 0), chunk('IDAT', deflateSync(Buffer.from(grey.flat()))))
    const bits = Array.from({ length: 100 }, (_, y) => [0, ...(y > 30 && y < 60 ? Array(13).fill(0x0f) : Array(13).fill(0))])
    const palette = chunk('PLTE', Buffer.from([255, 255, 255, 10, 10, 120]))
    const bars = file(head(100, 100, 1, 3), palette, chunk('IDAT', deflateSync(Buffer.from(bits.flat()))))
    expect(fromPng(greys, { kind: 'person', millimetres: 18 }).shapes[0]?.fill).to.deep.equal([20, 20, 20])
    expect(fromPng(bars, { kind: 'person', millimetres: 40 }).shapes[0]?.fill).to.deep.equal([10, 10, 120])
    expect(reasonOf(() => seal(greys))).to.include('0 % of the ink is red')
  })

  const pixels = chunk('IDAT', deflateSync(Buffer.alloc(100 * 301)))
  const good = picture(disc(RED, WHITE))
  const flipped = Buffer.from(good)
  flipped[60] = (flipped[60] ?? 0) ^ 1
  for (const [sentence, bytes, reason] of [
    ['no PNG', Buffer.from('GIF89a, or anything else'), 'not a PNG'],
    ['a file that is cut', good.subarray(0, 80), 'cut'],
    ['a file without its end', good.subarray(0, -12), 'no end'],
    ['a file with something behind its end', Buffer.concat([good, Buffer.from('PK')]), 'follows'],
    ['a file that was changed on the way', flipped, 'checksum'],
    ['a picture of a million dots a side, before anything is unpacked', file(head(1_000_000, 1_000_000, 8, 2), pixels), '1000000 by 1000000'],
    ['a picture of a few dots', file(head(10, 10, 8, 2), pixels), '10 by 10'],
    ['more pixels than the head says', file(head(100, 100, 8, 2), chunk('IDAT', deflateSync(Buffer.alloc(50_000_000)))), 'more than the picture has'],
    ['fewer pixels than the head says', file(head(100, 100, 8, 2), chunk('IDAT', deflateSync(Buffer.alloc(1000)))), 'fewer pixels'],
    ['pixels that are none', file(head(100, 100, 8, 2), chunk('IDAT', Buffer.from('no zlib'))), 'cannot be unpacked'],
    ['an interlaced picture', file(head(100, 100, 8, 2, 1), pixels), 'interlaced'],
    ['16 bits a channel', file(head(100, 100, 16, 2), pixels), '16 bits'],
    ['a moving picture', file(head(100, 100, 8, 2), chunk('acTL', Buffer.alloc(8)), pixels), 'moving'],
    ['a part that must be understood and is not', file(head(100, 100, 8, 2), chunk('EVIL', Buffer.alloc(8)), pixels), 'EVIL'],
    ['two heads', file(head(100, 100, 8, 2), head(100, 100, 8, 2), pixels), 'with two'],
    ['a palette picture without palette', file(head(100, 100, 8, 3), chunk('IDAT', deflateSync(Buffer.alloc(100 * 101)))), 'palette'],
    ['a row filter that does not exist', file(head(100, 100, 8, 2), chunk('IDAT', deflateSync(Buffer.alloc(100 * 301, 9)))), 'row filter'],
    ['a blank picture', picture(() => WHITE), '0.0 %'],
    ['a dark ground', picture(disc(RED, [30, 30, 30])), 'ground'],
    ['a blue seal', picture(disc([20, 30, 200], WHITE)), 'red'],
    [
      'noise that would become more outline than a document should carry',
      picture((x, y) => (x % 2 === 1 && y % 2 === 1 && x < 298 && y < 298 ? RED : WHITE), [], 300),
      'restless',
    ],
  ] as const) {
    it(`refuses ${sentence}`, () => {
      expect(reasonOf(() => seal(bytes))).to.include(reason)
    })
  }

  it('refuses a file larger than a picture of a seal is', () => {
    expect(reasonOf(() => seal(Buffer.concat([good, Buffer.alloc(2 * 1024 * 1024)])))).to.include('octets')
  })

  it('refuses a size that is none', () => {
    for (const millimetres of [0, 61, Number.NaN]) {
      expect(reasonOf(() => fromPng(good, { kind: 'seal', millimetres }))).to.match(/^seal_picture_unusable/)
    }
  })
})
