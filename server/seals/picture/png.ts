/** Owns writing a drawing as PNG (ISO/IEC 15948): red, green, blue and opacity of 8 bits, transparent where nothing is drawn, with its size in metres, and nothing else. */
import { crc32, deflateSync } from 'node:zlib'
import { BrokerError } from '../../kernel/errors.ts'
import type { SealPicture } from '../contract.ts'
import { boxOf } from './outline.ts'
import { coverageOf } from './raster.ts'

export const PNG_HEAD = Buffer.from('89504e470d0a1a0a', 'hex')
/** dots on a side */
const MOST = 4096

/**
 * @param dotsPerMillimetre 1 to 48; 12 is 305 to the inch
 * @throws BrokerError bad_request for a picture that would be more than 4,096 dots wide or high
 */
export function toPng(picture: SealPicture, dotsPerMillimetre: number): Buffer {
  const [width, height] = [Math.ceil(picture.width * dotsPerMillimetre), Math.ceil(picture.height * dotsPerMillimetre)]
  if (!(dotsPerMillimetre >= 1 && dotsPerMillimetre <= 48 && width >= 1 && width <= MOST && height >= 1 && height <= MOST)) {
    throw new BrokerError('bad_request', `a picture of ${width} by ${height} dots`, {
      expected: `1 to ${MOST} dots a side, 1 to 48 to the millimetre`,
    })
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 6, 0, 0, 0], 8)
  const size = Buffer.alloc(9)
  const perMetre = Math.round(dotsPerMillimetre * 1000)
  size.writeUInt32BE(perMetre, 0)
  size.writeUInt32BE(perMetre, 4)
  size[8] = 1
  const rows = filtered(painted(picture, { width, height, scale: dotsPerMillimetre }), width, height)
  return Buffer.concat([
    PNG_HEAD,
    chunk('IHDR', header),
    chunk('pHYs', size),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.of()),
  ])
}

/** Shapes over each other in their order; opacity is not multiplied into the colours (as PNG wants it). */
function painted({ shapes }: SealPicture, { width, height, scale }: { width: number; height: number; scale: number }): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray(width * height * 4)
  for (const { fill, outline } of shapes) {
    const box = boxOf(outline)
    const [left, top] = [Math.max(0, Math.floor(box.left * scale)), Math.max(0, Math.floor(box.top * scale))]
    const [right, bottom] = [Math.min(width, Math.ceil(box.right * scale)), Math.min(height, Math.ceil(box.bottom * scale))]
    if (right <= left || bottom <= top) continue
    const covered = coverageOf(outline, { left, top, width: right - left, height: bottom - top, scale })
    for (let i = 0; i < covered.length; i += 1) {
      const coverage = covered[i] ?? 0
      if (coverage < 1 / 512) continue
      const at = ((top + Math.floor(i / (right - left))) * width + left + (i % (right - left))) * 4
      const rest = ((pixels[at + 3] ?? 0) / 255) * (1 - coverage)
      for (const channel of [0, 1, 2] as const) {
        pixels[at + channel] = (fill[channel] * coverage + (pixels[at + channel] ?? 0) * rest) / (coverage + rest)
      }
      pixels[at + 3] = (coverage + rest) * 255
    }
  }
  return pixels
}

/** Every row as the difference to the one above: drawings are mostly plain. */
function filtered(pixels: Uint8ClampedArray, width: number, height: number): Buffer {
  const stride = width * 4
  const rows = Buffer.alloc(height * (stride + 1))
  for (let y = 0; y < height; y += 1) {
    const at = y * (stride + 1)
    rows[at] = 2
    for (let x = 0; x < stride; x += 1) {
      rows[at + 1 + x] = (pixels[y * stride + x] ?? 0) - (y === 0 ? 0 : (pixels[(y - 1) * stride + x] ?? 0))
    }
  }
  return rows
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}
