import { BrokerError } from '../kernel/errors.ts'
import type { Der } from './der.ts'

/**
 * Owns serial numbers as text (RFC 5280 4.1.2.2): lower-case hexadecimal of whole octets, without the octet that only keeps it positive. A negative one, which CAs are not to give and
 * some do, has a minus before its magnitude: -1 is not 255, and a list may hold both.
 */
export function readSerial({ content }: Pick<Der, 'content'>): string {
  if (content.length === 0 || content.length > 40) throw new BrokerError('certificate_malformed', 'a serial number of no or too many octets')
  const plain = content.subarray(shortest(content, 0, content.length))
  const hex = (plain.length > 1 && plain[0] === 0 ? plain.subarray(1) : plain).toString('hex')
  return ((plain[0] ?? 0) & 0x80) === 0 ? hex : `-${even(negate(BigInt(`0x${hex}`), plain.length).toString(16))}`
}

/** The contents octets of the INTEGER, in the shortest form. @param serial as readSerial gives it */
export function serialContents(serial: string): Buffer {
  if (!serial.startsWith('-')) {
    const octets = Buffer.from(serial, 'hex')
    const plain = octets.subarray(leadingZeros(octets))
    return ((plain[0] ?? 0) & 0x80) === 0 ? plain : Buffer.concat([Buffer.of(0), plain])
  }
  const magnitude = BigInt(`0x${serial.slice(1)}`)
  const length = Math.floor((serial.length - 1) / 2) + 1
  const octets = Buffer.from(
    negate(magnitude, length)
      .toString(16)
      .padStart(2 * length, '0'),
    'hex',
  )
  return octets.subarray(shortest(octets, 0, octets.length))
}

const even = (hex: string): string => (hex.length % 2 === 0 ? hex : `0${hex}`)
/** Two's complement in that many octets. */
const negate = (value: bigint, octets: number): bigint => (1n << BigInt(8 * octets)) - value

function leadingZeros(octets: Buffer): number {
  let zeros = 0
  while (zeros < octets.length - 1 && octets[zeros] === 0) zeros++
  return zeros
}

/** Skips leading octets that only repeat the sign: real encoders pad, and the number is the same. */
export function shortest(bytes: Uint8Array, from: number, to: number): number {
  let start = from
  while (start < to - 1) {
    const [first, high] = [bytes[start] ?? 0, ((bytes[start + 1] ?? 0) & 0x80) !== 0]
    if (!((first === 0 && !high) || (first === 0xff && high))) break
    start++
  }
  return start
}
