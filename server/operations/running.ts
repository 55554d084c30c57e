import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/**
 * `<dataDir>/broker.lock` tells the command line where a running broker's management port is: the embedded database belongs to one process, so whoever wants to know
 * something asks that process. Not a lock against a second broker: the database itself has one.
 */
const announcement = z.strictObject({ pid: z.number().int().positive(), managementUrl: z.url({ protocol: /^http$/ }) })
export type RunningBroker = z.infer<typeof announcement>

/** @returns takes the announcement back; @param managementUrl where this process answers */
export async function announceBroker(dataDir: string, managementUrl: string): Promise<() => Promise<void>> {
  if (dataDir === 'memory') return async () => undefined
  const file = join(dataDir, 'broker.lock')
  await mkdir(dataDir, { recursive: true })
  const beside = `${file}.${randomBytes(6).toString('hex')}`
  await writeFile(beside, `${JSON.stringify({ pid: process.pid, managementUrl })}\n`, { mode: 0o600 })
  await rename(beside, file)
  return async () => {
    // a newer process may have announced itself meanwhile
    if ((await read(file))?.pid === process.pid) await rm(file, { force: true })
  }
}

/** The broker that announced itself in this data folder and still lives; undefined when there is none. */
export async function findBroker(dataDir: string): Promise<RunningBroker | undefined> {
  const found = dataDir === 'memory' ? undefined : await read(join(dataDir, 'broker.lock'))
  return found !== undefined && lives(found.pid) ? found : undefined
}

async function read(file: string): Promise<RunningBroker | undefined> {
  try {
    return announcement.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return undefined
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // there, but another user's
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
