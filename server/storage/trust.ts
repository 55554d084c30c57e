import { inLane, read, type Sql, write } from './sql.ts'
import type { TrustHead, TrustProposalRow, TrustStore, TrustVersionRow } from './stores-trust.ts'

/**
 * The trust list's versions, rows and proposals. Owns that every decision is one statement which compares and sets the head; what may be decided, and by whom, is trust/'s.
 */
export function createTrustStore(sql: Sql): TrustStore {
  const headOf = async (): Promise<TrustHead> => (await sql.query<TrustHead>(HEAD, []))[0] ?? { version: 0, turn: 0 }

  return {
    head: headOf,
    async rows(version) {
      const wanted = version ?? (await headOf()).version
      const rows = await sql.query<{ id: string; body: string | null }>(ROWS, [wanted])
      return { version: wanted, rows: rows.flatMap(({ id, body }) => (body === null ? [] : [{ id, body }])) }
    },
    async decide(after, { version, proposal }) {
      const number = after.version + (version === undefined ? 0 : 1)
      const decided = await sql.query(DECIDE, [
        after.turn,
        number,
        version === undefined ? null : number,
        version?.at ?? null,
        version?.by ?? null,
        version?.approvedBy ?? null,
        version?.why ?? null,
        version?.proposal ?? null,
        version?.summary ?? null,
        version?.rows.map(row => row.id) ?? [],
        version?.rows.map(row => row.body) ?? [],
        proposal?.id ?? null,
        proposal?.state ?? null,
        proposal?.by ?? null,
        proposal?.at ?? null,
      ])
      return decided.length > 0
    },
    async propose({ id, state, by, why, changes, digest, createdAt, expiresAt }) {
      await sql.query(PROPOSE, [id, state, by, why, changes, digest, createdAt, expiresAt])
    },
    proposal: async id => (await sql.query<StoredProposal>(PROPOSAL, [id])).map(proposalOf)[0],
    proposals: async ({ state, digest }, limit) =>
      (await sql.query<StoredProposal>(PROPOSALS, [state ?? null, digest ?? null, limit])).map(proposalOf),
    versions: async (limit, before) => (await sql.query<StoredVersion>(VERSIONS, [before ?? null, limit])).map(versionOf),
    versionAt: async at => (await sql.query<{ number: number }>(VERSION_AT, [at.toISOString()]))[0]?.number,
    unaudited: async limit => (await sql.query<StoredVersion>(UNAUDITED, [limit])).map(versionOf),
    async audited(numbers) {
      await sql.query(AUDITED, [numbers])
    },
  }
}

interface StoredVersion {
  number: number
  at: Date
  by: string
  approved_by: string | null
  why: string
  proposal: string | null
  summary: string
}
const versionOf = ({ number, at, by, approved_by, why, proposal, summary }: StoredVersion): TrustVersionRow => ({
  number,
  at: at.toISOString(),
  by,
  ...(approved_by === null ? {} : { approvedBy: approved_by }),
  why,
  ...(proposal === null ? {} : { proposal }),
  summary,
})

interface StoredProposal {
  id: string
  state: TrustProposalRow['state']
  by: string
  why: string
  changes: string
  digest: string
  created_at: Date
  expires_at: Date
  decided_by: string | null
  decided_at: Date | null
  version: number | null
}
const proposalOf = (row: StoredProposal): TrustProposalRow => ({
  id: row.id,
  state: row.state,
  by: row.by,
  why: row.why,
  changes: row.changes,
  digest: row.digest,
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
  ...(row.decided_by === null ? {} : { decidedBy: row.decided_by }),
  ...(row.decided_at === null ? {} : { decidedAt: row.decided_at.toISOString() }),
  ...(row.version === null ? {} : { version: row.version }),
})

const HEAD = inLane('swift', read('trust_head', `SELECT version, turn FROM trust_head WHERE id = 1`))
const ROWS = read('trust_rows', `SELECT DISTINCT ON (id) id, body FROM trust_ca WHERE version <= $1::int ORDER BY id, version DESC`)
/**
 * The head moves first: a second writer waits for its row, finds another turn, and then nothing of its statement happens, for every other part reads from `moved`. The very first
 * decision makes the row.
 */
const DECIDE = write(
  'trust_decide',
  `WITH moved AS (
     INSERT INTO trust_head AS head (id, version, turn) SELECT 1, $2::int, 1 WHERE $1::int = 0 OR EXISTS (SELECT 1 FROM trust_head)
     ON CONFLICT (id) DO UPDATE SET version = $2::int, turn = head.turn + 1 WHERE head.turn = $1::int RETURNING id
   ), made AS (
     INSERT INTO trust_version (number, at, by, approved_by, why, proposal, summary)
     SELECT $3::int, $4::timestamptz, $5::text, $6::text, $7::text, $8::text, $9::text FROM moved WHERE $3::int IS NOT NULL RETURNING number
   ), changed AS (
     INSERT INTO trust_ca (id, version, body) SELECT row.id, made.number, row.body FROM made, unnest($10::text[], $11::text[]) AS row (id, body)
   ), ended AS (
     UPDATE trust_proposal SET state = $13::text, decided_by = $14::text, decided_at = $15::timestamptz, version = $3::int FROM moved WHERE trust_proposal.id = $12::text
   )
   SELECT id FROM moved`,
)
const PROPOSE = write(
  'trust_propose',
  `INSERT INTO trust_proposal (id, state, by, why, changes, digest, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7::timestamptz, $8::timestamptz)`,
)
const PROPOSAL = read('trust_proposal', `SELECT * FROM trust_proposal WHERE id = $1`)
const PROPOSALS = read(
  'trust_proposals',
  `SELECT * FROM trust_proposal WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR digest = $2) ORDER BY created_at DESC, id LIMIT $3`,
)
const COLUMNS = 'number, at, by, approved_by, why, proposal, summary'
const VERSIONS = read('trust_versions', `SELECT ${COLUMNS} FROM trust_version WHERE ($1::int IS NULL OR number < $1) ORDER BY number DESC LIMIT $2`)
const VERSION_AT = read('trust_version_at', `SELECT number FROM trust_version WHERE at <= $1::timestamptz ORDER BY number DESC LIMIT 1`)
const UNAUDITED = read('trust_unaudited', `SELECT ${COLUMNS} FROM trust_version WHERE NOT audited ORDER BY number LIMIT $1`)
const AUDITED = write('trust_audited', `UPDATE trust_version SET audited = true WHERE number = ANY($1::int[])`)
