import type { FailureCode } from '../../kernel/errors.ts'
import { asBrokerError, BrokerError } from '../../kernel/errors.ts'
import type { SealTask, SealTaskDocument, SealTaskStore } from '../../storage/stores-seal-tasks.ts'
import { dayOf } from '../../web/beijing.ts'
import type { Placement, SealPicture } from '../contract.ts'
import { type PagePreview, previewPage } from '../ofd/preview.ts'
import { hasPages, pagingOf, type SealBox } from '../paging.ts'
import { dated } from '../picture/dated.ts'
import { HAND_SIZE, HANDWRITTEN } from './handwritten.ts'
import type { SealDesk, Sealer } from './ports.ts'
import type { SealTasks } from './tasks.ts'

/**
 * The pages of a task's document with the seal where it will stand, and moving it there before anybody signs. Owns who may move it: the person, where the document came without a place that somebody else has asked for.
 * What is shown comes from the very functions that will set the seal.
 */
export interface Placing {
  /** @throws BrokerError seal_task_unknown, seal_document_unusable, seal_unknown, seal_not_in_force */
  look(by: Sealer, task: SealTask, n: number, chosen: { which: Which; sealId: string }): Promise<Look>
  /** Kept for what is fitted afterwards; what was fitted before is fitted anew. @throws BrokerError seal_wrong_state, seal_place_unusable, seal_date_unusable */
  place(by: Sealer, task: SealTask, n: number, wish: { places: readonly Placement[]; date?: DatePlace | undefined; sealId: string }): Promise<Look>
  /** one page as SVG. @throws BrokerError seal_place_unusable where it is not there, seal_document_unusable */
  page(task: SealTask, n: number, which: Which, page: number): Promise<PagePreview>
  /** the seal as it will be drawn, its date with it. @throws BrokerError seal_unknown, seal_not_in_force */
  picture(by: Sealer, sealId: string, date: DatePlace | undefined): Promise<SealPicture>
}

type Which = 'original' | 'sealed'
type DatePlace = NonNullable<SealTaskDocument['date']>

/** Lengths are millimetres. */
export interface Look {
  pages: { width: number; height: number }[]
  places: readonly Placement[]
  date?: DatePlace
  /** of the whole seal, its date with it */
  size: { width: number; height: number }
  boxes: SealBox[]
  movable: boolean
  /** why there are no boxes */
  problem?: FailureCode
}

export interface PlacingDeps {
  store: Pick<SealTaskStore, 'saveDocument'>
  tasks: SealTasks
  seals: SealDesk
  now(): Date
}

/** The seal as a document will show it. @param at when it is set */
export const asDrawn = (picture: SealPicture, date: DatePlace | undefined, at: Date): SealPicture =>
  date === undefined ? picture : dated(picture, written(at), date)

/** As it is written on paper. */
function written(at: Date): string {
  const [year, month, day] = dayOf(at).split('-').map(Number)
  return `${year}年${month}月${day}日`
}

export function createPlacing({ store, tasks, seals, now }: PlacingDeps): Placing {
  async function drawn(by: Sealer, sealId: string, date: DatePlace | undefined): Promise<SealPicture> {
    const picture = sealId === HANDWRITTEN ? { ...HAND_SIZE, shapes: [] } : (await seals.inForce(by.enterpriseId, sealId)).picture
    return asDrawn(picture, date, now())
  }

  async function look(by: Sealer, task: SealTask, n: number, { which, sealId }: { which: Which; sealId: string }): Promise<Look> {
    const document = await tasks.document(task, n)
    const paging = pagingOf(document.format)
    const bytes = await tasks.bytes(document, which)
    const pages = paging.pages(bytes)
    if (which === 'sealed') return { pages, places: [], size: { width: 0, height: 0 }, boxes: [], movable: false }
    const places = placesIn(document)
    const { date } = document
    const { width, height } = await drawn(by, sealId, date)
    const about = { pages, places, ...(date === undefined ? {} : { date }), size: { width, height }, movable: mayMove(document) }
    try {
      return { ...about, boxes: paging.boxes(bytes, places, { width, height }) }
    } catch (thrown) {
      // the pages can be looked at all the same, and a place chosen that is there
      const { code } = asBrokerError(thrown)
      if (code !== 'seal_place_unusable') throw thrown
      return { ...about, boxes: [], problem: code }
    }
  }

  return {
    look,
    picture: drawn,

    async place(by, task, n, { places, date, sealId }) {
      for (;;) {
        const document = await tasks.document(task, n)
        if (!mayMove(document)) throw new BrokerError('seal_wrong_state', 'the place is fixed, or the document sealed')
        demandDatable(document, places, date)
        const [after, before] = [await drawn(by, sealId, date), await drawn(by, sealId, document.date)]
        // the seal stays where it is when a date comes below it
        const down = (after.height - before.height) / 2
        const moved = places.map(place => (place.kind === 'at' ? { ...place, y: place.y + down } : place))
        pagingOf(document.format).boxes(await tasks.bytes(document, 'original'), moved, { width: after.width, height: after.height })
        const { order: _, date: __, ...rest } = document
        const saved = await store.saveDocument({ ...rest, places: JSON.stringify(moved), ...(date === undefined ? {} : { date }) })
        if (saved !== undefined) return await look(by, task, n, { which: 'original', sealId })
        const { version } = await tasks.document(task, n)
        if (version === document.version) throw new BrokerError('seal_wrong_state', 'the task has ended')
      }
    },

    async page(task, n, which, page) {
      const document = await tasks.document(task, n)
      // a PDF is drawn by the browser
      if (document.format !== 'ofd') throw new BrokerError('seal_document_unusable', `a page of a ${document.format} is not drawn here`)
      return previewPage(await tasks.bytes(document, which), page)
    },
  }
}

const placesIn = ({ places }: SealTaskDocument): Placement[] => JSON.parse(places) as Placement[]

const mayMove = ({ movable, state, format }: SealTaskDocument): boolean => movable === true && state === 'waiting' && hasPages(format)

/** An OFD's readers draw the picture that the seal's maker signed, and nothing beside it; across page edges a date would be cut to pieces. @throws BrokerError seal_date_unusable */
export function demandDatable({ format }: Pick<SealTaskDocument, 'format'>, places: readonly Placement[], date: DatePlace | undefined): void {
  if (date === undefined) return
  if (format !== 'pdf') throw new BrokerError('seal_date_unusable', `a date beside the seal in a document of format ${format}`)
  if (places.some(({ kind }) => kind === 'edge')) throw new BrokerError('seal_date_unusable', 'a date on a page-edge seal')
}
