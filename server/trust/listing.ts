/** Owns the list as a file: everything the rows say, in an order that does not change, so that two exports can be compared and one taken back. */
import { BrokerError } from '../kernel/errors.ts'
import { type Change, readChanges } from './change.ts'
import { writeEntry } from './entry.ts'
import type { TrustSnapshot } from './snapshot.ts'

const FORMAT = 'shared-shield trust list 1'

/** JSON, one row a line. */
export function exportList({ version, cas }: Pick<TrustSnapshot, 'version' | 'cas'>): string {
  return `{"format":${JSON.stringify(FORMAT)},"version":${version},"cas":[\n${cas.map(writeEntry).join(',\n')}\n]}\n`
}

/** A file's rows as changes. Rows that the file lacks stay: what is to go is taken out by name. @throws BrokerError trust_entry_invalid */
export function listChanges(text: string): Change[] {
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch (cause) {
    throw new BrokerError('trust_entry_invalid', 'the file is not JSON', { cause })
  }
  if (
    typeof given !== 'object' ||
    given === null ||
    !('format' in given) ||
    given.format !== FORMAT ||
    !('cas' in given) ||
    !Array.isArray(given.cas)
  )
    throw new BrokerError('trust_entry_invalid', `the file is not a "${FORMAT}"`)
  return given.cas.length === 0 ? [] : readChanges(given.cas.map(ca => ({ kind: 'put', ca })))
}

/** What an operator writes for a proposal: a list as exported (perhaps of one row, edited), or `{"remove": ["id", ...]}`. @throws BrokerError trust_entry_invalid */
export function readProposalFile(text: string): Change[] {
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    // said by listChanges
  }
  if (typeof given === 'object' && given !== null && 'remove' in given && Array.isArray(given.remove))
    return readChanges(given.remove.map((id: unknown) => ({ kind: 'remove', id })))
  return listChanges(text)
}
