/**
 * Owns finding words on a page: where each character of its text objects stands (GB/T 33190 11), characters put together to lines whatever objects and runs they were written in, and words looked for in lines without minding
 * blanks. Widths are guessed, as fonts are not opened: an em for a wide character, half for others, unless the next one says better.
 */
import { boxOf, distancesOf, numbersOf } from './basic-types.ts'
import type { OfdPage } from './document.ts'
import { OFD_LIMITS, unusable } from './limits.ts'
import type { OfdPackage } from './package.ts'
import type { XmlNode } from './xml.ts'
import { xmlIn } from './xml-parts.ts'
import { attributeOf, childOf, childrenOf, descendantsOf } from './xml-tree.ts'

export interface Found {
  /** the centre of the words, millimetres on the page */
  x: number
  y: number
}

interface Character {
  /** what it reads as; ㈱ is three */
  letters: string
  /** the left end of its baseline, and the right one */
  x: number
  y: number
  right: number
  /** height of an em as it stands on the page */
  size: number
}

/** From the baseline up to the middle of a character, in em. */
const MIDDLE = 0.36
/** How far apart characters of one line may be, in em: wider ones stand in different columns. */
const GAP = 3

/** @throws BrokerError seal_document_unusable when the page cannot be read or holds too much text */
export function findOnPage(of: OfdPackage, templates: ReadonlyMap<string, string>, page: OfdPage, words: string): Found[] {
  const wanted = [...bare(words)]
  if (wanted.length === 0 || wanted.length > OFD_LIMITS.words) return []
  const objects = objectsOf(of, templates, page)
  // as they were written too: words set upright, and bold ones that are drawn twice, are no line
  const found = [...across(objects.flat()), ...objects].flatMap(line => inLine(line, wanted)).sort((a, b) => a.y - b.y || a.x - b.x)
  return found.filter((each, i) => !found.slice(Math.max(0, i - NEAR), i).some(other => isSame(each, other)))
}

/** How many found before one are looked at for the same words at the same place, in millimetres. */
const NEAR = 50
const isSame = (one: Found, other: Found): boolean => Math.abs(one.x - other.x) < 1 && Math.abs(one.y - other.y) < 1

/** Without blanks, forms of width and case. */
const bare = (text: string): string => text.normalize('NFKC').replaceAll(/\s/g, '').toLowerCase()

/** Of one character; a document has few different ones, and many of each. */
class Alphabet {
  readonly #known = new Map<string, string>()
  letters(char: string): string {
    const known = this.#known.get(char)
    if (known !== undefined) return known
    const letters = bare(char)
    this.#known.set(char, letters)
    return letters
  }
}

/** The characters of each text object, blanks left out: of the templates, then of the page. */
function objectsOf(of: OfdPackage, templates: ReadonlyMap<string, string>, page: OfdPage): Character[][] {
  const { root } = xmlIn(of, page.path)
  const below = childrenOf(root, 'Template').flatMap(node => {
    const path = templates.get(attributeOf(node, 'TemplateID') ?? '')
    const there = path === undefined ? undefined : of.find(path)
    return there === undefined ? [] : [childOf(xmlIn(of, there).root, 'Content')]
  })
  const objects: Character[][] = []
  const alphabet = new Alphabet()
  let room: number = OFD_LIMITS.characters
  for (const content of [...below, childOf(root, 'Content')]) {
    for (const node of content === undefined ? [] : descendantsOf(content)) {
      if (node.name !== 'TextObject' || attributeOf(node, 'Visible') === 'false') continue
      const characters = charactersOf(node, room, alphabet)
      room -= characters.length
      if (room <= 0) throw unusable(`${page.path}: too much text`)
      objects.push(characters.filter(({ letters }) => letters !== ''))
    }
  }
  return objects
}

/** 11.2, 11.3: the run's own coordinates, through CTM, from the corner of the object's Boundary. */
function charactersOf(node: XmlNode, room: number, alphabet: Alphabet): Character[] {
  const found: Character[] = []
  const corner = boxOf(attributeOf(node, 'Boundary'))
  const [size] = numbersOf(attributeOf(node, 'Size')) ?? []
  if (corner === undefined || size === undefined) return found
  const [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0] = numbersOf(attributeOf(node, 'CTM')) ?? []
  const put = (x: number, y: number) => ({ x: corner.x + a * x + c * y + e, y: corner.y + b * x + d * y + f })
  const scale = Math.hypot(c, d)
  // a run without X or Y goes on where the last one had them
  let [startX, startY] = [0, 0]
  for (const run of childrenOf(node, 'TextCode')) {
    startX = numbersOf(attributeOf(run, 'X'))?.[0] ?? startX
    startY = numbersOf(attributeOf(run, 'Y'))?.[0] ?? startY
    const chars = [...run.text].slice(0, room - found.length)
    const [across, down] = [attributeOf(run, 'DeltaX'), attributeOf(run, 'DeltaY')].map(text => distancesOf(text, chars.length))
    let [x, y] = [startX, startY]
    chars.forEach((char, i) => {
      const letters = alphabet.letters(char)
      const guess = (letters.codePointAt(0) ?? 0) > 0x2e7f ? size : size / 2
      const [from, to] = [put(x, y), put(x + guess, y)]
      found.push({ letters, x: from.x, y: from.y, right: to.x, size: size * scale })
      // the last distance holds for all that follow
      x += across === undefined ? (down === undefined ? guess : 0) : (across[i] ?? across.at(-1) ?? 0)
      y += down?.[i] ?? down?.at(-1) ?? 0
    })
  }
  return found
}

/** Lines as a person reads them, each from left to right, cut where columns part. */
function* across(characters: readonly Character[]): Generator<Character[], void, undefined> {
  const sorted = characters.toSorted((a, b) => a.y - b.y || a.x - b.x)
  for (let i = 0; i < sorted.length; ) {
    const first = sorted[i]
    if (first === undefined) return
    let end = i
    for (let last = first; end < sorted.length; end += 1) {
      const next = sorted[end]
      if (next === undefined || next.y - last.y > Math.max(last.size, next.size) * 0.15) break
      last = next
    }
    let line: Character[] = []
    for (const next of sorted.slice(i, end).sort((a, b) => a.x - b.x)) {
      const last = line.at(-1)
      if (last !== undefined && next.x - last.right > GAP * Math.max(last.size, next.size)) {
        yield line
        line = []
      }
      line.push(next)
    }
    yield line
    i = end
  }
}

function inLine(line: readonly Character[], wanted: readonly string[]): Found[] {
  // most lines hold nothing of it, and there are many
  if (
    !line
      .map(character => character.letters)
      .join('')
      .includes(wanted.join(''))
  )
    return []
  const letters = line.flatMap(character => [...character.letters].map(letter => ({ letter, character })))
  const found: Found[] = []
  for (let i = 0; i + wanted.length <= letters.length; i += 1) {
    if (wanted.some((letter, n) => letters[i + n]?.letter !== letter)) continue
    const [first, last] = [letters[i]?.character, letters[i + wanted.length - 1]?.character]
    if (first !== undefined && last !== undefined) found.push({ x: (first.x + last.right) / 2, y: (first.y + last.y) / 2 - MIDDLE * first.size })
    i += wanted.length - 1
  }
  return found
}
