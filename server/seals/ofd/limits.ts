/** Owns the bounds of everything that is read from an OFD, and the one way of refusing it. Sizes are bytes. */
import { BrokerError } from '../../kernel/errors.ts'

export const OFD_LIMITS = {
  entries: 20_000,
  /** inflated, one part */
  part: 64 * 1024 * 1024,
  /** inflated, all parts */
  parts: 256 * 1024 * 1024,
  /** how many times its packed size a part of more than a megabyte may be; drawings and pictures stay far below */
  ratio: 200,
  name: 1024,
  /** one XML part */
  xml: 32 * 1024 * 1024,
  /** characters of XML that are read of one package, parts read again counted again: some thousand full pages, a few seconds */
  reading: 32 * 1024 * 1024,
  depth: 64,
  nodes: 300_000,
  attributes: 64,
  documents: 100,
  pages: 10_000,
  /** characters of words that are looked for */
  words: 200,
  /** bytes that are digested to find out what a list of signatures was before */
  history: 16 * 1024 * 1024,
  references: 20_000,
  /** places of one seal, and stamps of one signature that are looked at */
  places: 2_000,
  /** characters of text on one page that are searched */
  characters: 500_000,
} as const

export const unusable = (facts: string, cause?: unknown): BrokerError =>
  new BrokerError('seal_document_unusable', facts, cause === undefined ? {} : { cause })
