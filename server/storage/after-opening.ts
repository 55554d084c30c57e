import { BrokerError } from '../kernel/errors.ts'

/** A row of such an answer: `open` of the section, and what was asked about it, or nothing. */
export type Gated<Columns> = Partial<Columns> & { open: boolean | null }

/**
 * What a center asked about its section, joined to whether the latest announced opening time has passed. The statement itself joins no rows before then (`ON s.open`); here it is said why there are none.
 * @param rows none where the center has no such section
 * @throws BrokerError `bond_unknown`, `bond_before_opening`
 */
export function afterOpening<Columns extends { id: string }, Row>(rows: readonly Gated<Columns>[], rowOf: (columns: Columns) => Row): Row[] {
  const [first] = rows
  if (first === undefined) throw new BrokerError('bond_unknown', 'no section of this center')
  if (first.open !== true) throw new BrokerError('bond_before_opening', 'before the latest announced opening time, or without one')
  return rows.flatMap(row => (isThere<Columns>(row) ? [rowOf(row)] : []))
}

/** what the outer join found, and not its empty half */
const isThere = <Columns extends { id: string }>(row: Partial<Columns>): row is Columns => typeof row.id === 'string'
