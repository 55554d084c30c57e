/** Owns the table of revocation sources that an operator sees: what each last said, how old that is, what went wrong, when it is asked again. */
import type { AnswerCache, AnswersAtHand } from './revocation-answers.ts'
import type { ListCache } from './revocation-cache.ts'
import type { Held } from './revocation-list.ts'
import { describeSource, type Source, type SourceState, type Sources } from './revocation-sources.ts'

export interface RevocationState {
  /** the ones in trouble first, then by address; at most 500 */
  sources: SourceState[]
  /** how many more there are */
  more: number
}

const MOST = 500
const TROUBLE = { nothing: 0, ended: 1, 'last-known-good': 2, fresh: 3 } as const satisfies Record<SourceState['condition'], number>

export function revocationState(at: Date, sources: Sources, lists: ListCache, answers: AnswerCache): RevocationState {
  const atHand = answers.summary()
  const rows = sources.all().map(source => (source.kind === 'ocsp' ? responderRow(source, atHand.get(source), at) : listRow(source, lists, at)))
  rows.sort(
    (a, b) =>
      TROUBLE[a.condition] - TROUBLE[b.condition] || Number(b.lastError !== undefined) - Number(a.lastError !== undefined) || compare(a.url, b.url),
  )
  return { sources: rows.slice(0, MOST), more: Math.max(0, rows.length - MOST) }
}

function listRow(source: Source, lists: ListCache, at: Date): SourceState {
  const row = describeSource(source)
  const held = lists.find(source)
  if (held === undefined) return row
  const { thisUpdate, nextUpdate, size } = held.crl
  return {
    ...row,
    condition: conditionOf(held, source, at),
    thisUpdate,
    ...(nextUpdate === undefined ? {} : { nextUpdate }),
    ageSeconds: age(at, thisUpdate.getTime()),
    entries: size,
    nextRefresh: new Date(lists.refreshAt(held)),
  }
}

function conditionOf({ crl }: Held, { rules }: Source, at: Date): SourceState['condition'] {
  if (crl.isFresh(at)) return 'fresh'
  const longest = Math.max(0, ...[...rules.values()].map(rule => rule.lastKnownGood))
  return crl.nextUpdate !== undefined && at.getTime() <= crl.nextUpdate.getTime() + longest * 1000 ? 'last-known-good' : 'ended'
}

function responderRow(source: Source, atHand: AnswersAtHand | undefined, at: Date): SourceState {
  const row = describeSource(source)
  if (atHand === undefined)
    return row.lastAnswer === undefined ? row : { ...row, condition: row.lastError === undefined ? 'fresh' : 'ended', entries: 0 }
  return {
    ...row,
    condition: at.getTime() <= atHand.until ? 'fresh' : 'ended',
    thisUpdate: new Date(atHand.thisUpdate),
    nextUpdate: new Date(atHand.until),
    ageSeconds: age(at, atHand.thisUpdate),
    entries: atHand.entries,
  }
}

const age = (at: Date, issued: number): number => Math.max(0, (at.getTime() - issued) / 1000)
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
