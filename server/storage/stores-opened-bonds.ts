import type { SectionAsked } from './stores-bonds.ts'

/** Which bonds an opened section has. Nothing is written of a section that is closed. */
export interface OpenedBonds {
  /** of the section as it stands */
  version: number
  /** when it was first read so, open */
  begunAt: string
  /** the ids that were found, under the platform's key; absent until they were looked for */
  sealed?: string
  /** the ids of those that came since the opening, each under the platform's key */
  late: string[]
}

export interface OpenedBondStore {
  /**
   * In one statement with the question whether it may be asked; undefined where nobody read the section as it stands.
   * @throws BrokerError `bond_unknown`, `bond_before_opening`, as the bonds themselves
   */
  find(asked: SectionAsked): Promise<OpenedBonds | undefined>
  /** Somebody reads it. Only of a section that is open; what an earlier version had is gone. */
  begin(sectionId: string, now: Date): Promise<void>
  /** What was found, for the version alone in which it was looked for. */
  found(sectionId: string, version: number, sealed: string): Promise<void>
}
