import { read, type Sql, type Statement } from './sql.ts'
import type { LedgerBreach, LedgerStore } from './stores-ledger.ts'

/** The ledger's invariants as questions whose answers are the breaches. Owns the SQL; bonds/ledger/check.ts goes through the ledger with it, a span of numbers at a time. */
export function createLedgerCheckStore(sql: Sql): CheckStore {
  const breaches = async (statement: Statement, values: (string | number)[]) =>
    (await sql.query<BreachRow>(statement, values)).map(({ rule, at, off }): LedgerBreach => ({ rule, at, off: BigInt(off) }))
  return {
    breachesOfJournals: (after, last, limit) => breaches(OF_JOURNALS, [String(after), String(last), limit]),
    breachesOfAccounts: (after, last, limit) => breaches(OF_ACCOUNTS, [String(after), String(last), limit]),
    breachesOfWhole: limit => breaches(OF_WHOLE, [limit]),
    async extent() {
      const [row] = await sql.query<{ journal: Wide; account: Wide }>(EXTENT, [])
      return { journal: BigInt(row?.journal ?? 0), account: BigInt(row?.account ?? 0) }
    },
  }
}
type CheckStore = Pick<LedgerStore, 'breachesOfJournals' | 'breachesOfAccounts' | 'breachesOfWhole' | 'extent'>
type Wide = string | number | bigint
interface BreachRow {
  rule: LedgerBreach['rule']
  at: string
  off: string
}

const SIGNED = `CASE e.side WHEN 'debit' THEN e.amount ELSE -e.amount END`

const OF_JOURNALS = read(
  'ledger_breaches_journals',
  `WITH j AS (SELECT * FROM ledger_journal WHERE id > $1::bigint AND id <= $2::bigint),
     e AS (SELECT * FROM ledger_entry WHERE journal_id > $1::bigint AND journal_id <= $2::bigint)
   SELECT rule, at, off::text FROM (
     SELECT 'journal-balances' AS rule, e.journal_id::text AS at, sum(${SIGNED}) AS off
       FROM e JOIN ledger_account a ON a.id = e.account_id GROUP BY e.journal_id, a.owner HAVING sum(${SIGNED}) <> 0
     UNION ALL
     SELECT 'journal-whole', j.id::text, count(e.n) - j.entries FROM j LEFT JOIN e ON e.journal_id = j.id AND e.pending = (j.phase = 'hold')
       GROUP BY j.id, j.entries HAVING count(e.n) <> j.entries
     UNION ALL
     SELECT 'hold-ends-once', j.id::text, (SELECT count(*) FROM ledger_journal r WHERE r.resolves = j.resolves) - 1 FROM j
       WHERE j.phase = 'resolve' AND (SELECT count(*) FROM ledger_journal r WHERE r.resolves = j.resolves) <> 1
     UNION ALL
     SELECT 'hold-covers', j.id::text, e.amount FROM j JOIN e ON e.journal_id = j.id WHERE j.phase = 'resolve'
       AND NOT EXISTS (SELECT FROM ledger_entry h WHERE h.journal_id = j.resolves AND h.account_id = e.account_id AND h.side = e.side AND h.amount >= e.amount)
   ) AS found ORDER BY rule, at LIMIT $3`,
)

/** what a bond owes and was paid by its movements; a reversal has the movement of what it takes back, and the other sign */
const ADDS_UP = `sum(CASE WHEN e.pending THEN 0
    WHEN a.kind = 'settlement' AND j.movement IN ('receipt', 'match', 'interest', 'refund') THEN ${SIGNED}
    WHEN a.kind IN ('forfeited', 'performance', 'fee') AND j.movement <> 'payout' THEN ${SIGNED}
    WHEN a.kind IN ('bond', 'interest', 'suspense') THEN ${SIGNED} ELSE 0 END)`

const OF_ACCOUNTS = read(
  'ledger_breaches_accounts',
  `WITH a AS (SELECT * FROM ledger_account WHERE id > $1::bigint AND id <= $2::bigint),
     e AS (SELECT e.*, lag(e.balance, 1, 0::bigint) OVER (PARTITION BY e.account_id ORDER BY e.version) AS before,
         e.pending AND NOT EXISTS (SELECT FROM ledger_journal r WHERE r.resolves = e.journal_id) AS open
       FROM ledger_entry e WHERE e.account_id > $1::bigint AND e.account_id <= $2::bigint),
     s AS (SELECT account_id, count(*) AS entries, max(version) AS version,
         coalesce(sum(amount) FILTER (WHERE NOT pending AND side = 'debit'), 0) AS debits, coalesce(sum(amount) FILTER (WHERE NOT pending AND side = 'credit'), 0) AS credits,
         coalesce(sum(amount) FILTER (WHERE open AND side = 'debit'), 0) AS open_debits, coalesce(sum(amount) FILTER (WHERE open AND side = 'credit'), 0) AS open_credits,
         count(*) FILTER (WHERE balance <> before + CASE WHEN pending THEN 0 WHEN side = 'debit' THEN amount ELSE -amount END) AS torn
       FROM e GROUP BY account_id),
     owners AS (SELECT DISTINCT owner FROM a)
   SELECT rule, at, off::text FROM (
     SELECT 'covered' AS rule, a.id::text AS at, least(CASE a.side WHEN 'debit' THEN debits_posted - credits_posted - credits_pending ELSE credits_posted - debits_posted - debits_pending END,
         debits_pending, credits_pending)::numeric AS off FROM a
       WHERE least(CASE a.side WHEN 'debit' THEN debits_posted - credits_posted - credits_pending ELSE credits_posted - debits_posted - debits_pending END, debits_pending, credits_pending) < 0
     UNION ALL
     SELECT 'counters-follow', a.id::text, abs(a.debits_posted - coalesce(s.debits, 0)) + abs(a.credits_posted - coalesce(s.credits, 0)) FROM a LEFT JOIN s ON s.account_id = a.id
       WHERE a.debits_posted <> coalesce(s.debits, 0) OR a.credits_posted <> coalesce(s.credits, 0)
     UNION ALL
     SELECT 'pending-follows', a.id::text, abs(a.debits_pending - coalesce(s.open_debits, 0)) + abs(a.credits_pending - coalesce(s.open_credits, 0)) FROM a LEFT JOIN s ON s.account_id = a.id
       WHERE a.debits_pending <> coalesce(s.open_debits, 0) OR a.credits_pending <> coalesce(s.open_credits, 0)
     UNION ALL
     SELECT 'versions-follow', a.id::text, abs(a.version - coalesce(s.entries, 0)) + coalesce(s.torn, 0) FROM a LEFT JOIN s ON s.account_id = a.id
       WHERE a.version <> coalesce(s.entries, 0) OR a.version <> coalesce(s.version, 0) OR s.torn > 0
     UNION ALL
     SELECT 'owner-balances', a.owner, sum(a.debits_posted - a.credits_posted) FROM owners JOIN ledger_account a ON a.owner = owners.owner
       GROUP BY a.owner HAVING sum(a.debits_posted - a.credits_posted) <> 0
     UNION ALL
     SELECT 'bond-adds-up', a.owner, ${ADDS_UP} FROM owners JOIN ledger_account a ON a.owner = owners.owner
       JOIN ledger_entry e ON e.account_id = a.id JOIN ledger_journal j ON j.id = e.journal_id GROUP BY a.owner HAVING ${ADDS_UP} <> 0
   ) AS found ORDER BY rule, at LIMIT $3`,
)

const OF_WHOLE = read(
  'ledger_breaches_whole',
  `SELECT rule, at, off::text FROM (
     SELECT 'day-balances' AS rule, to_char(e.booked_on, 'YYYY-MM-DD') AS at, sum(${SIGNED}) AS off FROM ledger_entry e WHERE NOT e.pending GROUP BY e.booked_on HAVING sum(${SIGNED}) <> 0
     UNION ALL
     SELECT 'total-balances', '', sum(debits_posted) - sum(credits_posted) FROM ledger_account HAVING sum(debits_posted) <> sum(credits_posted)
   ) AS found ORDER BY rule, at LIMIT $1`,
)
const EXTENT = read(
  'ledger_extent',
  `SELECT coalesce((SELECT max(id) FROM ledger_journal), 0) AS journal, coalesce((SELECT max(id) FROM ledger_account), 0) AS account`,
)
