/**
 * Owns finding words on pages. Words are put together from where characters stand, not from how a program happened to write them: one word may come in many operators, one operator may hold a whole line. White space
 * does not count, and wide and narrow forms of a sign are the same.
 */
import { asBrokerError, BrokerError } from '../../kernel/errors.ts'
import type { Revision } from './file.ts'
import { asRead, type Paper, paperOf } from './geometry.ts'
import type { Page } from './pages.ts'
import { TextReader } from './text.ts'
import type { Character } from './text-run.ts'

/** Its centre, in millimetres from the top left of the page as it is read. */
interface Hit {
  page: Page
  x: number
  y: number
}

interface Placed {
  text: string
  left: number
  right: number
  baseline: number
  size: number
}

/** of the type's size: as far may a character be off its line, and from its neighbour, and still belong to them */
const OFF_LINE = 0.4
const GAP = 4
const WORDS = 100

/** @param nth counted from 1 over the whole document, from the top down; every time where left out @throws BrokerError `seal_place_unusable` when the words are not there, `seal_document_unusable` */
export function findWords(revision: Revision, pages: readonly Page[], words: string, nth?: number): Hit[] {
  const wanted = plain(words)
  if (wanted === '' || wanted.length > WORDS) throw new BrokerError('seal_place_unusable', 'no words to look for, or too many')
  const reader = new TextReader(revision)
  const hits: Hit[] = []
  for (const page of pages) {
    const paper = paperOf(revision, page)
    for (const { x, y } of hitsOn(linesOf(charactersOf(reader, page), paper), wanted)) hits.push({ page, x, y })
    if (nth !== undefined && hits.length >= nth) break
  }
  const chosen = nth === undefined ? hits : hits.slice(nth - 1, nth)
  if (chosen.length === 0)
    throw new BrokerError('seal_place_unusable', `words found ${hits.length} times${nth === undefined ? '' : `, wanted the time ${nth}`}`)
  return chosen
}

const plain = (words: string): string => words.normalize('NFKC').replaceAll(/\s/g, '')

/** A page whose content cannot be read has no words on it. */
function charactersOf(reader: TextReader, page: Page): Character[] {
  try {
    return reader.read(page)
  } catch (thrown) {
    if (asBrokerError(thrown).code !== 'seal_document_unusable') throw thrown
    return []
  }
}

/** Lines from the top down, each from left to right. */
function linesOf(characters: readonly Character[], paper: Paper): Placed[][] {
  const placed = characters.flatMap(({ text, from, to, size }): Placed[] => {
    const [start, end] = [asRead(paper, ...from), asRead(paper, ...to)]
    const high = size / paper.scale
    // only what reads from left to right, on this page, and large enough to be read at all
    if (!(high > 0.1) || Math.abs(end.y - start.y) > OFF_LINE * high || end.x < start.x || plain(text) === '') return []
    if (start.x < 0 || start.y < 0 || start.x > paper.width || start.y > paper.height) return []
    return [{ text: plain(text), left: start.x, right: end.x, baseline: start.y, size: high }]
  })
  placed.sort((a, b) => a.baseline - b.baseline || a.left - b.left)
  const lines: Placed[][] = []
  for (const each of placed) {
    const line = lines.at(-1)
    const first = line?.[0]
    if (line !== undefined && first !== undefined && each.baseline - first.baseline <= OFF_LINE * first.size) line.push(each)
    else lines.push([each])
  }
  return lines.flatMap(line => split(line.sort((a, b) => a.left - b.left)))
}

/** What is far apart on one line belongs to different columns; what is drawn twice on the same spot, to look bold, is there once. */
function split(line: readonly Placed[]): Placed[][] {
  const parts: Placed[][] = []
  for (const each of line) {
    const part = parts.at(-1)
    const last = part?.at(-1)
    if (part === undefined || last === undefined || each.left - last.right > GAP * each.size) parts.push([each])
    else if (last.text !== each.text || each.left - last.left > 0.1 * each.size) part.push(each)
  }
  return parts
}

function* hitsOn(lines: readonly Placed[][], wanted: string): Generator<{ x: number; y: number }> {
  for (const line of lines) {
    const text = line.map(each => each.text).join('')
    const units = line.flatMap(each => each.text.split('').map(() => each))
    for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + wanted.length)) {
      const [first, last] = [units[at], units[at + wanted.length - 1]]
      // a third of the type's size above the baseline is the middle of its letters
      if (first !== undefined && last !== undefined) yield { x: (first.left + last.right) / 2, y: first.baseline - first.size / 3 }
    }
  }
}
