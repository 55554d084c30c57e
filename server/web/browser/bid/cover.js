/** Owns the cover: what only those may read who can open the envelope (section 5 of docs/bid-envelopes.md). */
import { BidFailure } from './failure.js'
import { canonicalJson, isoTime, shortText } from './header.js'
import { utf8 } from './octets.js'

/** @typedef {import('./octets.js').Octets} Octets */
/** @typedef {{ bidder: { name: string, uscc: string }, certificates: string[], content: { name: string, size: number, sm3: string }, madeAt: string }} Cover */

export const COVER = 2048

/** @param {Cover} cover @returns {Octets} 2,048 octets. @throws BidFailure `bad_request` */
export function writeCover({ bidder, certificates, content, madeAt }) {
  if (!isUscc(bidder.uscc)) throw new BidFailure('bad_request', 'no unified social credit code')
  const json = utf8(
    canonicalJson({
      bidder: { name: shortText(bidder.name, "the bidder's name"), uscc: bidder.uscc },
      certificates,
      content: { name: shortText(content.name, "the file's name"), size: content.size, sm3: content.sm3 },
      madeAt: isoTime(madeAt, 'the time'),
    }),
  )
  if (json.length > COVER - 2) throw new BidFailure('bad_request', `a cover of ${json.length} octets`)
  const padded = new Uint8Array(COVER)
  new DataView(padded.buffer).setUint16(0, json.length)
  padded.set(json, 2)
  return padded
}

const LETTERS = '0123456789ABCDEFGHJKLMNPQRTUWXY'

/** GB 32100-2015, 5.6. @param {string} text */
function isUscc(text) {
  if (typeof text !== 'string' || text.length !== 18) return false
  const values = Array.from(text, letter => LETTERS.indexOf(letter))
  const sum = values.slice(0, 17).reduce((total, value, i) => total + value * (3 ** i % 31), 0)
  return !values.includes(-1) && values[17] === (31 - (sum % 31)) % 31
}

/** A file's name that a cover takes: what no file should be called is replaced, and what is too long is cut before its ending. @param {string} name */
export function coverName(name) {
  const plain = name.toWellFormed().replaceAll(/\p{Cc}/gu, '_')
  if (plain === '') return '_'
  if (plain.length <= 200) return plain
  const dot = plain.lastIndexOf('.')
  const ending = dot > plain.length - 20 && dot > 0 ? plain.slice(dot) : ''
  return plain.slice(0, 199 - ending.length).replace(/[\uD800-\uDBFF]$/, '') + ending
}
