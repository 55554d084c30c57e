import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../server/listen.ts'

/** A PostgreSQL server of our own in a temporary folder, that may be crashed. It refuses to run as root, so there it runs as the user that its packages make. */
export interface OwnPostgres {
  url: string
  /** All its processes end at once, as in a crash; it is started again and recovers from its log. */
  crash(): Promise<void>
  close(): Promise<void>
}

const run = promisify(execFile)
const PACKAGES = '/usr/lib/postgresql'
const USER = 'postgres'

/** Where a server's programs are; undefined where none is installed. */
export function postgresPrograms(): string | undefined {
  const versions = existsSync(PACKAGES) ? readdirSync(PACKAGES).sort((a, b) => Number(b) - Number(a)) : []
  return versions.map(version => join(PACKAGES, version, 'bin')).find(folder => existsSync(join(folder, 'initdb')))
}

/** @throws Error where no server's programs are installed */
export async function openOwnPostgres(): Promise<OwnPostgres> {
  const programs = postgresPrograms()
  if (programs === undefined) throw new Error(`no PostgreSQL server in ${PACKAGES}`)
  const folder = await mkdtemp(join(tmpdir(), 'shield-kill-postgres-'))
  const isRoot = process.getuid?.() === 0
  if (isRoot) {
    const idOf = async (which: string) => Number((await run('id', [which, USER])).stdout)
    await chown(folder, await idOf('-u'), await idOf('-g'))
  }
  const program = async (name: string, ...args: string[]) => {
    const file = join(programs, name)
    await (isRoot ? run('runuser', ['-u', USER, '--', file, ...args], { cwd: folder }) : run(file, args, { cwd: folder }))
  }
  const data = join(folder, 'data')
  const port = await freePort()
  const options = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1`
  const start = () => program('pg_ctl', 'start', '-w', '-D', data, '-l', join(folder, 'log'), '-o', options)
  await program('initdb', '-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C')
  await start()
  let crashing: Promise<void> | undefined
  return {
    url: `postgres://${USER}@127.0.0.1:${port}/postgres`,
    // two processes that die together find one crash
    crash() {
      crashing ??= (async () => {
        await program('pg_ctl', 'stop', '-m', 'immediate', '-D', data)
        await start()
      })().finally(() => {
        crashing = undefined
      })
      return crashing
    },
    async close() {
      await program('pg_ctl', 'stop', '-m', 'immediate', '-D', data)
      await rm(folder, { recursive: true, force: true })
    },
  }
}
