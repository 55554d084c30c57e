/**
 * Owns what a signature in a PDF says it covers, ISO 32000-2 12.8.1: ByteRange must be two spans from the first byte on, and what they leave out must be the string of Contents with its brackets, to the byte. Every
 * other shape has been used to show one document and sign another, so each is told by its own name.
 */
import type { Check } from '../report.ts'
import { PdfArray, type PdfDict, PdfString } from './objects.ts'
import { check } from './words.ts'

export interface Coverage {
  checks: Check[]
  /** spans to digest: those it names, as far as they lie in the file and are in order */
  spans: readonly (readonly [from: number, to: number])[]
  /** where the signed part ends; undefined when that cannot be said */
  end: number | undefined
}

/** @param packed the dictionary was inside an object stream, where no span can leave its value out */
export function coverageOf(bytes: Buffer, dictionary: PdfDict, packed: boolean): Coverage {
  const value = dictionary.get('ByteRange')
  if (value === undefined) return none(check('byte-range-missing', 'no'))
  if (!(value instanceof PdfArray) || packed) return none(check('byte-range-form', 'no', packed ? 'in an object stream' : 'no array'))
  const words = bytes
    .toString('latin1', value.at + 1, Math.min(value.end - 1, value.at + 2000))
    .split(/[\0\t\n\f\r ]/)
    .filter(word => word !== '')
  const shown = words.join(' ')
  // digits alone: no sign, point or comment, nothing that readers take differently
  if (!words.every(word => word.length <= 10 && [...word].every(sign => sign >= '0' && sign <= '9')))
    return none(check('byte-range-form', 'no', shown))
  const numbers = words.map(Number)
  const [start = 0, length = 0, second = 0, rest = 0] = numbers
  if (numbers.length !== 4) return { ...none(check('byte-range-count', 'no', shown)), spans: within(bytes, pairs(numbers)) }
  const checks: Check[] = []
  if (start !== 0) checks.push(check('byte-range-start', 'no', shown))
  if (start + length > second) checks.push(check('byte-range-order', 'no', shown))
  const end = second + rest
  if (end > bytes.length || start + length > bytes.length) checks.push(check('byte-range-beyond', 'no', `${shown} of ${bytes.length}`))
  const contents = dictionary.get('Contents')
  const exact = contents instanceof PdfString && contents.hex && contents.at === start + length && contents.end === second
  if (!exact) checks.push(check('byte-range-gap', 'no', contents instanceof PdfString ? `${shown}; value ${contents.at} ${contents.end}` : shown))
  if (checks.length === 0) checks.push(check('byte-range', 'yes', shown))
  return { checks, spans: within(bytes, pairs(numbers)), end: end <= bytes.length ? end : undefined }
}

const none = (found: Check): Coverage => ({ checks: [found], spans: [], end: undefined })

function pairs(numbers: readonly number[]): [number, number][] {
  return numbers
    .flatMap((from, i) => (i % 2 === 0 && i + 1 < numbers.length ? [[from, from + (numbers[i + 1] ?? 0)] as [number, number]] : []))
    .slice(0, 16)
}

/** Only what is in the file and goes forward: no arrangement makes the digest read more than the file once. */
function within(bytes: Buffer, spans: readonly [number, number][]): [number, number][] {
  let reached = 0
  return spans.filter(([from, to]) => {
    const fits = from >= reached && to <= bytes.length
    if (fits) reached = to
    return fits
  })
}

/**
 * The value without the zeros that fill its room: one DER element, or for BER of indefinite length all that is not zero at the end and its two octets that end it.
 * @returns undefined when it is no such thing
 */
export function derIn(contents: Buffer): { value: Buffer; clean: boolean } | undefined {
  const first = contents[1]
  if (contents[0] !== 0x30 || first === undefined) return undefined
  if (first === 0x80) {
    const end = indefiniteEnd(contents)
    return end === undefined ? undefined : { value: contents.subarray(0, end), clean: isZero(contents.subarray(end)) }
  }
  const octets = first > 0x80 ? first & 0x7f : 0
  if (octets > 4 || 2 + octets > contents.length) return undefined
  const length = octets === 0 ? first : contents.readUIntBE(2, octets)
  const end = 2 + octets + length
  return end > contents.length ? undefined : { value: contents.subarray(0, end), clean: isZero(contents.subarray(end)) }
}

const isZero = (bytes: Buffer): boolean => bytes.every(octet => octet === 0)

/** X.690 8.1.3.6: walks elements until as many ends as beginnings have passed. */
function indefiniteEnd(bytes: Buffer): number | undefined {
  let open = 0
  for (let at = 0; at + 1 < bytes.length; ) {
    const first = bytes[at + 1] ?? 0
    if (bytes[at] === 0 && first === 0) {
      open -= 1
      at += 2
      if (open === 0) return at
    } else if (first === 0x80) {
      open += 1
      if (open > 64) return undefined
      at += 2
    } else {
      const octets = first > 0x80 ? first & 0x7f : 0
      if (octets > 4 || at + 2 + octets > bytes.length) return undefined
      at += 2 + octets + (octets === 0 ? first : bytes.readUIntBE(at + 2, octets))
    }
  }
  return undefined
}
