import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/**
 * Generates the Prisma client from prisma/schema.prisma; npm runs it after an install. The client is not committed: it is made from the schema and the locked version of Prisma, and is
 * made again only when one of them changed.
 */
const root = join(import.meta.dirname, '../..')
const schema = join(root, 'prisma/schema.prisma')
const stamp = join(import.meta.dirname, 'client/made-from.txt')

function main(): void {
  if (Number(process.versions.node.split('.')[0]) < 24) {
    process.stderr.write(
      `The shared shield runs on Node 24 or newer; this is ${process.versions.node}. npm brings one for Linux and Windows; elsewhere install Node 24.\n`,
    )
    process.exitCode = 1
    return
  }
  const prisma = createRequire(import.meta.url).resolve('prisma/package.json')
  const madeFrom = createHash('sha256').update(readFileSync(schema)).update(readFileSync(prisma)).digest('hex')
  if (readIfThere(stamp) === madeFrom) return
  const done = spawnSync(process.execPath, [join(dirname(prisma), 'build/index.js'), 'generate', '--schema', schema], {
    cwd: root,
    encoding: 'utf8',
    // The command looks for a schema engine that it does not use here and would download one; any existing file keeps it from that.
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: schema, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' },
  })
  if (done.status !== 0) {
    process.stderr.write(`${done.stdout}${done.stderr}\nThe database client could not be generated.\n`)
    process.exitCode = 1
    return
  }
  writeFileSync(stamp, madeFrom)
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

main()
