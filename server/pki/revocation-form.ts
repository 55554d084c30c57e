/** Owns the forms a revocation list is served in: DER, as RFC 5280 4.2.1.13 says, and PEM or bare base64, as real CAs serve theirs. */
import { BrokerError } from '../kernel/errors.ts'
import { CRL_LIMIT } from './crl.ts'
import { TAG } from './der.ts'

const BEGIN = '-----BEGIN X509 CRL-----'
const END = '-----END X509 CRL-----'

/**
 * The DER of one list. Looser than toDer() about stray characters, as the signature is verified over what comes out, and four times as fast on the megabytes that a list may have:
 * the pattern that toDer() runs over the text would hold up everybody else.
 * @throws BrokerError `certificate_malformed`
 */
export function listBytes(bytes: Uint8Array): Buffer {
  const given = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (given.length > 2 * CRL_LIMIT) throw tooLarge(given.length)
  if (isBinary(given)) return bounded(given)
  const begin = given.indexOf(BEGIN)
  const end = begin < 0 ? -1 : given.indexOf(END, begin)
  const text = begin < 0 ? given : given.subarray(begin + BEGIN.length, end < 0 ? given.length : end)
  return bounded(Buffer.from(text.toString('latin1'), 'base64'))
}

/** "0" is 0x30, the tag of a SEQUENCE: what tells DER from text is an octet that no text has. */
const isBinary = (bytes: Buffer): boolean =>
  bytes[0] === TAG.sequence && bytes.subarray(0, 64).some(octet => octet > 0x7e || (octet < 0x20 && ![9, 10, 13].includes(octet)))

function bounded(der: Buffer): Buffer {
  if (der.length > CRL_LIMIT) throw tooLarge(der.length)
  return der
}

const tooLarge = (length: number): BrokerError => new BrokerError('certificate_malformed', `${length} bytes are too many`)
