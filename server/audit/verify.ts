import type { AuditRow, AuditStore } from '../storage/stores-audit.ts'
import { chainHash, GENESIS } from './chain.ts'

/** What a check of the whole record found: all well, or the first row that is not as it was written. */
export type AuditVerdict =
  | { ok: true; events: number; head: string }
  | { ok: false; found: 'changed' | 'missing' | 'reordered' | 'added'; seq: number; facts: string; events: number }

export interface VerifyOptions {
  /** called after every page with how many rows are done and how many there are */
  onProgress?: (done: number, total: number) => void
  /** start behind a row whose hash is known from elsewhere, such as an earlier check */
  from?: { seq: number; hash: string }
}

const PAGE = 1000

/**
 * Reads the record from its beginning and computes every hash anew. It finds a changed byte, a missing row, rows in another order, rows added behind the writer's back, and a tail cut off (the head row
 * knows how far the record went). It cannot find a record rewritten from some row to its end together with the head row: for that keep `head` of an earlier check elsewhere and give it as `from`.
 */
export async function verifyAudit(store: AuditStore, options: VerifyOptions = {}): Promise<AuditVerdict> {
  const head = await store.head()
  let { seq, hash } = options.from ?? { seq: 0, hash: GENESIS }
  const first = seq
  const broken = (found: 'changed' | 'missing' | 'reordered' | 'added', at: number, facts: string): AuditVerdict => ({
    ok: false,
    found,
    seq: at,
    facts,
    events: seq - first,
  })

  while (seq < head.seq) {
    const rows = await store.read(seq + 1, PAGE)
    if (rows.length === 0) return broken('missing', seq + 1, `rows ${seq + 1} to ${head.seq} are gone; the head of the record says they were written`)
    for (const [i, row] of rows.entries()) {
      if (row.seq > head.seq) break
      if (row.seq !== seq + 1) return broken('missing', seq + 1, `row ${seq + 1} is missing; the next one there is ${row.seq}`)
      if (chainHash(hash, row) !== row.hash) {
        const other = standsAt(rows.slice(i + 1), hash, row.seq)
        return other === undefined
          ? broken('changed', row.seq, `row ${row.seq} (${row.at}, ${row.code.slice(0, 40)}) does not match its hash`)
          : broken('reordered', row.seq, `what was written as row ${row.seq} stands at ${other}`)
      }
      seq = row.seq
      hash = row.hash
    }
    options.onProgress?.(seq - first, head.seq - first)
  }

  if (seq > head.seq) return broken('missing', head.seq + 1, `the record ends at ${head.seq}, before row ${seq} from which the check was to start`)
  if (hash !== head.hash) return broken('changed', head.seq, `the last row's hash is not the one that the head of the record names`)
  // rows behind the head are either written since it was read, or were never written by us
  const [behind] = await store.read(seq + 1, 1)
  if (behind !== undefined && (await store.head()).seq < behind.seq)
    return broken('added', behind.seq, `row ${behind.seq} stands behind the head of the record`)
  return { ok: true, events: seq - first, head: hash }
}

/** Where a row now stands that would fit behind `previous` at `seq`. */
function standsAt(rows: readonly AuditRow[], previous: string, seq: number): number | undefined {
  return rows.find(row => chainHash(previous, { ...row, seq }) === row.hash)?.seq
}
