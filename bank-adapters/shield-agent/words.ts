/**
 * What you see is what you sign: turns a request to sign into the words a person is shown and the exact bytes the shield signs. What cannot be shown truthfully
 * is refused: control characters, invisible and direction-changing ones (a text could read differently from its bytes), unassigned ones, lone surrogates.
 */
import { BrokerError } from '../../server/kernel/errors.ts'

export interface Readable {
  /** as displayed */
  words: string
  /** as signed */
  bytes: Buffer
}

/** More than a person reads before signing; documents are signed by their digest. */
const LONGEST = 4000
/** Control, format (bidi, zero width), private use, surrogates, unassigned, line and paragraph separators; only a line feed is allowed. */
const UNSHOWABLE = /(?!\n)[\p{C}\p{Zl}\p{Zp}]/u
/** Looks like nothing, and is not in \p{C}: Hangul fillers, blank Braille. */
const BLANK = /[\u115F\u1160\u3164\uFFA0\u2800]/u
/** Pushes what follows out of sight. */
const FAR_APART = /\n{4}|[^\S\n]{17}/u

/** A list is read line by line, as far as the person wants to. */
const LONGEST_LIST = 180_000

/**
 * A text in words: shown and signed letter by letter, UTF-8.
 * @param longest characters
 * @throws BrokerError `shield_text_refused`
 */
export function readableText(text: string, longest = LONGEST): Readable {
  if (text.trim() === '') throw refused('there is nothing to read')
  if (text.length > longest) throw refused(`${text.length} characters, at most ${longest}`)
  if (!text.isWellFormed()) throw refused('not valid Unicode')
  const bad = UNSHOWABLE.exec(text) ?? BLANK.exec(text)
  if (bad !== null) throw refused(`U+${bad[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')} at ${bad.index} cannot be shown`)
  if (FAR_APART.test(text)) throw refused('a gap that could hide what follows')
  return { words: text, bytes: Buffer.from(text, 'utf8') }
}

/** A list of what will be signed (listed.ts). @throws BrokerError `shield_text_refused` */
export const readableList = (text: string): Readable => readableText(text, LONGEST_LIST)

/**
 * The digest of something the agent never sees, marked as such by the caller. The words say plainly that the content is not shown.
 * @param hex 32 bytes in lower-case hexadecimal
 * @throws BrokerError `shield_text_refused`
 */
export function readableDigest(hex: string): Readable {
  if (!/^[0-9a-f]{64}$/.test(hex)) throw refused('a digest has 64 lower-case hexadecimal digits')
  const words = `只对摘要签名:盾助手看不到原文,请在业务页面核对。\nSigning a digest only: the agent cannot show what is behind it.\n${hex}`
  return { words, bytes: Buffer.from(hex, 'hex') }
}

/**
 * Bytes to be opened with the encryption key; what a person agrees to is the opening itself.
 * @throws BrokerError `shield_text_refused`
 */
export function readableDecryption(base64: string): Readable {
  const bytes = readBase64(base64)
  return { words: `用盾解密一份数据(${bytes.length} 字节)。\nDecrypt ${bytes.length} bytes with the shield.`, bytes }
}

/** @throws BrokerError `shield_text_refused` */
export function readBase64(text: string): Buffer {
  if (text.length === 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) throw refused('not base64')
  return Buffer.from(text, 'base64')
}

const refused = (facts: string): BrokerError =>
  new BrokerError('shield_text_refused', facts, { expected: 'readable text, or a request marked as a digest' })
