import { read, type Sql } from './sql.ts'
import type { LedgerAccount, LedgerEntry, LedgerHoldEnd, LedgerJournal, LedgerStatementLine, LedgerStore } from './stores-ledger.ts'

/** What pages and statements read of the ledger. Owns that each finds its rows by an index, however many other owners there are. */
export function createLedgerReadStore(sql: Sql): ReadStore {
  return {
    journal: async key => (await sql.query<JournalRow>(JOURNAL, [key])).map(journalOf)[0],
    account: async (owner, kind) => (await sql.query<AccountRow>(ACCOUNT, [owner, kind])).map(accountOf)[0],
    accountsOf: async owner => (await sql.query<AccountRow>(ACCOUNTS_OF, [owner])).map(accountOf),
    async total(bank, kind) {
      const [row] = await sql.query<Record<'debitsPending' | 'creditsPending' | 'debitsPosted' | 'creditsPosted', Wide>>(TOTAL, [bank, kind])
      if (row === undefined) throw new Error('a sum has a row')
      return {
        debitsPending: BigInt(row.debitsPending),
        creditsPending: BigInt(row.creditsPending),
        debitsPosted: BigInt(row.debitsPosted),
        creditsPosted: BigInt(row.creditsPosted),
      }
    },
    balanceAfter: async (account, day) => BigInt((await sql.query<{ balance: Wide }>(BALANCE, [String(account), day]))[0]?.balance ?? 0),
    statement: async (account, day, after, limit) =>
      (await sql.query<StatementRow>(STATEMENT, [String(account), day, String(after), limit])).map(statementOf),
    history: async (owner, after, limit) => (await sql.query<StatementRow>(HISTORY, [owner, String(after.journal), after.n, limit])).map(statementOf),
    overdueHolds: async (from, to, limit) => (await sql.query<JournalRow>(OVERDUE, [from.toISOString(), to.toISOString(), limit])).map(journalOf),
  }
}
type ReadStore = Pick<LedgerStore, 'journal' | 'account' | 'accountsOf' | 'total' | 'balanceAfter' | 'statement' | 'history' | 'overdueHolds'>

/** a server's driver gives a bigint as text, the embedded one as a number while it is small */
type Wide = string | number | bigint
type Columns<T> = { [K in keyof T]: T[K] extends bigint ? Wide : T[K] }
type AccountRow = Columns<LedgerAccount>
export type EntryRow = Columns<LedgerEntry>
interface EvidenceColumns {
  evidenceKind: string
  evidenceRef: string
  evidenceDigest: string
  bankAt: string | null
}
export interface JournalRow
  extends Columns<Pick<LedgerJournal, 'id' | 'key' | 'content' | 'phase' | 'movement' | 'entries' | 'bookedAt' | 'bookedOn' | 'valueOn' | 'trace'>>,
    EvidenceColumns {
  expiresAt: string | null
  resolves: Wide | null
  outcome: LedgerHoldEnd | null
  reverses: Wide | null
  reason: string | null
  askedBy: string | null
  agreedBy: string | null
}
interface StatementRow extends Columns<Omit<LedgerStatementLine, 'evidence' | 'bankAt'>>, EvidenceColumns {}

const accountOf = (row: AccountRow): LedgerAccount => ({
  ...row,
  id: BigInt(row.id),
  debitsPending: BigInt(row.debitsPending),
  creditsPending: BigInt(row.creditsPending),
  debitsPosted: BigInt(row.debitsPosted),
  creditsPosted: BigInt(row.creditsPosted),
  version: BigInt(row.version),
})

const time = (at: string): string => new Date(at).toISOString()

export function entryOf({ journal, n, account, version, side, amount, pending, balance, bookedOn }: EntryRow): LedgerEntry {
  return {
    journal: BigInt(journal),
    n,
    account: BigInt(account),
    version: BigInt(version),
    side,
    amount: BigInt(amount),
    pending,
    balance: BigInt(balance),
    bookedOn,
  }
}

function statementOf(row: StatementRow): LedgerStatementLine {
  const { key, phase, movement, valueOn } = row
  return { ...entryOf(row), key, phase, movement, bookedAt: time(row.bookedAt), valueOn, ...evidenceOf(row) }
}

function evidenceOf(row: EvidenceColumns): Pick<LedgerStatementLine, 'evidence' | 'bankAt'> {
  const evidence = { kind: row.evidenceKind, reference: row.evidenceRef, digest: row.evidenceDigest }
  return row.bankAt === null ? { evidence } : { evidence, bankAt: time(row.bankAt) }
}

export function journalOf(row: JournalRow): LedgerJournal {
  const { key, content, phase, movement, entries, bookedOn, valueOn, trace } = row
  return {
    id: BigInt(row.id),
    ...{ key, content, phase, movement, entries, bookedAt: time(row.bookedAt), bookedOn, valueOn, trace },
    ...evidenceOf(row),
    ...(row.expiresAt === null ? {} : { expiresAt: time(row.expiresAt) }),
    ...(row.resolves === null ? {} : { resolves: BigInt(row.resolves) }),
    ...(row.outcome === null ? {} : { outcome: row.outcome }),
    ...(row.reverses === null ? {} : { reverses: BigInt(row.reverses) }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.askedBy === null ? {} : { askedBy: row.askedBy }),
    ...(row.agreedBy === null ? {} : { agreedBy: row.agreedBy }),
  }
}

const day = (column: string): string => `to_char(${column}, 'YYYY-MM-DD')`
export const JOURNAL_COLUMNS = `j.id, j.key, j.content, j.phase, j.movement, j.entries, j.booked_at AS "bookedAt", ${day('j.booked_on')} AS "bookedOn", ${day('j.value_on')} AS "valueOn",
  j.bank_at AS "bankAt", j.evidence_kind AS "evidenceKind", j.evidence_ref AS "evidenceRef", j.evidence_digest AS "evidenceDigest", j.expires_at AS "expiresAt", j.resolves, j.outcome, j.reverses,
  j.reason, j.asked_by AS "askedBy", j.agreed_by AS "agreedBy", j.trace`
export const ENTRY_COLUMNS = `e.journal_id AS journal, e.n, e.account_id AS account, e.version, e.side, e.amount, e.pending, e.balance, ${day('e.booked_on')} AS "bookedOn"`
const ACCOUNT_COLUMNS = `id, kind, owner, bank, side, debits_pending AS "debitsPending", credits_pending AS "creditsPending", debits_posted AS "debitsPosted", credits_posted AS "creditsPosted", version`
const STATEMENT_COLUMNS = `${ENTRY_COLUMNS}, j.key, j.phase, j.movement, j.booked_at AS "bookedAt", ${day('j.value_on')} AS "valueOn", j.bank_at AS "bankAt",
  j.evidence_kind AS "evidenceKind", j.evidence_ref AS "evidenceRef", j.evidence_digest AS "evidenceDigest"`

const JOURNAL = read('ledger_journal', `SELECT ${JOURNAL_COLUMNS} FROM ledger_journal j WHERE j.key = $1`)
const ACCOUNT = read('ledger_account', `SELECT ${ACCOUNT_COLUMNS} FROM ledger_account WHERE owner = $1 AND kind = $2`)
const ACCOUNTS_OF = read('ledger_accounts_of', `SELECT ${ACCOUNT_COLUMNS} FROM ledger_account WHERE owner = $1 ORDER BY kind`)
const TOTAL = read(
  'ledger_total',
  `SELECT coalesce(sum(debits_pending), 0)::text AS "debitsPending", coalesce(sum(credits_pending), 0)::text AS "creditsPending",
     coalesce(sum(debits_posted), 0)::text AS "debitsPosted", coalesce(sum(credits_posted), 0)::text AS "creditsPosted" FROM ledger_account WHERE bank = $1 AND kind = $2`,
)
/** days of an account never go back, so the newest entry of a day is the one with the largest version */
const BALANCE = read(
  'ledger_balance',
  `SELECT balance FROM ledger_entry WHERE account_id = $1::bigint AND booked_on <= $2::date ORDER BY version DESC LIMIT 1`,
)
const STATEMENT = read(
  'ledger_statement',
  `SELECT ${STATEMENT_COLUMNS} FROM ledger_entry e JOIN ledger_journal j ON j.id = e.journal_id
   WHERE e.account_id = $1::bigint AND e.booked_on = $2::date AND e.version > $3::bigint ORDER BY e.version LIMIT $4`,
)
const HISTORY = read(
  'ledger_history',
  `SELECT ${STATEMENT_COLUMNS} FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id JOIN ledger_journal j ON j.id = e.journal_id
   WHERE a.owner = $1 AND (e.journal_id, e.n) > ($2::bigint, $3::int) ORDER BY e.journal_id, e.n LIMIT $4`,
)
const OVERDUE = read(
  'ledger_overdue',
  `SELECT ${JOURNAL_COLUMNS} FROM ledger_journal j WHERE j.phase = 'hold' AND j.expires_at BETWEEN $1::timestamptz AND $2::timestamptz
     AND NOT EXISTS (SELECT FROM ledger_journal r WHERE r.resolves = j.id) ORDER BY j.expires_at, j.id LIMIT $3`,
)
