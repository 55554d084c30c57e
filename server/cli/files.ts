/** Owns how commands read and write files: bounded, in words for the person, and never over an existing file unless told. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BrokerError } from '../kernel/errors.ts'

const wrong = (facts: string, cause?: unknown): BrokerError => new BrokerError('config_invalid', facts, cause === undefined ? {} : { cause })

/** @param limit in bytes. @throws BrokerError `config_invalid` where there is no such file, or it is larger */
export async function readBounded(path: string, limit: number): Promise<Buffer> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw wrong(`there is no file ${path}`, cause)
  })
  if (size > limit) throw wrong(`${path} has ${size} bytes, more than the ${limit} that such a file may have`)
  return await readFile(path).catch((cause: unknown) => {
    throw wrong(`${path} cannot be read`, cause)
  })
}

/** @param overwrite as `--force` says. @throws BrokerError `config_invalid` */
export async function writeOut(path: string, bytes: Uint8Array | string, overwrite: boolean): Promise<void> {
  await writeFile(path, bytes, { flag: overwrite ? 'w' : 'wx' }).catch((cause: unknown) => {
    throw wrong(`${path} cannot be written; where it exists already, --force overwrites it`, cause)
  })
}

/** The digest of a file of any size, in one pass. @throws BrokerError `config_invalid` */
export async function digestFile(path: string, digest: string): Promise<Buffer> {
  const hash = createHash(digest)
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk)
  } catch (cause) {
    throw wrong(`${path} cannot be read`, cause)
  }
  return hash.digest()
}

/** Every file below a folder, hidden ones left out. @throws BrokerError `config_invalid` */
export async function filesBelow(folder: string, most = 10_000): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw wrong(`there is no folder ${folder}`, cause)
  })
  const found = entries.filter(entry => entry.isFile() && !entry.name.startsWith('.')).map(entry => join(entry.parentPath, entry.name))
  if (found.length > most) throw wrong(`${folder} holds more than ${most} files`)
  return found.sort()
}
