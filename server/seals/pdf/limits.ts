/** Owns the bounds of reading a PDF, and the one refusal for what lies beyond them or cannot be read. A real document comes nowhere near; a hostile one ends here. */
import { BrokerError } from '../../kernel/errors.ts'

export const PDF_LIMITS = {
  /** arrays and dictionaries inside each other, and references that lead to references */
  depth: 64,
  /** values in one array or dictionary */
  items: 1_000_000,
  /** cross-reference sections, one or two for each update */
  sections: 1000,
  /** cross-reference entries of all sections together */
  entries: 600_000,
  pages: 20_000,
  /** form fields, and annotations of one page */
  fields: 50_000,
  /** bytes out of one stream */
  decoded: 64 * 1024 * 1024,
  /** bytes out of all streams of a document */
  decodedTotal: 256 * 1024 * 1024,
  /** places that one order may seal */
  places: 1000,
  /** operators and operands that a search for words reads */
  operators: 5_000_000,
  /** characters that it keeps */
  characters: 1_000_000,
  /** objects that comparing two states of a document looks at, for all its signatures together */
  compared: 3_000_000,
} as const

/** The document cannot be sealed or verified; a file that a viewer would first have to repair is such a one, as each repairs it its own way. */
export const unusable = (facts: string, cause?: unknown): BrokerError =>
  new BrokerError('seal_document_unusable', facts, cause === undefined ? {} : { cause })
