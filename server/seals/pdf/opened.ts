/** Owns a document as far as it can be read for judging: as a set of objects, or when it is encrypted or broken by its bytes alone. Also what in it no standard knows. */
import { asBrokerError } from '../../kernel/errors.ts'
import type { Check } from '../report.ts'
import { openPdf, PdfFile, type Revision } from './file.ts'
import { catalogOf } from './form.ts'
import type { PdfDict } from './objects.ts'
import { requireWhole } from './revisions.ts'
import { check } from './words.ts'

/** What the document is, as far as it can be read. */
export interface Opened {
  bytes: Buffer
  now: Revision | undefined
  findings: Check[]
}

/** Undefined for what the document's own fault keeps from being read. */
export function attempt<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (thrown) {
    if (asBrokerError(thrown).code !== 'seal_document_unusable') throw thrown
    return undefined
  }
}

export function open(bytes: Buffer): Opened {
  try {
    const now = openPdf(bytes)
    const odd = unknownEntries(now)
    const findings = odd.length === 0 ? [] : [check('unknown-entries', 'no', odd.join(' '))]
    if (attempt(() => [requireWhole(now)]) === undefined) findings.push(check('structure', 'no', 'objects are not where the file says'))
    return { bytes, now, findings }
  } catch (thrown) {
    const { facts } = asBrokerError(thrown)
    const isEncrypted = attempt(() => new PdfFile(bytes).revision().trailer.has('Encrypt')) === true
    return { bytes, now: undefined, findings: [check(isEncrypted ? 'encrypted' : 'structure', 'no', facts)] }
  }
}

const TRAILER = [
  'Size',
  'Prev',
  'Root',
  'Encrypt',
  'Info',
  'ID',
  'XRefStm',
  'Type',
  'W',
  'Index',
  'Filter',
  'DecodeParms',
  'Length',
  'AuthCode',
  'DocChecksum',
]
const CATALOG = [
  ...[
    'Type',
    'Version',
    'Extensions',
    'Pages',
    'PageLabels',
    'Names',
    'Dests',
    'ViewerPreferences',
    'PageLayout',
    'PageMode',
    'Outlines',
    'Threads',
    'OpenAction',
    'AA',
    'URI',
    'AcroForm',
  ],
  ...[
    'Metadata',
    'StructTreeRoot',
    'MarkInfo',
    'Lang',
    'SpiderInfo',
    'OutputIntents',
    'PieceInfo',
    'OCProperties',
    'Perms',
    'Legal',
    'Requirements',
    'Collection',
    'NeedsRendering',
    'DSS',
    'AF',
    'DPartRoot',
  ],
]

/** Entries of trailer and catalog that are no standard's: harmless by themselves, and where sneaky updates keep a second way to an object. */
function unknownEntries(revision: Revision): string[] {
  const odd = (where: string, dict: PdfDict, known: readonly string[]): string[] =>
    [...dict.entries.keys()].filter(key => !known.includes(key)).map(key => `${where} ${key}`)
  return [...odd('trailer', revision.trailer, TRAILER), ...odd('catalog', catalogOf(revision), CATALOG)].slice(0, 20)
}
