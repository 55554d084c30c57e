import { readJson } from './json.ts'
import type { Value } from './sql.ts'
import { type Step, type StoredStep, TOLD_STEPS } from './stores-bids.ts'

/**
 * How a change and its step become one statement. The step's parameters come first, $1 to $7; the change is an expression named `changed` that answers with rows where it took place, and the step is
 * written once for each.
 */
export const stepValues = ({ openingId, uscc, kind, at, by, facts, trace }: Step): Value[] => [
  openingId,
  uscc ?? null,
  kind,
  at,
  by,
  JSON.stringify(facts),
  trace,
]

/**
 * @param changed the text of the change, with parameters from $8 on
 * @param first expressions that the change reads from
 * @param more further expressions, which may read from `changed`
 * @param answer what is selected from `changed`
 */
export const withStep = (
  changed: string,
  { first = '', more = '', answer = 'true AS done' }: { first?: string; more?: string; answer?: string } = {},
): string => `
  WITH ${first === '' ? '' : `${first}, `}changed AS (${changed}), step AS (
    INSERT INTO bid_step (opening_id, uscc, kind, at, by, facts, trace)
    SELECT $1::text, $2::text, $3::text, $4::timestamptz, $5::text, $6::text, $7::text FROM changed RETURNING seq
  ), fresh AS (INSERT INTO bid_step_new (seq) SELECT seq FROM step),
  untold AS (INSERT INTO bid_step_untold (seq) SELECT seq FROM step WHERE $3::text IN (${TOLD_STEPS.map(kind => `'${kind}'`).join(', ')}))${more === '' ? '' : `, ${more}`}
  SELECT ${answer} FROM changed`

export interface StepRow {
  seq: bigint | number | string
  opening_id: string
  uscc: string | null
  kind: string
  at: Date
  by: string
  facts: string
  trace: string
}

/** What this house wrote: kinds and codes are the ones that went in. */
export function stepOf(row: StepRow): StoredStep {
  const { kind, uscc } = row as Pick<StoredStep, 'kind'> & { uscc: NonNullable<StoredStep['uscc']> | null }
  return {
    seq: Number(row.seq),
    openingId: row.opening_id,
    ...(uscc === null ? {} : { uscc }),
    kind,
    at: row.at.toISOString(),
    by: row.by,
    facts: readJson(row.facts),
    trace: row.trace,
  }
}
