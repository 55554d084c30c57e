/**
 * Owns reading what an electronic seal leaves in a document (SES_Signature), of version 1 (GM/T 0031-2014), 4 (GB/T 38540-2020) and 5 (GM/T 0031-2025). What was signed is kept to the byte; it judges nothing.
 */
import { Cursor, children, type Der, onlyElement, readBits, readOid, readSmallInteger, TAG } from '../../pki/der.ts'
import { bounded, extensionsOf, malformed, only, readingSeal, SES_LIMITS, type SealExtension, stampOf, textOf, timeOf } from './fields.ts'
import { type Seal, type SesVersion, sealIn } from './seal.ts'

export interface SesSignature {
  version: SesVersion
  /** as it came */
  der: Buffer
  seal: Seal
  /** as the signer says, or a time-stamp token that the signer put there (version 1 may) */
  time: { at: Date } | { token: Buffer }
  dataHash: Buffer
  /** what it says it is about; in OFD the path of Signature.xml */
  property: string
  extensions: readonly SealExtension[]
  signer: {
    /** DER or what claims to be it */
    certificate: Buffer
    /** object identifier of the signature algorithm */
    algorithm: string
    signature: Buffer
    /** the exact bytes that were signed: toSign */
    signed: Buffer
  }
  /** a time-stamp token over the signature value */
  stamp?: Buffer
}

/** @param der at most 5 MiB @throws BrokerError `seal_malformed` */
export const readSesSignature = (der: Uint8Array): SesSignature => readingSeal('a seal’s signature', der, SES_LIMITS.signature, read)

function read(bytes: Buffer): SesSignature {
  const outer = onlyElement(bytes, TAG.sequence)
  const parts = bounded(outer, 5, 'parts of a signature')
  const [toSign] = parts
  if (toSign === undefined) throw malformed('nothing in it')
  return parts.length === 2 ? readOne(outer, toSign) : readFour(outer, toSign)
}

/** What both forms begin with. */
function readHead(fields: Cursor): Pick<SesSignature, 'seal' | 'time' | 'dataHash' | 'property'> {
  readSmallInteger(fields.take(TAG.integer))
  const seal = sealIn(fields.take(TAG.sequence))
  const time = signedTime(fields.take())
  const dataHash = readBits(fields.take(TAG.bits))
  const property = textOf(fields.take())
  return { seal, time, dataHash, property }
}

function readOne(outer: Der, toSign: Der): SesSignature {
  const fields = new Cursor(only(toSign, TAG.sequence))
  const head = readHead(fields)
  const certificate = fields.take(TAG.octets).content
  const algorithm = readOid(fields.take(TAG.oid))
  fields.end()
  const [, value] = children(outer)
  const signature = value === undefined ? Buffer.of() : readBits(value)
  return { version: 1, der: outer.raw, ...head, extensions: [], signer: { certificate, algorithm, signature, signed: toSign.raw } }
}

function readFour(outer: Der, toSign: Der): SesSignature {
  const fields = new Cursor(only(toSign, TAG.sequence))
  const head = readHead(fields)
  const extensions = extensionsOf(fields.takeIf(0xa0, TAG.sequence))
  fields.end()
  if (head.seal.version === 1) throw malformed('a seal of version 1 in a signature of a later one')
  const rest = new Cursor(outer)
  rest.take()
  const signer = {
    certificate: rest.take(TAG.octets).content,
    algorithm: readOid(rest.take(TAG.oid)),
    signature: readBits(rest.take(TAG.bits)),
    signed: toSign.raw,
  }
  const stamp = stampOf(rest.takeIf(0xa0, TAG.bits))
  rest.end()
  return { version: head.seal.version, der: outer.raw, ...head, extensions, signer, ...(stamp === undefined ? {} : { stamp }) }
}

/** Version 1 has a BIT STRING there, which holds a time as text or a whole token. */
function signedTime(element: Der): SesSignature['time'] {
  if (element.tag === TAG.bits && element.content[1] === TAG.sequence) return { token: readBits(element) }
  return { at: timeOf(element) }
}
