import { z } from 'zod'
import { BrokerError } from '../../kernel/errors.ts'
import { SEAL_KINDS, type SealKind } from '../../storage/stores-seals.ts'
import type { Placement } from '../contract.ts'
import { KINDS } from '../life/kinds.ts'
import { type Paging, pagingOf } from '../paging.ts'
import { PlacementWish, page, toPlacement } from '../placement-wish.ts'
import { uploadedBytes, uploadOf } from './documents.ts'
import { LIMITS } from './limits.ts'
import { type Ask, BASE, type SealOperation } from './operation.ts'
import type { SealRoom } from './room.ts'

/** Where a seal would stand, before anybody signs: pages and their sizes, words and where they are, and what a placement comes to. Owns these operations; where they come is each format's (seals/paging.ts). */
export const Box = z
  .strictObject({ page: z.int(), left: z.number(), top: z.number(), width: z.number(), height: z.number() })
  .meta({ id: 'Box', description: 'Millimetres from the top left of the page as it is read.' })
const Pages = z
  .strictObject({ count: z.int(), pages: z.array(z.strictObject({ page: z.int(), width: z.number(), height: z.number() })) })
  .meta({ id: 'Pages', description: 'Every page and its size in millimetres, as it is read.' })
const WordsQuestion = z
  .strictObject({ words: z.string().min(1).max(60) })
  .meta({ id: 'WordsQuestion', description: 'Words to look for; white space does not count.' })
const WordsAnswer = z
  .strictObject({ found: z.array(z.strictObject({ nth: z.int(), page: z.int(), x: z.number(), y: z.number() })), more: z.boolean() })
  .meta({ id: 'WordsAnswer', description: 'Where the words stand: their centre, in millimetres, from the top down.' })
const SimulateQuestion = z
  .strictObject({
    places: z.array(PlacementWish).min(1).max(LIMITS.places),
    kind: z.enum(SEAL_KINDS).optional().describe('Whose usual size is taken; the company’s seal unless told.'),
  })
  .meta({ id: 'SimulateQuestion', description: 'Placements to try.' })
const SimulateAnswer = z
  .strictObject({ size: z.strictObject({ width: z.number(), height: z.number() }), boxes: z.array(Box) })
  .meta({ id: 'SimulateAnswer', description: 'Where the seal would stand; nothing is sealed.' })
const EdgeQuestion = z
  .strictObject({
    from: page.optional(),
    to: page.optional(),
    side: z.enum(['right', 'left']).optional(),
    pages_each: z.int().min(2).max(200).optional(),
  })
  .meta({ id: 'EdgeQuestion', description: 'A page-edge seal over a run of pages; one seal spans at most `pages_each` pages (20 unless told).' })
const EdgeAnswer = z
  .strictObject({ places: z.array(PlacementWish), strip: z.number().describe('Millimetres: the narrowest strip on one page.') })
  .meta({ id: 'EdgeAnswer', description: 'The placements to send with the task, one for each seal that the pages need.' })

const rounded = (value: number): number => Math.round(value * 100) / 100

/** the size that a seal of a kind usually has, millimetres */
export const sizeOf = (kind: SealKind = 'company'): { width: number; height: number } => ({
  width: KINDS[kind].millimetres,
  height: KINDS[kind].millimetres,
})

/** @throws BrokerError seal_place_unusable, seal_document_unusable */
export const simulate = (
  paging: Paging,
  bytes: Buffer,
  places: readonly Placement[],
  size: { width: number; height: number },
): z.output<typeof Box>[] =>
  paging.boxes(bytes, places, size).map(({ page: on, left, top, width, height }) => ({
    page: on,
    left: rounded(left),
    top: rounded(top),
    width: rounded(width),
    height: rounded(height),
  }))

/** @throws BrokerError seal_upload_unknown, seal_document_unusable where it has no pages */
async function withPages(room: SealRoom, ask: Ask): Promise<{ paging: Paging; bytes: Buffer }> {
  const { id, format } = await uploadOf(room, ask.clientId, ask.param('id'))
  const paging = pagingOf(format)
  await ask.charge(5)
  return { paging, bytes: await uploadedBytes(room, id) }
}

const REFUSALS = ['seal_upload_unknown', 'seal_document_unusable'] as const
const shared = { scope: 'seals.tasks', status: 200 } as const

export const placementOperations: readonly SealOperation[] = [
  {
    ...shared,
    method: 'get',
    path: `${BASE}/documents/{id}/pages`,
    name: 'getPages',
    title: { zh: '页数与尺寸', en: 'Pages and their sizes' },
    about: { zh: 'PDF 或 OFD 每一页的宽高，毫米。', en: 'Width and height of every page of a PDF or OFD, in millimetres.' },
    answer: Pages,
    refusals: [...REFUSALS],
    async run(room, ask) {
      const { paging, bytes } = await withPages(room, ask)
      const pages = paging.pages(bytes).map(({ width, height }, i) => ({ page: i + 1, width: rounded(width), height: rounded(height) }))
      return { body: { count: pages.length, pages }, items: pages.length }
    },
  },
  {
    ...shared,
    path: `${BASE}/documents/{id}/words:find`,
    name: 'findWords',
    title: { zh: '关键字定位', en: 'Find words' },
    about: {
      zh: '关键字在 PDF 或 OFD 里的每一处位置，可直接用作盖章位置。找不到时答复空列表。',
      en: 'Every place where the words stand in a PDF or OFD, to be used as placements. Where they do not stand, the list is empty.',
    },
    request: WordsQuestion,
    answer: WordsAnswer,
    refusals: [...REFUSALS],
    example: { words: '投标人（盖章）' },
    async run(room, ask) {
      const { words } = ask.body(WordsQuestion)
      const { paging, bytes } = await withPages(room, ask)
      const hits = paging.find(bytes, words)
      const told = hits.slice(0, LIMITS.hits).map(({ page: on, x, y }, i) => ({ nth: i + 1, page: on, x: rounded(x), y: rounded(y) }))
      return { body: { found: told, more: hits.length > told.length }, items: told.length }
    },
  },
  {
    ...shared,
    path: `${BASE}/documents/{id}/placements:simulate`,
    name: 'simulatePlacements',
    title: { zh: '试算盖章位置', en: 'Try placements' },
    about: {
      zh: '印章会落在哪一页的哪个矩形里；放不下即拒绝。不盖章。',
      en: 'On which page and in which rectangle the seal would stand; refused where it does not fit. Nothing is sealed.',
    },
    request: SimulateQuestion,
    answer: SimulateAnswer,
    refusals: [...REFUSALS, 'seal_place_unusable'],
    example: { places: [{ kind: 'at', page: 1, x: 150, y: 250 }] },
    async run(room, ask) {
      const { places, kind } = ask.body(SimulateQuestion)
      const size = sizeOf(kind)
      const { paging, bytes } = await withPages(room, ask)
      const boxes = simulate(paging, bytes, places.map(toPlacement), size)
      return { body: { size, boxes }, items: boxes.length }
    },
  },
  {
    ...shared,
    path: `${BASE}/documents/{id}/edge:plan`,
    name: 'planEdge',
    title: { zh: '骑缝章方案', en: 'Plan a page-edge seal' },
    about: { zh: '页数多时需要几枚骑缝章、各跨哪些页。', en: 'How many page-edge seals a long document needs, and which pages each spans.' },
    request: EdgeQuestion,
    answer: EdgeAnswer,
    refusals: [...REFUSALS, 'seal_place_unusable'],
    example: { pages_each: 20 },
    async run(room, ask) {
      const { side, pages_each: each = 20, ...range } = ask.body(EdgeQuestion)
      const { paging, bytes } = await withPages(room, ask)
      const count = paging.pages(bytes).length
      const [first, last] = [range.from ?? 1, Math.min(range.to ?? count, count)]
      if (last - first < 1) throw new BrokerError('seal_place_unusable', `a page-edge seal over pages ${first} to ${last}`)
      // a seal over one page would be none
      const runs = Math.min(Math.ceil((last - first + 1) / each), Math.floor((last - first + 1) / 2))
      const base = Math.floor((last - first + 1) / runs)
      const longer = (last - first + 1) % runs
      const places: z.output<typeof PlacementWish>[] = []
      for (let i = 0, from = first; i < runs; i++) {
        const to = from + base + (i < longer ? 1 : 0) - 1
        places.push({ kind: 'edge', from, to, ...(side === undefined ? {} : { side }) })
        from = to + 1
      }
      const boxes = simulate(paging, bytes, places.map(toPlacement), sizeOf())
      return { body: { places, strip: Math.min(...boxes.map(({ width }) => width)) }, items: places.length }
    },
  },
]
