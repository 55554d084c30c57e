/**
 * Owns reading PNG pictures that somebody sent (ISO/IEC 15948): still, not interlaced, 8 bits or a palette. Sizes are known before anything is inflated, every checksum is compared, and what is not pixels is passed over and
 * kept nowhere.
 */
import { crc32, inflateSync } from 'node:zlib'
import { BrokerError } from '../../kernel/errors.ts'
import { PNG_HEAD } from './png.ts'

/** octets, and dots a side */
const LIMITS = { bytes: 2 * 1024 * 1024, least: 64, most: 1600, chunks: 2000 } as const

export interface Pixels {
  width: number
  height: number
  /** red, green, blue, opacity; row by row */
  rgba: Uint8Array
}

/** Samples of a pixel by colour type (table 11.1): grey, colour, palette, grey and opacity, colour and opacity. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

interface Parts {
  width: number
  height: number
  depth: number
  colour: number
  palette: Buffer
  clear: Buffer
  data: Buffer[]
}

/** @throws BrokerError seal_picture_unusable with the reason */
export function readPng(bytes: Uint8Array): Pixels {
  const parts = partsOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  const samples = SAMPLES[parts.colour] ?? 1
  const step = Math.max(1, (samples * parts.depth) / 8)
  const stride = Math.ceil((parts.width * samples * parts.depth) / 8)
  const size = parts.height * (stride + 1)
  let packed: Buffer
  try {
    packed = inflateSync(Buffer.concat(parts.data), { maxOutputLength: size })
  } catch (cause) {
    throw new BrokerError('seal_picture_unusable', 'the pixels cannot be unpacked, or are more than the picture has', { cause })
  }
  if (packed.length !== size) throw unusable('fewer pixels than the picture has')
  return { width: parts.width, height: parts.height, rgba: coloured(unfiltered(packed, stride, step, parts.height), stride, parts) }
}

function partsOf(file: Buffer): Parts {
  if (file.length > LIMITS.bytes) throw unusable(`${file.length} octets`, `at most ${LIMITS.bytes}`)
  if (!file.subarray(0, 8).equals(PNG_HEAD)) throw unusable('not a PNG picture')
  let parts: Parts | undefined
  let at = 8
  for (let count = 0; ; count += 1) {
    if (count > LIMITS.chunks || at + 12 > file.length) throw unusable('the picture has no end')
    const length = file.readUInt32BE(at)
    if (length > file.length - at - 12) throw unusable('the picture is cut')
    const type = file.toString('latin1', at + 4, at + 8)
    const data = file.subarray(at + 8, at + 8 + length)
    if (crc32(file.subarray(at + 4, at + 8 + length)) !== file.readUInt32BE(at + 8 + length))
      throw unusable(`the checksum of ${JSON.stringify(type)}`)
    at += 12 + length
    if (type === 'IEND') break
    if ((type === 'IHDR') !== (parts === undefined)) throw unusable('a picture without a head, or with two')
    if (parts === undefined) parts = headOf(data)
    else if (type === 'IDAT') parts.data.push(data)
    else if (type === 'PLTE') parts.palette = data
    else if (type === 'tRNS') parts.clear = data
    else if (type === 'acTL') throw unusable('a moving picture')
    // 5.4: a capital letter first says that the picture cannot be shown without it
    else if (((file[at - 8 - length] ?? 0) & 0x20) === 0) throw unusable(`an unknown part ${JSON.stringify(type)}`)
  }
  if (at !== file.length) throw unusable('something follows the picture')
  if (parts === undefined || parts.data.length === 0) throw unusable('no pixels')
  if (parts.colour === 3 && (parts.palette.length === 0 || parts.palette.length % 3 !== 0 || parts.palette.length > 768)) throw unusable('no palette')
  return parts
}

function headOf(data: Buffer): Parts {
  if (data.length !== 13) throw unusable('a head of another length')
  const [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)]
  for (const side of [width, height]) {
    if (side < LIMITS.least || side > LIMITS.most) throw unusable(`${width} by ${height} dots`, `${LIMITS.least} to ${LIMITS.most} a side`)
  }
  const [depth = 0, colour = 0, compression, filter, interlace] = data.subarray(8)
  const known = colour === 3 ? [1, 2, 4, 8].includes(depth) : depth === 8
  if (SAMPLES[colour] === undefined || !known) throw unusable(`colour type ${colour} with ${depth} bits`, '8 bits, or a palette')
  if (compression !== 0 || filter !== 0 || interlace !== 0) throw unusable('an interlaced picture, or one packed in another way', 'not interlaced')
  return { width, height, depth, colour, palette: Buffer.of(), clear: Buffer.of(), data: [] }
}

/** 9.2: each octet is told by what stands left of it, above it, and above left. */
function unfiltered(packed: Buffer, stride: number, step: number, height: number): Buffer {
  const rows = Buffer.alloc(stride * height)
  for (let y = 0; y < height; y += 1) {
    const [from, to] = [y * (stride + 1), y * stride]
    const filter = packed[from] ?? 0
    if (filter > 4) throw unusable(`row filter ${filter}`)
    for (let x = 0; x < stride; x += 1) {
      const left = x < step ? 0 : (rows[to + x - step] ?? 0)
      const above = y === 0 ? 0 : (rows[to - stride + x] ?? 0)
      const corner = x < step || y === 0 ? 0 : (rows[to - stride + x - step] ?? 0)
      rows[to + x] = (packed[from + 1 + x] ?? 0) + predicted(filter, left, above, corner)
    }
  }
  return rows
}

function predicted(filter: number, left: number, above: number, corner: number): number {
  if (filter < 3) return filter === 0 ? 0 : filter === 1 ? left : above
  if (filter === 3) return (left + above) >> 1
  const guess = left + above - corner
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)]
  return a <= b && a <= c ? left : b <= c ? above : corner
}

function coloured(rows: Buffer, stride: number, parts: Parts): Uint8Array {
  const { width, height, colour, depth, palette, clear } = parts
  const rgba = new Uint8Array(width * height * 4)
  const samples = SAMPLES[colour] ?? 1
  // tRNS: one grey or one colour that is transparent, told in two octets each
  const clearOf = [0, 2, 4].map(at => (colour < 3 && clear.length === samples * 2 && at < clear.length ? clear.readUInt16BE(at) : -1))
  for (let i = 0, to = 0; i < width * height; i += 1, to += 4) {
    const [x, line] = [i % width, Math.floor(i / width) * stride]
    if (colour === 3) {
      const index = indexAt(rows, line, x, depth)
      if (index * 3 >= palette.length) throw unusable('a colour that is not in the palette')
      for (let channel = 0; channel < 3; channel += 1) rgba[to + channel] = palette[index * 3 + channel] ?? 0
      rgba[to + 3] = clear[index] ?? 255
      continue
    }
    const from = line + x * samples
    const grey = samples < 3
    let isClear = true
    for (let channel = 0; channel < 3; channel += 1) {
      const value = rows[grey ? from : from + channel] ?? 0
      rgba[to + channel] = value
      if (value !== clearOf[grey ? 0 : channel]) isClear = false
    }
    rgba[to + 3] = colour >= 4 ? (rows[from + samples - 1] ?? 0) : isClear ? 0 : 255
  }
  return rgba
}

/** Palette indices fill octets from the high bits down. */
function indexAt(rows: Buffer, from: number, x: number, depth: number): number {
  const bit = x * depth
  return ((rows[from + (bit >> 3)] ?? 0) >> (8 - depth - (bit & 7))) & ((1 << depth) - 1)
}

const unusable = (facts: string, expected?: string): BrokerError =>
  new BrokerError('seal_picture_unusable', facts, { received: facts, ...(expected === undefined ? {} : { expected }) })
