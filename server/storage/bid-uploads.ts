import { read, type Sql, write } from './sql.ts'
import type { BidUpload, BidUploadStore, SeenShield, SeenShieldStore } from './stores-bids.ts'

/** Envelopes on their way in. Owns that an id is begun once, and how much one company may announce for one opening; the octets are files of bids/files/. */
export function createBidUploadStore(sql: Sql): BidUploadStore {
  const find = async (envelope: string) => (await sql.query<UploadRow>(FIND, [envelope])).map(uploadOf)[0]
  return {
    async begin({ envelope, openingId, uscc, size, begunAt, expiresAt }, most) {
      const made = await sql.query(BEGIN, [envelope, openingId, uscc, size, begunAt, expiresAt, most])
      if (made.length === 1) return 'begun'
      const known = await find(envelope)
      if (known !== undefined) return known.openingId === openingId && known.uscc === uscc && known.size === size ? 'begun' : 'taken'
      return (await sql.query(IS_BID, [envelope])).length === 0 ? 'full' : 'taken'
    },
    find,
    of: async (openingId, uscc, limit) => (await sql.query<UploadRow>(OF, [openingId, uscc, limit])).map(uploadOf),
    over: async (at, opened, limit) => (await sql.query<UploadRow>(OVER, [at.toISOString(), opened.toISOString(), limit])).map(uploadOf),
    async dropOver(envelope, opened) {
      const [row] = await sql.query<{ registered: boolean }>(DROP_OVER, [envelope, opened.toISOString()])
      return row && (row.registered ? 'registered' : 'left')
    },
    async drop(envelope) {
      await sql.query(DROP, [envelope])
    },
  }
}

/** Shields as they logged in, for the watch: reads what recognise.ts wrote. */
export const createSeenShieldStore = (sql: Sql): SeenShieldStore => ({
  ofCompanies: async (usccs, limitEach) =>
    (await sql.query<Omit<SeenShield, 'firstSeenAt'> & { firstSeenAt: Date }>(SEEN, [usccs, limitEach])).map(({ firstSeenAt, ...shield }) => ({
      ...shield,
      firstSeenAt: firstSeenAt.toISOString(),
    })),
})

interface UploadRow extends Omit<BidUpload, 'size' | 'begunAt' | 'expiresAt'> {
  size: number | string | bigint
  begunAt: Date
  expiresAt: Date
}
const uploadOf = ({ envelope, openingId, uscc, size, begunAt, expiresAt }: UploadRow): BidUpload => ({
  envelope,
  openingId,
  uscc,
  size: Number(size),
  begunAt: begunAt.toISOString(),
  expiresAt: expiresAt.toISOString(),
})

const COLUMNS = 'envelope, opening_id AS "openingId", uscc, size, begun_at AS "begunAt", expires_at AS "expiresAt"'
const BEGIN = write(
  'bid_upload_begin',
  `INSERT INTO bid_upload (envelope, opening_id, uscc, size, begun_at, expires_at)
   SELECT $1::text, $2::text, $3::text, $4::bigint, $5::timestamptz, $6::timestamptz
   WHERE (SELECT coalesce(sum(size), 0) FROM bid_upload WHERE opening_id = $2::text AND uscc = $3::text) + $4::bigint <= $7::bigint
   AND NOT EXISTS (SELECT 1 FROM bid WHERE envelope = $1::text)
   ON CONFLICT (envelope) DO NOTHING RETURNING envelope`,
)
const FIND = read('bid_upload', `SELECT ${COLUMNS} FROM bid_upload WHERE envelope = $1`)
const IS_BID = read('bid_upload_is_bid', 'SELECT 1 AS one FROM bid WHERE envelope = $1')
const OF = read('bid_uploads_of', `SELECT ${COLUMNS} FROM bid_upload WHERE opening_id = $1 AND uscc = $2 ORDER BY begun_at DESC, envelope LIMIT $3`)
const OVER = read(
  'bid_uploads_over',
  `SELECT ${COLUMNS} FROM bid_upload u WHERE expires_at < $1::timestamptz
   AND EXISTS (SELECT 1 FROM bid_opening o WHERE o.id = u.opening_id AND o.opens_at < $2::timestamptz) ORDER BY expires_at LIMIT $3`,
)
const DROP_OVER = write(
  'bid_upload_drop_over',
  `DELETE FROM bid_upload u USING bid_opening o WHERE u.envelope = $1 AND o.id = u.opening_id AND o.opens_at < $2::timestamptz
   RETURNING EXISTS (SELECT 1 FROM bid b WHERE b.envelope = u.envelope) AS registered`,
)
const DROP = write('bid_upload_drop', 'DELETE FROM bid_upload WHERE envelope = $1')
const SEEN = read(
  'bid_seen_shields',
  `SELECT e.uscc, s.thumbprint, s.issuer, s.subject_name AS subject, s.not_before AS "notBefore", s.created_at AS "firstSeenAt"
   FROM enterprise e JOIN LATERAL (
     SELECT c.* FROM shield_binding b JOIN shield_certificate c ON c.thumbprint = b.thumbprint WHERE b.enterprise_id = e.id ORDER BY c.created_at DESC LIMIT $2
   ) s ON true WHERE e.uscc = ANY($1::text[])`,
)
