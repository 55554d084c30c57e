import type { Markup } from '../../web/markup.ts'
import type { Words } from '../../web/words.ts'
import type { Sealer } from './ports.ts'

/** One request of a person who is logged in at the company's pages, and the frame these stand in: the company workbench's, joined by the composition root. */
export interface SealVisit {
  by: Sealer
  representative: boolean
  /** the page in the workbench's frame */
  frame(page: { title: Words; lead?: Words; scripts?: readonly string[]; body: Markup }): string
}
