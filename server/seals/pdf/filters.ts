/** Owns taking the filters off a stream, ISO 32000-2 7.4: those that text, object streams and cross-reference streams come in. Pictures stay as they are. The result never outgrows its limit. */
import { constants, inflateSync } from 'node:zlib'
import { Growing } from './growing.ts'
import { unusable } from './limits.ts'

export interface Filter {
  name: string
  /** 7.4.4.3, with their defaults */
  predictor: number
  colors: number
  bits: number
  columns: number
  earlyChange: boolean
}

/** @param limit the most bytes that may come out @throws BrokerError `seal_document_unusable`, also for filters that are not ours to read */
export function unfiltered(raw: Buffer, filters: readonly Filter[], limit: number): Buffer {
  if (filters.length > 8) throw unusable(`a stream behind ${filters.length} filters`)
  return filters.reduce((bytes, filter) => bounded(off(bytes, filter, limit), limit), raw)
}

function off(bytes: Buffer, filter: Filter, limit: number): Buffer {
  switch (filter.name) {
    case 'FlateDecode':
    case 'Fl':
      return unpredicted(inflated(bytes, limit), filter)
    case 'LZWDecode':
    case 'LZW':
      return unpredicted(unlzw(bytes, filter.earlyChange, limit), filter)
    case 'ASCIIHexDecode':
    case 'AHx':
      return unhex(bytes)
    case 'ASCII85Decode':
    case 'A85':
      return un85(bytes, limit)
    default:
      throw unusable(`a stream behind ${filter.name}`)
  }
}

function bounded(bytes: Buffer, limit: number): Buffer {
  if (bytes.length > limit) throw unusable('a stream larger than its limit')
  return bytes
}

function inflated(bytes: Buffer, limit: number): Buffer {
  try {
    // a missing checksum is common and harms nobody
    return inflateSync(bytes, { maxOutputLength: Math.max(1, limit), finishFlush: constants.Z_SYNC_FLUSH })
  } catch (thrown) {
    throw unusable('a stream that cannot be unpacked', thrown)
  }
}

function unpredicted(bytes: Buffer, { predictor, colors, bits, columns }: Filter): Buffer {
  if (predictor === 1) return bytes
  const whole = [colors, bits, columns].every(each => Number.isInteger(each) && each > 0)
  if (!whole || colors > 32 || bits > 16 || columns > 1_000_000) throw unusable('a predictor out of its range')
  const pixel = Math.max(1, (colors * bits) >> 3)
  const row = (colors * bits * columns + 7) >> 3
  if (predictor >= 10) return unpng(bytes, row, pixel)
  if (predictor !== 2 || bits !== 8) throw unusable(`predictor ${predictor} with ${bits} bits`)
  const out = Buffer.from(bytes)
  for (let i = 0; i < out.length; i += 1) if (i % row >= pixel) out[i] = ((out[i] ?? 0) + (out[i - pixel] ?? 0)) & 0xff
  return out
}

/** The five filters of PNG (ISO/IEC 15948 9.2), one named at the head of each row. */
function unpng(bytes: Buffer, row: number, pixel: number): Buffer {
  const rows = Math.floor(bytes.length / (row + 1))
  const out = Buffer.alloc(rows * row)
  for (let line = 0; line < rows; line += 1) {
    const from = line * (row + 1)
    const kind = bytes[from]
    if (kind === undefined || kind > 4) throw unusable('a PNG predictor that does not exist')
    for (let i = 0; i < row; i += 1) {
      const at = line * row + i
      const left = i >= pixel ? (out[at - pixel] ?? 0) : 0
      const up = line > 0 ? (out[at - row] ?? 0) : 0
      const corner = i >= pixel && line > 0 ? (out[at - row - pixel] ?? 0) : 0
      const guess = kind === 0 ? 0 : kind === 1 ? left : kind === 2 ? up : kind === 3 ? (left + up) >> 1 : paeth(left, up, corner)
      out[at] = ((bytes[from + 1 + i] ?? 0) + guess) & 0xff
    }
  }
  return out
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner
  const [toLeft, toUp, toCorner] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)]
  return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner
}

function unhex(bytes: Buffer): Buffer {
  const close = bytes.indexOf('>')
  const digits = bytes.toString('latin1', 0, close === -1 ? bytes.length : close).replaceAll(/[\0\t\n\f\r ]/g, '')
  const out = Buffer.from(digits.length % 2 === 0 ? digits : `${digits}0`, 'hex')
  if (out.length !== (digits.length + 1) >> 1) throw unusable('an ASCIIHex stream with other signs in it')
  return out
}

function un85(bytes: Buffer, limit: number): Buffer {
  const out = new Growing()
  let group: number[] = []
  const flush = (): void => {
    const count = group.length
    const value = [...group, 84, 84, 84, 84].slice(0, 5).reduce((sum, digit) => sum * 85 + digit, 0)
    if (value > 0xffffffff || count === 1) throw unusable('an ASCII85 stream out of its range')
    for (let i = 0; i < count - 1; i += 1) out.push(Math.floor(value / 256 ** (3 - i)) & 0xff)
    group = []
  }
  for (const octet of bytes) {
    if (octet === 0x7e) break
    if (out.length > limit) throw unusable('a stream larger than its limit')
    if (octet === 0x7a && group.length === 0) for (let i = 0; i < 4; i += 1) out.push(0)
    else if (octet >= 0x21 && octet <= 0x75) {
      group.push(octet - 0x21)
      if (group.length === 5) flush()
    } else if (![0, 9, 10, 12, 13, 32].includes(octet)) throw unusable('an ASCII85 stream with other signs in it')
  }
  if (group.length > 0) flush()
  return out.bytes()
}

/** 7.4.4.2: codes of 9 to 12 bits; 256 begins anew, 257 ends. Each entry is told by where it stands in what is already out. */
function unlzw(bytes: Buffer, early: boolean, limit: number): Buffer {
  let out = Buffer.alloc(Math.min(limit, bytes.length * 4 + 4096))
  let length = 0
  const starts = new Uint32Array(4097)
  const lengths = new Uint32Array(4097)
  let next = 258
  let previous: { start: number; length: number } | undefined
  let [held, bits, width] = [0, 0, 9]
  for (const octet of bytes) {
    held = ((held << 8) | octet) & 0xffffff
    bits += 8
    if (bits < width) continue
    const code = (held >> (bits - width)) & ((1 << width) - 1)
    bits -= width
    if (code === 257) break
    if (code === 256) {
      ;[next, width, previous] = [258, 9, undefined]
      continue
    }
    if (code > next || (code > 257 && previous === undefined)) throw unusable('an LZW stream with a code that is not there yet')
    if (previous !== undefined && next < 4096) {
      // the entry is the one before with the first octet of this one, which follows it in the output
      starts[next] = previous.start
      lengths[next] = previous.length + 1
      next += 1
    }
    const size = code < 256 ? 1 : (lengths[code] ?? 0)
    if (length + size > limit || size === 0) throw unusable('an LZW stream out of its range')
    if (length + size > out.length) out = Buffer.concat([out], Math.min(limit, Math.max(out.length * 2, length + size)))
    const from = starts[code] ?? 0
    if (code < 256) out[length] = code
    else for (let i = 0; i < size; i += 1) out[length + i] = out[from + i] ?? 0
    previous = { start: length, length: size }
    length += size
    if (next + (early ? 1 : 0) >= 1 << width && width < 12) width += 1
  }
  return out.subarray(0, length)
}
