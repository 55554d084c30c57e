import { createHmac, timingSafeEqual } from 'node:crypto'

/** Time-based one-time codes (RFC 6238) as the apps on people's phones make them: SHA-1, six digits, thirty seconds. Owns the codes; that one is taken once is the store's. */
const STEP_SECONDS = 30
const DIGITS = 6
/** a phone's clock may be this many steps off, RFC 6238 5.2 */
const DRIFT = 1
/** octets of a secret: as many as the hash has, RFC 4226 4 */
export const TOTP_SECRET = 20

export const stepAt = (at: Date): number => Math.floor(at.getTime() / 1000 / STEP_SECONDS)

/** RFC 4226 5.3 */
export function codeOf(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', secret).update(counter).digest()
  const offset = (mac[19] ?? 0) & 0xf
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** DIGITS).padStart(DIGITS, '0')
}

/** @returns the step that this code is of, now or close by; undefined for any other code */
export function stepOf(secret: Uint8Array, code: string, at: Date): number | undefined {
  const given = Buffer.from(code)
  const now = stepAt(at)
  let found: number | undefined
  for (let step = now - DRIFT; step <= now + DRIFT; step++) {
    const right = Buffer.from(codeOf(secret, step))
    if (given.length === right.length && timingSafeEqual(given, right)) found ??= step
  }
  return found
}

/** What an authenticator app reads out of a QR code. */
export function enrolmentAddress(secret: Uint8Array, { issuer, account }: { issuer: string; account: string }): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`
  const query = new URLSearchParams({ secret: base32(secret), issuer, algorithm: 'SHA1', digits: String(DIGITS), period: String(STEP_SECONDS) })
  // apps read %20, and many of them no plus
  return `otpauth://totp/${label}?${String(query).replaceAll('+', '%20')}`
}

/** RFC 4648 6, without padding */
export function base32(bytes: Uint8Array): string {
  let text = ''
  let [value, bits] = [0, 0]
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    for (; bits >= 5; bits -= 5) text += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[(value >>> (bits - 5)) & 31] ?? ''
    value &= (1 << bits) - 1
  }
  return bits === 0 ? text : text + ('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[(value << (5 - bits)) & 31] ?? '')
}
