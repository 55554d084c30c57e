import { z } from 'zod'
import type { Placement } from './contract.ts'

/** Placements as the interface and the page's script send them. Owns these words and their bounds; where a placement comes on a page is each format's. */
export const page = z.int().min(1).max(10_000)
const millimetres = z.number().min(0).max(10_000)
export const PlacementWish = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('at'),
      page,
      x: millimetres.describe('Of its centre, from the left.'),
      y: millimetres.describe('From the top.'),
    }),
    z.strictObject({ kind: z.literal('keyword'), words: z.string().min(1).max(60), nth: z.int().min(1).max(10_000).optional() }),
    z.strictObject({
      kind: z.literal('edge'),
      from: page.optional(),
      to: page.optional(),
      side: z.enum(['right', 'left']).optional(),
      y: millimetres.optional(),
    }),
  ])
  .meta({
    id: 'PlacementWish',
    description:
      'In millimetres from the top left of the page as it is read. `at`: a point; `keyword`: centred on words; `edge`: 骑缝章 over a run of pages.',
  })

export function toPlacement(wish: z.output<typeof PlacementWish>): Placement {
  switch (wish.kind) {
    case 'at':
      return wish
    case 'keyword':
      return { kind: 'keyword', words: wish.words, ...(wish.nth === undefined ? {} : { nth: wish.nth }) }
    case 'edge': {
      const { from, to, side, y } = wish
      const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
      return { kind: 'edge', ...range, ...(side === undefined ? {} : { side }), ...(y === undefined ? {} : { y }) }
    }
  }
}
