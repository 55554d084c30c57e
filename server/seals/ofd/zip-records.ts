/**
 * Owns the records of a ZIP file (APPNOTE 6.3), read so that no two readers can see different packages: the directory and the local headers must say the same, records stand one after the other without gaps, from the first
 * byte to the directory and from the directory to the last byte. ZIP64 is understood, though no size that we accept needs it.
 */
import { OFD_LIMITS, unusable } from './limits.ts'
import { nameOf } from './package-names.ts'

export interface ZipRecord {
  name: string
  method: 'stored' | 'deflated'
  /** inflated */
  size: number
  packed: number
  crc: number
  /** offsets in the file: of the local header, of the packed bytes, behind the last byte that belongs to it */
  from: number
  data: number
  to: number
  /** its entry in the directory, as it stands */
  entry: Buffer
}

const END = 0x06054b50
const END64 = 0x06064b50
const LOCATOR64 = 0x07064b50
const ENTRY = 0x02014b50
const LOCAL = 0x04034b50
const DESCRIPTOR = 0x08074b50
const NOT_HERE = 0xffffffff
const FLAG = { encrypted: 0x2041, descriptor: 0x8, patched: 0x20, utf8: 0x800 } as const
const SYMLINK = 0o120000

/** @throws BrokerError seal_document_unusable */
export function readRecords(file: Buffer): ZipRecord[] {
  const { count, start, end } = directoryOf(file)
  if (count > OFD_LIMITS.entries) throw unusable(`${count} parts`)
  const records: ZipRecord[] = []
  let at = start
  for (let i = 0; i < count; i += 1) {
    const record = entryAt(file, at, end)
    records.push(record)
    at += record.entry.length
  }
  if (at !== end) throw unusable('a directory that is longer than its entries')
  checkPlaces(file, records, start)
  checkSizes(records)
  return records
}

function directoryOf(file: Buffer): { count: number; start: number; end: number } {
  const at = file.length - 22
  // a comment belongs to nobody's signature and can hold a second directory: an OFD has no use for one
  if (at < 0 || file.readUInt32LE(at) !== END || file.readUInt16LE(at + 20) !== 0) throw unusable('no ZIP package, or one with bytes behind its end')
  const disks = file.readUInt32LE(at + 4)
  const here = file.readUInt16LE(at + 8)
  let found = { here, count: file.readUInt16LE(at + 10), size: file.readUInt32LE(at + 12), start: file.readUInt32LE(at + 16), end: at }
  const locator = at - 20
  if (locator >= 0 && file.readUInt32LE(locator) === LOCATOR64) found = directory64(file, locator, found)
  if (disks !== 0 && disks !== NOT_HERE) throw unusable('a package over several disks')
  if (found.here !== found.count || found.start + found.size !== found.end) throw unusable('a directory that is not where it says')
  return found
}

type Directory = { here: number; count: number; size: number; start: number; end: number }

function directory64(file: Buffer, locator: number, small: Directory): Directory {
  const at = whole(file, locator + 8)
  if (file.readUInt32LE(locator + 4) !== 0 || file.readUInt32LE(locator + 16) > 1) throw unusable('a package over several disks')
  if (at + 56 > locator || file.readUInt32LE(at) !== END64 || at + 12 + whole(file, at + 4) !== locator)
    throw unusable('a ZIP64 directory that is not where it says')
  const large = { here: whole(file, at + 24), count: whole(file, at + 32), size: whole(file, at + 40), start: whole(file, at + 48), end: at }
  const same = (a: number, b: number, none: number) => a === none || a === b
  const agree =
    same(small.count, large.count, 0xffff) &&
    same(small.here, large.here, 0xffff) &&
    same(small.size, large.size, NOT_HERE) &&
    same(small.start, large.start, NOT_HERE)
  if (!agree || file.readBigUInt64LE(at + 16) !== 0n) throw unusable('two directories that differ')
  return large
}

function whole(file: Buffer, at: number): number {
  if (at < 0 || at + 8 > file.length) throw unusable('a ZIP64 record that is cut')
  const value = file.readBigUInt64LE(at)
  if (value > 0xffffffffn) throw unusable('a ZIP64 record beyond this file')
  return Number(value)
}

function entryAt(file: Buffer, at: number, end: number): ZipRecord {
  if (at + 46 > end || file.readUInt32LE(at) !== ENTRY) throw unusable('a directory that is damaged')
  const [nameLength, extraLength, commentLength] = [file.readUInt16LE(at + 28), file.readUInt16LE(at + 30), file.readUInt16LE(at + 32)]
  const length = 46 + nameLength + extraLength + commentLength
  if (at + length > end) throw unusable('a directory that is damaged')
  const entry = file.subarray(at, at + length)
  const flags = entry.readUInt16LE(8)
  const raw = entry.subarray(46, 46 + nameLength)
  const name = nameOf(raw, (flags & FLAG.utf8) !== 0)
  if ((flags & FLAG.encrypted) !== 0) throw unusable(`an encrypted part: ${name}`)
  if ((flags & FLAG.patched) !== 0) throw unusable(`a part that patches another: ${name}`)
  if (((entry.readUInt32LE(38) >>> 16) & 0o170000) === SYMLINK) throw unusable(`a part that is a link: ${name}`)
  if (commentLength > 0) throw unusable(`a part with a comment: ${name}`)
  const extra = extraOf(entry.subarray(46 + nameLength), name)
  const sizes = { size: entry.readUInt32LE(24), packed: entry.readUInt32LE(20), from: entry.readUInt32LE(42) }
  extra.fill(sizes)
  const record = { name, method: methodOf(entry.readUInt16LE(10), name), ...sizes, crc: entry.readUInt32LE(16), entry }
  return { ...record, ...localOf(file, record, raw, flags) }
}

function methodOf(code: number, name: string): ZipRecord['method'] {
  if (code === 0) return 'stored'
  if (code === 8) return 'deflated'
  throw unusable(`a part packed by method ${code}: ${name}`)
}

/** The local header must say what the directory says: some readers believe the one, some the other. */
function localOf(
  file: Buffer,
  record: Pick<ZipRecord, 'name' | 'method' | 'size' | 'packed' | 'crc' | 'from'>,
  raw: Buffer,
  flags: number,
): { data: number; to: number } {
  const { name, from } = record
  const differs = () => unusable(`a part that its header and the directory describe differently: ${name}`)
  if (from + 30 > file.length || file.readUInt32LE(from) !== LOCAL) throw differs()
  const [nameLength, extraLength] = [file.readUInt16LE(from + 26), file.readUInt16LE(from + 28)]
  const data = from + 30 + nameLength + extraLength
  if (data + record.packed > file.length || !file.subarray(from + 30, from + 30 + nameLength).equals(raw)) throw differs()
  if (file.readUInt16LE(from + 6) !== flags || methodOf(file.readUInt16LE(from + 8), name) !== record.method) throw differs()
  const extra = extraOf(file.subarray(from + 30 + nameLength, data), name)
  const local = { size: file.readUInt32LE(from + 22), packed: file.readUInt32LE(from + 18) }
  const crc = file.readUInt32LE(from + 14)
  extra.fill(local)
  const later = (flags & FLAG.descriptor) !== 0
  const same = (a: number, b: number) => a === b || (later && a === 0)
  if (!same(local.size, record.size) || !same(local.packed, record.packed) || !same(crc, record.crc)) throw differs()
  const end = data + record.packed
  return { data, to: later ? end + descriptorLength(file, end, record) : end }
}

/** 4.3.9: with or without its mark, with sizes of four bytes or eight. */
function descriptorLength(file: Buffer, at: number, { crc, packed, size, name }: Pick<ZipRecord, 'crc' | 'packed' | 'size' | 'name'>): number {
  for (const mark of [4, 0]) {
    for (const width of [4, 8]) {
      const length = mark + 4 + 2 * width
      if (at + length > file.length) continue
      const wanted = Buffer.alloc(length)
      if (mark > 0) wanted.writeUInt32LE(DESCRIPTOR)
      wanted.writeUInt32LE(crc, mark)
      wanted.writeUInt32LE(packed, mark + 4)
      wanted.writeUInt32LE(size, mark + 4 + width)
      if (file.subarray(at, at + length).equals(wanted)) return length
    }
  }
  throw unusable(`a part whose sizes are not where they belong: ${name}`)
}

/** 4.5: ZIP64 sizes stand here, in this order, for each field that says so. */
function extraOf(extra: Buffer, name: string): { fill(sizes: { size: number; packed: number; from?: number }): void } {
  let large: Buffer | undefined
  for (let at = 0; at < extra.length; ) {
    // some writers fill up with zeros
    if (at + 4 > extra.length && extra.subarray(at).every(byte => byte === 0)) break
    const length = at + 4 > extra.length ? Number.POSITIVE_INFINITY : extra.readUInt16LE(at + 2)
    if (at + 4 + length > extra.length) throw unusable(`a part with fields that are cut: ${name}`)
    const id = extra.readUInt16LE(at)
    if (id === 0x7075) throw unusable(`a part with a second name: ${name}`)
    if (id === 0x0001) {
      if (large !== undefined) throw unusable(`a part with two sizes: ${name}`)
      large = extra.subarray(at + 4, at + 4 + length)
    }
    at += 4 + length
  }
  return {
    fill(sizes) {
      let at = 0
      for (const field of ['size', 'packed', 'from'] as const) {
        if (sizes[field] !== NOT_HERE) continue
        sizes[field] = whole(large ?? Buffer.alloc(0), at)
        at += 8
      }
    },
  }
}

function checkPlaces(file: Buffer, records: readonly ZipRecord[], start: number): void {
  let at = 0
  for (const { name, from, to } of [...records].sort((a, b) => a.from - b.from)) {
    if (from < at) throw unusable(`parts that overlap: ${name}`)
    if (from > at) throw unusable(`bytes that belong to no part, before ${name}`)
    at = to
  }
  if (at !== start || start > file.length) throw unusable('bytes that belong to no part, before the directory')
}

function checkSizes(records: readonly ZipRecord[]): void {
  const total = records.reduce((sum, { size }) => sum + size, 0)
  if (total > OFD_LIMITS.parts) throw unusable(`parts of more than ${OFD_LIMITS.parts} bytes`)
  for (const { name, method, size, packed } of records) {
    if (size > OFD_LIMITS.part) throw unusable(`a part of more than ${OFD_LIMITS.part} bytes: ${name}`)
    if (size > 1024 * 1024 && size > packed * OFD_LIMITS.ratio) throw unusable(`a part that inflates ${Math.round(size / packed)} times: ${name}`)
    if (method === 'stored' && size !== packed) throw unusable(`a stored part of two sizes: ${name}`)
    if (name.endsWith('/') && (size > 0 || packed > 2)) throw unusable(`a folder with bytes in it: ${name}`)
  }
}
