/** Owns TimeStampResp, RFC 3161 2.4.2: the status around a token, read and written. */
import { asBrokerError, BrokerError } from '../kernel/errors.ts'
import { Cursor, children, onlyElement, readSmallInteger, TAG } from './der.ts'
import { integer, namedBits, sequence, utf8 } from './der-write.ts'
import { readText } from './names.ts'
import { TOKEN_LIMIT } from './timestamp-token.ts'

/** PKIFailureInfo as RFC 3161 2.4.2 limits it, by bit. */
const FAILURES = {
  badAlg: 0,
  badRequest: 2,
  badDataFormat: 5,
  timeNotAvailable: 14,
  unacceptedPolicy: 15,
  unacceptedExtension: 16,
  addInfoNotAvailable: 17,
  systemFailure: 25,
} as const
export type TimestampFailure = keyof typeof FAILURES

export type TimestampAnswer =
  | { state: 'granted' /** DER */; token: Buffer }
  | { state: 'refused'; status: number; failure: TimestampFailure | undefined /** the authority's own words, at most 200 characters */; text: string }

/** @param der at most a token's 256 KiB and some. @throws BrokerError `timestamp_malformed` */
export function readTimestampResponse(der: Uint8Array): TimestampAnswer {
  if (der.length > TOKEN_LIMIT + 4096) throw new BrokerError('timestamp_malformed', `an answer of ${der.length} bytes`)
  try {
    const outer = new Cursor(onlyElement(Buffer.from(der), TAG.sequence))
    const info = new Cursor(outer.take(TAG.sequence))
    const token = outer.takeIf(TAG.sequence)
    outer.end()
    const status = readSmallInteger(info.take(TAG.integer))
    const words = info.takeIf(TAG.sequence)
    const bits = info.takeIf(TAG.bits)
    info.end()
    // granted, or granted with modifications that the one who checks the token will see
    if (status <= 1 && token !== undefined) return { state: 'granted', token: token.raw }
    if (status <= 1) throw new BrokerError('timestamp_malformed', 'granted, and no token in it')
    const text =
      words === undefined
        ? ''
        : children(words)
            .map(word => readText(word) ?? '')
            .join('; ')
    return { state: 'refused', status, failure: bits === undefined ? undefined : failureIn(bits.content), text: printable(text) }
  } catch (thrown) {
    const error = asBrokerError(thrown)
    if (error.code === 'timestamp_malformed') throw error
    throw new BrokerError('timestamp_malformed', 'the authority’s answer cannot be read', { cause: error })
  }
}

/** What another server says goes into logs and onto terminals: no control or direction characters. */
const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').slice(0, 200)

function failureIn(content: Buffer): TimestampFailure | undefined {
  const isSet = (bit: number) => ((content[1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0
  for (const [name, bit] of Object.entries(FAILURES)) if (isSet(bit) && isFailure(name)) return name
  return undefined
}

const isFailure = (name: string): name is TimestampFailure => name in FAILURES

export const grantedResponse = (token: Buffer): Buffer => sequence(sequence(integer(0)), token)
export const refusedResponse = (failure: TimestampFailure, text: string): Buffer =>
  sequence(sequence(integer(2), sequence(utf8(text)), namedBits([FAILURES[failure]])))
