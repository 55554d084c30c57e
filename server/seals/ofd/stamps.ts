/** Owns where seals show: on which pages, whether all of it is on the page, and whether something lies on top of it. Told, never judged: a seal holds however it is placed. */
import type { Check } from '../report.ts'
import { annotationsOf } from './annotations.ts'
import { type Box, within } from './basic-types.ts'
import { check, named } from './checks.ts'
import { type OfdDocument, paperOf } from './document.ts'
import type { OfdPackage } from './package.ts'
import type { OfdSignature, SignatureStamp } from './signature-file.ts'

/** in millimetres: rounding, and strips that end with the paper */
const SLACK = 0.5
/** how much of a seal, of one, may lie under something before it is told */
const COVERED = 0.2
const SMALLEST = 0.05
/** comparisons of one stamp with what may lie on it, for the whole document */
const MOST = 2_000_000

export interface Shown {
  /** from 1 */
  pages: number[]
  checks: Check[]
}

/** What is drawn on a page, in which order. */
interface Cover {
  by: number
  name: string
  page: string
  box: Box
}

/** @param signatures in the order of the list, as readers draw them */
export function checkStamps(of: OfdPackage, document: OfdDocument, signatures: readonly (OfdSignature | undefined)[]): Shown[] {
  const numbers = new Map(document.pages.map(({ id }, i) => [id, i + 1]))
  const papers = new Map<string, Box | undefined>()
  const paper = (id: string): Box | undefined => {
    if (!papers.has(id))
      papers.set(
        id,
        readable(() => paperAt(of, document, id)),
      )
    return papers.get(id)
  }
  const covers: Cover[] = signatures.flatMap((signature, by) =>
    (signature?.stamps ?? []).map(stamp => ({ by, name: `${by + 1}. ${signature?.path ?? ''}`, page: stamp.page, box: visible(stamp) })),
  )
  for (const { name, page, box } of readable(() => annotationsOf(of, document)) ?? []) covers.push({ by: signatures.length, name, page, box })
  let room = MOST
  return signatures.map((signature, i) => {
    const stamps = signature?.stamps ?? []
    room -= stamps.length * covers.length
    const above = room < 0 ? [] : covers.filter(({ by }) => by > i)
    return { pages: pagesOf(stamps, numbers), checks: checksOf(stamps, numbers, paper, above) }
  })
}

function pagesOf(stamps: readonly SignatureStamp[], numbers: ReadonlyMap<string, number>): number[] {
  return [...new Set(stamps.map(({ page }) => numbers.get(page)).filter(number => number !== undefined))].sort((a, b) => a - b)
}

function checksOf(
  stamps: readonly SignatureStamp[],
  numbers: ReadonlyMap<string, number>,
  paper: (page: string) => Box | undefined,
  above: readonly Cover[],
): Check[] {
  const found = { page: [] as string[], outside: [] as string[], invisible: [] as string[], covered: [] as string[] }
  for (const stamp of stamps) {
    const name = `${stamp.id}@${stamp.page}`.slice(0, 100)
    const there = paper(stamp.page)
    const box = visible(stamp)
    const seen = there === undefined ? box : within(there, box)
    if (!numbers.has(stamp.page)) found.page.push(name)
    else if (box.width <= SMALLEST || box.height <= SMALLEST) found.invisible.push(name)
    else if (box.width - seen.width > SLACK || box.height - seen.height > SLACK) found.outside.push(name)
    for (const cover of above) {
      if (cover.page === stamp.page && areaOf(within(box, cover.box)) > COVERED * areaOf(box)) found.covered.push(`${name}<${cover.name}`)
    }
  }
  const ids = stamps.map(({ id }) => id)
  const checks: Check[] = []
  if (found.page.length > 0) checks.push(check('stamp-page', 'no', named(found.page)))
  if (found.outside.length > 0) checks.push(check('stamp-outside', 'no', named(found.outside)))
  if (found.invisible.length > 0) checks.push(check('stamp-invisible', 'no', named(found.invisible)))
  if (found.covered.length > 0) checks.push(check('stamp-covered', 'no', named(found.covered)))
  if (new Set(ids).size < ids.length) checks.push(check('stamp-twice', 'no'))
  return checks
}

const areaOf = ({ width, height }: Box): number => width * height
const NOTHING: Box = { x: 0, y: 0, width: 0, height: 0 }

function visible({ boundary, clip }: SignatureStamp): Box {
  if (boundary === undefined) return NOTHING
  return clip === undefined ? boundary : within(boundary, { ...clip, x: boundary.x + clip.x, y: boundary.y + clip.y })
}

function paperAt(of: OfdPackage, document: OfdDocument, id: string): Box | undefined {
  const page = document.pages.find(each => each.id === id)
  return page === undefined ? undefined : paperOf(of, document, page)
}

/** A place that cannot be read says nothing; digests and structure tell of it. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
