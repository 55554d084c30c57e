import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import { Client } from 'pg'

/** Keeps this process on one core where the system has `taskset` (Linux); elsewhere the measured server and the load share what there is, and the ratios still compare like with like. `cpus()` and not `availableParallelism()`: a child of a pinned process sees only one core. */
export function pinToCore(core: number): boolean {
  if (process.platform !== 'linux' || cpus().length < 2) return false
  return spawnSync('taskset', ['-a', '-cp', String(core), String(process.pid)]).status === 0
}

/**
 * Keeps a PostgreSQL server that runs on this machine off the measured core: its processes are woken by our packets, and the system likes to run them where the packet came from, in the measured server's time.
 * Processes that it starts later go where they like, so this is said again when the measuring begins.
 * @returns whether all of them moved: not from another machine, nor without the rights over that server's processes
 */
export async function pinDatabase(connectionString: string, core: number): Promise<boolean> {
  if (process.platform !== 'linux' || cpus().length < 2) return false
  const client = new Client({ connectionString })
  await client.connect()
  try {
    const { rows } = await client.query<{ pid: number }>('SELECT pid FROM pg_stat_activity')
    return rows.every(({ pid }) => spawnSync('taskset', ['-a', '-cp', String(core), String(pid)]).status === 0)
  } finally {
    await client.end()
  }
}
