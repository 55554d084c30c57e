import type { Value } from './sql.ts'
import type { CompanyEntry } from './stores-authorization.ts'

/** How a line of the company's record is written, by whichever statement: a mandate's change and a seal's write it beside their own row. A column is a name and its type. */
export const ENTRY_COLUMNS = [
  'enterprise_id text',
  'at timestamptz',
  'kind text',
  'membership_id text',
  'person_name text',
  'act text',
  'center text',
  'project text',
  'section text',
  'amount_fen bigint',
  'seal text',
  'power text',
  'mandate_id text',
  'reference text',
  'trace text',
  'once text',
] as const
export const entryValues = (entry: CompanyEntry): Value[] => [
  entry.enterpriseId,
  entry.at,
  entry.kind,
  entry.membershipId ?? null,
  entry.personName,
  entry.act ?? null,
  entry.center ?? null,
  entry.project ?? null,
  entry.section ?? null,
  entry.amountFen ?? null,
  entry.seal ?? null,
  entry.power ?? null,
  entry.mandateId ?? null,
  entry.reference ?? null,
  entry.trace,
  entry.once ?? null,
]

export const names = (columns: readonly string[]): string => columns.map(column => column.split(' ')[0]).join(', ')
/** `$n::type` for each column, counted from `first` */
export const holders = (columns: readonly string[], first: number): string =>
  columns.map((column, i) => `$${first + i}::${column.split(' ')[1]}`).join(', ')
