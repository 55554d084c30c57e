/**
 * Owns turning characters into outlines, by the font of our pages, so that a seal needs no font where it is shown. The font has what GB 2312 and most names need; for a character beyond it a picture is uploaded (upload.ts).
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { create, type Font } from 'fontkit'
import { BrokerError } from '../../kernel/errors.ts'
import { unpackWoff } from '../../web/pdf.ts'
import type { PathStep } from '../contract.ts'
import { type Box, boxOf } from './outline.ts'

export interface Glyph {
  /** in ems from the left end of the baseline, y downwards */
  outline: readonly PathStep[]
  /** what is inked */
  ink: Box
  /** ems */
  advance: number
  /** fills a square, as Han characters do */
  square: boolean
}

const find = createRequire(import.meta.url).resolve
let opened: Font | undefined
function theFont(): Font {
  if (opened !== undefined) return opened
  const font = create(unpackWoff(readFileSync(find('@fontsource/noto-sans-sc/files/noto-sans-sc-chinese-simplified-600-normal.woff'))))
  if ('fonts' in font) throw new BrokerError('internal', 'a collection where a font should be')
  opened = font
  return font
}

const known = new Map<string, Glyph>()
const KNOWN = 4000

/** @param character one code point. @throws BrokerError seal_picture_unusable, naming the character, when the font does not have it */
export function glyphOf(character: string): Glyph {
  const found = known.get(character) ?? load(character)
  if (known.size >= KNOWN) known.clear()
  known.set(character, found)
  return found
}

function load(character: string): Glyph {
  const code = character.codePointAt(0) ?? 0
  const font = theFont()
  if (!font.hasGlyphForCodePoint(code) || /[\p{C}\p{Z}]/u.test(character)) {
    const point = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
    throw new BrokerError('seal_picture_unusable', `no outline for ${/\p{C}/u.test(character) ? '' : `${character} `}${point}`, { received: point })
  }
  const glyph = font.glyphForCodePoint(code)
  const outline = steps(glyph.path.commands, 1 / font.unitsPerEm)
  if (outline.length === 0) throw new BrokerError('seal_picture_unusable', `nothing to see of ${character}`, { received: character })
  const advance = glyph.advanceWidth / font.unitsPerEm
  return { outline, ink: boxOf(outline), advance, square: /\p{Script=Han}/u.test(character) }
}

/** Quadratic curves become the cubic ones that are the same; y turns round. */
function steps(commands: Font['glyphForCodePoint'] extends (code: number) => { path: { commands: infer C } } ? C : never, scale: number): PathStep[] {
  const made: PathStep[] = []
  let [x, y] = [0, 0]
  for (const { command, args } of commands) {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = args.map((value, i) => value * (i % 2 === 0 ? scale : -scale))
    switch (command) {
      case 'moveTo':
      case 'lineTo':
        made.push([command === 'moveTo' ? 'M' : 'L', a, b])
        ;[x, y] = [a, b]
        break
      case 'quadraticCurveTo':
        made.push(['C', x + (2 / 3) * (a - x), y + (2 / 3) * (b - y), c + (2 / 3) * (a - c), d + (2 / 3) * (b - d), c, d])
        ;[x, y] = [c, d]
        break
      case 'bezierCurveTo':
        made.push(['C', a, b, c, d, e, f])
        ;[x, y] = [e, f]
        break
      default:
        made.push(['Z'])
    }
  }
  return made
}

/** How far a square character's cell reaches around the baseline, in ems: the font's own proportion. */
const CELL: Box = { left: 0, top: -0.88, right: 1, bottom: 0.12 }

/** What of a glyph is stretched to fill its place: a Han character's whole square, of anything else the ink with a little air, and the square's height. Ink that sticks out widens it, so nothing leaves its place. */
export function cellOf({ ink, square }: Glyph): Box {
  const [left, right] = square ? [CELL.left, CELL.right] : [ink.left - 0.06, ink.right + 0.06]
  return {
    left: Math.min(left, ink.left),
    right: Math.max(right, ink.right),
    top: Math.min(CELL.top, ink.top),
    bottom: Math.max(CELL.bottom, ink.bottom),
  }
}
