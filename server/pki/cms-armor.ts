/** Owns messages that come as text: PEM (RFC 7468) or bare base64, decoded as they flow. What is binary passes as it is. */
import { BrokerError } from '../kernel/errors.ts'
import type { Bytes } from './der-stream.ts'

const TEXT = /^[A-Za-z0-9+/=\s]+$/
const BEGIN = /-----BEGIN [A-Z0-9 ]{1,40}-----/
const HEAD = 4096
const malformed = (facts: string): BrokerError => new BrokerError('message_malformed', facts)

/** @throws BrokerError `message_malformed` for text that is no base64 */
export async function* unarmored(source: Bytes): AsyncGenerator<Buffer, void, undefined> {
  let head: Buffer = Buffer.alloc(0)
  let kind: 'unknown' | 'binary' | 'text' = 'unknown'
  const decoder = new Base64()
  for await (const bytes of source) {
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (kind === 'binary') yield piece
    else if (kind === 'text') yield* decoder.decode(piece)
    else {
      head = Buffer.concat([head, piece])
      if (head.length < 64 && head[0] !== 0x2d) continue
      const looks = kindOf(head)
      if (looks === 'binary') yield head
      else if (looks === 'text') yield* decoder.decode(afterHeader(head))
      if (looks === 'unknown' && head.length > HEAD) throw malformed('no PEM header')
      kind = looks
    }
  }
  if (kind === 'text') decoder.end()
  else if (kind === 'unknown' && head.length > 0) {
    if (kindOf(head) !== 'text') yield head
    else {
      yield* decoder.decode(afterHeader(head))
      decoder.end()
    }
  }
}

/** Text shows itself in its first 64 octets: a PEM header, or nothing but base64. "0" is 0x30, the tag of a SEQUENCE, but DER has octets that no text has. */
function kindOf(head: Buffer): 'unknown' | 'binary' | 'text' {
  const text = head.subarray(0, HEAD).toString('latin1')
  if (text.startsWith('-')) return BEGIN.test(text) ? 'text' : 'unknown'
  return TEXT.test(text.slice(0, 64)) ? 'text' : 'binary'
}

function afterHeader(head: Buffer): Buffer {
  const found = BEGIN.exec(head.subarray(0, HEAD).toString('latin1'))
  return found === null ? head : head.subarray(found.index + found[0].length)
}

/** Base64 in pieces, up to the dash of the PEM footer. After the padding nothing more may come. */
class Base64 {
  #rest = ''
  #padded = false
  #done = false

  decode(piece: Buffer): Buffer[] {
    if (this.#done) return []
    let text = piece.toString('latin1')
    const dash = text.indexOf('-')
    if (dash !== -1) {
      text = text.slice(0, dash)
      this.#done = true
    }
    const plain = this.#rest + text.replaceAll(/[\r\n\t ]/g, '')
    if ((this.#padded && plain !== '') || !/^[A-Za-z0-9+/]*={0,2}$/.test(plain)) throw malformed('neither DER nor PEM nor base64')
    const whole = plain.length - (plain.length % 4)
    this.#rest = plain.slice(whole)
    this.#padded ||= whole > 0 && plain[whole - 1] === '='
    return whole > 0 ? [Buffer.from(plain.slice(0, whole), 'base64')] : []
  }

  end(): void {
    if (this.#rest !== '') throw malformed('base64 that ends too early')
  }
}
