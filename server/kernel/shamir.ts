/**
 * Owns splitting a secret so that any t of n shares give it back and fewer say nothing at all: Shamir, "How to share a secret", 1979, octet by octet over GF(256) with the polynomial of AES
 * (x^8 + x^4 + x^3 + x + 1). Whether a share is the right one cannot be seen here: whoever calls holds each against its commitment first.
 *
 * No tables: a lookup by a secret octet would tell it to whoever shares the cache.
 */
import { BrokerError } from './errors.ts'

export interface Share {
  /** where the polynomials were evaluated: 1 to 255, never 0, which is the secret */
  x: number
  /** as long as the secret */
  value: Buffer
}

/** Octets of fresh randomness. */
export type Random = (octets: number) => Buffer

export const MAX_SHARES = 16

/**
 * @param threshold how many shares give the secret back: 2 to `count`
 * @param count 2 to 16
 * @throws BrokerError `bad_request`
 */
export function splitSecret(secret: Uint8Array, threshold: number, count: number, random: Random): Share[] {
  if (!Number.isInteger(threshold) || !Number.isInteger(count) || threshold < 2 || threshold > count || count > MAX_SHARES) {
    throw new BrokerError('bad_request', `${threshold} of ${count} shares where at least 2 of at most ${MAX_SHARES} are meant`)
  }
  // the secret is the constant term; the others are random, the highest one too: fixing any of them would tell something to t - 1 holders
  const terms = [Buffer.from(secret), ...Array.from({ length: threshold - 1 }, () => random(secret.length))]
  return Array.from({ length: count }, (_, i) => ({ x: i + 1, value: evaluate(terms, i + 1, secret.length) }))
}

/**
 * The secret behind shares; with fewer than the threshold, or with a wrong one, some other octets.
 * @throws BrokerError `bad_request` for shares that cannot be of one secret: none, two of one place, place 0, different lengths
 */
export function combineShares(shares: readonly Share[]): Buffer {
  const length = shares[0]?.value.length ?? 0
  const places = new Set(shares.map(({ x }) => x))
  if (
    length === 0 ||
    places.size !== shares.length ||
    shares.some(({ x, value }) => !Number.isInteger(x) || x < 1 || x > 255 || value.length !== length)
  ) {
    throw new BrokerError('bad_request', 'these shares are not of one secret')
  }
  const secret = Buffer.alloc(length)
  for (const { x, value } of shares) {
    const weight = weightAtZero(x, places)
    for (let i = 0; i < length; i++) secret[i] = (secret[i] ?? 0) ^ multiply(value[i] ?? 0, weight)
  }
  return secret
}

/** Horner's rule in every octet. */
function evaluate(terms: readonly Buffer[], x: number, length: number): Buffer {
  const value = Buffer.alloc(length)
  for (const term of terms.toReversed()) {
    for (let i = 0; i < length; i++) value[i] = multiply(value[i] ?? 0, x) ^ (term[i] ?? 0)
  }
  return value
}

/** Lagrange's coefficient of one place at 0: the product of other / (other - x); minus is plus here. */
function weightAtZero(x: number, places: ReadonlySet<number>): number {
  let weight = 1
  for (const other of places) {
    if (other !== x) weight = multiply(weight, multiply(other, inverse(other ^ x)))
  }
  return weight
}

/** In GF(256), always eight steps without a branch. */
function multiply(a: number, b: number): number {
  let product = 0
  let left = a
  for (let bit = 0; bit < 8; bit++) {
    product ^= -((b >> bit) & 1) & left
    left = ((left << 1) ^ (-(left >> 7) & 0x11b)) & 0xff
  }
  return product
}

/** a to the power of 254. */
function inverse(a: number): number {
  let power = a
  let result = 1
  for (let i = 0; i < 7; i++) {
    power = multiply(power, power)
    result = multiply(result, power)
  }
  return result
}
