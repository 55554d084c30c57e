import { read, type Sql, write } from './sql.ts'
import type { BankMovement, ReconciliationCase, ReconciliationDay, ReconciliationFile, ReconciliationStore } from './stores-reconciliation.ts'

/** Daily reconciliation. Owns that a file of a number and day stands once, and that a difference which is found again is the one there is. */
export function createReconciliationStore(sql: Sql): ReconciliationStore {
  return {
    async addFile({ bank, sender, what, sequence, day, text, signature, hash, takenAt }) {
      return (await sql.query(ADD_FILE, [bank, sender, what, sequence, day, text, signature, hash, takenAt])).length === 1
    },
    fileOf: async ({ bank, sender, what }, day) => (await sql.query<ReconciliationFile>(FILE, [bank, sender, what, day])).map(fileOf)[0],
    lastFile: async ({ bank, sender, what }) => (await sql.query<ReconciliationFile>(LAST_FILE, [bank, sender, what])).map(fileOf)[0],
    movements: async (bank, day, after, limit) =>
      (await sql.query<MovementRow>(MOVEMENTS, [bank, day, String(after.journal), after.n, limit])).map(movementOf),
    lastClosedDay: async () => (await sql.query<{ day: string | null }>(LAST_CLOSED, []))[0]?.day ?? undefined,
    balanceAfter: async (bank, day) => BigInt((await sql.query<{ balance: string }>(BALANCE, [bank, day]))[0]?.balance ?? 0),
    async putDay({ bank, day, state, progress, counts, updatedAt }) {
      return (await sql.query(PUT_DAY, [bank, day, state, progress, counts, updatedAt])).length === 1
    },
    day: async (bank, day) => (await sql.query<ReconciliationDay>(DAY, [bank, day])).map(dayOf)[0],
    daysOf: async (bank, limit) => (await sql.query<ReconciliationDay & { listed: boolean }>(DAYS_OF, [bank, limit])).map(dayOf),
    days: async limit => (await sql.query<ReconciliationDay>(DAYS, [limit])).map(dayOf),
    waiting: async (bank, day, after, limit) => (await sql.query<CaseRow>(WAITING, [bank, day, after, limit])).map(caseOf),
    async matched(bank, day, keys) {
      await sql.query(MATCHED, [bank, day, keys])
    },
    async decideRest(bank, day, dueAt) {
      await sql.query(DECIDE_REST, [bank, day, dueAt])
    },
    async addCases(cases) {
      if (cases.length > 0) await sql.query(ADD_CASES, [JSON.stringify(cases)])
    },
    matchedOn: async (bank, day, after, limit) => (await sql.query<CaseRow>(MATCHED_ON, [bank, day, after, limit])).map(caseOf),
    cases: async (state, after, limit) => (await sql.query<CaseRow>(CASES, [state, after, limit])).map(caseOf),
    case: async id => (await sql.query<CaseRow>(CASE, [id])).map(caseOf)[0],
    counted: async () =>
      (await sql.query<{ kind: string; state: ReconciliationCase['state']; cases: number; dueAt: string }>(COUNTED, [])).map(row => ({
        ...row,
        dueAt: time(row.dueAt),
      })),
    resolve: async (id, resolution) => (await sql.query(RESOLVE, [id, resolution])).length === 1,
  }
}

const time = (at: string): string => new Date(at).toISOString()
const fileOf = (row: ReconciliationFile): ReconciliationFile => ({ ...row, takenAt: time(row.takenAt) })
const dayOf = <Row extends ReconciliationDay>(row: Row): Row => ({ ...row, updatedAt: time(row.updatedAt) })
type CaseRow = Omit<ReconciliationCase, 'resolution'> & { resolution: string | null }
const caseOf = ({ resolution, ...row }: CaseRow): ReconciliationCase => ({
  ...row,
  dueAt: time(row.dueAt),
  ...(resolution === null ? {} : { resolution }),
})
type MovementRow = Omit<BankMovement, 'journal' | 'fen' | 'bankAt'> & { journal: string; fen: string; bankAt: string | null }
const movementOf = ({ journal, fen, bankAt, ...row }: MovementRow): BankMovement => ({
  ...row,
  journal: BigInt(journal),
  fen: BigInt(fen),
  ...(bankAt === null ? {} : { bankAt: time(bankAt) }),
})

const day = (column: string): string => `to_char(${column}, 'YYYY-MM-DD')`
const FILE_COLUMNS = `bank, sender, what, sequence, ${day('day')} AS day, text, signature, hash, taken_at AS "takenAt"`
const DAY_COLUMNS = `bank, ${day('day')} AS day, state, progress, counts, updated_at AS "updatedAt"`
const CASE_COLUMNS = `id, bank, ${day('day')} AS day, kind, key, body, state, owner, due_at AS "dueAt", resolution`
const ONE_SIDED = `kind IN ('bank-only', 'platform-only')`

const ADD_FILE = write(
  'reconciliation_file_add',
  `INSERT INTO reconciliation_file (bank, sender, what, sequence, day, text, signature, hash, taken_at)
   VALUES ($1, $2, $3, $4, $5::date, $6, $7, $8, $9::timestamptz) ON CONFLICT DO NOTHING RETURNING sequence`,
)
const FILE = read(
  'reconciliation_file',
  `SELECT ${FILE_COLUMNS} FROM reconciliation_file WHERE bank = $1 AND sender = $2 AND what = $3 AND day = $4::date`,
)
const LAST_FILE = read(
  'reconciliation_file_last',
  `SELECT ${FILE_COLUMNS} FROM reconciliation_file WHERE bank = $1 AND sender = $2 AND what = $3 ORDER BY sequence DESC LIMIT 1`,
)
/** what moves within a bank from one owner to another is none of its business */
const MOVEMENTS = read(
  'reconciliation_movements',
  `SELECT e.journal_id::text AS journal, e.n, j.key, j.phase, j.movement, e.side, e.amount::text AS fen, j.bank_at AS "bankAt", ${day('j.value_on')} AS "valueOn", j.evidence_ref AS reference
   FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id JOIN ledger_journal j ON j.id = e.journal_id
   WHERE e.booked_on = $2::date AND (e.journal_id, e.n) > ($3::bigint, $4::int) AND NOT e.pending AND a.kind = 'settlement' AND a.bank = $1 AND j.movement <> 'match'
   ORDER BY e.journal_id, e.n LIMIT $5`,
)
const LAST_CLOSED = read('reconciliation_last_closed', `SELECT ${day('max(day)')} AS day FROM ledger_day`)
const BALANCE = read(
  'reconciliation_balance',
  `SELECT ((SELECT coalesce(sum(debits_posted - credits_posted), 0) FROM ledger_account WHERE bank = $1 AND kind = 'settlement')
     - (SELECT coalesce(sum(CASE e.side WHEN 'debit' THEN e.amount ELSE -e.amount END), 0) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
        WHERE e.booked_on > $2::date AND NOT e.pending AND a.bank = $1 AND a.kind = 'settlement'))::text AS balance`,
)
const PUT_DAY = write(
  'reconciliation_day_put',
  `INSERT INTO reconciliation_day (bank, day, state, progress, counts, updated_at) VALUES ($1, $2::date, $3, $4::int, $5, $6::timestamptz)
   ON CONFLICT (bank, day) DO UPDATE SET state = excluded.state, progress = excluded.progress, counts = excluded.counts, updated_at = excluded.updated_at
   WHERE reconciliation_day.state <> 'agreed' RETURNING bank`,
)
const DAY = read('reconciliation_day', `SELECT ${DAY_COLUMNS} FROM reconciliation_day WHERE bank = $1 AND day = $2::date`)
const DAYS = read('reconciliation_days', `SELECT ${DAY_COLUMNS} FROM reconciliation_day ORDER BY reconciliation_day.day DESC, bank LIMIT $1`)
const DAYS_OF = read(
  'reconciliation_days_of',
  `SELECT ${DAY_COLUMNS}, (SELECT count(*) FROM reconciliation_file f WHERE f.bank = d.bank AND f.day = d.day AND f.what = 'differences') = 2 AS listed
   FROM reconciliation_day d WHERE bank = $1 ORDER BY d.day DESC LIMIT $2`,
)
const WAITING = read(
  'reconciliation_waiting',
  `SELECT ${CASE_COLUMNS} FROM reconciliation_case WHERE bank = $1 AND ${ONE_SIDED} AND reconciliation_case.day < $2::date AND (decided_on IS NULL OR decided_on = $2::date)
     AND id > $3 ORDER BY id LIMIT $4`,
)
const UNDECIDED = `bank = $1 AND ${ONE_SIDED} AND reconciliation_case.day < $2::date AND state = 'doubtful' AND decided_on IS NULL`
const MATCHED = write(
  'reconciliation_matched',
  `UPDATE reconciliation_case SET state = 'matched', decided_on = $2::date WHERE ${UNDECIDED} AND key = ANY($3::text[])`,
)
const DECIDE_REST = write(
  'reconciliation_decide',
  `UPDATE reconciliation_case SET state = 'open', decided_on = $2::date, due_at = $3::timestamptz WHERE ${UNDECIDED}`,
)
const ADD_CASES = write(
  'reconciliation_cases_add',
  `INSERT INTO reconciliation_case (id, bank, day, kind, key, body, state, owner, due_at)
   SELECT id, bank, day, kind, key, body, state, owner, "dueAt" FROM jsonb_to_recordset($1::jsonb)
     AS c(id text, bank text, day date, kind text, key text, body text, state text, owner text, "dueAt" timestamptz) ON CONFLICT (id) DO NOTHING`,
)
const MATCHED_ON = read(
  'reconciliation_matched_on',
  `SELECT ${CASE_COLUMNS} FROM reconciliation_case WHERE bank = $1 AND ${ONE_SIDED} AND decided_on = $2::date AND state = 'matched' AND id > $3 ORDER BY id LIMIT $4`,
)
const CASES = read('reconciliation_cases', `SELECT ${CASE_COLUMNS} FROM reconciliation_case WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3`)
const CASE = read('reconciliation_case', `SELECT ${CASE_COLUMNS} FROM reconciliation_case WHERE id = $1`)
const COUNTED = read(
  'reconciliation_counted',
  `SELECT kind, state, count(*)::int AS cases, min(due_at) AS "dueAt" FROM reconciliation_case WHERE state IN ('open', 'doubtful') GROUP BY kind, state ORDER BY kind, state`,
)
const RESOLVE = write(
  'reconciliation_resolve',
  `UPDATE reconciliation_case SET state = 'resolved', resolution = $2 WHERE id = $1 AND state = 'open' RETURNING id`,
)
