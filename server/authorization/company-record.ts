import { createHash } from 'node:crypto'
import { fill } from '../kernel/fill.ts'
import type { Sealing } from '../kernel/sealing.ts'
import { readJson } from '../storage/json.ts'
import type { CompanyEntry, MandateStore } from '../storage/stores-authorization.ts'

/**
 * The company's record of what was done in its name, as its own people read it. Owns that a use which nobody may see before an opening is written without center, project, section and amount: these stand sealed in the
 * place of its reference, in boxes of one length, and only the company reads them back.
 */
export interface CompanyRecord {
  history: MandateStore['history']
  entriesOf: MandateStore['entriesOf']
}

type Written = CompanyEntry & { entry: number }
type Hidden = Pick<CompanyEntry, 'center' | 'project' | 'section' | 'amountFen' | 'reference'>

/** octets of JSON to which a box is filled up: a section's and a project's longest names fit */
const STEP = 2048
const MARK = 'sealed:'
const labelOf = (enterpriseId: string): string => `company-entry:${enterpriseId}`

export function hideEntry(entry: CompanyEntry, sealing: Sealing): CompanyEntry {
  const { center, project, section, amountFen, reference, ...rest } = entry
  const text = JSON.stringify({ center, project, section, amountFen, reference } satisfies { [K in keyof Hidden]: Hidden[K] | undefined })
  return { ...rest, reference: `${MARK}${sealing.seal(fill(text, STEP), labelOf(entry.enterpriseId))}` }
}

/** For the audit record: it binds the line and says nothing of what is in it. */
export const digestOfHidden = ({ reference = '' }: CompanyEntry): string => createHash('sm3').update(reference).digest('hex')

export function createCompanyRecord(store: Pick<MandateStore, 'history' | 'entriesOf'>, sealing: Sealing): CompanyRecord {
  const shown = (entry: Written): Written => {
    const { reference, ...rest } = entry
    if (reference?.startsWith(MARK) !== true) return entry
    try {
      return { ...rest, ...readJson<Hidden>(sealing.open(reference.slice(MARK.length), labelOf(entry.enterpriseId))) }
    } catch {
      // a center may choose a reference that only looks like one
      return entry
    }
  }
  return {
    history: async (...asked) => (await store.history(...asked)).map(shown),
    entriesOf: async (...asked) => (await store.entriesOf(...asked)).map(shown),
  }
}
