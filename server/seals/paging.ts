/** Looking at a document before anybody signs: its pages and their sizes, where words stand, and where seals would. Owns the words for it; each format with pages answers them in its folder (paging.ts). */
import { BrokerError } from '../kernel/errors.ts'
import { type Placement, recognised } from './contract.ts'
import { ofd } from './ofd/ofd.ts'
import { ofdPaging } from './ofd/paging.ts'
import { pdfPaging } from './pdf/paging.ts'
import { pdf } from './pdf/pdf.ts'

/** Lengths are millimetres from the top left of a page as it is read; pages count from 1. */
export interface Paging {
  /** @throws BrokerError seal_document_unusable */
  pages(document: Uint8Array): { width: number; height: number }[]
  /** the centre of the words each time they stand there, in the order of reading; empty where they do not. @throws BrokerError seal_document_unusable */
  find(document: Uint8Array, words: string): { page: number; x: number; y: number }[]
  /** @throws BrokerError seal_place_unusable, seal_document_unusable */
  boxes(document: Uint8Array, places: readonly Placement[], size: { width: number; height: number }): SealBox[]
}

/** What of a seal is seen on a page. */
export interface SealBox {
  /** which of the placements it comes from, from 0 */
  place: number
  page: number
  left: number
  top: number
  width: number
  height: number
  /** of a page-edge seal: from where to where, as parts of the whole seal's width */
  strip?: { from: number; to: number }
}

const PAGED: ReadonlyMap<string, Paging> = new Map([
  ['pdf', pdfPaging],
  ['ofd', ofdPaging],
])

/** @throws BrokerError seal_document_unusable for a format without pages */
export function pagingOf(format: string): Paging {
  const found = PAGED.get(format)
  if (found === undefined) throw new BrokerError('seal_document_unusable', `a document of format ${format} has no pages to look at here`)
  return found
}

export const hasPages = (format: string): boolean => PAGED.has(format)

/** @returns undefined for what has no pages, or is of no known format */
export const pagingFor = (document: Uint8Array): Paging | undefined => PAGED.get(recognised([pdf, ofd], document)?.name ?? '')
