/** Fills an empty PostgreSQL database with companies, people and mandates that are like real ones to every index; nobody asks about them, so their signatures are letters. */
import pg from 'pg'

const AT = `timestamptz '2026-11-01'`
/** mandates in one statement, between two lines of progress */
const BITE = 250_000
const TABLES = ['enterprise', 'person', 'membership', 'mandate']

/** A quarter as many companies as mandates, each with four people who hold one each. @param said hears how many are in */
export async function fillMandates(url: string, mandates: number, said: (done: number) => void): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    // as a dump is read back: no lookups of keys that are known to be there, indexes built once at the end
    await client.query(`SET session_replication_role = replica; SET synchronous_commit = off; SET maintenance_work_mem = '1GB'`)
    const { rows: indexes } = await client.query<{ name: string; definition: string }>(
      `SELECT indexname AS name, indexdef AS definition FROM pg_indexes
       WHERE schemaname = 'public' AND tablename = ANY($1) AND indexname NOT IN (SELECT conname FROM pg_constraint)`,
      [TABLES],
    )
    for (const { name } of indexes) await client.query(`DROP INDEX "${name}"`)
    for (let from = 0; from < mandates; from += BITE) {
      for (const statement of statements(from, Math.min(mandates, from + BITE))) await client.query(statement)
      said(Math.min(mandates, from + BITE))
    }
    for (const { definition } of indexes) await client.query(definition)
  } finally {
    await client.end()
  }
}

/** The n-th mandate is of company n/4, held by person n. */
function statements(from: number, until: number): string[] {
  const id = (kind: string, n: string) => `md5('${kind}' || ${n})`
  const each = `generate_series(${from}, ${until - 1}) AS n`
  const company = '(n / 4)'
  return [
    `INSERT INTO enterprise (id, uscc, name, created_at, legal_representative_id)
     SELECT ${id('e', 'n')}, ${id('u', 'n')}, '演示企业' || n, ${AT}, ${id('b', 'n')} FROM generate_series(${Math.ceil(from / 4)}, ${Math.ceil(until / 4) - 1}) AS n`,
    `INSERT INTO person (id, name, id_digest, created_at) SELECT ${id('p', 'n')}, '示例' || n, ${id('d', 'n')}, ${AT} FROM ${each}`,
    `INSERT INTO membership (id, person_id, enterprise_id, role, suspended, created_at)
     SELECT ${id('m', 'n')}, ${id('p', 'n')}, ${id('e', company)}, 'operator', false, ${AT} FROM ${each}`,
    `INSERT INTO mandate (id, enterprise_id, giver_id, root_giver_id, grantee_person_id, chain, state, version, place, used_fen, text, given_cms, valid_from, valid_until, integrity,
       created_at, updated_at)
     SELECT ${id('a', 'n')}, ${id('e', company)}, ${id('b', company)}, ${id('b', company)}, ${id('p', 'n')}, '{}', 'active', 3, 3, 0,
       repeat('法人授权书', 60), repeat('A', 700), ${AT}, ${AT} + interval '1 year', ${id('i', 'n')}, ${AT}, ${AT} FROM ${each}`,
  ]
}

/** Spreads those that were added last among the others, by their random ids, as they would lie after years. */
export async function spreadMandates(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`SET maintenance_work_mem = '1GB'`)
    for (const table of TABLES) await client.query(`CLUSTER ${table} USING ${table}_pkey`)
    await client.query('VACUUM ANALYZE')
  } finally {
    await client.end()
  }
}
