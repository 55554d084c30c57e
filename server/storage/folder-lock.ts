import { randomBytes } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { BrokerError } from '../kernel/errors.ts'
import { errorCode } from './sql.ts'

/**
 * Keeps a second process out of the embedded database, which two would ruin. The file names the holder: its process id and, where the system tells, when that process started, so that
 * a number used again after a crash or in a new container is not taken for the dead holder.
 * @returns releases the lock
 * @throws BrokerError database_unavailable while another process holds it
 */
export async function lockFolder(path: string): Promise<() => Promise<void>> {
  const mine = JSON.stringify({ pid: process.pid, started: await startOf(process.pid) })
  for (let tries = 0; tries < 5; tries++) {
    // written aside and linked into place, so that nobody ever reads a half-written lock as a dead one
    const aside = `${path}.${randomBytes(6).toString('hex')}`
    await writeFile(aside, mine, { mode: 0o600 })
    try {
      await link(aside, path)
      return () => rm(path, { force: true })
    } catch (thrown) {
      if (errorCode(thrown) !== 'EEXIST') throw thrown
    } finally {
      await rm(aside, { force: true })
    }
    const holder = await readFile(path, 'utf8').catch(() => '')
    const alive = await livingHolder(holder)
    if (alive !== undefined) {
      throw new BrokerError(
        'database_unavailable',
        `the embedded database is open in process ${alive}; stop it, or ask it over its management port`,
        {
          received: `${path} held by process ${alive}`,
          expected: 'one process at a time, or a PostgreSQL server for several',
        },
      )
    }
    await rm(path, { force: true })
  }
  throw new BrokerError('database_unavailable', `could not lock ${path}`)
}

async function livingHolder(text: string): Promise<number | undefined> {
  const match = /^\{"pid":(\d{1,10})(?:,"started":"(\d+)")?\}$/.exec(text)
  if (match === null) return undefined
  const pid = Number(match[1])
  try {
    process.kill(pid, 0)
  } catch (thrown) {
    return errorCode(thrown) === 'EPERM' ? pid : undefined
  }
  return match[2] === undefined || match[2] === (await startOf(pid)) ? pid : undefined
}

/** Start of a process in clock ticks since boot (field 22 of /proc/<pid>/stat; the name in field 2 may hold spaces and brackets); undefined outside Linux. */
async function startOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19]
}
