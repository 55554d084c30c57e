import { errors as jose } from 'jose'
import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client'
import { z } from 'zod'
import { BrokerError, type FailureCode } from '../server/kernel/errors.ts'
import type { OidcBank } from './bank-data.ts'

/**
 * What openid-client and jose threw, in our codes. They tell by error codes and a `cause` with what was found; never by their sentences where there is something
 * better. Tokens stay out of the facts: only claims that name the difference go in.
 */
export const explain =
  (bank: OidcBank) =>
  (error: unknown): never => {
    throw readBroker(error) ?? byError(error, bank)
  }

/** An error of ours that came through the library, such as an address that may not be asked. */
function readBroker(error: unknown): BrokerError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (at instanceof BrokerError) return at
  }
  return undefined
}

function byError(error: unknown, bank: OidcBank): BrokerError {
  const refuse = (code: FailureCode, facts: string, more: { received?: string; expected?: string } = {}) =>
    new BrokerError(code, facts, { ...more, cause: error })
  if (error instanceof AuthorizationResponseError) {
    const code = error.error === 'access_denied' ? 'bank_cancelled' : 'bank_refused'
    return refuse(code, 'the bank sent an error instead of a code', {
      received: `${error.error} ${error.error_description ?? ''}`.trim().slice(0, 200),
    })
  }
  if (error instanceof ResponseBodyError) {
    return refuse('bank_refused', `the bank’s endpoint answered ${error.status}`, {
      received: `${error.error} ${error.error_description ?? ''}`.trim().slice(0, 200),
    })
  }
  if (error instanceof jose.JOSEError) return byJose(error, bank, refuse)
  const { code, detail } = innermost(error)
  switch (code) {
    case 'OAUTH_JWT_CLAIM_COMPARISON_FAILED':
      return byClaim(detail, bank, refuse)
    case 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED':
      return refuse('bank_answer_expired', 'the ID token is not valid now')
    case 'OAUTH_KEY_SELECTION_FAILED':
      return refuse('bank_wrong_key', 'no key of the bank has this token’s kid and algorithm')
    case 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED':
      return byAttribute(detail, bank, refuse)
    case 'OAUTH_UNSUPPORTED_OPERATION':
      return algorithmIn(detail) === 'none' ? refuse('bank_unsigned', 'alg none') : refuse('algorithm_refused', 'an algorithm nobody should use')
    case 'OAUTH_RESPONSE_IS_NOT_CONFORM':
      return statusIn(detail, error) >= 500
        ? unreachableBank(refuse, 'the bank answered with a fault of its own')
        : refuse('bank_answer_malformed', 'an unexpected status')
    case 'OAUTH_TIMEOUT':
    case 'OAUTH_ABORT':
      return unreachableBank(refuse, 'the bank did not answer in time')
    case 'OAUTH_INVALID_RESPONSE':
      return byResponse(detail, refuse)
    default:
      if (error instanceof TypeError && /fetch failed/.test(error.message)) return unreachableBank(refuse, error.message)
      return refuse('bank_answer_malformed', error instanceof Error ? error.message.slice(0, 200) : 'unreadable')
  }
}

type Refuse = (code: FailureCode, facts: string, more?: { received?: string; expected?: string }) => BrokerError
const unreachableBank = (refuse: Refuse, facts: string) => refuse('bank_unreachable', facts)

/** The library wraps twice: its own error, then the operation's, whose cause holds what was found. */
function innermost(error: unknown): { code: string; detail: unknown } {
  if (!(error instanceof ClientError)) return { code: '', detail: undefined }
  const { cause } = error
  return { code: error.code ?? '', detail: cause instanceof Error ? cause.cause : cause }
}

const claimDetail = z.object({ claim: z.string(), expected: z.unknown(), claims: z.record(z.string(), z.unknown()) })

function byClaim(detail: unknown, bank: OidcBank, refuse: Refuse): BrokerError {
  const { data } = claimDetail.safeParse(detail)
  const found = { received: String(data?.claims[data.claim]).slice(0, 200), expected: String(data?.expected).slice(0, 200) }
  switch (data?.claim) {
    case 'iss':
      return refuse('bank_wrong_issuer', 'the ID token names another issuer', { ...found, expected: bank.issuer })
    case 'aud':
    case 'azp':
      return refuse('bank_wrong_audience', 'the ID token is for another client', { ...found, expected: bank.clientId })
    case 'nonce':
      return refuse('bank_wrong_nonce', 'the ID token has another nonce than this attempt', {
        received: 'another nonce',
        expected: 'the nonce of this attempt',
      })
    default:
      return refuse('bank_answer_malformed', `claim ${data?.claim ?? ''} is not what it should be`)
  }
}

function byAttribute(detail: unknown, bank: OidcBank, refuse: Refuse): BrokerError {
  const { data } = z.object({ attribute: z.string(), expected: z.unknown(), body: z.record(z.string(), z.unknown()) }).safeParse(detail)
  if (data?.attribute === 'sub') return refuse('bank_identity_mismatch', 'userinfo speaks of another person than the ID token')
  const received = String(data?.body[data.attribute]).slice(0, 200)
  return refuse('bank_wrong_issuer', 'the bank’s metadata names another issuer', { received, expected: bank.issuer })
}

const badSignature = z.object({ signature: z.instanceof(Uint8Array), key: z.unknown(), data: z.unknown() })
const badParameter = z.object({ expected: z.string(), parameters: z.instanceof(URLSearchParams) })
const badAlgorithm = z.object({ header: z.object({ alg: z.string() }) })

function byResponse(detail: unknown, refuse: Refuse): BrokerError {
  const signature = badSignature.safeParse(detail).data?.signature
  if (signature !== undefined) {
    return signature.length === 0
      ? refuse('bank_unsigned', 'the ID token has no signature')
      : refuse('bank_wrong_key', 'the ID token’s signature does not verify')
  }
  // the token itself, where it could not be cut into three
  if (typeof detail === 'string')
    return detail.split('.').length === 2 ? refuse('bank_unsigned', 'the ID token has no signature') : refuse('bank_answer_malformed', 'not a JWT')
  const alg = algorithmIn(detail)
  if (alg !== undefined) {
    const found = { received: alg.slice(0, 20), expected: 'an algorithm of the bank’s metadata' }
    return alg === 'none'
      ? refuse('bank_unsigned', 'alg none', found)
      : refuse('algorithm_refused', 'the ID token is signed with another algorithm', found)
  }
  const parameters = z.object({ parameters: z.instanceof(URLSearchParams) }).safeParse(detail).data?.parameters
  const expected = badParameter.safeParse(detail).data?.expected
  if (parameters !== undefined) {
    const iss = parameters.get('iss')
    if (expected === undefined || (iss !== null && iss !== expected && expected.startsWith('http'))) {
      return refuse('bank_mixed_up', 'the response names another issuer, or none', {
        received: iss ?? 'no iss',
        ...(expected === undefined ? {} : { expected }),
      })
    }
    return refuse('bank_wrong_nonce', 'the response has another state than this attempt')
  }
  return refuse('bank_answer_malformed', 'the bank’s response is not as the standard says')
}

function algorithmIn(detail: unknown): string | undefined {
  return badAlgorithm.safeParse(detail).data?.header.alg ?? z.object({ alg: z.string() }).safeParse(detail).data?.alg
}

function statusIn(detail: unknown, error: unknown): number {
  if (detail instanceof Response) return detail.status
  return error instanceof Error && error.cause instanceof Response ? error.cause.status : 0
}

function byJose(error: jose.JOSEError, bank: OidcBank, refuse: Refuse): BrokerError {
  if (error instanceof jose.JWTExpired) return refuse('bank_answer_expired', 'the logout token has expired')
  if (error instanceof jose.JWTClaimValidationFailed) {
    if (error.claim === 'iss') return refuse('bank_wrong_issuer', 'the logout token names another issuer', { expected: bank.issuer })
    if (error.claim === 'aud') return refuse('bank_wrong_audience', 'the logout token is for another client', { expected: bank.clientId })
    if (error.claim === 'iat') return refuse('bank_answer_expired', 'the logout token is too old')
    return refuse('bank_answer_malformed', `claim ${error.claim} is not what it should be`)
  }
  if (error instanceof jose.JWSSignatureVerificationFailed || error instanceof jose.JWKSNoMatchingKey)
    return refuse('bank_wrong_key', 'no key of the bank verifies the logout token')
  if (error instanceof jose.JOSEAlgNotAllowed) return refuse('bank_unsigned', 'an algorithm that proves nothing')
  if (error instanceof jose.JWKSTimeout) return unreachableBank(refuse, 'the bank’s keys did not come in time')
  return refuse('bank_answer_malformed', error.code)
}
