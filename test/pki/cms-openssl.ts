import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context } from 'mocha'
import { openssl } from './outside.ts'

/** Runs openssl on some files and gives back what it wrote into one. Skips the test where openssl 3 is absent. */
export function opensslBytes(
  test: Context,
  files: Record<string, Uint8Array | string>,
  args: readonly string[],
  out: string,
): { status: number | null; bytes: Buffer; said: string } {
  openssl(test, {}, 'version')
  const folder = mkdtempSync(join(tmpdir(), 'shield-cms-'))
  try {
    for (const [file, bytes] of Object.entries(files)) writeFileSync(join(folder, file), bytes)
    const done = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' })
    const path = join(folder, out)
    return { status: done.status, bytes: existsSync(path) ? readFileSync(path) : Buffer.of(), said: done.stdout + done.stderr }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
