import type { Bond, BondSection } from '../storage/stores-bonds.ts'
import { isOpened } from './state/context.ts'
import { validityEnd } from './state/guarantee.ts'
import type { SectionTask } from './task-writes.ts'

/**
 * What is left to do about money that comes, or is told, when the task of its section that would have decided it is done. Owns that no money stays because a bank told it late.
 * @param bond as it came
 */
export function toldAfter(bond: Bond, section: BondSection | undefined, now: Date): SectionTask | undefined {
  if (section === undefined || bond.sectionId !== section.id) return undefined
  const task = (what: 'opened' | 'abandoned' | 'validity-ended'): SectionTask => ({
    do: what,
    sectionId: section.id,
    at: now.toISOString(),
    bondId: bond.id,
  })
  if (section.state === 'abandoned') return task('abandoned')
  if (!isOpened(section, now)) return undefined
  if (bond.finding !== 'matched') return task('opened')
  return now < validityEnd(section) ? undefined : task('validity-ended')
}
