/** Owns writing a package: what stays is copied byte for byte, packed as it was; what is new comes behind it, XML packed, and seals and values as they are: their pictures are packed already. The same parts and hour give the same bytes. */

import { crc32, deflateRawSync } from 'node:zlib'
import { inChina } from '../../kernel/china-time.ts'
import type { OfdPackage } from './package.ts'
import { keyOf } from './package-names.ts'

export interface NewPart {
  /** absolute */
  path: string
  bytes: Uint8Array
}

const VERSION = 20
const UTF8 = 0x800
const STORED = 0
const DEFLATED = 8
const ZIP64 = 0x0001
/** @param parts replace those of the same path */
export function writePackage(of: OfdPackage, parts: readonly NewPart[], at: Date): Buffer {
  const replaced = new Set(parts.map(({ path }) => keyOf(path)))
  const out: Uint8Array[] = []
  const directory: Buffer[] = []
  let offset = 0
  const add = (entry: Buffer, ...local: Uint8Array[]): void => {
    entry.writeUInt32LE(offset, 42)
    directory.push(entry)
    out.push(...local)
    offset += local.reduce((sum, { length }) => sum + length, 0)
  }
  for (const record of of.records) {
    if (replaced.has(keyOf(`/${record.name}`))) continue
    add(small(record.entry, record), of.file.subarray(record.from, record.to))
  }
  for (const { path, bytes } of parts) {
    const name = Buffer.from(path.slice(1), 'utf8')
    const method = path.endsWith('.xml') ? DEFLATED : STORED
    const packed = method === DEFLATED ? deflateRawSync(bytes) : bytes
    const common = commonOf(bytes, packed, name, { method, at })
    add(entryOf(common, name), localOf(common, name), packed)
  }
  const entries = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt16LE(directory.length, 8)
  end.writeUInt16LE(directory.length, 10)
  end.writeUInt32LE(entries.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...out, entries, end])
}

/** An entry without ZIP64 fields, which none of our sizes needs and whose offset would be the old one. */
function small(entry: Buffer, { size, packed }: { size: number; packed: number }): Buffer {
  const [nameLength, extraLength] = [entry.readUInt16LE(28), entry.readUInt16LE(30)]
  const extra = entry.subarray(46 + nameLength, 46 + nameLength + extraLength)
  const kept: Buffer[] = []
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== ZIP64) kept.push(extra.subarray(at, at + 4 + extra.readUInt16LE(at + 2)))
  }
  const written = Buffer.concat([entry.subarray(0, 46 + nameLength), ...kept])
  written.writeUInt32LE(packed, 20)
  written.writeUInt32LE(size, 24)
  written.writeUInt16LE(written.length - 46 - nameLength, 30)
  return written
}

/** The fields that the local header and the directory share, from the version needed on. */
function commonOf(bytes: Uint8Array, packed: Uint8Array, name: Uint8Array, { method, at }: { method: number; at: Date }): Buffer {
  const common = Buffer.alloc(26)
  common.writeUInt16LE(VERSION, 0)
  common.writeUInt16LE(UTF8, 2)
  common.writeUInt16LE(method, 4)
  const { time, date } = dosTime(at)
  common.writeUInt16LE(time, 6)
  common.writeUInt16LE(date, 8)
  common.writeUInt32LE(crc32(bytes), 10)
  common.writeUInt32LE(packed.length, 14)
  common.writeUInt32LE(bytes.length, 18)
  common.writeUInt16LE(name.length, 22)
  return common
}

const localOf = (common: Buffer, name: Buffer): Buffer => Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), common, name])

function entryOf(common: Buffer, name: Buffer): Buffer {
  const head = Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1')
  return Buffer.concat([head, common, Buffer.alloc(14), name])
}

/** MS-DOS: seconds by two, from 1980 to 2107. */
function dosTime(at: Date): { time: number; date: number } {
  // ZIP names no zone, and readers show what is written
  const there = inChina(at)
  const year = Math.min(Math.max(there.getUTCFullYear() - 1980, 0), 127)
  return {
    time: (there.getUTCHours() << 11) | (there.getUTCMinutes() << 5) | (there.getUTCSeconds() >> 1),
    date: (year << 9) | ((there.getUTCMonth() + 1) << 5) | there.getUTCDate(),
  }
}
