/**
 * Owns reading one electronic seal (SESeal): version 1 (GM/T 0031-2014), 4 (GB/T 38540-2020) and 5 (GM/T 0031-2025). The exact bytes are kept, for the maker signed them as they are; whether the maker may be
 * believed is judged elsewhere.
 */
import { Cursor, type Der, onlyElement, readBits, readOid, readSmallInteger, TAG } from '../../pki/der.ts'
import { sequence } from '../../pki/der-write.ts'
import { bounded, extensionsOf, malformed, only, readingSeal, SES_LIMITS, type SealExtension, stampOf, textOf, timeOf } from './fields.ts'

export type SesVersion = 1 | 4 | 5

/** Whom the seal may be used by: whole certificates, or digests of them. */
export type Holders = { kind: 'certificates'; list: readonly Buffer[] } | { kind: 'digests'; list: readonly { algorithm: string; value: Buffer }[] }

export interface Seal {
  version: SesVersion
  /** as it came */
  der: Buffer
  /** 印章标识 */
  id: string
  /** 厂商标识 */
  vid: string
  /** 1 of an organisation, 2 of a person; others are seen */
  type: number
  name: string
  holders: Holders
  createdAt: Date
  validFrom: Date
  validUntil: Date
  /** lengths are millimetres; data is of the type's own format, never looked into here */
  picture: { type: string; data: Buffer; width: number; height: number }
  extensions: readonly SealExtension[]
  maker: {
    /** DER or what claims to be it */
    certificate: Buffer
    /** object identifier of the signature algorithm */
    algorithm: string
    signature: Buffer
    /** the exact bytes that were signed */
    signed: Buffer
  }
  /** a time-stamp token over the maker's signature; version 5 */
  stamp?: Buffer
}

/** @param der at most 4 MiB @throws BrokerError `seal_malformed` */
export const readSeal = (der: Uint8Array): Seal => readingSeal('a seal', der, SES_LIMITS.seal, bytes => sealIn(onlyElement(bytes, TAG.sequence)))

/** The same inside of a signature. @throws BrokerError `seal_malformed`, `certificate_malformed` where it is no DER */
export function sealIn(element: Der): Seal {
  const parts = bounded(only(element, TAG.sequence), 5, 'parts of a seal')
  const [info, second] = parts
  if (info === undefined || second === undefined) throw malformed('a seal without its signature')
  const { headerVersion, ...read } = readInfo(info)
  if (parts.length === 2) {
    if (headerVersion >= 4) throw malformed(`a seal of version ${headerVersion} in the form of version 1`)
    return { version: 1, der: element.raw, ...read, maker: makerOfOne(info, second) }
  }
  if (headerVersion !== 4 && headerVersion !== 5) throw malformed(`a seal of version ${headerVersion}`)
  const cursor = new Cursor(element)
  cursor.take()
  const maker = {
    certificate: cursor.take(TAG.octets).content,
    algorithm: readOid(cursor.take(TAG.oid)),
    signature: readBits(cursor.take(TAG.bits)),
    signed: info.raw,
  }
  const stamp = stampOf(cursor.takeIf(0xa0, TAG.bits))
  cursor.end()
  return { version: headerVersion, der: element.raw, ...read, maker, ...(stamp === undefined ? {} : { stamp }) }
}

/** GM/T 0031-2014: signed is SEQUENCE { esealInfo, cert, signatureAlgorithm }. */
function makerOfOne(info: Der, signInfo: Der): Seal['maker'] {
  const fields = new Cursor(only(signInfo, TAG.sequence))
  const certificate = fields.take(TAG.octets)
  const algorithm = fields.take(TAG.oid)
  const signature = readBits(fields.take(TAG.bits))
  fields.end()
  return {
    certificate: certificate.content,
    algorithm: readOid(algorithm),
    signature,
    signed: sequence(info.raw, certificate.raw, algorithm.raw),
  }
}

function readInfo(info: Der): Omit<Seal, 'version' | 'der' | 'maker' | 'stamp'> & { headerVersion: number } {
  const fields = new Cursor(only(info, TAG.sequence))
  const header = new Cursor(fields.take(TAG.sequence))
  if (textOf(header.take()) !== 'ES') throw malformed('it does not begin with ES')
  const headerVersion = readSmallInteger(header.take(TAG.integer))
  const vid = textOf(header.take())
  header.end()
  const id = textOf(fields.take())
  const property = readProperty(fields.take(TAG.sequence))
  const picture = readPicture(fields.take(TAG.sequence))
  const extensions = extensionsOf(fields.takeIf(TAG.sequence, 0xa0))
  fields.end()
  return { headerVersion, vid, id, ...property, picture, extensions }
}

function readProperty(element: Der): Pick<Seal, 'type' | 'name' | 'holders' | 'createdAt' | 'validFrom' | 'validUntil'> {
  const fields = new Cursor(element)
  const type = readSmallInteger(fields.take(TAG.integer))
  const name = textOf(fields.take())
  // version 4 says what its list holds; version 1 knows whole certificates only
  const kind = fields.takeIf(TAG.integer)
  const holders = readHolders(kind === undefined ? 1 : readSmallInteger(kind), fields.take(TAG.sequence))
  const [createdAt, validFrom, validUntil] = [timeOf(fields.take()), timeOf(fields.take()), timeOf(fields.take())]
  fields.end()
  return { type, name, holders, createdAt, validFrom, validUntil }
}

function readHolders(kind: number, list: Der): Holders {
  const entries = bounded(list, SES_LIMITS.certificates, 'certificates')
  switch (kind) {
    case 1:
      return { kind: 'certificates', list: entries.map(entry => only(entry, TAG.octets).content) }
    case 2:
      return { kind: 'digests', list: entries.map(readDigest) }
    default:
      throw malformed(`a list of kind ${kind}`)
  }
}

function readDigest(entry: Der): { algorithm: string; value: Buffer } {
  const fields = new Cursor(only(entry, TAG.sequence))
  const algorithm = textOf(fields.take())
  const value = fields.take(TAG.octets).content
  fields.end()
  return { algorithm, value }
}

function readPicture(element: Der): Seal['picture'] {
  const fields = new Cursor(element)
  const type = textOf(fields.take())
  const data = fields.take(TAG.octets).content
  const [width, height] = [readSmallInteger(fields.take(TAG.integer)), readSmallInteger(fields.take(TAG.integer))]
  fields.end()
  return { type, data, width, height }
}
