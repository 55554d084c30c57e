import { TAG } from './der.ts'

/** Writes DER, and nothing but DER: strict on output. The counterpart of der.ts. */
export function write(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  return Buffer.concat([header(tag, content.length), content])
}

function header(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.from([tag, length])
  const octets: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  return Buffer.from([tag, 0x80 | octets.length, ...octets])
}

export const sequence = (...contents: readonly Uint8Array[]): Buffer => write(TAG.sequence, ...contents)
export const octets = (content: Uint8Array): Buffer => write(TAG.octets, content)
export const bits = (content: Uint8Array): Buffer => write(TAG.bits, Buffer.of(0), content)
export const boolean = (value: boolean): Buffer => write(TAG.boolean, Buffer.of(value ? 0xff : 0))
export const nothing = (): Buffer => write(TAG.null)
export const utf8 = (text: string): Buffer => write(TAG.utf8, Buffer.from(text, 'utf8'))
export const printable = (text: string): Buffer => write(TAG.printable, Buffer.from(text, 'latin1'))

/** A context-specific, constructed tag: [n] EXPLICIT, or [n] IMPLICIT of something constructed. */
export const context = (number: number, ...contents: readonly Uint8Array[]): Buffer => write(0xa0 | number, ...contents)
/** A context-specific, primitive tag: [n] IMPLICIT of something primitive. */
export const primitive = (number: number, content: Uint8Array): Buffer => write(0x80 | number, content)

/** SET OF: X.690 11.6 sorts the encodings. */
export const setOf = (...contents: readonly Uint8Array[]): Buffer => write(TAG.set, ...[...contents].sort((a, b) => Buffer.compare(a, b)))

/** An unsigned integer from its big-endian octets, in the shortest form, never negative. */
export function integer(value: Uint8Array | number): Buffer {
  let octets =
    typeof value === 'number'
      ? Buffer.from(value.toString(16).padStart(2 * Math.ceil(value.toString(16).length / 2), '0'), 'hex')
      : Buffer.from(value)
  while (octets.length > 1 && octets[0] === 0) octets = octets.subarray(1)
  if (octets.length === 0) octets = Buffer.of(0)
  return write(TAG.integer, (octets[0] ?? 0) & 0x80 ? Buffer.of(0) : Buffer.of(), octets)
}

export function oid(dotted: string): Buffer {
  const [first = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt)
  return write(TAG.oid, Buffer.from([first * 40n + second, ...rest].flatMap(base128)))
}

function base128(arc: bigint): number[] {
  const groups = [Number(arc & 0x7fn)]
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) groups.unshift(Number(rest & 0x7fn) | 0x80)
  return groups
}

/** RFC 5280 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050 on. Milliseconds fall away. */
export function time(value: Date): Buffer {
  const text = `${value.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`
  return value.getUTCFullYear() < 2050 && value.getUTCFullYear() >= 1950
    ? write(TAG.utcTime, Buffer.from(text.slice(2), 'latin1'))
    : write(TAG.generalizedTime, Buffer.from(text, 'latin1'))
}

/** A named bit list (X.690 11.2.2): trailing zero bits are left out. Bit 0 is the leftmost. */
export function namedBits(set: readonly number[]): Buffer {
  const highest = Math.max(-1, ...set)
  const content = Buffer.alloc(Math.floor((highest + 8) / 8))
  for (const bit of set) content[bit >> 3] = (content[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  return write(TAG.bits, Buffer.of(highest < 0 ? 0 : 7 - (highest & 7)), content)
}
