import { read, type Sql, write } from './sql.ts'
import type { Evidence, EvidenceStore } from './stores-authorization.ts'

/** Texts that people signed: written once, durable, never changed. */
export function createEvidenceStore(sql: Sql): EvidenceStore {
  return {
    async insert({ id, kind, text, cms, thumbprint, membershipId, at, trace, clientId }) {
      await sql.query(INSERT, [id, kind, text, cms, thumbprint, membershipId, at, trace, clientId ?? null])
    },
    async find(id) {
      const [row] = await sql.query<Omit<Evidence, 'at' | 'clientId'> & { at: Date; clientId: string | null }>(FIND, [id])
      if (row === undefined) return undefined
      const { clientId, ...rest } = row
      return { ...rest, at: row.at.toISOString(), ...(clientId === null ? {} : { clientId }) }
    },
  }
}

const INSERT = write(
  'evidence_insert',
  `INSERT INTO evidence (id, kind, text, cms, thumbprint, membership_id, at, trace, client_id)
   VALUES ($1, $2, $3, $4, $5, $6, $7::timestamptz, $8, $9)`,
)
const FIND = read(
  'evidence_find',
  `SELECT id, kind, text, cms, thumbprint, membership_id AS "membershipId", at, trace, client_id AS "clientId" FROM evidence WHERE id = $1`,
)
