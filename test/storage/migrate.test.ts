import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { expect } from 'chai'
import { PrismaPGlite } from 'pglite-prisma-adapter'
import { fixedClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { embeddedSql } from '../../server/storage/embedded.ts'
import { difference, engineAdapter, openSchemaEngine, PRISMA_FOLDER, readMigrations, readSchema } from '../../server/storage/engine.ts'
import { makeMigration } from '../../server/storage/make-migration.ts'
import { migrate } from '../../server/storage/migrate.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { codeOf } from '../suites/storage.ts'

describe('migrations', function () {
  this.timeout(60_000)
  let stores: Awaited<ReturnType<typeof openTestStores>>
  let folder: string

  beforeEach(async () => {
    stores = await openTestStores()
    folder = await mkdtemp(join(tmpdir(), 'shield-prisma-'))
    await cp(PRISMA_FOLDER, folder, { recursive: true })
  })
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true })
    await stores.close()
  })

  const run = async (pglite: PGlite, from = folder) =>
    migrate({
      sql: embeddedSql(pglite),
      log: silentLog,
      alone: work => work({ adapter: new PrismaPGlite(pglite), script: text => pglite.exec(text) }),
      migrations: await readMigrations(from),
    })

  it('lead to exactly what the schema says', async () => {
    const adapter = engineAdapter(new PrismaPGlite(stores.pglite), text => stores.pglite.exec(text))
    const script = await difference(await openSchemaEngine(adapter), await readMigrations(), await readSchema())
    expect(script, 'the schema changed: run npm run db:migration -- NAME').to.equal('')
  })

  it('leave unlogged only what may be lost in a crash', async () => {
    const { rows } = await stores.pglite.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relpersistence = 'u' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
    )
    expect(rows.map(row => row.name)).to.deep.equal(['login', 'provider_record', 'recognition_challenge', 'trace_step'])
  })

  it('make the next one from a changed schema, which then applies once', async () => {
    const schema = join(folder, 'schema.prisma')
    await writeFile(schema, (await readFile(schema, 'utf8')).replace('model Enterprise {', 'model Enterprise {\n  nickname String?'))
    const target = await makeMigration('add_nickname', fixedClock('2099-01-02T03:04:05.000Z'), folder)
    expect(target).to.equal(join(folder, 'migrations/20990102030405_add_nickname'))
    expect(await readFile(join(target ?? '', 'migration.sql'), 'utf8')).to.contain('ALTER TABLE "enterprise" ADD COLUMN     "nickname" TEXT')
    expect(await makeMigration('nothing_new', fixedClock('2099-01-02T03:04:06.000Z'), folder)).to.equal(undefined)

    const copy = await PGlite.create({ loadDataDir: await stores.pglite.dumpDataDir('none') })
    try {
      expect(await run(copy)).to.deep.equal(['20990102030405_add_nickname'])
      expect(await run(copy)).to.deep.equal([])
      // an older process beside the newer one finds a migration it does not know, and lives with it
      expect(await run(copy, PRISMA_FOLDER)).to.deep.equal([])
    } finally {
      await copy.close()
    }
  })

  it('are refused when one was edited after it ran', async () => {
    const migrations = await readMigrations()
    const [first] = migrations.migrationDirectories
    const edited = { path: first?.path ?? '', migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: 'SELECT 1' } } }
    const alone = () => Promise.reject(new Error('nothing may be applied'))
    const refused = migrate({ sql: embeddedSql(stores.pglite), log: silentLog, alone, migrations: { ...migrations, migrationDirectories: [edited] } })
    expect(await refused.then(() => 'applied', codeOf)).to.equal('migration_failed')
  })

  it('stop the start when one fails, and say which, now and the next time', async () => {
    const copy = await PGlite.create({ loadDataDir: await stores.pglite.dumpDataDir('none') })
    try {
      const migrations = await readMigrations()
      const broken = {
        path: '20990101000000_broken',
        migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: 'CREATE TABLE "enterprise" ();' } },
      }
      const list = { ...migrations, migrationDirectories: [...migrations.migrationDirectories, broken] }
      const apply = () =>
        migrate({
          sql: embeddedSql(copy),
          log: silentLog,
          alone: work => work({ adapter: new PrismaPGlite(copy), script: text => copy.exec(text) }),
          migrations: list,
        })
      for (const _ of [1, 2]) {
        const failure = await apply().catch(thrown => thrown)
        expect(codeOf(failure)).to.equal('migration_failed')
        expect(failure.facts).to.contain('20990101000000_broken')
      }
    } finally {
      await copy.close()
    }
  })
})
