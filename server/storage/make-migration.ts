import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { PrismaPGlite } from 'pglite-prisma-adapter'
import { type Clock, systemClock } from '../kernel/clock.ts'
import { difference, engineAdapter, LOCKFILE, openSchemaEngine, PRISMA_FOLDER, readMigrations, readSchema } from './engine.ts'

/** `npm run db:migration -- NAME`: writes the next migration, the difference between the migrations so far and prisma/schema.prisma. Read it before you commit it. */
export async function makeMigration(name: string, clock: Clock, folder = PRISMA_FOLDER): Promise<string | undefined> {
  if (!/^[a-z][a-z0-9_]{2,60}$/.test(name)) throw new Error('a migration is named in small letters, digits and underscores, such as add_consents')
  const pglite = await PGlite.create()
  try {
    const migrations = await readMigrations(folder)
    const engine = await openSchemaEngine(engineAdapter(new PrismaPGlite(pglite), text => pglite.exec(text)))
    const script = await difference(engine, migrations, await readSchema(folder))
    if (script === '') return undefined
    // Prisma orders migrations by name: the time in front, to the second
    const stamp = clock.now().toISOString().replaceAll(/\D/g, '').slice(0, 14)
    const target = join(migrations.baseDir, `${stamp}_${name}`)
    await mkdir(target, { recursive: true })
    await writeFile(join(target, 'migration.sql'), `${script}\n`)
    await writeFile(join(migrations.baseDir, migrations.lockfile.path), LOCKFILE)
    return target
  } finally {
    await pglite.close()
  }
}

if (import.meta.main) {
  const target = await makeMigration(process.argv[2] ?? '', systemClock)
  process.stdout.write(
    target === undefined
      ? 'Schema and migrations agree; nothing to write.\n'
      : `Wrote ${target}. Read it, add by hand what the schema cannot say, commit it.\n`,
  )
}
