import { later, minutes } from '../kernel/clock.ts'
import type { Bond, BondSection } from '../storage/stores-bonds.ts'
import { isOpened } from './state/context.ts'
import { validityEnd } from './state/guarantee.ts'
import type { SectionTask } from './task-writes.ts'

/** the longest from when something is judged until it is written, and whoever reads then finds it */
export const WRITING = minutes(1)

/**
 * What is left to do about money that comes, or is told, when the task of its section that would have decided it is done, or may be by the time this is written. Owns that no money stays because a bank told it late.
 * @param bond as it came
 */
export function toldAfter(bond: Bond, section: BondSection | undefined, now: Date): SectionTask | undefined {
  if (section === undefined || bond.sectionId !== section.id) return undefined
  const task = (what: 'opened' | 'abandoned' | 'validity-ended', at: Date): SectionTask => ({
    do: what,
    sectionId: section.id,
    at: later(now, at).toISOString(),
    bondId: bond.id,
  })
  if (section.state === 'abandoned') return task('abandoned', now)
  const soon = new Date(now.getTime() + WRITING)
  if (section.opensAt === undefined || !isOpened(section, soon)) return undefined
  // before the opening for all money alike: else a copy of the database would say which of it does not count
  if (bond.finding !== 'matched' || !isOpened(section, now)) return task('opened', new Date(section.opensAt))
  const ends = validityEnd(section)
  return soon < ends ? undefined : task('validity-ended', ends)
}
