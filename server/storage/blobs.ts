import { read, type Sql, write } from './sql.ts'
import type { BlobStore } from './stores-seal-tasks.ts'

/** bytes of one row: what the embedded database and a server take in their stride */
const PIECE = 512 * 1024

/** Documents on their way through the house. Each piece is a row; the last one is written last and says how many there are, so that half of one is none. */
export function createBlobStore(sql: Sql): BlobStore {
  return {
    async put(id, bytes, expiresAt) {
      const pieces = Math.max(1, Math.ceil(bytes.length / PIECE))
      for (let n = 0; n < pieces; n++) {
        const piece = Buffer.from(bytes.buffer, bytes.byteOffset + n * PIECE, Math.min(PIECE, bytes.length - n * PIECE))
        await sql.query(PUT, [id, n, piece.toString('base64'), n === pieces - 1 ? pieces : null, expiresAt.toISOString()])
      }
    },
    async get(id) {
      const pieces: Buffer[] = []
      for (let n = 0; ; n++) {
        const [row] = await sql.query<{ bytes: string; pieces: number | null }>(GET, [id, n])
        if (row === undefined) return undefined
        pieces.push(Buffer.from(row.bytes, 'base64'))
        if (row.pieces !== null) return row.pieces === pieces.length ? Buffer.concat(pieces) : undefined
      }
    },
    async drop(id) {
      await sql.query(DROP, [id])
    },
  }
}

const PUT = write(
  'blob_put',
  `INSERT INTO blob_piece (blob_id, n, bytes, pieces, expires_at) VALUES ($1, $2::int, decode($3, 'base64'), $4::int, $5::timestamptz) ON CONFLICT (blob_id, n) DO NOTHING`,
)
const GET = read('blob_get', `SELECT encode(bytes, 'base64') AS bytes, pieces FROM blob_piece WHERE blob_id = $1 AND n = $2::int`)
const DROP = write('blob_drop', `DELETE FROM blob_piece WHERE blob_id = $1`)
