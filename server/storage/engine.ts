import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlDriverAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'
import type { MigrationList, SchemaEngine, SchemasContainer } from '@prisma/schema-engine-wasm'
import { PrismaPGlite } from 'pglite-prisma-adapter'

/**
 * Prisma's schema engine as WebAssembly, in this process: it makes, applies and compares ordinary Prisma migrations with no binary to download. Owns loading it and handing it files; what
 * it is asked stands in migrate.ts and make-migration.ts.
 */
export async function openSchemaEngine(adapter: SqlMigrationAwareDriverAdapterFactory): Promise<SchemaEngine> {
  // the glue keeps the module it was given in a variable of its own: once a process, or a second one ruins the first
  loaded ??= load()
  const glue = await loaded
  return await glue.SchemaEngine.new({ datamodels: undefined }, () => undefined, bindMigrationAwareSqlAdapterFactory(adapter))
}

let loaded: Promise<Glue> | undefined

/** The package's own entry imports the .wasm file as a module, which Node does not do without a flag, and its exports hide the file: load it by its path. */
async function load(): Promise<Glue> {
  const path = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
  const glue: Glue = await import('@prisma/schema-engine-wasm/schema_engine_bg')
  const { instance } = await WebAssembly.instantiate(await readFile(path.replace(/\.js$/, '.wasm')), { './schema_engine_bg.js': { ...glue } })
  glue.__wbg_set_wasm(instance.exports)
  const start = instance.exports['__wbindgen_start']
  if (typeof start === 'function') start()
  return glue
}

interface Glue {
  SchemaEngine: typeof SchemaEngine
  __wbg_set_wasm(exports: WebAssembly.Exports): void
}

/**
 * A database for the engine, whose scripts go through `script` whole and awaited: of the two adapters' own `executeScript`, one cuts the text at every semicolon and the
 * other does not wait for the end. The shadow database is always an embedded one.
 */
export function engineAdapter(factory: SqlDriverAdapterFactory, script: (text: string) => Promise<unknown>): SqlMigrationAwareDriverAdapterFactory {
  const open = async (from: SqlDriverAdapterFactory, run: typeof script) => {
    const adapter = await from.connect()
    adapter.executeScript = async text => {
      await run(text)
    }
    return adapter
  }
  return {
    provider: 'postgres',
    adapterName: factory.adapterName,
    connect: () => open(factory, script),
    connectToShadowDb: async () => {
      const shadow = await PGlite.create()
      return open(new PrismaPGlite(shadow), text => shadow.exec(text))
    },
  }
}

const PRISMA = join(import.meta.dirname, '../../prisma')

/** Where the schema and its migrations stand; tests give another folder. */
export const PRISMA_FOLDER = PRISMA

export async function readSchema(folder = PRISMA): Promise<SchemasContainer> {
  return { files: [{ path: 'schema.prisma', content: await readFile(join(folder, 'schema.prisma'), 'utf8') }] }
}

/** Every migration of the folder, in the order of their names, as the engine wants them. */
export async function readMigrations(folder = PRISMA): Promise<MigrationList> {
  const baseDir = join(folder, 'migrations')
  const names = (await readdir(baseDir, { withFileTypes: true }).catch(() => [])).filter(entry => entry.isDirectory()).map(entry => entry.name)
  return {
    baseDir,
    lockfile: { path: 'migration_lock.toml', content: await readFile(join(baseDir, 'migration_lock.toml'), 'utf8').catch(() => null) },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.sort().map(async name => ({
        path: name,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok' as const, value: await readFile(join(baseDir, name, 'migration.sql'), 'utf8') },
        },
      })),
    ),
  }
}

/**
 * SQL that leads from the migrations to the schema; empty when they agree. (The engine's `createMigration` does not take a shadow database from an adapter; its `diff` does.)
 */
export async function difference(engine: SchemaEngine, migrations: MigrationList, schema: SchemasContainer): Promise<string> {
  const lockfile = { path: migrations.lockfile.path, content: LOCKFILE }
  const from = { tag: 'migrations' as const, ...migrations, lockfile }
  const { stdout } = await engine.diff({ from, to: { tag: 'schemaDatamodel', ...schema }, script: true, exitCode: null, filters: NO_FILTER })
  const script = stdout?.trim() ?? ''
  return script === '-- This is an empty migration.' ? '' : script
}

export const LOCKFILE = 'provider = "postgresql"\n'
export const NO_FILTER = { externalTables: [], externalEnums: [] }
