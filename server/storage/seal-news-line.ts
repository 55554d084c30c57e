import { holders, names } from './company-entries.ts'
import type { Value } from './sql.ts'
import type { NewSealNews } from './stores-seal-interface.ts'

/** How news of a seal or task is written by the statement of the change itself, so that none is lost with a process and none is told of a change that did not happen. */
const COLUMNS = ['event text', 'client_id text', 'enterprise_id text', 'subject text', 'data text', 'at timestamptz', 'trace text'] as const

export const newsValues = (news: NewSealNews | undefined): Value[] =>
  news === undefined
    ? COLUMNS.map(() => null)
    : [news.event, news.clientId ?? null, news.enterpriseId ?? null, news.subject, news.data, news.at, news.trace]

/**
 * For a WITH clause: one row where there is news and the change happened.
 * @param first number of the first of newsValues
 * @param from what the change returns: one row, or none
 */
export const newsInto = (first: number, from: string): string =>
  `INSERT INTO seal_news (${names(COLUMNS)}) SELECT ${holders(COLUMNS, first)} FROM ${from} WHERE $${first}::text IS NOT NULL`
