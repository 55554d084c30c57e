import { createHash } from 'node:crypto'
import type { LedgerBlock, LedgerEntry, LedgerJournal, LedgerStore } from '../../storage/stores-ledger.ts'

/**
 * The chain over the journals: blocks of them, each hashed with SM3 together with the hash before. Owns what is hashed and how the chain is checked. It is made behind the postings and never holds them up; a block ends
 * where nothing below is under way, so no journal slips in behind it. Who keeps a day's root elsewhere proves by it that nothing before was rewritten.
 */

/** What stands before the first block. */
const GENESIS = '0'.repeat(64)

interface Sealed {
  journal: LedgerJournal
  entries: readonly LedgerEntry[]
}

/** journals in a block, at most */
const FULL = 1000

/** @returns lower-case hexadecimal */
function blockHash(previous: string, number: bigint, lastId: bigint, sealed: readonly Sealed[]): string {
  const digest = createHash('sm3').update(`${JSON.stringify(['ledger-block-1', previous, String(number), String(lastId), sealed.length])}\n`)
  for (const each of sealed) digest.update(`${lineOf(each)}\n`)
  return digest.digest('hex')
}

/** every column, as one JSON array: no two journals run together into the same text */
function lineOf({ journal: j, entries }: Sealed): string {
  const optional = [j.bankAt, j.expiresAt, j.resolves, j.outcome, j.reverses, j.reason, j.askedBy, j.agreedBy].map(each =>
    each === undefined ? null : String(each),
  )
  return JSON.stringify([
    ...[
      String(j.id),
      j.key,
      j.content,
      j.phase,
      j.movement,
      j.entries,
      j.bookedAt,
      j.bookedOn,
      j.valueOn,
      j.evidence.kind,
      j.evidence.reference,
      j.evidence.digest,
      j.trace,
    ],
    ...optional,
    entries.map(e => [e.n, String(e.account), String(e.version), e.side, String(e.amount), e.pending, String(e.balance), e.bookedOn]),
  ])
}

/**
 * Writes the blocks that can be written. Of several processes one writes each.
 * @returns the blocks that this call wrote; none where somebody writes a journal for so long that it was not waited for
 */
export async function seal(store: LedgerStore, now: () => Date): Promise<LedgerBlock[]> {
  const settled = await store.settled()
  const written: LedgerBlock[] = []
  for (;;) {
    const head = await store.head()
    const after = head?.lastId ?? 0n
    if (settled === undefined || after >= settled) return written
    // a day ends with a block of its own
    const day = await store.dayBehind(after)
    const most = day !== undefined && day.lastId < settled ? day.lastId : settled
    const sealed = await store.between(after, most, FULL)
    const lastId = sealed.length === FULL ? (sealed.at(-1)?.journal.id ?? most) : most
    const number = (head?.number ?? 0n) + 1n
    const hash = blockHash(head?.hash ?? GENESIS, number, lastId, sealed)
    const block = { number, lastId, journals: sealed.length, hash, sealedAt: now().toISOString() }
    if (await store.addBlock(block)) written.push(block)
  }
}

export type ChainVerdict =
  | { ok: true; blocks: number; journals: number; head: string }
  | { ok: false; block: number; facts: string; blocks: number; journals: number }

/**
 * Reads the chain from its beginning and computes every hash anew. It finds a changed, missing or added journal or entry, and a block that is gone. It cannot find a ledger rewritten from some journal to its end together
 * with its blocks: for that keep a day's root elsewhere and compare it.
 */
export async function verifyChain(store: LedgerStore, onProgress: (blocks: number) => void = () => undefined): Promise<ChainVerdict> {
  let [number, after, hash, journals] = [0n, 0n, GENESIS, 0]
  const broken = (facts: string): ChainVerdict => ({ ok: false, block: Number(number) + 1, facts, blocks: Number(number), journals })
  for (;;) {
    const blocks = await store.blocks(number, 100)
    for (const block of blocks) {
      if (block.number !== number + 1n) return broken(`block ${number + 1n} is missing; the next one there is ${block.number}`)
      if (block.lastId <= after) return broken('it ends before it begins')
      // one more than there may be, so that what was added behind a full block is seen
      const sealed = await store.between(after, block.lastId, FULL + 1)
      if (sealed.length !== block.journals) return broken(`it has ${sealed.length} journals, and ${block.journals} when it was sealed`)
      if (blockHash(hash, block.number, block.lastId, sealed) !== block.hash) return broken('its journals do not match its hash')
      ;[number, after, hash, journals] = [block.number, block.lastId, block.hash, journals + sealed.length]
    }
    onProgress(Number(number))
    if (blocks.length === 0) return { ok: true, blocks: Number(number), journals, head: hash }
  }
}
