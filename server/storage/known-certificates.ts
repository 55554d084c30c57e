import { readJson } from './json.ts'
import { read, type Sql, write } from './sql.ts'
import type { ImportProgress, KnownCertificate, KnownCertificateStore, KnownOutcome } from './stores-trust.ts'

/** Certificates of holders that were taken in in bulk, looked up by key. Owns that an import's progress is written with the rows it counts; what a row says is trust/'s. */
export function createKnownCertificateStore(sql: Sql, clock: { now(): Date }): KnownCertificateStore {
  return {
    async add(certificates, progress) {
      const column = <Name extends keyof KnownCertificate>(name: Name) => certificates.map(each => each[name] ?? null)
      const rows = await sql.query<{ thumbprint: string; outcome: KnownOutcome }>(ADD, [
        column('thumbprint'),
        column('issuer'),
        column('serial'),
        column('subjectName'),
        column('uscc'),
        column('caId'),
        column('notAfter'),
        column('algorithm'),
        clock.now().toISOString(),
        progress?.source ?? null,
        progress?.done ?? null,
        progress === undefined ? null : JSON.stringify(progress.counts),
      ])
      const outcomes = new Map(rows.map(row => [row.thumbprint, row.outcome]))
      // somebody took them in while this statement ran, which sees what was there when it began; the next one sees them
      const unseen = certificates.flatMap(({ thumbprint }) => (outcomes.has(thumbprint) ? [] : [thumbprint]))
      const there = unseen.length === 0 ? [] : await sql.query<{ thumbprint: string }>(THERE, [unseen])
      for (const { thumbprint } of there) outcomes.set(thumbprint, 'known')
      return certificates.map(({ thumbprint }) => outcomes.get(thumbprint) ?? 'taken')
    },
    async progress(source) {
      const [row] = await sql.query<{ done: number; counts: string }>(PROGRESS, [source])
      return row === undefined ? undefined : ({ source, done: row.done, counts: readJson(row.counts) } satisfies ImportProgress)
    },
    find: async thumbprint => (await sql.query<Stored>(FIND, [thumbprint])).map(knownOf)[0],
    byUscc: async (uscc, limit) => (await sql.query<Stored>(BY_USCC, [uscc, limit])).map(knownOf),
    endingBetween: async (from, to, limit) => (await sql.query<Stored>(ENDING, [from.toISOString(), to.toISOString(), limit])).map(knownOf),
    async counts() {
      const rows = await sql.query<{ ca_id: string | null; count: string | number }>(COUNTS, [])
      const byCa = Object.fromEntries(rows.flatMap(row => (row.ca_id === null ? [] : [[row.ca_id, Number(row.count)]])))
      return { all: rows.reduce((sum, row) => sum + Number(row.count), 0), byCa }
    },
  }
}

interface Stored {
  thumbprint: string
  issuer: string
  serial: string
  subject_name: string
  uscc: string | null
  ca_id: string | null
  not_after: Date
  algorithm: string
  imported_at: Date
}
const knownOf = (row: Stored): KnownCertificate & { importedAt: string } => ({
  thumbprint: row.thumbprint,
  issuer: row.issuer,
  serial: row.serial,
  subjectName: row.subject_name,
  ...(row.uscc === null ? {} : { uscc: row.uscc }),
  ...(row.ca_id === null ? {} : { caId: row.ca_id }),
  notAfter: row.not_after.toISOString(),
  algorithm: row.algorithm,
  importedAt: row.imported_at.toISOString(),
})

/** Those that were there before the statement are `known`, those that went in `added`; for what is in neither, another certificate has the issuer's serial number. */
const ADD = write(
  'known_certificate_add',
  `WITH new AS MATERIALIZED (
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[])
       AS rows (thumbprint, issuer, serial, subject_name, uscc, ca_id, not_after, algorithm)
   ), added AS (
     INSERT INTO known_certificate (thumbprint, issuer, serial, subject_name, uscc, ca_id, not_after, algorithm, imported_at)
     SELECT new.*, $9::timestamptz FROM new ON CONFLICT DO NOTHING RETURNING thumbprint
   ), filled AS (
     UPDATE known_certificate SET ca_id = new.ca_id, uscc = COALESCE(known_certificate.uscc, new.uscc) FROM new
     WHERE known_certificate.thumbprint = new.thumbprint AND known_certificate.ca_id IS NULL AND new.ca_id IS NOT NULL
   ), noted AS (
     INSERT INTO import_checkpoint (source, done, counts, updated_at) SELECT $10::text, $11::int, $12::text, $9::timestamptz WHERE $10::text IS NOT NULL
     ON CONFLICT (source) DO UPDATE SET done = excluded.done, counts = excluded.counts, updated_at = excluded.updated_at
   )
   SELECT thumbprint, 'added' AS outcome FROM added
   UNION ALL SELECT thumbprint, 'known' FROM known_certificate WHERE thumbprint = ANY($1::text[])`,
)
const THERE = read('known_certificates_there', `SELECT thumbprint FROM known_certificate WHERE thumbprint = ANY($1::text[])`)
const PROGRESS = read('import_progress', `SELECT done, counts FROM import_checkpoint WHERE source = $1`)
const FIND = read('known_certificate_find', `SELECT * FROM known_certificate WHERE thumbprint = $1`)
const BY_USCC = read('known_certificate_by_uscc', `SELECT * FROM known_certificate WHERE uscc = $1 ORDER BY not_after DESC LIMIT $2`)
const ENDING = read(
  'known_certificate_ending',
  `SELECT * FROM known_certificate WHERE not_after >= $1::timestamptz AND not_after < $2::timestamptz ORDER BY not_after, thumbprint LIMIT $3`,
)
const COUNTS = read('known_certificate_counts', `SELECT ca_id, count(*) AS count FROM known_certificate GROUP BY ca_id`)
