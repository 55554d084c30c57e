/**
 * Owns the fields that electronic seals and their signatures are made of, read with the tolerance that real files need: strings of any type, times in each of their forms, lists tagged or bare. Lengths and counts
 * are bounded here.
 */
import { BrokerError } from '../../kernel/errors.ts'
import { Cursor, type Der, elementsOf, onlyElement, readBits, readOid, TAG } from '../../pki/der.ts'
import { readText } from '../../pki/names.ts'

/** Sizes are bytes; a picture of a seal is seldom more than 200 KiB. */
export const SES_LIMITS = { seal: 4 * 1024 * 1024, signature: 5 * 1024 * 1024, text: 1024, certificates: 1000, extensions: 64 } as const

export const malformed = (facts: string, cause?: unknown): BrokerError =>
  new BrokerError('seal_malformed', facts, cause === undefined ? {} : { cause })

/** What DER's own reader refuses is a malformed seal here. @throws BrokerError `seal_malformed` */
export function readingSeal<T>(what: string, der: Uint8Array, limit: number, read: (bytes: Buffer) => T): T {
  if (der.length > limit) throw malformed(`${what} of ${der.length} bytes`)
  try {
    // a copy: what is read are views, and must not change under us
    return read(Buffer.from(der))
  } catch (thrown) {
    if (thrown instanceof BrokerError && thrown.code === 'seal_malformed') throw thrown
    throw malformed(`${what} cannot be read: ${thrown instanceof BrokerError ? thrown.facts : 'unexpected'}`, thrown)
  }
}

/** A string of any type. Characters that show nothing or turn the writing round are left out, as it is shown to people; some makers end their texts with a zero. */
export function textOf(element: Der): string {
  if (element.content.length > SES_LIMITS.text) throw malformed(`a text of ${element.content.length} bytes`)
  const text = readText(element)
  if (text === undefined) throw malformed('a text that is none')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu, '')
}

const DIGITS = /^(\d{12}|\d{14})(\.\d{1,6})?(Z|[+-]\d{4})?$/
const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d{1,6})?(Z|[+-]\d\d:?\d\d)?$/

/** UTCTime, GeneralizedTime, or either's digits or ISO 8601 as the text in a BIT STRING (version 1). */
export function timeOf(element: Der): Date {
  const content = element.tag === TAG.bits ? readBits(element) : element.content
  if (![TAG.utcTime, TAG.generalizedTime, TAG.bits].some(tag => tag === element.tag) || content.length > 40) throw malformed('a time of another kind')
  const text = content.toString('latin1')
  const digits = DIGITS.exec(text)
  const [date, zone] = digits === null ? isoOf(text) : [spread((digits[1]?.length === 12 ? '20' : '') + (digits[1] ?? '')), digits[3]]
  // a time without a zone is China's, which has but one (X.680 46.3: local time)
  const time = new Date(`${date}${zone === undefined ? '+08:00' : zone === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`}`)
  // Date rolls 30 February over into March: what comes back must be what was written
  if (Number.isNaN(time.getTime()) || new Date(`${date}Z`).toISOString().slice(0, 19) !== date) throw malformed('a time that does not exist')
  return time
}

function isoOf(text: string): [date: string, zone: string | undefined] {
  const found = ISO.exec(text)
  if (found === null) throw malformed('a time in no known form')
  const [, year, month, day, hour, minute, second, , zone] = found
  return [`${year}-${month}-${day}T${hour}:${minute}:${second}`, zone]
}

const spread = (d: string): string => `${d.slice(0, 4)}-${d.slice(4, 6)}-${d.slice(6, 8)}T${d.slice(8, 10)}:${d.slice(10, 12)}:${d.slice(12, 14)}`

export interface SealExtension {
  oid: string
  critical: boolean
  value: Buffer
}

/** ExtensionDatas: bare, as every real seal has it, or under [0]. */
export function extensionsOf(element: Der | undefined): SealExtension[] {
  if (element === undefined) return []
  const list = element.tag === 0xa0 ? wrapped(element) : element
  return bounded(list, SES_LIMITS.extensions, 'extensions').map(entry => {
    const fields = new Cursor(only(entry, TAG.sequence))
    const oid = readOid(fields.take(TAG.oid))
    const critical = fields.takeIf(TAG.boolean)
    const value = fields.take(TAG.octets).content
    fields.end()
    return { oid, critical: critical !== undefined && critical.content[0] !== 0, value }
  })
}

/** Under [0] there is either the SEQUENCE OF, or (IMPLICIT) its elements. */
function wrapped(element: Der): Der {
  const [first, second] = bounded(element, SES_LIMITS.extensions, 'extensions')
  const [inner] = first === undefined ? [] : elementsOf(first)
  return first !== undefined && second === undefined && inner?.tag !== TAG.oid ? only(first, TAG.sequence) : element
}

/** The BIT STRING of a time stamp, under [0] or bare. */
export function stampOf(element: Der | undefined): Buffer | undefined {
  if (element === undefined) return undefined
  return readBits(element.tag === 0xa0 ? onlyElement(element.content, TAG.bits) : element)
}

export function bounded(list: Der, most: number, what: string): Der[] {
  const found: Der[] = []
  for (const element of elementsOf(list)) if (found.push(element) > most) throw malformed(`more than ${most} ${what}`)
  return found
}

export function only(element: Der, tag: number): Der {
  if (element.tag !== tag) throw malformed(`tag ${element.tag.toString(16)} where ${tag.toString(16)} belongs`)
  return element
}
