import { afterOpening, type Gated } from './after-opening.ts'
import { sealedLines } from './sealed-lines.ts'
import { read, type Sql } from './sql.ts'
import type { GuaranteeRow, GuaranteeStore } from './stores-guarantees.ts'

/** Guarantees for bid bonds. Owns that a center's question is answered only after the latest announced opening time. They are written by effects (effect_guarantee); which events there are, and what a row hides, is bonds/guarantees/'s. */
export function createGuaranteeStore(sql: Sql): GuaranteeStore {
  const one = async (statement: typeof FOR_STEP, value: string) => (await sql.query<Columns>(statement, [value])).map(rowOf)[0]
  return {
    write: (row, lines) => ({
      kind: 'guarantee',
      what: {
        id: row.id,
        version: row.version,
        place_tag: row.placeTag,
        due_tag: row.dueTag,
        company_tag: row.companyTag,
        bond_tag: row.bondTag,
        code_tag: row.codeTag,
        verification_tag: row.verificationTag,
        sealed: row.sealed,
        bidder: row.bidder,
        lines: lines.map(({ keyTag, sealed }) => ({ key_tag: keyTag, sealed })),
      },
    }),
    forStep: id => one(FOR_STEP, id),
    forIssuer: codeTag => one(FOR_ISSUER, codeTag),
    forVerification: verificationTag => one(FOR_VERIFICATION, verificationTag),
    forCompany: async (companyTag, limit, after) => (await sql.query<Columns>(FOR_COMPANY, [companyTag, after ?? '', limit])).map(rowOf),
    forBond: async (bondTag, limit) => (await sql.query<Columns>(FOR_BOND, [bondTag, limit])).map(rowOf),
    forBonds: async (bondTags, limit) => (await sql.query<Columns>(FOR_BONDS, [[...bondTags], limit])).map(rowOf),
    due: async dueTags => (await sql.query<Columns>(DUE, [dueTags])).map(rowOf),
    async forCenter({ sectionId, center, now, bondTags }, limit) {
      const rows = await sql.query<Gated<Columns>>(FOR_CENTER, [sectionId, center, now.toISOString(), bondTags, limit])
      return afterOpening(rows, rowOf)
    },
    lines: (guaranteeId, limit, after) => sealedLines(sql, LINES, [guaranteeId, after ?? 0, limit]),
  }
}

interface Columns {
  id: string
  version: number
  place_tag: string
  due_tag: string
  company_tag: string
  bond_tag: string
  code_tag: string
  verification_tag: string
  sealed: string
  bidder: string
}
const rowOf = (row: Columns): GuaranteeRow => ({
  id: row.id,
  version: row.version,
  placeTag: row.place_tag,
  dueTag: row.due_tag,
  companyTag: row.company_tag,
  bondTag: row.bond_tag,
  codeTag: row.code_tag,
  verificationTag: row.verification_tag,
  sealed: row.sealed,
  bidder: row.bidder,
})

const GUARANTEE = 'id, version, place_tag, due_tag, company_tag, bond_tag, code_tag, verification_tag, sealed, bidder'
const by = (name: string, column: string) => read(name, `SELECT ${GUARANTEE} FROM guarantee WHERE ${column} = $1`)
const FOR_STEP = by('guarantee_for_step', 'id')
const FOR_ISSUER = by('guarantee_for_issuer', 'code_tag')
const FOR_VERIFICATION = by('guarantee_for_verification', 'verification_tag')
const FOR_COMPANY = read('guarantees_for_company', `SELECT ${GUARANTEE} FROM guarantee WHERE company_tag = $1 AND id > $2 ORDER BY id LIMIT $3`)
const FOR_BONDS = read('guarantees_for_bonds', `SELECT ${GUARANTEE} FROM guarantee WHERE bond_tag = ANY($1::text[]) ORDER BY id LIMIT $2`)
const FOR_BOND = read('guarantees_for_bond', `SELECT ${GUARANTEE} FROM guarantee WHERE bond_tag = $1 ORDER BY id LIMIT $2`)
/** each place by the index: without statistics, which the embedded database never has, the planner would read the whole table for so many */
const DUE = read(
  'guarantees_due',
  `SELECT g.* FROM unnest($1::text[]) AS place CROSS JOIN LATERAL (SELECT ${GUARANTEE} FROM guarantee WHERE due_tag = place OFFSET 0) g ORDER BY g.id`,
)
const FOR_CENTER = read(
  'guarantees_for_center',
  `SELECT s.open, g.* FROM (SELECT opens_at <= $3::timestamptz AS open FROM bond_section WHERE id = $1 AND center = $2) s
   LEFT JOIN LATERAL (SELECT found.* FROM unnest($4::text[]) AS asked
     CROSS JOIN LATERAL (SELECT ${GUARANTEE} FROM guarantee WHERE bond_tag = asked OFFSET 0) found WHERE s.open ORDER BY found.id LIMIT $5) g ON s.open ORDER BY g.id`,
)
const LINES = read(
  'guarantee_lines',
  `SELECT number, key_tag, sealed FROM guarantee_event WHERE guarantee_id = $1 AND number > $2::int ORDER BY number LIMIT $3`,
)
