/** Owns TSTInfo, what a time-stamp authority says and signs: RFC 3161 2.4.2, GM/T 0033 7. Strict on what decides (version, imprint, time), and it judges nothing. */
import { BrokerError } from '../kernel/errors.ts'
import { readSerial } from './certificate.ts'
import { Cursor, type Der, onlyElement, readOid, readSmallInteger, TAG } from './der.ts'
import { context, integer, octets, oid, primitive, sequence, write } from './der-write.ts'
import { readExtensions } from './extensions.ts'
import { digestIdentifier, digestIn, digestLength, type TimestampDigest } from './timestamp-algorithms.ts'

export interface Imprint {
  digest: TimestampDigest
  /** the digest's value */
  hash: Buffer
}

export interface TimestampInfo {
  /** object identifier of the policy the authority states */
  policy: string
  imprint: Imprint
  /** lower-case hexadecimal */
  serial: string
  genTime: Date
  /** how far genTime may be off, in milliseconds; undefined where the authority says nothing */
  accuracyMs: number | undefined
  /** two stamps of this authority stand in the order of their genTime, whatever the accuracy */
  ordering: boolean
  /** hexadecimal of the integer's octets */
  nonce: string | undefined
  /** the GeneralName of the authority, DER */
  tsa: Buffer | undefined
  /** critical extensions nobody here understands */
  criticalUnknown: readonly string[]
}

const malformed = (facts: string): BrokerError => new BrokerError('timestamp_malformed', facts)

/** The integer's octets without the one that only keeps it positive; negative ones are refused, as nobody sends one. */
export function readNonce({ content }: Der): string {
  if (content.length === 0 || content.length > 64 || ((content[0] ?? 0x80) & 0x80) !== 0) throw malformed('a nonce out of its range')
  return (content.length > 1 && content[0] === 0 ? content.subarray(1) : content).toString('hex')
}

/** @throws BrokerError `timestamp_malformed`, `algorithm_refused` for a digest we do not take */
export function readImprint(element: Der): Imprint {
  const cursor = new Cursor(element)
  const algorithm = cursor.take(TAG.sequence)
  const hash = cursor.take(TAG.octets).content
  cursor.end()
  const digest = digestIn(algorithm)
  if (digest === undefined)
    throw new BrokerError('algorithm_refused', 'the imprint is by a digest that is not accepted', { expected: 'SM3, SHA-256, SHA-384 or SHA-512' })
  if (hash.length !== digestLength(digest)) throw malformed(`an imprint of ${hash.length} octets is no ${digest}`)
  return { digest, hash }
}

export const writeImprint = ({ digest, hash }: Imprint): Buffer => sequence(digestIdentifier(digest), octets(hash))

/** @throws BrokerError `timestamp_malformed`, `certificate_malformed`, `algorithm_refused` */
export function readTimestampInfo(der: Buffer): TimestampInfo {
  const cursor = new Cursor(onlyElement(der, TAG.sequence))
  const version = readSmallInteger(cursor.take(TAG.integer))
  if (version !== 1) throw malformed(`version ${version} of TSTInfo`)
  const policy = readOid(cursor.take(TAG.oid))
  const imprint = readImprint(cursor.take(TAG.sequence))
  const serial = readSerial(cursor.take(TAG.integer))
  const genTime = readGenTime(cursor.take(TAG.generalizedTime))
  const accuracy = cursor.takeIf(TAG.sequence)
  const ordering = cursor.takeIf(TAG.boolean)
  const nonce = cursor.takeIf(TAG.integer)
  const tsa = cursor.takeIf(0xa0)
  const extensions = cursor.takeIf(0xa1)
  cursor.end()
  return {
    policy,
    imprint,
    serial,
    genTime,
    accuracyMs: accuracy === undefined ? undefined : readAccuracy(accuracy),
    ordering: ordering !== undefined && ordering.content[0] !== 0,
    nonce: nonce === undefined ? undefined : readNonce(nonce),
    tsa: tsa === undefined ? undefined : onlyElement(tsa.content).raw,
    criticalUnknown: extensions === undefined ? [] : criticalIn(extensions),
  }
}

/** [1] IMPLICIT Extensions: the tag replaces that of the SEQUENCE. */
export const criticalIn = (extensions: Der): string[] =>
  [...readExtensions(extensions.content).values()].filter(({ critical }) => critical).map(({ oid: dotted }) => dotted)

export type TimestampInfoParts = Pick<TimestampInfo, 'policy' | 'imprint' | 'genTime' | 'accuracyMs' | 'ordering' | 'nonce'> & {
  serial: Uint8Array
  tsa?: Uint8Array
}

export function writeTimestampInfo(parts: TimestampInfoParts): Buffer {
  const { policy, imprint, serial, genTime, accuracyMs, ordering, nonce, tsa } = parts
  return sequence(
    integer(1),
    oid(policy),
    writeImprint(imprint),
    integer(serial),
    write(TAG.generalizedTime, Buffer.from(genTimeText(genTime), 'latin1')),
    ...(accuracyMs === undefined ? [] : [writeAccuracy(accuracyMs)]),
    // DEFAULT FALSE is left out in DER
    ...(ordering ? [write(TAG.boolean, Buffer.of(0xff))] : []),
    ...(nonce === undefined ? [] : [integer(Buffer.from(nonce, 'hex'))]),
    ...(tsa === undefined ? [] : [context(0, tsa)]),
  )
}

/** RFC 3161 2.4.2: Zulu, with seconds, and a fraction without trailing zeros. Milliseconds are kept, finer ones fall away. */
function readGenTime({ content }: Der): Date {
  const [, whole, fraction = ''] = /^(\d{14})(?:\.(\d{0,17}[1-9]))?Z$/.exec(content.toString('latin1')) ?? []
  if (whole === undefined) throw malformed('a genTime that is not as RFC 3161 writes it')
  const part = (from: number, to: number) => whole.slice(from, to)
  const iso = `${part(0, 4)}-${part(4, 6)}-${part(6, 8)}T${part(8, 10)}:${part(10, 12)}:${part(12, 14)}.${fraction.slice(0, 3).padEnd(3, '0')}Z`
  const time = new Date(iso)
  if (Number.isNaN(time.getTime()) || time.toISOString() !== iso) throw malformed('a genTime that does not exist')
  return time
}

function genTimeText(time: Date): string {
  const [whole = '', fraction = ''] = time
    .toISOString()
    .replaceAll(/[-:TZ]/g, '')
    .split('.')
  const short = fraction.replace(/0+$/, '')
  return `${whole}${short === '' ? '' : `.${short}`}Z`
}

function readAccuracy(element: Der): number {
  const cursor = new Cursor(element)
  const seconds = cursor.takeIf(TAG.integer)
  const milliseconds = cursor.takeIf(0x80)
  const microseconds = cursor.takeIf(0x81)
  cursor.end()
  const small = (part: Der | undefined, tag: number): number => {
    const value = part === undefined ? 0 : readSmallInteger(part, tag)
    if (part !== undefined && (value < 1 || value > 999)) throw malformed('an accuracy out of its range')
    return value
  }
  return (seconds === undefined ? 0 : readSmallInteger(seconds)) * 1000 + small(milliseconds, 0x80) + Math.ceil(small(microseconds, 0x81) / 1000)
}

function writeAccuracy(milliseconds: number): Buffer {
  const [whole, rest] = [Math.floor(milliseconds / 1000), milliseconds % 1000]
  return sequence(...(whole === 0 ? [] : [integer(whole)]), ...(rest === 0 ? [] : [primitive(0, onlyElement(integer(rest)).content)]))
}
