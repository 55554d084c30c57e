import type { Clock } from '../kernel/clock.ts'
import type { Uscc } from '../kernel/uscc.ts'
import { createBatch } from './batch.ts'
import { type MandateColumns, mandateOf } from './mandate-reads.ts'
import { read, type Sql, write } from './sql.ts'
import type { ShownStore } from './stores-centers.ts'

/** Which mandates a center may look at: those it was told of, and those used at its place. */
export function createShownStore(sql: Sql, clock: Clock): ShownStore {
  const note = createBatch<{ clientId: string; mandateId: string }, undefined>({
    async run(items) {
      const rows = [...new Map(items.map(item => [`${item.mandateId} ${item.clientId}`, item])).entries()].sort(([a], [b]) => (a < b ? -1 : 1))
      await sql.query(NOTE, [rows.map(([, row]) => row.mandateId), rows.map(([, row]) => row.clientId), clock.now().toISOString()])
      return items.map(() => undefined)
    },
  })
  /** what this process wrote already: most decisions name a mandate that the center knows */
  const known = new Set<string>()
  return {
    async note(clientId, mandateIds) {
      const fresh = mandateIds.filter(mandateId => !known.has(`${mandateId} ${clientId}`))
      await Promise.all(fresh.map(mandateId => note({ clientId, mandateId })))
      if (known.size > MOST_KNOWN) known.clear()
      for (const mandateId of fresh) known.add(`${mandateId} ${clientId}`)
    },
    async ofCenter(mandateId, clientId) {
      const rows = await sql.query<MandateColumns & Company>(OF_CENTER, [mandateId, clientId])
      const own = rows.find(row => row.id === mandateId)
      if (own === undefined) return undefined
      return {
        row: mandateOf(own),
        above: rows.filter(row => row !== own).map(mandateOf),
        company: { uscc: own.uscc, name: own.enterprise_name },
        ...(own.legal_representative_id === null ? {} : { legalRepresentativeId: own.legal_representative_id }),
      }
    },
    below: async (mandateId, limit) => (await sql.query<MandateColumns>(BELOW, [mandateId, limit])).map(mandateOf),
  }
}

const MOST_KNOWN = 50_000

interface Company {
  uscc: Uscc
  enterprise_name: string
  legal_representative_id: string | null
}

const NOTE = write(
  'mandate_shown_note',
  `INSERT INTO mandate_shown (mandate_id, client_id, at) SELECT q.mandate_id, q.client_id, $3::timestamptz FROM unnest($1::text[], $2::text[]) AS q (mandate_id, client_id)
   ON CONFLICT DO NOTHING`,
)
/** The mandate and those above it, in one reading, and only for a center that knows of it. */
const OF_CENTER = read(
  'mandate_of_center',
  `WITH own AS (
     SELECT id, chain, enterprise_id FROM mandate m WHERE m.id = $1 AND (
       EXISTS (SELECT 1 FROM mandate_shown s WHERE s.mandate_id = m.id AND s.client_id = $2)
       OR EXISTS (SELECT 1 FROM company_entry c WHERE c.mandate_id = m.id AND c.center = $2 AND c.kind = 'used'))
   )
   SELECT d.*, e.uscc, e.name AS enterprise_name, e.legal_representative_id FROM own
   JOIN mandate d ON d.id = own.id OR d.id = ANY(own.chain) JOIN enterprise e ON e.id = own.enterprise_id`,
)
const BELOW = read('mandates_below', `SELECT * FROM mandate WHERE chain @> ARRAY[$1::text] ORDER BY id LIMIT $2`)
