import { newTraceCode } from '../kernel/ids.ts'
import { pagesOf } from '../kernel/pages.ts'
import type { Uscc } from '../kernel/uscc.ts'
import type { Bond, BondStore } from '../storage/stores-bonds.ts'
import type { Readings, Seen } from './readings.ts'

/** What bonds say about their bidders, once names are released: told to whoever keeps companies' credit. Owns that nothing is told before, and that each thing is told once however often it is asked. */
export interface Conduct {
  /** of every bond of a section as they stand now */
  tell(sectionId: string): Promise<void>
}

/** One thing about one company; told again under its number nothing happens. */
export type AddConduct = (
  about: { uscc: Uscc; number: string; level: 'kept' | 'late' | 'forfeited'; on: Date; project?: string; evidence: string },
  trace: string,
) => Promise<unknown>

/** bonds read at once */
const PAGE = 200

export function createConduct({
  store,
  readings,
  add,
}: {
  store: Pick<BondStore, 'section' | 'projectsById'>
  readings: Pick<Readings, 'ofSection'>
  add: AddConduct
}): Conduct {
  return {
    async tell(sectionId) {
      const section = await store.section(sectionId)
      if (section?.releasedKey === undefined) return
      const [project] = await store.projectsById([section.projectId])
      const reading = readings.ofSection({ sectionId, center: section.center })
      for await (const page of pagesOf<Seen>(after => reading.page(after?.bond.id, PAGE), PAGE))
        for (const { bond, bidder } of page) {
          if (bidder === undefined) continue
          for (const { level, number } of levelsOf(bond)) {
            const about = { uscc: bidder.uscc, number, level, on: new Date(section.deadline), evidence: `section/${sectionId}/${bond.id}` }
            await add({ ...about, ...(project === undefined ? {} : { project: project.code }) }, newTraceCode())
          }
        }
    },
  }
}

/**
 * Money of somebody else, from another account or paid twice says nothing about how the company keeps its word. What an issuer paid for it was kept as its own money would be; a claim that nobody paid kept nothing.
 */
function levelsOf(bond: Bond): { level: 'kept' | 'late' | 'forfeited'; number: string }[] {
  const kept = bond.finding === 'matched' || bond.guarantee !== undefined
  const late = bond.finding === 'late' || bond.finding === 'short'
  const forfeited = bond.totals.forfeited > 0n || (bond.guarantee?.paidFen ?? 0n) > 0n
  return [
    ...(kept ? [{ level: 'kept' as const, number: bond.id }] : []),
    ...(late ? [{ level: 'late' as const, number: bond.id }] : []),
    ...(forfeited ? [{ level: 'forfeited' as const, number: `${bond.id}/forfeited` }] : []),
  ]
}
