import { createBatch } from './batch.ts'
import { type StepRow, stepOf, stepValues, withStep } from './bid-steps.ts'
import { readJson } from './json.ts'
import { errorCode, inLane, read, type Sql, UNIQUE_VIOLATION, write } from './sql.ts'
import type { Bid, BidState, BidStore, Opening } from './stores-bids.ts'

/**
 * Openings and their bids. Owns that a company has one bid in an opening whoever registers at the same moment, that a change is judged by the version it read, and that its step stands in the same
 * statement; which changes there are is bids/opening/'s.
 */
export function createBidStore(sql: Sql): BidStore {
  const isWaiting = createBatch<string, boolean>({
    async run(usccs) {
      const found = await sql.query<{ uscc: string }>(WAITING, [[...new Set(usccs)]])
      const waiting = new Set(found.map(({ uscc }) => uscc))
      return usccs.map(uscc => waiting.has(uscc))
    },
  })
  return {
    isWaiting,
    async announce(opening, step) {
      const made = await sql.query(ANNOUNCE, [
        ...stepValues(step),
        opening.id,
        opening.center,
        opening.state,
        ...timesOf(opening),
        JSON.stringify(opening),
      ])
      return made.length === 1
    },
    opening: async id => (await sql.query<OpeningRow>(OPENING, [id])).map(openingOf)[0],
    async changeOpening(opening, step) {
      const saved = { ...opening, version: opening.version + 1 }
      const values = [opening.id, opening.version, opening.state, ...timesOf(opening), JSON.stringify(saved), opening.state === 'cancelled']
      return (await sql.query(CHANGE_OPENING, [...stepValues(step), ...values])).length === 1 ? saved : undefined
    },
    openingsBetween: async (state, from, to, limit, after) =>
      (await sql.query<OpeningRow>(BETWEEN, [state, from.toISOString(), to.toISOString(), after?.opensAt ?? null, after?.id ?? null, limit])).map(
        openingOf,
      ),
    openingsToSettle: async (at, limit) => (await sql.query<OpeningRow>(TO_SETTLE, [at.toISOString(), limit])).map(openingOf),
    settled: async id => {
      await sql.query(SETTLED, [id])
    },
    async register(bid, step, before) {
      const { openingId, uscc, envelope, receivedAt, certificates } = bid
      try {
        const values = [openingId, uscc, envelope, JSON.stringify(bid), receivedAt, certificates.map(each => each.thumbprint)]
        const all = [...stepValues(step), ...values, before?.envelope ?? null, before?.state ?? null]
        const [row = (await sql.query<BidRow>(REGISTER_OPEN, all))[0]] = await sql.query<BidRow>(REGISTER, all)
        return row && bidOf(row)
      } catch (thrown) {
        // the envelope is another company's, or another opening's
        if (errorCode(thrown) === UNIQUE_VIOLATION) return undefined
        throw thrown
      }
    },
    bid: async (openingId, uscc) => (await sql.query<BidRow>(BID, [openingId, uscc])).map(bidOf)[0],
    async changeBid(bid, step, states, ticket) {
      const values = [bid.openingId, bid.uscc, bid.version, bid.state, bid.since ?? null, JSON.stringify(bid), [...states]]
      const asked = [ticket?.id ?? null, ticket?.state ?? null, ticket?.askedAt ?? null, ticket === undefined ? null : JSON.stringify(ticket)]
      const [row] = await sql.query<BidRow>(CHANGE_BID, [...stepValues(step), ...values, ...asked])
      return row && bidOf(row)
    },
    stillAt: async ({ openingId, uscc, version }, at) => (await sql.query(STILL_AT, [openingId, uscc, version, at.toISOString()])).length === 1,
    bids: async (openingId, limit, after, state) =>
      (state === undefined
        ? await sql.query<BidRow>(BIDS, [openingId, after ?? '', limit])
        : await sql.query<BidRow>(BIDS_IN, [openingId, after ?? '', limit, state])
      ).map(bidOf),
    async counts(openingId) {
      const rows = await sql.query<{ state: BidState; count: string | number | bigint }>(COUNTS, [openingId])
      return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]))
    },
    stale: async (before, limit) => (await sql.query<BidRow>(STALE, [before.toISOString(), limit])).map(bidOf),
    byCertificate: async (thumbprint, limit) => (await sql.query<Joined>(BY_CERTIFICATE, [thumbprint, limit])).map(joinedOf),
    ofCompany: async (uscc, limit, before) =>
      (await sql.query<Joined>(OF_COMPANY, [uscc, before?.opensAt ?? null, before?.id ?? null, limit])).map(joinedOf),
    ofCenter: async (center, limit, before) =>
      (await sql.query<OpeningRow>(OF_CENTER, [center, before?.opensAt ?? null, before?.id ?? null, limit])).map(openingOf),
    steps: async (openingId, limit, after, uscc) =>
      (uscc === undefined
        ? await sql.query<StepRow>(STEPS, [openingId, after ?? 0, limit])
        : await sql.query<StepRow>(STEPS_OF, [openingId, after ?? 0, limit, uscc])
      ).map(stepOf),
    async note(step) {
      await sql.query(NOTE, stepValues(step))
    },
    unaudited: async limit => (await sql.query<StepRow>(UNAUDITED, [limit])).map(stepOf),
    async audited(seqs) {
      await sql.query(AUDITED, [seqs])
    },
  }
}

interface OpeningRow {
  version: number
  body: string
}
const openingOf = ({ version, body }: OpeningRow): Opening => ({ ...readJson<Opening>(body), version })
const timesOf = ({ opensAt, decryptBy }: Opening) => [opensAt, decryptBy]

interface BidRow {
  version: number
  since: Date | null
  body: string
}
function bidOf({ version, since, body }: BidRow): Bid {
  const { since: _, ...bid } = readJson<Bid>(body)
  return { ...bid, version, ...(since === null ? {} : { since: since.toISOString() }) }
}

type Joined = BidRow & { opening_version: number; opening_body: string }
const joinedOf = (row: Joined) => ({ bid: bidOf(row), opening: openingOf({ version: row.opening_version, body: row.opening_body }) })

const ANNOUNCE = write(
  'bid_announce',
  withStep(
    `INSERT INTO bid_opening (id, center, state, version, opens_at, decrypt_by, settled, body)
     VALUES ($8::text, $9::text, $10::text, 1, $11::timestamptz, $12::timestamptz, false, $13::text) ON CONFLICT (id) DO NOTHING RETURNING id`,
  ),
)
const OPENING = read('bid_opening', `SELECT version, body FROM bid_opening WHERE id = $1`)
const CHANGE_OPENING = write(
  'bid_opening_change',
  withStep(
    `UPDATE bid_opening SET state = $10::text, version = version + 1, opens_at = $11::timestamptz, decrypt_by = $12::timestamptz, body = $13::text, settled = $14::boolean
     WHERE id = $8::text AND version = $9::int RETURNING id`,
  ),
)
const BETWEEN = read(
  'bid_openings_between',
  `SELECT version, body FROM bid_opening WHERE state = $1 AND opens_at >= $2::timestamptz AND opens_at <= $3::timestamptz
   AND ($4::timestamptz IS NULL OR (opens_at, id) > ($4::timestamptz, $5::text)) ORDER BY opens_at, id LIMIT $6`,
)
const TO_SETTLE = read(
  'bid_openings_to_settle',
  `SELECT version, body FROM bid_opening WHERE NOT settled AND state IN ('open', 'closed') AND decrypt_by <= $1::timestamptz ORDER BY decrypt_by LIMIT $2`,
)
const SETTLED = write(
  'bid_opening_settled',
  `UPDATE bid_opening SET settled = true WHERE id = $1 AND state = 'closed' AND NOT EXISTS (SELECT 1 FROM bid WHERE opening_id = $1 AND state IN ('waiting', 'decrypting', 'rescuing'))`,
)
/** The row of the opening is held first; its own time decides, not what the caller had read. The company's bid is replaced where it is still the one that stood when this one came. */
const taking = (held: string) =>
  withStep(
    `INSERT INTO bid (opening_id, uscc, envelope, state, version, body)
     SELECT $8::text, $9::text, $10::text, 'waiting', 1, $11::text FROM held
     ON CONFLICT (opening_id, uscc) DO UPDATE SET envelope = excluded.envelope, state = 'waiting', version = bid.version + 1, since = NULL, body = excluded.body
     WHERE bid.state IN ('waiting', 'withdrawn') AND bid.envelope = $14::text AND bid.state = $15::text RETURNING version, since, body`,
    {
      first: `held AS (${held})`,
      more: `encrypted AS (
        INSERT INTO bid_certificate (thumbprint, envelope) SELECT thumbprint, $10::text FROM changed, unnest($13::text[]) AS thumbprint ON CONFLICT DO NOTHING
      )`,
      answer: 'version, since, body',
    },
  )
/** Locked against a postponement at the same moment. */
const REGISTER = write(
  'bid_register',
  taking(`SELECT 1 FROM bid_opening WHERE id = $8::text AND state = 'announced' AND opens_at > $12::timestamptz FOR SHARE`),
)
/** It came before the deadline, and was looked at until after the opening. The opening changes with it, so that nobody closes it by a count that lacks this bid. */
const REGISTER_OPEN = write(
  'bid_register_open',
  taking(`UPDATE bid_opening SET version = version + 1 WHERE id = $8::text AND state = 'open' AND opens_at > $12::timestamptz RETURNING 1`),
)
const BID = read('bid', `SELECT version, since, body FROM bid WHERE opening_id = $1 AND uscc = $2`)
const CHANGE_BID = write(
  'bid_change',
  withStep(
    `UPDATE bid SET state = $11::text, version = version + 1, since = $12::timestamptz, body = $13::text WHERE opening_id = $8::text AND uscc = $9::text AND version = $10::int
     AND EXISTS (SELECT 1 FROM bid_opening WHERE id = $8::text AND state = ANY($14::text[])) RETURNING version, since, body`,
    {
      more: `asked AS (
        INSERT INTO bid_rescue (id, state, version, touched, body) SELECT $15::text, $16::text, 1, $17::timestamptz, $18::text FROM changed WHERE $15::text IS NOT NULL
      )`,
      answer: 'version, since, body',
    },
  ),
)
const STILL_AT = write(
  'bid_still_at',
  `UPDATE bid SET since = $4::timestamptz WHERE opening_id = $1 AND uscc = $2 AND version = $3::int AND since IS NOT NULL RETURNING 1 AS one`,
)
const BIDS = read('bids', `SELECT version, since, body FROM bid WHERE opening_id = $1 AND uscc > $2 ORDER BY uscc LIMIT $3`)
const BIDS_IN = read('bids_in', `SELECT version, since, body FROM bid WHERE opening_id = $1 AND state = $4 AND uscc > $2 ORDER BY uscc LIMIT $3`)
const COUNTS = read('bid_counts', `SELECT state, count(*) AS count FROM bid WHERE opening_id = $1 GROUP BY state`)
const STALE = read(
  'bids_stale',
  `SELECT version, since, body FROM bid WHERE state = 'decrypting' AND since < $1::timestamptz ORDER BY since LIMIT $2`,
)
const BY_CERTIFICATE = read(
  'bids_by_certificate',
  `SELECT b.version, b.since, b.body, o.version AS opening_version, o.body AS opening_body
   FROM bid_certificate c JOIN bid b ON b.envelope = c.envelope JOIN bid_opening o ON o.id = b.opening_id
   WHERE c.thumbprint = $1 AND b.state = 'waiting' AND o.state = 'announced' ORDER BY o.opens_at, o.id LIMIT $2`,
)
const WAITING = inLane(
  'swift',
  read(
    'bids_waiting',
    `SELECT DISTINCT b.uscc FROM bid b JOIN bid_opening o ON o.id = b.opening_id WHERE b.uscc = ANY($1::text[]) AND b.state = 'waiting' AND o.state = 'announced'`,
  ),
)
const OF_COMPANY = read(
  'bids_of_company',
  `SELECT b.version, b.since, b.body, o.version AS opening_version, o.body AS opening_body FROM bid b JOIN bid_opening o ON o.id = b.opening_id
   WHERE b.uscc = $1 AND ($2::timestamptz IS NULL OR (o.opens_at, o.id) < ($2::timestamptz, $3::text)) ORDER BY o.opens_at DESC, o.id DESC LIMIT $4`,
)
const OF_CENTER = read(
  'bid_openings_of_center',
  `SELECT version, body FROM bid_opening WHERE center = $1 AND ($2::timestamptz IS NULL OR (opens_at, id) < ($2::timestamptz, $3::text))
   ORDER BY opens_at DESC, id DESC LIMIT $4`,
)
const STEP = 'seq, opening_id, uscc, kind, at, by, facts, trace'
const STEPS = read('bid_steps', `SELECT ${STEP} FROM bid_step WHERE opening_id = $1 AND seq > $2::bigint ORDER BY seq LIMIT $3`)
const STEPS_OF = read('bid_steps_of', `SELECT ${STEP} FROM bid_step WHERE opening_id = $1 AND seq > $2::bigint AND uscc = $4 ORDER BY seq LIMIT $3`)
const NOTE = write('bid_step_note', withStep('SELECT 1 AS one'))
const UNAUDITED = read('bid_steps_unaudited', `SELECT ${STEP} FROM bid_step JOIN bid_step_new USING (seq) ORDER BY seq LIMIT $1`)
const AUDITED = write('bid_steps_audited', `DELETE FROM bid_step_new WHERE seq = ANY($1::bigint[])`)
