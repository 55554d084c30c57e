import { writeFenJson } from './fen-json.ts'
import { columnsOf } from './ledger.ts'
import type { BondLine, BondRow, BondSection } from './stores-bonds.ts'
import type { NewOutgoing } from './stores-channel.ts'
import type { Write } from './stores-effects.ts'
import type { LedgerOrder } from './stores-ledger.ts'

/** Writes that effects are made of, as the SQL functions effect_<kind> read them. */

/** The bond at `row.version` (0: a new one), the line of what happened, and money beside it. */
export const bondWrite = (row: BondRow, line: BondLine | undefined, beside?: BondRow): Write => ({
  kind: 'bond',
  what: {
    ...bondColumns(row),
    key_tag: line?.keyTag,
    line: line?.sealed,
    ...(beside === undefined ? {} : { beside: { ...bondColumns(beside), version: 0 } }),
  },
})

/** One more bond of a section that is open, written with the bond itself. @param sealed the bond's id, under the platform's key */
export const bondLateWrite = (sectionId: string, id: string, sealed: string): Write => ({
  kind: 'bond_late',
  what: { section_id: sectionId, id, sealed },
})

/** All of them are posted, or nothing of the effect is written. */
export const ledgerWrite = (orders: readonly LedgerOrder[]): Write => ({ kind: 'ledger', what: orders.map(columnsOf) })

/** Due at once; a message whose key its receiver was told before is passed over. */
export const outgoingWrite = ({
  id,
  receiver,
  idempotencyKey,
  type,
  schema,
  body,
  encryptionKey,
  deadline,
  createdAt,
  trace,
}: NewOutgoing): Write => ({
  kind: 'outgoing',
  what: { id, receiver, idempotency_key: idempotencyKey, type, schema, body, encryption_key: encryptionKey, deadline, created_at: createdAt, trace },
})

/** A section at `version` (0: a new one). */
export const sectionWrite = (section: BondSection): Write => ({
  kind: 'section',
  what: {
    ...{ id: section.id, center: section.center, project_id: section.projectId, version: section.version, opens_at: section.opensAt },
    body: writeFenJson({ ...section, version: section.version + 1 }),
  },
})

/** @param sealed what is to be done, under the platform's key; due from then on */
export const taskWrite = (id: string, sealed: string, due: string): Write => ({ kind: 'task', what: { id, sealed, due_at: due } })
/** It is done; by who has the lease. */
export const taskDoneWrite = (id: string, lease: string): Write => ({ kind: 'task_done', what: { id, lease } })

const bondColumns = ({ id, version, placeTag, accountTag, companyTag, slotTag, sealed, bidder, payer }: BondRow) => ({
  id,
  version,
  place_tag: placeTag,
  account_tag: accountTag,
  company_tag: companyTag,
  slot_tag: slotTag,
  sealed,
  bidder,
  payer,
})
