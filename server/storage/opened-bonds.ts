import { afterOpening, type Gated } from './after-opening.ts'
import { inLane, read, type Sql, write } from './sql.ts'
import type { OpenedBondStore, OpenedBonds } from './stores-opened-bonds.ts'

/** Which bonds an opened section has. Owns that nothing is told or written of one that is closed, and that what was found holds for one version of the section alone: postponed and opened again, it is looked for again. */
export function createOpenedBondStore(sql: Sql): OpenedBondStore {
  return {
    async find({ sectionId, center, now }) {
      const rows = await sql.query<Gated<Columns>>(FIND, [sectionId, center, now.toISOString()])
      return afterOpening(rows, openedOf)[0]
    },
    async begin(sectionId, now) {
      await sql.query(BEGIN, [sectionId, now.toISOString()])
    },
    async found(sectionId, version, sealed) {
      await sql.query(FOUND, [sectionId, version, sealed])
    },
  }
}

interface Columns {
  id: string
  version: number
  begun_at: Date
  sealed: string | null
  late: string[]
}
const openedOf = ({ version, begun_at, sealed, late }: Columns): OpenedBonds => ({
  version,
  begunAt: begun_at.toISOString(),
  ...(sealed === null ? {} : { sealed }),
  late,
})

/** more than a section has places */
const MOST_LATE = 4096
const FIND = read(
  'bonds_opened',
  `SELECT s.open, o.* FROM (SELECT id AS section, version AS newest, opens_at <= $3::timestamptz AS open FROM bond_section WHERE id = $1 AND center = $2) s
   LEFT JOIN LATERAL (SELECT section_id AS id, version, begun_at, sealed,
     ARRAY(SELECT l.sealed FROM bond_late l WHERE l.section_id = s.section LIMIT ${MOST_LATE}) AS late
     FROM bond_opened WHERE s.open AND section_id = s.section AND version = s.newest) o ON s.open`,
)
const BEGIN = inLane(
  'durable',
  write(
    'bonds_opened_begin',
    `INSERT INTO bond_opened (section_id, version, begun_at) SELECT id, version, $2::timestamptz FROM bond_section WHERE id = $1 AND opens_at <= $2::timestamptz
     ON CONFLICT (section_id) DO UPDATE SET version = excluded.version, begun_at = excluded.begun_at, sealed = NULL WHERE bond_opened.version < excluded.version`,
  ),
)
const FOUND = write('bonds_opened_found', `UPDATE bond_opened SET sealed = $3 WHERE section_id = $1 AND version = $2::int AND sealed IS NULL`)
