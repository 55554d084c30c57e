import { stepValues, withStep } from './bid-steps.ts'
import { readJson } from './json.ts'
import { errorCode, read, type Sql, UNIQUE_VIOLATION, write } from './sql.ts'
import type { BidNoticeStore, BidRescueStore, GivenShare, RescueTicket } from './stores-bids.ts'

/** Rescues and the shares given for them. Owns that a place is given once and a person gives once, that one process performs, and that the shares are gone when it ended. */
export function createBidRescueStore(sql: Sql): BidRescueStore {
  return {
    ticket: async id => (await sql.query<TicketRow>(TICKET, [id])).map(ticketOf)[0],
    async give({ ticketId, place, custodian, by, at, sealed }, step) {
      try {
        return (await sql.query(GIVE, [...stepValues(step), ticketId, place, custodian, by, at, sealed])).length === 1
      } catch (thrown) {
        if (errorCode(thrown) === UNIQUE_VIOLATION) return false
        throw thrown
      }
    },
    shares: async ticketId =>
      (await sql.query<Omit<GivenShare, 'at'> & { at: Date }>(SHARES, [ticketId])).map(({ at, ...share }) => ({ ...share, at: at.toISOString() })),
    async change(ticket) {
      const saved = { ...ticket, version: ticket.version + 1 }
      const changed = await sql.query(CHANGE, [ticket.id, ticket.version, ticket.state, ticket.since ?? ticket.askedAt, JSON.stringify(saved)])
      return changed.length === 1 ? saved : undefined
    },
    async end(ticket, bid, step) {
      const values = [
        ticket.id,
        ticket.version,
        ticket.state,
        JSON.stringify(ticket),
        bid.openingId,
        bid.uscc,
        bid.version,
        bid.state,
        JSON.stringify(bid),
      ]
      if ((await sql.query(END, [...stepValues(step), ...values])).length === 0) return false
      await sql.query(WIPE, [ticket.id])
      return true
    },
    waiting: async (state, before, limit) => (await sql.query<TicketRow>(WAITING, [state, before.toISOString(), limit])).map(ticketOf),
  }
}

interface TicketRow {
  version: number
  body: string
}
const ticketOf = ({ version, body }: TicketRow): RescueTicket => ({ ...readJson<RescueTicket>(body), version })

const TICKET = read('bid_rescue', `SELECT version, body FROM bid_rescue WHERE id = $1`)
/** The ticket is locked, so that no share comes in behind the process that wipes them. */
const GIVE = write(
  'bid_rescue_give',
  withStep(
    `INSERT INTO bid_rescue_share (ticket_id, place, custodian, by, at, sealed)
     SELECT $8::text, $9::int, $10::text, $11::text, $12::timestamptz, $13::text FROM (
       SELECT 1 FROM bid_rescue WHERE id = $8::text AND state = 'gathering' FOR SHARE
     ) AS held RETURNING place`,
  ),
)
const SHARES = read(
  'bid_rescue_shares',
  `SELECT ticket_id AS "ticketId", place, custodian, by, at, sealed FROM bid_rescue_share WHERE ticket_id = $1 ORDER BY place`,
)
const CHANGE = write(
  'bid_rescue_change',
  `UPDATE bid_rescue SET version = version + 1, state = $3, touched = $4::timestamptz, body = $5 WHERE id = $1 AND version = $2::int RETURNING id`,
)
/** The ticket is locked first: two processes that both think it theirs end it once, or neither the bid nor the shares are touched. */
const END = write(
  'bid_rescue_end',
  withStep(
    `UPDATE bid SET state = $15::text, version = bid.version + 1, since = NULL, body = $16::text
     FROM (SELECT 1 FROM bid_rescue WHERE id = $8::text AND version = $9::int FOR UPDATE) AS held
     WHERE bid.opening_id = $12::text AND bid.uscc = $13::text AND bid.version = $14::int RETURNING bid.uscc`,
    {
      more: `ended AS (UPDATE bid_rescue SET state = $10::text, version = version + 1, body = $11::text FROM changed WHERE id = $8::text AND version = $9::int),
        wiped AS (DELETE FROM bid_rescue_share USING changed WHERE ticket_id = $8::text)`,
    },
  ),
)
/** A share that was being given while the end waited for the ticket is seen by the next statement alone. */
const WIPE = write('bid_rescue_wipe', 'DELETE FROM bid_rescue_share WHERE ticket_id = $1')
const WAITING = read(
  'bid_rescues_waiting',
  `SELECT version, body FROM bid_rescue WHERE state = $1 AND touched < $2::timestamptz ORDER BY touched LIMIT $3`,
)

/** Which warnings went out. A process that died between claiming and sending loses its claim, so that none is lost. */
export function createBidNoticeStore(sql: Sql): BidNoticeStore {
  return {
    claim: async (key, at, lost) => (await sql.query(CLAIM, [key, at.toISOString(), lost.toISOString()])).length === 1,
    among: async keys => new Set((await sql.query<{ key: string }>(AMONG, [keys])).map(row => row.key)),
    async sent(key, at) {
      await sql.query(SENT, [key, at.toISOString()])
    },
  }
}

const CLAIM = write(
  'bid_notice_claim',
  `INSERT INTO bid_notice AS n (key, claimed_at) VALUES ($1, $2::timestamptz)
   ON CONFLICT (key) DO UPDATE SET claimed_at = excluded.claimed_at WHERE n.sent_at IS NULL AND n.claimed_at < $3::timestamptz RETURNING key`,
)
const AMONG = read('bid_notices_among', `SELECT key FROM bid_notice WHERE key = ANY($1::text[]) AND sent_at IS NOT NULL`)
const SENT = write('bid_notice_sent', `UPDATE bid_notice SET sent_at = $2::timestamptz WHERE key = $1`)
