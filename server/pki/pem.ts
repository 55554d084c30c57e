import { BrokerError } from '../kernel/errors.ts'

/** Text to DER and back: PEM (RFC 7468), bare base64, and files that hold several. Real CRLs are served in base64 without any header. */
export function pem(der: Uint8Array, label = 'CERTIFICATE'): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/**
 * Bytes of one object, whatever way it came: DER, PEM or base64.
 * @param limit the most bytes of DER
 * @throws BrokerError `certificate_malformed`
 */
export function toDer(input: Uint8Array | string, limit: number): Buffer {
  // base64 with line ends, and some text around the PEM block
  if (input.length > 2 * limit + 4096) throw tooLarge(input.length)
  const bytes = typeof input === 'string' ? Buffer.from(input, 'latin1') : Buffer.from(input)
  if (typeof input !== 'string' && bytes[0] === 0x30 && !looksBase64(bytes)) return bounded(bytes, limit)
  const text = bytes.toString('latin1')
  const block = /-----BEGIN [A-Z0-9 ]{1,40}-----([A-Za-z0-9+/=\s]*)-----END /.exec(text)
  const base64 = (block?.[1] ?? text).replaceAll(/\s/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new BrokerError('certificate_malformed', 'neither DER nor PEM nor base64')
  return bounded(Buffer.from(base64, 'base64'), limit)
}

// "0" is 0x30, the tag of a SEQUENCE; DER shows itself by an octet that no text has
const looksBase64 = (bytes: Buffer): boolean => /^[A-Za-z0-9+/=\s]+$/.test(bytes.subarray(0, 64).toString('latin1'))

function bounded(der: Buffer, limit: number): Buffer {
  if (der.length > limit) throw tooLarge(der.length)
  return der
}

const tooLarge = (length: number): BrokerError => new BrokerError('certificate_malformed', `${length} bytes are too many`)

/** The DER of every block of this label in a text; a file that is DER or bare base64 counts as one block. */
export function pemBlocks(input: Uint8Array | string, limit: number, label = 'CERTIFICATE'): Buffer[] {
  const text = typeof input === 'string' ? input : Buffer.from(input).toString('latin1')
  if (!text.includes('-----BEGIN ')) return [toDer(input, limit)]
  const blocks = text.matchAll(new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]*)-----END ${label}-----`, 'g'))
  return [...blocks].map(([, base64 = '']) => toDer(base64, limit))
}

/** The first block of a text that has one of these labels, with its label; undefined where there is none. Blocks of other labels and text around are passed over. */
export function firstBlock(input: Uint8Array | string, limit: number, labels: readonly string[]): { label: string; der: Buffer } | undefined {
  if (input.length > 2 * limit + 4096) throw tooLarge(input.length)
  const text = typeof input === 'string' ? input : Buffer.from(input).toString('latin1')
  for (const [, label = '', base64 = ''] of text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]*)-----END /g))
    if (labels.includes(label)) return { label, der: toDer(base64, limit) }
  return undefined
}
