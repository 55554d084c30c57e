import { inLane, type Sql, write } from './sql.ts'
import type { BondTask, BondTaskStore } from './stores-bonds.ts'

/** What is still to be done about bonds. Owns that one process works at a task at a time. Tasks are made and done as writes of effects (writes.ts). */
export function createBondTaskStore(sql: Sql): BondTaskStore {
  return {
    claim: async (lease, { now, until }, limit) => await sql.query<BondTask>(CLAIM, [lease, now.toISOString(), until.toISOString(), limit]),
    again: async (id, lease, due) => (await sql.query(AGAIN, [id, lease, due.toISOString()])).length === 1,
  }
}

const CLAIM = inLane(
  'durable',
  write(
    'bond_task_claim',
    `UPDATE bond_task SET lease = $1, lease_until = $3::timestamptz, tries = tries + 1 WHERE id IN (
       SELECT id FROM bond_task WHERE due_at <= $2::timestamptz AND (lease_until IS NULL OR lease_until <= $2::timestamptz)
       ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED) RETURNING id, sealed, tries`,
  ),
)
const AGAIN = inLane(
  'durable',
  write(
    'bond_task_again',
    `UPDATE bond_task SET due_at = $3::timestamptz, lease = NULL, lease_until = NULL WHERE id = $1 AND lease = $2 RETURNING id`,
  ),
)
