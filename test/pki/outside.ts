import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Context } from 'mocha'

/** What stands beside the project on some machines: real trust data, and openssl as a second opinion. A test without them says so and is skipped. */
const sharedFolder = (...parts: string[]): string => resolve('..', 'shared', ...parts)

export function needsShared(test: Context, ...parts: string[]): string {
  const folder = sharedFolder(...parts)
  if (!existsSync(folder)) {
    console.log(`      skipped: ${join('..', 'shared', ...parts)} is not there`)
    test.skip()
  }
  return folder
}

const PROGRAM = 'openssl'
const version = spawnSync(PROGRAM, ['version'], { encoding: 'utf8' })

/** Runs openssl on some files. @returns exit code and output; skips the test where openssl 3 is absent */
export function openssl(test: Context, files: Record<string, Uint8Array | string>, ...args: string[]): { status: number | null; out: string } {
  if (version.status !== 0 || !version.stdout.startsWith('OpenSSL 3')) {
    console.log('      skipped: openssl 3 is not there')
    test.skip()
  }
  const folder = mkdtempSync(join(tmpdir(), 'shield-pki-'))
  try {
    for (const [file, bytes] of Object.entries(files)) writeFileSync(join(folder, file), bytes)
    const done = spawnSync(PROGRAM, args, { cwd: folder, encoding: 'utf8' })
    return { status: done.status, out: done.stdout + done.stderr }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
