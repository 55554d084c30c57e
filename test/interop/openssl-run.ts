import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context } from 'mocha'

/** openssl as a second opinion where whole files go in and come out. Text and exit code alone are test/pki/outside.ts. */
const PROGRAM = 'openssl'
const version = spawnSync(PROGRAM, ['version'], { encoding: 'utf8' })
export const hasOpenssl = version.status === 0 && version.stdout.startsWith('OpenSSL 3')

export interface Ran {
  status: number | null
  out: string
  /** a file that openssl wrote; empty where it wrote none */
  file(name: string): Buffer
}

/** A folder with these files, for several runs of openssl in it; gone after `use`. */
export function withFolder<T>(files: Readonly<Record<string, Uint8Array | string>>, use: (run: (...args: string[]) => Ran, folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'shield-interop-'))
  try {
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes)
    const file = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name)) : Buffer.of())
    return use((...args) => {
      const done = spawnSync(PROGRAM, args, { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
      return { status: done.status, out: done.stdout + done.stderr, file }
    }, folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Skips the test, with a notice, where openssl 3 is absent. */
export function needsOpenssl(test: Context): void {
  if (hasOpenssl) return
  console.log('      skipped: openssl 3 is not there')
  test.skip()
}
