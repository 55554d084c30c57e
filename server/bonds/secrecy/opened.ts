import { type Clock, hours } from '../../kernel/clock.ts'
import { fill } from '../../kernel/fill.ts'
import { newId } from '../../kernel/ids.ts'
import type { Sealing } from '../../kernel/sealing.ts'
import { readJson } from '../../storage/json.ts'
import type { BondSection, BondStore } from '../../storage/stores-bonds.ts'
import type { Write } from '../../storage/stores-effects.ts'
import type { OpenedBondStore } from '../../storage/stores-opened-bonds.ts'
import { bondLateWrite } from '../../storage/writes.ts'
import type { Whose } from '../sections.ts'
import { isOpened } from '../state/context.ts'
import type { Tags } from './tags.ts'

/**
 * Which bonds an opened section has, so that nobody asks all its places at every reading. Owns that none is missed: what comes while the section is open is written down with itself, and all others are looked for once
 * nothing that was planned while it was closed can still be written. The ids are sealed: rows of one section, laid beside the names that its opening made public, would tell which rows of other sections are whose.
 */
export interface OpenedDeps {
  store: Pick<BondStore, 'idsForCenter'>
  opened: OpenedBondStore
  sealing: Sealing
  tags: Tags
  clock: Clock
}

/** A plan is a minute old at most when it is sent (storage/effects.ts) and its statement ends within another; the rest is for clocks that differ. */
const SETTLED = hours(1)
/** characters to which a list is filled up */
const STEP = 4096

/** @throws BrokerError `bond_unknown`, `bond_before_opening`. In no order; money that was assigned to another section since may be among them */
export async function idsOfOpened({ store, opened, sealing, tags, clock }: OpenedDeps, { sectionId, center }: Whose): Promise<string[]> {
  const asked = { sectionId, center, now: clock.now() }
  const known = await opened.find(asked)
  if (known?.sealed !== undefined) {
    const late = known.late.map(each => sealing.open(each, lateLabel(sectionId)))
    return [...new Set([...readJson<string[]>(sealing.open(known.sealed, foundLabel(sectionId))), ...late])]
  }
  const ids = await store.idsForCenter({ ...asked, placeTags: tags.places(sectionId) })
  if (known === undefined) await opened.begin(sectionId, asked.now)
  else if (asked.now.getTime() - Date.parse(known.begunAt) >= SETTLED)
    await opened.found(sectionId, known.version, sealing.seal(fill(JSON.stringify(ids), STEP), foundLabel(sectionId)))
  return ids
}

/** What is written beside a bond that comes to this section now; nothing while it is closed. */
export function lateWrites(section: BondSection | undefined, bondId: string, { sealing, clock }: Pick<OpenedDeps, 'sealing' | 'clock'>): Write[] {
  if (section === undefined || !isOpened(section, clock.now())) return []
  return [bondLateWrite(section.id, newId(), sealing.seal(bondId, lateLabel(section.id)))]
}

const foundLabel = (sectionId: string): string => `bonds-opened:${sectionId}`
const lateLabel = (sectionId: string): string => `bond-late:${sectionId}`
