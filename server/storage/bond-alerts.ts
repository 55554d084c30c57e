import { afterOpening, type Gated } from './after-opening.ts'
import { inLane, read, type Sql, write } from './sql.ts'
import type { BondAlertRow, BondAlertStore } from './stores-bonds.ts'

/** Signals of collusion. Owns that a center's question is answered only after the latest announced opening time. */
export function createBondAlertStore(sql: Sql): BondAlertStore {
  return {
    async put(rows) {
      if (rows.length === 0) return 0
      const values = [
        rows.map(({ id }) => id),
        rows.map(({ sectionId }) => sectionId),
        rows.map(({ foundAt }) => foundAt),
        rows.map(({ sealed }) => sealed),
      ]
      return (await sql.query<{ fresh: boolean }>(PUT, values)).filter(({ fresh }) => fresh).length
    },
    async forSupervisor({ sectionId, center, now }, after, limit) {
      const rows = await sql.query<Gated<Columns>>(FOR_SUPERVISOR, [sectionId, center, now.toISOString(), after, limit])
      return afterOpening(rows, alertOf)
    },
  }
}

interface Columns {
  id: string
  section_id: string
  found_at: Date
  sealed: string
}
const alertOf = ({ id, section_id, found_at, sealed }: Columns): BondAlertRow => ({
  id,
  sectionId: section_id,
  foundAt: found_at.toISOString(),
  sealed,
})

const PUT = inLane(
  'durable',
  write(
    'bond_alert_put',
    `WITH before AS MATERIALIZED (SELECT id FROM bond_alert WHERE id = ANY($1::text[])), put AS (
       INSERT INTO bond_alert (id, section_id, found_at, sealed) SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[])
       ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed RETURNING id)
     SELECT NOT EXISTS (SELECT 1 FROM before WHERE before.id = put.id) AS fresh FROM put`,
  ),
)
const FOR_SUPERVISOR = read(
  'bond_alerts_for_supervisor',
  `SELECT s.open, a.* FROM (SELECT opens_at <= $3::timestamptz AS open FROM bond_section WHERE id = $1 AND center = $2) s
   LEFT JOIN LATERAL (SELECT id, section_id, found_at, sealed FROM bond_alert WHERE section_id = $1 AND id > $4 ORDER BY id LIMIT $5) a ON s.open ORDER BY a.id`,
)
