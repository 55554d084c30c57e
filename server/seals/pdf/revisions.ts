/**
 * Owns which revision of a file a signature covers: the one that ends where the signed bytes end. It must be a whole one, in the chain that the file has now, and complete by itself; else what was signed is not what
 * any reader shows.
 */
import type { PdfFile, Revision } from './file.ts'
import { unusable } from './limits.ts'
import { isSpace, Parser } from './parser.ts'
import { readTail, type Section } from './xref.ts'

/** @param end where the signed part ends @throws BrokerError `seal_document_unusable` with what is wrong */
export function revisionAt(file: PdfFile, end: number): Revision {
  const tail = readTail(file.bytes, end)
  for (let at = tail.end; at < end; at += 1) if (!isSpace(file.bytes[at])) throw unusable('it does not end with %%EOF')
  const index = file.sections.findIndex(({ at }) => at === tail.startxref)
  if (index === -1) throw unusable('the file as it is now leaves that revision out')
  for (const [i, section] of file.sections.entries()) {
    const isSigned = i >= index
    if (isSigned !== section.at < end) throw unusable(isSigned ? 'it leans on a section after it' : 'an update that stands inside it')
    if (isSigned && leadsBeyond(section, end)) throw unusable('it leads to objects after it')
  }
  return file.revision(index)
}

function leadsBeyond({ entries, trailer }: Section, end: number): boolean {
  const beside = trailer.get('XRefStm')
  if (typeof beside === 'number' && beside >= end) return true
  for (const entry of entries.values()) if (entry.kind === 'at' && entry.offset >= end) return true
  return false
}

/** Every object that the chain tells of begins where it says; whether anything leads to it or not. @throws BrokerError `seal_document_unusable` */
export function requireWhole(revision: Revision): void {
  const { bytes, sections } = revision.file
  for (const { entries } of sections) {
    for (const [num, entry] of entries) {
      // what a later section says instead counts
      if (entry.kind !== 'at' || revision.entry(num) !== entry) continue
      const parser = new Parser(bytes, entry.offset)
      if (parser.integer() !== num || parser.integer() !== entry.gen) throw unusable(`object ${num} is not at byte ${entry.offset}`)
      parser.expect('obj')
    }
  }
}
