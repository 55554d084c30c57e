import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'

/** Keeps this process on one core where the system has `taskset` (Linux); elsewhere the measured server and the load share what there is, and the ratios still compare like with like. `cpus()` and not `availableParallelism()`: a child of a pinned process sees only one core. */
export function pinToCore(core: number): boolean {
  if (process.platform !== 'linux' || cpus().length < 2) return false
  return spawnSync('taskset', ['-a', '-cp', String(core), String(process.pid)]).status === 0
}
