/**
 * Fills an empty PostgreSQL database with bonds, each with its section, event, journal, messages and the rest, that are like real ones to every index and to the ledger's check. Nobody reads them, so what is sealed is
 * letters: outside the row a real box is as good as absent, within it an event is shorter than in reality.
 */
import pg from 'pg'

const AT = `timestamptz '2026-06-01'`
const DAY = `date '2026-06-01'`
/** bonds in one statement, between two lines of progress */
const BITE = 250_000
/** bonds of one company, and of one section */
const EACH = 20
const FEN = 20_000_000
const TABLES = [
  ...['bond_project', 'bond_section', 'bond', 'bond_event', 'guarantee', 'ledger_account', 'ledger_journal', 'ledger_entry'],
  ...['channel_message', 'channel_outgoing', 'audit_event'],
]

/** @param bonds a multiple of 1,000 @param said hears how many are in */
export async function fillBonds(url: string, bonds: number, said: (done: number) => void): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    // as a dump is read back: no trigger and no lookup of keys for what is known to be whole, indexes built once at the end
    await client.query(`SET session_replication_role = replica; SET synchronous_commit = off; SET maintenance_work_mem = '1GB'`)
    const { rows: indexes } = await client.query<{ drop: string; make: string }>(INDEXES, [TABLES])
    for (const { drop } of indexes) await client.query(drop)
    for (let from = 0; from < bonds; from += BITE) {
      const until = Math.min(bonds, from + BITE)
      for (const statement of statements(from, until, bonds / EACH)) await client.query(statement)
      said(until)
    }
    for (const { make } of indexes) await client.query(make)
    for (const statement of [...NUMBERS, 'VACUUM ANALYZE', 'CHECKPOINT']) await client.query(statement)
  } finally {
    await client.end()
  }
}

/** All but those that begin with a number that counts on: their rows come in order. */
const INDEXES = `SELECT CASE WHEN c.oid IS NULL THEN 'DROP INDEX ' || i.indexrelid::regclass ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', i.indrelid::regclass, c.conname) END AS drop,
    CASE WHEN c.oid IS NULL THEN pg_get_indexdef(i.indexrelid) ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', i.indrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) END AS make
  FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indexrelid AND a.attnum = 1 LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'p'
  WHERE i.indrelid = ANY($1::regclass[]) AND a.atttypid <> 'bigint'::regtype`

/** a tag of the n-th of a kind, and an id: as long and as random as real ones */
const tag = (kind: string, n = 'n') => `rtrim(encode(sha256(('${kind}' || ${n})::bytea), 'base64'), '=')`
const id = (kind: string, n = 'n') => `left(${tag(kind, n)}, 27)`
/** what stands in a row for a sealed box, which is kept outside it */
const BOX = `repeat('x', 17)`

/** Of the n-th bond: its receipt in full, taken in by a message, booked, with the order to freeze it delivered. Every tenth has a guarantee. */
function statements(from: number, until: number, companies: number): string[] {
  const every = (step: number) => `generate_series(${from}, ${until - 1}, ${step}) AS n`
  const sides = `${every(1)}, (VALUES (1, 'settlement', 'debit', ${FEN}), (2, 'bond', 'credit', -${FEN})) AS side(k, kind, side, balance)`
  const company = tag('company', `n % ${companies}`)
  const project = `n / ${5 * EACH} * ${5 * EACH}`
  return [
    `INSERT INTO bond_project (id, center, code, body, created_at)
     SELECT ${id('project')}, 'center-' || n / ${5 * EACH} % 50, 'P' || n, repeat('p', 200), ${AT} FROM ${every(5 * EACH)}`,
    `INSERT INTO bond_section (id, project_id, center, version, opens_at, body)
     SELECT ${id('section')}, ${id('project', project)}, 'center-' || n / ${5 * EACH} % 50, 1, ${AT}, repeat('s', 1200) FROM ${every(EACH)}`,
    `INSERT INTO bond (id, version, place_tag, account_tag, company_tag, slot_tag, sealed, bidder, payer)
     SELECT ${id('bond')}, 3, ${tag('place')}, ${tag('account')}, ${company}, ${tag('slot')}, ${BOX}, ${BOX}, ${BOX} FROM ${every(1)}`,
    `INSERT INTO bond_event (bond_id, number, key_tag, sealed) SELECT ${id('bond')}, 2, ${tag('event')}, ${BOX} FROM ${every(1)}`,
    `INSERT INTO guarantee (id, version, place_tag, due_tag, company_tag, bond_tag, code_tag, verification_tag, sealed, bidder)
     SELECT ${id('guarantee')}, 3, ${tag('g-place')}, ${tag('g-due')}, ${company}, ${tag('g-bond')}, ${tag('g-code')}, ${tag('g-verification')}, ${BOX}, ${BOX} FROM ${every(10)}`,
    `INSERT INTO ledger_account (id, kind, owner, bank, currency, side, debits_posted, credits_posted, version, last_on)
     SELECT 2 * n + k, kind, ${id('bond')}, 'ccb', 'CNY', side, greatest(balance, 0), greatest(-balance, 0), 1, ${DAY} FROM ${sides}`,
    `INSERT INTO ledger_journal (id, key, content, phase, movement, entries, booked_at, booked_on, value_on, bank_at, evidence_kind, evidence_ref, evidence_digest, trace)
     SELECT n + 1, ${tag('event')}, ${tag('content')}, 'post', 'receipt', 2, ${AT}, ${DAY}, ${DAY}, ${AT}, 'bank-receipt', ${id('serial')}, ${tag('content')}, 'K7QM-3F9T' FROM ${every(1)}`,
    `INSERT INTO ledger_entry (journal_id, n, of, account_id, version, side, amount, pending, balance, booked_on)
     SELECT n + 1, k, 2, 2 * n + k, 1, side, ${FEN}, false, balance, ${DAY} FROM ${sides}`,
    `INSERT INTO channel_message (sender, id, idempotency_key, type, digest, signed, signatures, body, answer_status, answer_headers, answer_body, received_at, trace)
     SELECT 'ccb', ${id('message')}, ${id('serial')}, 'bond.received', ${tag('content')}, ${BOX}, ${BOX}, ${BOX}, 200, '{}', ${BOX}, ${AT} + n * interval '1 s', 'K7QM-3F9T' FROM ${every(1)}`,
    `INSERT INTO channel_outgoing (id, receiver, idempotency_key, type, schema, body, encryption_key, state, tries, due_at, created_at, done_at, trace)
     SELECT ${id('order')}, 'ccb', 'freeze/' || ${id('serial')}, 'bond.freeze-ordered', '1', ${BOX}, '-', 'delivered', 1, ${AT}, ${AT} + n * interval '1 s', ${AT}, 'K7QM-3F9T' FROM ${every(1)}`,
    `INSERT INTO audit_event (seq, at, code, trace, body, hash)
     SELECT n + 1, '2026-06-01T00:00:00.000Z', 'channel.taken', left(${tag('trace')}, 9), repeat('a', 120), repeat('0', 64) FROM ${every(1)}`,
  ]
}

/** Numbers go on behind those that were given out here. */
const NUMBERS = [
  `SELECT setval('ledger_account_id_seq', (SELECT max(id) FROM ledger_account)), setval('ledger_journal_id_seq', (SELECT max(id) FROM ledger_journal))`,
  `UPDATE audit_head SET seq = (SELECT max(seq) FROM audit_event)`,
]
