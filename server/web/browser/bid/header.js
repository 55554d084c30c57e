/** Owns what stands in an envelope before anything is encrypted: sections 1 to 3 of docs/bid-envelopes.md. What the platform would refuse to read is not written. */
import { BidFailure } from './failure.js'
import { digest } from './mac.js'
import { joined, uint32, utf8 } from './octets.js'

/** @typedef {import('./octets.js').Octets} Octets */
/** @typedef {{ center: string, drill?: true, id: string, opening: string, project: string, section?: string }} Facts */
/** @typedef {{ custodians: readonly string[], platform: string, threshold: number }} KeeperNames thumbprints */

export const MAGIC = Uint8Array.of(0x89, 0x53, 0x42, 0x49, 0x44, 0x0d, 0x0a, 0x1a)
export const VERSION = 1
export const MOST_HEADER = 64 * 1024
export const MOST_KEYS = 8

/** RFC 8785 for what we write: texts, small integers, `true`, objects and lists. @param {unknown} value @returns {string} */
export function canonicalJson(value) {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  fields.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(',')}}`
}

/** 1 to 200 UTF-16 units. @param {unknown} text @param {string} what @returns {string} */
export function shortText(text, what) {
  if (typeof text === 'string' && text !== '' && text.length <= 200 && text.isWellFormed() && !text.includes('\0')) return text
  throw new BidFailure('bad_request', `${what} is no text of 1 to 200 units`)
}

/** 2027-06-01T01:30:00.000Z. @param {unknown} text @param {string} what */
export function isoTime(text, what) {
  const time = new Date(String(text))
  if (typeof text === 'string' && text.length === 24 && !Number.isNaN(time.getTime()) && time.toISOString() === text) return text
  throw new BidFailure('bad_request', `${what} is no time such as 2027-06-01T01:30:00.000Z`)
}

/** The facts and nothing else. @param {Facts} given @returns {Facts} @throws BidFailure `bad_request` */
export function factsOf({ center, drill, id, opening, project, section }) {
  if (!/^[A-Za-z0-9_-]{16,64}$/.test(id)) throw new BidFailure('bad_request', 'an id of another form')
  return {
    center: shortText(center, 'the center'),
    ...(drill === true ? { drill } : {}),
    id,
    opening: isoTime(opening, 'the opening time'),
    project: shortText(project, 'the project'),
    ...(section === undefined ? {} : { section: shortText(section, 'the section') }),
  }
}

/** Section 3. @param {Facts} facts @param {KeeperNames | undefined} keepers @returns {Octets} */
export function bindingOf({ center, drill, id, opening, project, section }, keepers) {
  return digest('binding', utf8(canonicalJson({ center, drill, id, keepers, opening, project, section })))
}

/** Everything from the first octet to the header's last. @param {unknown} header @returns {Octets} */
export function writeHead(header) {
  const json = utf8(canonicalJson(header))
  if (json.length > MOST_HEADER) throw new BidFailure('bad_request', 'more recipients than the header has room for')
  return joined(MAGIC, Uint8Array.of(VERSION), uint32(json.length), json)
}
