/** Owns reading the XML of a package within one budget: a document may name one part a hundred thousand times, and every reading costs. */
import { OFD_LIMITS, unusable } from './limits.ts'
import type { OfdPackage } from './package.ts'
import { readXml, type XmlPart } from './xml.ts'

/** characters read so far */
const spent = new WeakMap<OfdPackage, number>()
/** what opening a part costs, however little stands in it */
const OPENING = 512

/**
 * @param stop as readXml has it: what is not read costs nothing
 * @throws BrokerError seal_document_unusable: not there, damaged, not well-formed, or more than all that one document may have read
 */
export function xmlIn(of: OfdPackage, path: string, stop?: string): XmlPart {
  const before = spent.get(of) ?? 0
  if (before > OFD_LIMITS.reading) throw unusable(`${path.slice(0, 200)}: more XML than one document may have`)
  const opened = before + OPENING
  const read = (bytes: Buffer): XmlPart => {
    // a part that is refused half-way was read too
    spent.set(of, opened + bytes.length)
    const part = readXml(bytes, path, stop)
    spent.set(of, opened + part.read)
    return part
  }
  return stop === undefined ? read(of.read(path)) : of.glimpse(path, read)
}
