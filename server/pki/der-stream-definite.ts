/**
 * Owns turning BER into DER for the small structures of a message: definite and minimal lengths, strings in one piece. Values are left as they came: what stood in
 * a set keeps its order, for signatures are over the order that was sent.
 */
import { BrokerError } from '../kernel/errors.ts'
import { TAG } from './der.ts'
import { write } from './der-write.ts'

const MAX_DEPTH = 32
const MAX_ELEMENTS = 100_000
const CONSTRUCTED = 0x20

const malformed = (facts: string): BrokerError => new BrokerError('message_malformed', facts)

/**
 * @param ber one element that fills the bytes
 * @returns the same bytes when they are DER already
 * @throws BrokerError `message_malformed`
 */
export function toDefinite(ber: Buffer): Buffer {
  const budget = { elements: MAX_ELEMENTS }
  const { der, end } = recode(ber, 0, 0, budget)
  if (end !== ber.length) throw malformed('octets after an element')
  return der
}

interface Recoded {
  der: Buffer
  /** it was not DER before */
  changed: boolean
  /** where the next element begins */
  end: number
}

function recode(bytes: Buffer, start: number, depth: number, budget: { elements: number }): Recoded {
  if (depth > MAX_DEPTH) throw malformed('nested too deeply')
  budget.elements -= 1
  if (budget.elements < 0) throw malformed('too many elements')
  const { tag, body, length } = header(bytes, start)
  const end = length === undefined ? undefined : body + length
  if (end !== undefined && end > bytes.length) throw malformed('contents longer than the input')
  if ((tag & CONSTRUCTED) === 0) {
    const last = end ?? body
    return { ...minimal(bytes.subarray(start, last), tag, bytes.subarray(body, last)), end: last }
  }
  const parts: Buffer[] = []
  let at = body
  let changed = end === undefined
  for (;;) {
    if (end === undefined ? bytes[at] === 0 && bytes[at + 1] === 0 : at === end) break
    const child = recode(end === undefined ? bytes : bytes.subarray(0, end), at, depth + 1, budget)
    changed ||= child.changed
    parts.push(child.der)
    at = child.end
  }
  const next = end ?? at + 2
  if (tag === (TAG.octets | CONSTRUCTED)) return { der: joined(parts), changed: true, end: next }
  if (changed) return { der: write(tag, ...parts), changed, end: next }
  return { ...minimal(bytes.subarray(start, next), tag, bytes.subarray(body, next)), end: next }
}

/** A string sent in pieces (X.690 8.7.3), whole. */
function joined(parts: readonly Buffer[]): Buffer {
  const contents = parts.map(part => {
    const { tag, body } = header(part, 0)
    if (tag !== TAG.octets) throw malformed('a string whose pieces are of another kind')
    return part.subarray(body)
  })
  return write(TAG.octets, ...contents)
}

function minimal(raw: Buffer, tag: number, content: Buffer): Omit<Recoded, 'end'> {
  const needed = content.length < 0x80 ? 2 : 2 + Math.ceil(content.length.toString(16).length / 2)
  return raw.length === needed + content.length ? { der: raw, changed: false } : { der: write(tag, content), changed: true }
}

function header(bytes: Buffer, start: number): { tag: number; body: number; length: number | undefined } {
  const tag = bytes[start]
  const first = bytes[start + 1]
  if (tag === undefined || first === undefined) throw malformed('it ends inside a header')
  if ((tag & 0x1f) === 0x1f) throw malformed('a tag number above 30')
  if (first < 0x80) return { tag, body: start + 2, length: first }
  if (first === 0x80) {
    if ((tag & CONSTRUCTED) === 0) throw malformed('a primitive element of indefinite length')
    return { tag, body: start + 2, length: undefined }
  }
  const octets = first & 0x7f
  if (octets > 4 || start + 2 + octets > bytes.length) throw malformed('an oversized length')
  return { tag, body: start + 2 + octets, length: bytes.readUIntBE(start + 2, octets) }
}
