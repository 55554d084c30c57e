import { BrokerError } from '../kernel/errors.ts'

/** Strict base64 (RFC 4648 4) with line ends anywhere: what another reader might take for other bytes is none. */
export function isBase64(text: string): boolean {
  const plain = withoutLineEnds(text)
  if (plain.length === 0 || plain.length % 4 !== 0 || OTHER.test(plain)) return false
  const padding = plain.indexOf('=')
  return padding < 0 || (padding > 0 && PADDING.test(plain.slice(padding)))
}
// neither looks back: one pattern over the whole would note each of ten million characters for a way back, until the engine has no room
const OTHER = /[^A-Za-z0-9+/=]/
const PADDING = /^={1,2}$/

/**
 * @param limit bytes
 * @param name of the member, for whoever sent it
 * @throws BrokerError bad_request, too_large
 */
export function readBase64(text: string, limit: number, name: string): Buffer {
  if (!isBase64(text)) {
    throw new BrokerError('bad_request', `${name} is not base64`, {
      received: `${text.length} characters`,
      expected: `${name}: base64 of RFC 4648 4, padded`,
    })
  }
  const bytes = Buffer.from(withoutLineEnds(text), 'base64')
  if (bytes.length > limit) throw new BrokerError('too_large', `${name} has ${bytes.length} bytes`, { expected: `at most ${limit}` })
  return bytes
}

const withoutLineEnds = (text: string): string => (/[\r\n]/.test(text) ? text.replaceAll(/[\r\n]/g, '') : text)
