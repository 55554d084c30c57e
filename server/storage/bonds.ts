import { afterOpening, type Gated } from './after-opening.ts'
import { createBatch } from './batch.ts'
import { readFenJson } from './fen-json.ts'
import { readJson } from './json.ts'
import { sealedLines } from './sealed-lines.ts'
import { inLane, read, type Sql, write } from './sql.ts'
import type { BondProject, BondRow, BondSection, BondStore, Tag } from './stores-bonds.ts'

/**
 * Bid bonds. Owns that a center's question is answered only after the latest announced opening time. Bonds are written by effect_bond (migrations), one of any number of writers at a time; which events there are, and
 * what a row hides, is bonds/'s.
 */
export function createBondStore(sql: Sql): BondStore {
  // notices of one moment ask together; of several about one thing the same row is read
  const section = createBatch<string, BondSection | undefined>({
    run: async ids => of(ids, (await sql.query<SectionRow>(SECTIONS, [[...new Set(ids)]])).map(sectionOf), ({ id }) => id),
  })
  const forBank = createBatch<Tag, BondRow | undefined>({
    run: async tags => of(tags, (await sql.query<Columns>(FOR_BANK, [[...new Set(tags)]])).map(rowOf), ({ accountTag }) => accountTag),
  })
  const inSlot = createBatch<Tag, string | undefined>({
    run: async tags =>
      of(tags, await sql.query<{ id: string; slot: string }>(IN_SLOT, [[...new Set(tags)]]), ({ slot }) => slot).map(found => found?.id),
  })
  return {
    async announceProject(project) {
      const { id, center, code, createdAt } = project
      return (await sql.query(ANNOUNCE_PROJECT, [id, center, code, JSON.stringify(project), createdAt])).length === 1
    },
    projectByCode: async (center, code) =>
      (await sql.query<{ body: string }>(PROJECT_BY_CODE, [center, code])).map(({ body }) => readJson<BondProject>(body))[0],
    project: async id => (await sql.query<{ body: string }>(PROJECT, [id])).map(({ body }) => readJson<BondProject>(body))[0],
    section,
    sections: async ids => (await sql.query<SectionRow>(SECTIONS, [ids])).map(sectionOf),
    projectsById: async ids => (await sql.query<{ body: string }>(PROJECTS_BY_ID, [ids])).map(({ body }) => readJson<BondProject>(body)),
    ofProject: async (projectId, after, limit) => (await sql.query<SectionRow>(OF_PROJECT, [projectId, after, limit])).map(sectionOf),
    projects: async (center, after, limit) =>
      (await sql.query<{ body: string }>(PROJECTS, [center, after, limit])).map(({ body }) => readJson<BondProject>(body)),
    async idsForCenter({ sectionId, center, now, placeTags }) {
      const rows = await sql.query<Gated<{ id: string }>>(IDS_FOR_CENTER, [sectionId, center, now.toISOString(), placeTags])
      return afterOpening(rows, ({ id }) => id)
    },
    async forCenter({ sectionId, center, now, ids, companyTags }) {
      const asked = [sectionId, center, now.toISOString(), ids]
      const rows =
        companyTags === undefined
          ? await sql.query<Gated<Columns>>(FOR_CENTER, asked)
          : await sql.query<Gated<Columns>>(FOR_CENTER_OF, [...asked, companyTags])
      return afterOpening(rows, rowOf)
    },
    forBank,
    forCompany: async (companyTag, limit, after) => (await sql.query<Columns>(FOR_COMPANY, [companyTag, after ?? '', limit])).map(rowOf),
    inPlaces: async (placeTags, after, limit) => (await sql.query<Columns>(IN_PLACES, [placeTags, after, limit])).map(rowOf),
    inSlot,
    forStep: async id => (await sql.query<Columns>(FOR_STEP, [id])).map(rowOf)[0],
    lines: (bondId, limit, after) => sealedLines(sql, LINES, [bondId, after ?? 0, limit]),
    linesOf: async (bondIds, limit) =>
      (await sql.query<{ bond_id: string; key_tag: string; sealed: string }>(LINES_OF, [[...bondIds], limit])).map(
        ({ bond_id: bondId, key_tag: keyTag, sealed }) => ({ bondId, keyTag, sealed }),
      ),
  }
}

/** Rows in the order in which they were asked for. */
function of<Row>(asked: readonly string[], rows: readonly Row[], keyOf: (row: Row) => string | undefined): (Row | undefined)[] {
  const found = new Map(rows.map(row => [keyOf(row), row]))
  return asked.map(key => found.get(key))
}

interface SectionRow {
  version: number
  body: string
}
const sectionOf = ({ version, body }: SectionRow): BondSection => ({ ...readFenJson<BondSection>(body), version })

interface Columns {
  id: string
  version: number
  place_tag: string
  account_tag: string | null
  company_tag: string
  slot_tag: string | null
  sealed: string
  bidder: string
  payer: string
}
const rowOf = ({ id, version, place_tag, account_tag, company_tag, slot_tag, sealed, bidder, payer }: Columns): BondRow => ({
  id,
  version,
  placeTag: place_tag,
  ...(account_tag === null ? {} : { accountTag: account_tag }),
  companyTag: company_tag,
  ...(slot_tag === null ? {} : { slotTag: slot_tag }),
  sealed,
  bidder,
  payer,
})
const durable = (name: string, text: string) => inLane('durable', write(name, text))
const BOND = 'id, version, place_tag, account_tag, company_tag, slot_tag, sealed, bidder, payer'

const ANNOUNCE_PROJECT = durable(
  'bond_project_announce',
  `INSERT INTO bond_project (id, center, code, body, created_at) VALUES ($1, $2, $3, $4, $5::timestamptz) ON CONFLICT (center, code) DO NOTHING RETURNING id`,
)
const PROJECT = read('bond_project', `SELECT body FROM bond_project WHERE id = $1`)
const PROJECT_BY_CODE = read('bond_project_by_code', `SELECT body FROM bond_project WHERE center = $1 AND code = $2`)
const SECTIONS = read('bond_sections', `SELECT version, body FROM bond_section WHERE id = ANY($1::text[])`)
const PROJECTS_BY_ID = read('bond_projects_by_id', `SELECT body FROM bond_project WHERE id = ANY($1::text[])`)
const OF_PROJECT = read('bond_sections_of_project', `SELECT version, body FROM bond_section WHERE project_id = $1 AND id > $2 ORDER BY id LIMIT $3`)
const PROJECTS = read('bond_projects', `SELECT body FROM bond_project WHERE center = $1 AND id > $2 ORDER BY id LIMIT $3`)
const OPEN = `(SELECT opens_at <= $3::timestamptz AS open FROM bond_section WHERE id = $1 AND center = $2) s`
const IDS_FOR_CENTER = read(
  'bond_ids_for_center',
  `SELECT s.open, b.id FROM ${OPEN} LEFT JOIN (SELECT id FROM bond WHERE place_tag = ANY($4::text[])) b ON s.open`,
)
/** each id by the index: without statistics, which the embedded database never has, the planner would read the whole table for so many */
const FOR_CENTER = read(
  'bonds_for_center',
  `SELECT s.open, b.* FROM ${OPEN} LEFT JOIN LATERAL (SELECT found.* FROM unnest($4::text[]) AS asked
   CROSS JOIN LATERAL (SELECT ${BOND} FROM bond WHERE bond.id = asked OFFSET 0) found WHERE s.open) b ON s.open`,
)
const FOR_CENTER_OF = read(
  'bonds_for_center_of',
  `SELECT s.open, b.* FROM ${OPEN} LEFT JOIN LATERAL (SELECT ${BOND} FROM bond
   WHERE s.open AND company_tag = ANY($5::text[]) AND id = ANY($4::text[])) b ON s.open`,
)
const FOR_BANK = read('bonds_for_bank', `SELECT ${BOND} FROM bond WHERE account_tag = ANY($1::text[])`)
const FOR_COMPANY = read('bonds_for_company', `SELECT ${BOND} FROM bond WHERE company_tag = $1 AND id > $2 ORDER BY id LIMIT $3`)
const IN_PLACES = read('bonds_in_places', `SELECT ${BOND} FROM bond WHERE place_tag = ANY($1::text[]) AND id > $2 ORDER BY id LIMIT $3`)
const IN_SLOT = read('bonds_in_slots', `SELECT id, slot_tag AS slot FROM bond WHERE slot_tag = ANY($1::text[])`)
const FOR_STEP = read('bond_for_step', `SELECT ${BOND} FROM bond WHERE id = $1`)
const LINES_OF = read(
  'bond_lines_of',
  `SELECT bond_id, key_tag, sealed FROM bond_event WHERE bond_id = ANY($1::text[]) ORDER BY bond_id, number LIMIT $2`,
)
const LINES = read('bond_lines', `SELECT number, key_tag, sealed FROM bond_event WHERE bond_id = $1 AND number > $2::int ORDER BY number LIMIT $3`)
