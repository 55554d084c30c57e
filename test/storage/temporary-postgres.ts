import { randomBytes } from 'node:crypto'
import pg from 'pg'

/** A database of its own, dropped afterwards; undefined where there is no server. @param server of TEST_DATABASE_URL unless told */
export async function createTemporaryDatabase(
  server = process.env['TEST_DATABASE_URL'],
): Promise<{ url: string; drop(): Promise<void> } | undefined> {
  if (server === undefined) return undefined
  const name = `shield_test_${randomBytes(6).toString('hex')}`
  const url = new URL(server)
  url.pathname = `/${name}`
  await onServer(server, `CREATE DATABASE ${name}`)
  return { url: url.href, drop: () => onServer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

async function onServer(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
