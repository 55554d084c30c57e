/** Reads the extensions a decision rests on, RFC 5280 4.2. What decides (usage, CA flag) must be readable; what only points somewhere may be odd and is then left out. */
import { BrokerError } from '../kernel/errors.ts'
import { Cursor, children, type Der, elementsOf, onlyElement, readOid, readSmallInteger, TAG } from './der.ts'

export const EXTENSION = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  reasonCode: '2.5.29.21',
  deltaCrl: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  certificateIssuer: '2.5.29.29',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyId: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  freshestCrl: '2.5.29.46',
  inhibitAnyPolicy: '2.5.29.54',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  ocspNonce: '1.3.6.1.5.5.7.48.1.2',
  ocspNoCheck: '1.3.6.1.5.5.7.48.1.5',
} as const

export interface Extension {
  oid: string
  critical: boolean
  /** what the OCTET STRING holds, not yet looked at */
  value: Buffer
}

/** The extension list of a certificate, CRL or OCSP answer. One object identifier twice is refused (4.2). */
export function readExtensions(list: Der | Buffer): Map<string, Extension> {
  const found = new Map<string, Extension>()
  for (const element of elementsOf(list)) {
    const cursor = new Cursor(element)
    const oid = readOid(cursor.take(TAG.oid))
    const flag = cursor.takeIf(TAG.boolean)
    const value = cursor.take(TAG.octets).content
    cursor.end()
    if (found.has(oid) || found.size >= 64) throw new BrokerError('certificate_malformed', `extension ${oid} twice, or too many extensions`)
    found.set(oid, { oid, critical: flag !== undefined && flag.content[0] !== 0, value })
  }
  return found
}

const USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const
export type KeyUsage = (typeof USAGES)[number]

/** The named bits, however many unused bits the encoding claims (real certificates claim none). */
export function readKeyUsage(value: Buffer): Set<KeyUsage> {
  const { content } = onlyElement(value, TAG.bits)
  if (content.length < 2 || content.length > 4) throw new BrokerError('certificate_malformed', 'a key usage of no or too many octets')
  return new Set(USAGES.filter((_, bit) => ((content[1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0))
}

export const keyUsageBits = (usages: readonly KeyUsage[]): number[] => usages.map(usage => USAGES.indexOf(usage))

export interface BasicConstraints {
  ca: boolean
  pathLength?: number
}

export function readBasicConstraints(value: Buffer): BasicConstraints {
  const cursor = new Cursor(onlyElement(value, TAG.sequence))
  const ca = cursor.takeIf(TAG.boolean)
  const length = cursor.takeIf(TAG.integer)
  cursor.end()
  return { ca: ca !== undefined && ca.content[0] !== 0, ...(length === undefined ? {} : { pathLength: readSmallInteger(length) }) }
}

export function readObjectIds(value: Buffer): Set<string> {
  return new Set(children(onlyElement(value, TAG.sequence)).map(readOid))
}

/** The keyIdentifier of an authority key identifier, hexadecimal. */
export function readAuthorityKeyId(value: Buffer): string | undefined {
  return new Cursor(onlyElement(value, TAG.sequence)).takeIf(0x80)?.content.toString('hex')
}

const URL_LIMIT = 2048
const httpUrl = ({ tag, content }: Der): string[] => {
  const text = content.toString('latin1')
  return tag === 0x86 && content.length <= URL_LIMIT && /^https?:\/\//i.test(text) && URL.canParse(text) ? [text] : []
}

/** http(s) addresses of full CRLs. A distribution point of chosen reasons or of another issuer does not answer for all and is left out (4.2.1.13). */
export function readCrlUrls(value: Buffer): string[] {
  return children(onlyElement(value, TAG.sequence)).flatMap(point => {
    const parts = children(point)
    const name = parts.find(part => part.tag === 0xa0)
    if (name === undefined || parts.some(part => part.tag === 0x81 || part.tag === 0xa2)) return []
    return children(name)
      .filter(choice => choice.tag === 0xa0)
      .flatMap(full => children(full).flatMap(httpUrl))
  })
}

/** http(s) addresses of OCSP responders, RFC 5280 4.2.2.1. */
export function readOcspUrls(value: Buffer): string[] {
  return children(onlyElement(value, TAG.sequence)).flatMap(description => {
    const [method, location] = children(description)
    return method !== undefined && location !== undefined && readOid(method) === '1.3.6.1.5.5.7.48.1' ? httpUrl(location) : []
  })
}
