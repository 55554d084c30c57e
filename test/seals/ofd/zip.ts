import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'

/** Packages as tests want them, honest or not: a writer of its own, so that ours is not measured by itself. */
export interface Part {
  name: string | Buffer
  bytes: Buffer
  stored?: boolean
  /** general purpose bits; 8 writes the sizes behind the bytes */
  flags?: number
  method?: number
  /** what the local header says, where it lies */
  local?: { name?: string; size?: number; packed?: number; crc?: number }
  /** what the directory says, where it lies */
  listed?: { size?: number; packed?: number; crc?: number; offset?: number }
  extra?: Buffer
  attributes?: number
  /** bytes before its header that belong to nothing */
  gap?: Buffer
}

export const part = (name: string, text: string | Buffer, more: Partial<Part> = {}): Part => ({ name, bytes: Buffer.from(text), ...more })

const fields = (...parts: readonly (readonly [size: 2 | 4, value: number])[]): Buffer =>
  Buffer.concat(
    parts.map(([size, value]) => {
      const field = Buffer.alloc(size)
      field.writeUIntLE(value, 0, size)
      return field
    }),
  )

export function zip(parts: readonly Part[], more: { comment?: string; before?: Buffer; count?: number } = {}): Buffer {
  const out: Buffer[] = [more.before ?? Buffer.alloc(0)]
  const directory: Buffer[] = []
  const length = () => out.reduce((sum, bytes) => sum + bytes.length, 0)
  for (const { name, bytes, stored = false, flags = 0x800, method, local = {}, listed = {}, extra = Buffer.alloc(0), attributes = 0, gap } of parts) {
    if (gap !== undefined) out.push(gap)
    const offset = length()
    const packed = stored ? bytes : deflateRawSync(bytes)
    const raw = Buffer.from(name)
    const by = method ?? (stored ? 0 : 8)
    const [crc, size] = [crc32(bytes), bytes.length]
    const later = (flags & 8) !== 0
    const own = { crc: later ? 0 : crc, packed: later ? 0 : packed.length, size: later ? 0 : size, ...local }
    const rawLocal = Buffer.from(local.name ?? raw)
    const head = fields(
      [4, 0x04034b50],
      [2, 20],
      [2, flags],
      [2, by],
      [4, 0],
      [4, own.crc],
      [4, own.packed],
      [4, own.size],
      [2, rawLocal.length],
      [2, extra.length],
    )
    out.push(head, rawLocal, extra, packed)
    if (later) out.push(fields([4, 0x08074b50], [4, crc], [4, packed.length], [4, size]))
    const said = { crc, packed: packed.length, size, offset, ...listed }
    const sizes: [2 | 4, number][] = [
      [4, said.crc],
      [4, said.packed],
      [4, said.size],
      [2, raw.length],
      [2, extra.length],
    ]
    directory.push(
      fields([4, 0x02014b50], [2, 20], [2, 20], [2, flags], [2, by], [4, 0], ...sizes, [2, 0], [2, 0], [2, 0], [4, attributes], [4, said.offset]),
      raw,
      extra,
    )
  }
  const start = length()
  const entries = Buffer.concat(directory)
  const comment = Buffer.from(more.comment ?? '')
  const count = more.count ?? parts.length
  const end = fields([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, entries.length], [4, start], [2, comment.length])
  return Buffer.concat([...out, entries, end, comment])
}

/** The parts of an honest package by their names, read by its directory. */
export function unzip(file: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>()
  let at = file.readUInt32LE(file.length - 6)
  for (let left = file.readUInt16LE(file.length - 12); left > 0; left -= 1) {
    const [method, packed, nameLength, offset] = [
      file.readUInt16LE(at + 10),
      file.readUInt32LE(at + 20),
      file.readUInt16LE(at + 28),
      file.readUInt32LE(at + 42),
    ]
    const name = file.toString('utf8', at + 46, at + 46 + nameLength)
    const data = offset + 30 + file.readUInt16LE(offset + 26) + file.readUInt16LE(offset + 28)
    const bytes = file.subarray(data, data + packed)
    if (!name.endsWith('/')) found.set(name, method === 0 ? bytes : inflateRawSync(bytes))
    at += 46 + nameLength + file.readUInt16LE(at + 30) + file.readUInt16LE(at + 32)
  }
  return found
}

export const rezip = (parts: ReadonlyMap<string, Buffer>): Buffer => zip([...parts].map(([name, bytes]) => part(name, bytes)))
