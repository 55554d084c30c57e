import { verifyAudit } from '../../server/audit/verify.ts'
import { checkLedger } from '../../server/bonds/ledger/check.ts'
import { keptOf } from '../../server/bonds/rows.ts'
import type { Sealing } from '../../server/kernel/sealing.ts'
import type { Sql } from '../../server/storage/sql.ts'
import type { Stores } from '../../server/storage/stores.ts'

/** All that the platform has on disk about messages, bonds and money. Amounts are fen. */
export interface PlatformBooks {
  bonds: { id: string; state: string; account?: string; serial?: string; in: bigint; interest: bigint; returned: bigint; order?: string }[]
  /** messages taken in, by id */
  inbox: string[]
  outbox: { id: string; type: string; state: string; key: string }[]
  /** what lies at the bank, by bond */
  settlements: { owner: string; debits: bigint; credits: bigint; pending: bigint }[]
  /** rules that the ledger breaks */
  breaches: string[]
  auditHolds: boolean
}

export async function readBooks(sql: Sql, stores: Stores, sealing: Sealing): Promise<PlatformBooks> {
  const texts = async (text: string): Promise<Record<string, string>[]> =>
    (await sql.run(text, [])).rows.map(row => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)])))
  const bonds: PlatformBooks['bonds'] = []
  for (const { id = '' } of await texts('SELECT id FROM bond ORDER BY id')) {
    const row = await stores.bonds.forStep(id)
    if (row === undefined) continue
    const { bond, account } = keptOf(row, sealing)
    const { in: received, interest, returned } = bond.totals
    const more = {
      ...(bond.receipt === undefined ? {} : { serial: bond.receipt.serial }),
      ...(bond.order === undefined ? {} : { order: bond.order.id }),
    }
    bonds.push({ id, state: bond.state, ...(account === undefined ? {} : { account }), ...more, in: received, interest, returned })
  }
  const settlements = await texts(
    `SELECT owner, debits_posted AS debits, credits_posted AS credits, debits_pending + credits_pending AS pending FROM ledger_account WHERE kind = 'settlement'`,
  )
  const outbox = await texts('SELECT id, type, state, idempotency_key AS key FROM channel_outgoing')
  const { breaches } = await checkLedger(stores.ledger)
  return {
    bonds,
    inbox: (await texts('SELECT id FROM channel_message')).map(({ id = '' }) => id),
    outbox: outbox.map(({ id = '', type = '', state = '', key = '' }) => ({ id, type, state, key })),
    settlements: settlements.map(({ owner = '', debits = '', credits = '', pending = '' }) => ({
      ...{ owner, debits: BigInt(debits), credits: BigInt(credits), pending: BigInt(pending) },
    })),
    breaches: breaches.map(({ rule, at, off }) => `${rule} at ${at} by ${off}`),
    auditHolds: (await verifyAudit(stores.audit)).ok,
  }
}
