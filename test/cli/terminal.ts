import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runCli } from '../../server/cli.ts'

/** Runs `shield` as a terminal would, in this process, with nothing in its environment. */
export const shield = (...words: string[]): Promise<Said> => shieldIn({}, words)

interface Said {
  exit: number
  out: string
  err: string
}

/** The same in an environment of SHIELD_ variables. */
export async function shieldIn(env: Record<string, string>, words: readonly string[]): Promise<Said> {
  let out = ''
  let err = ''
  const exit = await runCli(words, {
    env,
    out: text => {
      out += text
    },
    err: text => {
      err += text
    },
  })
  return { exit, out, err }
}

export interface Desk {
  /** the path of a file on it */
  at(name: string): string
  put(name: string, bytes: Uint8Array | string): string
  clear(): void
}

/** A folder for one test's files. */
export function newDesk(): Desk {
  const folder = mkdtempSync(join(tmpdir(), 'shield-desk-'))
  return {
    at: name => join(folder, name),
    put: (name, bytes) => {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), bytes)
      return join(folder, name)
    },
    clear: () => rmSync(folder, { recursive: true }),
  }
}
