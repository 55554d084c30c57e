/** Owns asking a time-stamp authority over HTTP, RFC 3161 3.4 and GM/T 0033 8.4: bounded in size and time, over the caller's own fetch, and the answer is verified before it is handed on. */
import type { Clock } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { fetchBounded } from './fetch-bounded.ts'
import { requireTimestamp, type TimestampQuestion, type TimestampVerdict } from './timestamp.ts'
import { digestOf, type TimestampDigest } from './timestamp-algorithms.ts'
import type { Imprint } from './timestamp-info.ts'
import { newNonce, writeTimestampRequest } from './timestamp-request.ts'
import { readTimestampResponse } from './timestamp-response.ts'
import { TOKEN_LIMIT } from './timestamp-token.ts'

export const QUERY_TYPE = 'application/timestamp-query'
export const REPLY_TYPE = 'application/timestamp-reply'

export interface TimestampClientOptions {
  url: string
  fetch: typeof fetch
  clock: Clock
  /** the authority's trust, asked at each stamp so that a change counts at once */
  trust: () => Promise<Pick<TimestampQuestion, 'roots' | 'intermediates' | 'crls' | 'ocsp' | 'requireRevocation'>>
  /** SM3 unless told */
  digest?: TimestampDigest
  /** object identifier of the policy to ask for; the answer must then state it */
  policy?: string
  /** for the whole exchange; 10,000 unless told */
  milliseconds?: number
}

type Stamped = Extract<TimestampVerdict, { ok: true }> & { /** DER, to be kept */ token: Buffer }

export interface TimestampClient {
  /**
   * @param of the bytes to stamp, or a digest of them
   * @throws BrokerError `timestamp_unreachable`, `timestamp_refused`, `timestamp_malformed`, `timestamp_invalid`, or the code of the authority's certificate at fault
   */
  stamp(of: Uint8Array | Imprint): Promise<Stamped>
}

export function createTimestampClient(options: TimestampClientOptions): TimestampClient {
  const { url, clock, trust, digest = 'sm3', policy } = options
  return {
    async stamp(of) {
      const imprint = of instanceof Uint8Array ? { digest, hash: digestOf(digest, of) } : of
      const nonce = newNonce()
      const request = writeTimestampRequest({ imprint, nonce, ...(policy === undefined ? {} : { policy }) })
      const answer = readTimestampResponse(await exchange(options, request))
      if (answer.state === 'refused')
        throw new BrokerError('timestamp_refused', `${url} refused: ${answer.failure ?? `status ${answer.status}`} ${answer.text}`.trim())
      const question = { token: answer.token, of: { imprint }, nonce, ...(policy === undefined ? {} : { policies: [policy] }), ...(await trust()) }
      return { ...requireTimestamp({ ...question, at: clock.now() }), token: answer.token }
    },
  }
}

const exchange = ({ url, fetch: get, milliseconds = 10_000 }: TimestampClientOptions, request: Buffer): Promise<Buffer> =>
  fetchBounded(
    get,
    url,
    { method: 'POST', headers: { 'content-type': QUERY_TYPE, accept: REPLY_TYPE }, body: new Uint8Array(request) },
    { bytes: TOKEN_LIMIT, milliseconds },
    'timestamp_unreachable',
  )
