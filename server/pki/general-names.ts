/**
 * Owns GeneralName (RFC 5280 4.2.1.6): reading each kind into the form in which it is compared. It decides nothing; name-constraints.ts, path-peer-name.ts and
 * crl-scope.ts do.
 */
import { BrokerError } from '../kernel/errors.ts'
import { Cursor, type Der, elementsOf, onlyElement, readOid, TAG } from './der.ts'
import { type Name, readName } from './names.ts'

/** The kinds somebody here compares; the rest only say that they are there. */
export type GeneralName =
  | { kind: 'dns' | 'email' | 'uri'; text: string; key: string }
  | { kind: 'ip'; octets: Buffer; key: string }
  | { kind: 'directory'; name: Name; key: string }
  | { kind: 'other' | 'x400' | 'edi' | 'registered'; key: string }
export type NameKind = GeneralName['kind']

/** SmtpUTF8Mailbox: an address beyond ASCII, which name constraints on addresses bind as well (RFC 9598 3 and 6). */
const UTF8_MAILBOX = '1.3.6.1.5.5.7.8.9'
/** What fits into a certificate of 64 KiB, and far more than any needs. */
export const MAX_NAMES = 25_000

const malformed = (facts: string): BrokerError => new BrokerError('certificate_malformed', `a general name: ${facts}`)

/**
 * One name. `key` is equal for two names of one kind that are the same octets (directory names: that RFC 5280 7.1 calls the same).
 * @throws BrokerError `certificate_malformed`
 */
export function readGeneralName(element: Der): GeneralName {
  switch (element.tag) {
    case 0xa0:
      return readOther(element)
    case 0x81:
      return text('email', element)
    case 0x82:
      return text('dns', element)
    case 0xa3:
      return { kind: 'x400', key: keyOf(element) }
    case 0xa4: {
      // a CHOICE is tagged explicitly even where the module says implicit
      const name = readName(onlyElement(element.content, TAG.sequence))
      // JSON, which begins with a sign that is no tag of another kind
      return { kind: 'directory', name, key: name.key }
    }
    case 0xa5:
      return { kind: 'edi', key: keyOf(element) }
    case 0x86:
      return text('uri', element)
    case 0x87:
      return { kind: 'ip', octets: element.content, key: keyOf(element) }
    case 0x88:
      return { kind: 'registered', key: keyOf(element) }
    default:
      throw malformed(`of no known kind, tag ${element.tag.toString(16)}`)
  }
}

/** The first names of a list, and no work for the others. @param content of the SEQUENCE @throws BrokerError `certificate_malformed` */
export function readFirstNames(content: Buffer, most: number): GeneralName[] {
  const names: GeneralName[] = []
  for (const element of elementsOf(content)) {
    if (names.length >= most) break
    names.push(readGeneralName(element))
  }
  return names
}

/** The value of a subjectAltName extension. @throws BrokerError `certificate_malformed`, also for an empty one (4.2.1.6) */
export function readAltNames(value: Buffer): GeneralName[] {
  const names = readFirstNames(onlyElement(value, TAG.sequence).content, MAX_NAMES + 1)
  if (names.length === 0) throw malformed('none where there must be one')
  if (names.length > MAX_NAMES) throw malformed('too many of them')
  return names
}

const keyOf = ({ raw }: Der): string => raw.toString('latin1')

/** Octets as they are: real certificates hold UTF-8 in an IA5String. Whoever compares a host refuses what is none. */
const text = (kind: 'dns' | 'email' | 'uri', element: Der): GeneralName => ({ kind, text: element.content.toString('latin1'), key: keyOf(element) })

function readOther(element: Der): GeneralName {
  const cursor = new Cursor(element)
  const type = readOid(cursor.take(TAG.oid))
  const value = cursor.take(0xa0)
  cursor.end()
  if (type !== UTF8_MAILBOX) return { kind: 'other', key: keyOf(element) }
  return { kind: 'email', text: onlyElement(value.content, TAG.utf8).content.toString('utf8'), key: keyOf(element) }
}
