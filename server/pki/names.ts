/**
 * Owns distinguished names: reading what real certificates hold, comparing as RFC 5280 7.1 wants, writing as RFC 4514 text. It reads no meaning out of a name;
 * subject-profiles.ts does.
 */
import { BrokerError } from '../kernel/errors.ts'
import { children, type Der, elementsOf, readOid, TAG } from './der.ts'
import { oid, printable, sequence, setOf, utf8 } from './der-write.ts'

interface Attribute {
  oid: string
  value: string
}

export interface Name {
  /** RFC 4514, last RDN first */
  text: string
  /** every attribute in the order of the encoding */
  attributes: readonly Attribute[]
  der: Buffer
  /** equal for two names that RFC 5280 7.1 calls the same */
  key: string
  /** the same for each RDN, in the order of the encoding: a name stands below another when those of the other come first (7.1, last paragraph) */
  rdns: readonly string[]
}

/** Short names of RFC 4514 and the others that shields carry. */
const SHORT: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.4', 'SN'],
  ['2.5.4.5', 'serialNumber'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.12', 'title'],
  ['2.5.4.42', 'givenName'],
  ['2.5.4.97', 'organizationIdentifier'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  ['1.2.840.113549.1.9.1', 'emailAddress'],
])
const BY_SHORT = new Map([...SHORT].map(([dotted, short]) => [short, dotted]))
/** X.520 limits these to PrintableString. */
const PRINTABLE = new Set(['2.5.4.6', '2.5.4.5'])
const LIMIT = 100
/** More than fits into a certificate: a list may be of 16 MiB, and all of it one name, which takes seconds to compare. */
const OCTETS = 64 * 1024

/** @throws BrokerError `certificate_malformed` */
export function readName(element: Der): Name {
  if (element.content.length > OCTETS) throw new BrokerError('certificate_malformed', `a name of ${element.content.length} octets`)
  const attributes: Attribute[] = []
  const texts: string[] = []
  const keys: string[] = []
  for (const rdn of elementsOf(element)) {
    const parts = children(rdn).map(readAttribute)
    if (parts.length === 0 || attributes.length + parts.length > LIMIT)
      throw new BrokerError('certificate_malformed', 'a name with an empty RDN or too many')
    attributes.push(...parts.map(({ oid: dotted, value }) => ({ oid: dotted, value })))
    texts.unshift(parts.map(part => part.text).join('+'))
    keys.push(keyOf(parts))
  }
  return { text: texts.join(','), attributes, der: element.raw, key: keyOfRdns(keys), rdns: keys }
}

/** One RDN alone, as a distribution point may have it (nameRelativeToCRLIssuer, 4.2.1.13), in the form of `Name.rdns`. @throws BrokerError `certificate_malformed` */
export function readRdn(element: Buffer): string {
  if (element.length > OCTETS) throw new BrokerError('certificate_malformed', `an RDN of ${element.length} octets`)
  const parts = children(element).map(readAttribute)
  if (parts.length === 0 || parts.length > LIMIT) throw new BrokerError('certificate_malformed', 'an RDN of no or too many attributes')
  return keyOf(parts)
}

/** The key of a name of these RDNs. */
export const keyOfRdns = (rdns: readonly string[]): string => JSON.stringify(rdns)

// as JSON, so that no value can pretend to be two attributes, or bytes to be text
const keyOf = (parts: readonly ReturnType<typeof readAttribute>[]): string =>
  JSON.stringify(
    parts.map(part => (part.plain ? [part.oid, fold(part.value)] : [part.oid, 0, part.value])).sort((a, b) => (String(a) < String(b) ? -1 : 1)),
  )

function readAttribute(element: Der): Attribute & { text: string; plain: boolean } {
  const [type, value, more] = children(element)
  if (type === undefined || value === undefined || more !== undefined) throw new BrokerError('certificate_malformed', 'a name attribute')
  const dotted = readOid(type)
  const text = readText(value)
  const short = SHORT.get(dotted)
  return {
    oid: dotted,
    value: text ?? value.raw.toString('hex'),
    plain: text !== undefined,
    text: short !== undefined && text !== undefined ? `${short}=${escaped(text)}` : `${dotted}=#${value.raw.toString('hex')}`,
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The text of a string type. IA5String and TeletexString are read as UTF-8 where they are UTF-8, as real certificates have it, otherwise as Latin-1.
 * undefined for what is not a string.
 */
export function readText(element: Der): string | undefined {
  switch (element.tag) {
    case TAG.utf8:
    case TAG.printable:
    case TAG.ia5:
    case TAG.teletex:
    case TAG.numeric:
    case TAG.visible:
      try {
        return strictUtf8.decode(element.content)
      } catch {
        return element.content.toString('latin1')
      }
    case TAG.bmp:
      return element.content.length % 2 === 0 ? Buffer.from(element.content).swap16().toString('utf16le') : undefined
    default:
      return undefined
  }
}

/** RFC 4518 in short: case, composition, and space do not tell names apart. */
const fold = (text: string): string => text.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase()

/** RFC 4514 2.4. */
function escaped(text: string): string {
  return text
    .replaceAll(/["+,;<>\\]/g, '\\$&')
    .replaceAll('\0', '\\00')
    .replace(/^[ #]/, '\\$&')
    .replace(/(?<!\\) $/, '\\ ')
}

/** An RDN sequence to write: type by short name or object identifier, in the order of the encoding, one attribute an RDN. */
export type NameParts = readonly (readonly [type: string, value: string])[]

export function writeName(parts: NameParts): Buffer {
  return sequence(
    ...parts.map(([type, value]) => {
      const dotted = BY_SHORT.get(type) ?? type
      return setOf(sequence(oid(dotted), PRINTABLE.has(dotted) ? printable(value) : utf8(value)))
    }),
  )
}

/** The values of one attribute type, in order. @param type short name or object identifier */
export function valuesOf(name: Name, type: string): string[] {
  const dotted = BY_SHORT.get(type) ?? type
  return name.attributes.filter(attribute => attribute.oid === dotted).map(attribute => attribute.value)
}
