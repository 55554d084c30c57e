/** Owns drawing the objects of a page as SVG (GB/T 33190 8 to 13): texts, paths, pictures and groups of them. What it does not draw it leaves out: patterns, gradients (their first colour stands for them) and clips. */
import { type Box, boxOf, distancesOf, numbersOf, written } from './basic-types.ts'
import { unusable } from './limits.ts'
import type { OfdPackage } from './package.ts'
import { dataUri, type Resources } from './preview-resources.ts'
import type { XmlNode } from './xml.ts'
import { escaped } from './xml-text.ts'
import { attributeOf, childOf, childrenOf } from './xml-tree.ts'

const PREVIEW_LIMITS = { objects: 50_000, bytes: 24 * 1024 * 1024, depth: 8, points: 200_000 } as const

/** SVG as it grows, within bounds. */
export class Canvas {
  readonly #parts: string[] = []
  #bytes = 0
  #objects = 0
  #points = 0

  /** @throws BrokerError seal_document_unusable */
  add(svg: string): void {
    this.#bytes += svg.length
    if (this.#bytes > PREVIEW_LIMITS.bytes) throw unusable('a page too large to be shown')
    this.#parts.push(svg)
  }

  /** @throws BrokerError seal_document_unusable */
  count(points = 0): void {
    this.#objects += 1
    this.#points += points
    if (this.#objects > PREVIEW_LIMITS.objects || this.#points > PREVIEW_LIMITS.points) throw unusable('a page with too much on it to be shown')
  }

  get svg(): string {
    return this.#parts.join('')
  }
}

export interface Drawing {
  of: OfdPackage
  resources: Resources
  canvas: Canvas
}

/** @param settings of the layer or group around */
export function drawObjects(drawing: Drawing, parent: XmlNode, settings: XmlNode | undefined, depth = 0): void {
  if (depth > PREVIEW_LIMITS.depth) throw unusable('a page with groups in groups')
  const { canvas, resources } = drawing
  for (const node of parent.children) {
    if (attributeOf(node, 'Visible') === 'false') continue
    canvas.count()
    const own = resources.settings.get(attributeOf(node, 'DrawParam') ?? '') ?? settings
    if (node.name === 'PageBlock') drawObjects(drawing, node, own, depth + 1)
    const box = boxOf(attributeOf(node, 'Boundary'))
    if (box === undefined) continue
    if (node.name === 'TextObject') drawText(drawing, node, box, own)
    else if (node.name === 'PathObject') drawPath(drawing, node, box, own)
    else if (node.name === 'ImageObject') drawPicture(drawing, node, box)
    else if (node.name === 'CompositeObject') {
      const content = childOf(resources.units.get(attributeOf(node, 'ResourceID') ?? ''), 'Content')
      if (content === undefined) continue
      canvas.add(`<g transform="${placed(node, box)}">`)
      drawObjects(drawing, content, own, depth + 1)
      canvas.add('</g>')
    }
  }
}

/** 8.5: an object's own coordinates, through CTM, from the corner of its Boundary. */
function placed(node: XmlNode, { x, y }: Box): string {
  const matrix = numbersOf(attributeOf(node, 'CTM'))
  return `translate(${written(x)} ${written(y)})${matrix?.length === 6 ? ` matrix(${matrix.map(fine).join(' ')})` : ''}`
}

const fine = (number: number): string => String(Math.round(number * 1e8) / 1e8)

function drawText({ canvas, resources }: Drawing, node: XmlNode, box: Box, settings: XmlNode | undefined): void {
  const [size] = numbersOf(attributeOf(node, 'Size')) ?? []
  if (size === undefined) return
  const family = resources.fonts.get(attributeOf(node, 'Font') ?? '') ?? ''
  const weight = Number(attributeOf(node, 'Weight') ?? 400) >= 600 ? ' font-weight="bold"' : ''
  const slant = attributeOf(node, 'Italic') === 'true' ? ' font-style="italic"' : ''
  const paint = attributeOf(node, 'Fill') === 'false' ? 'fill="none"' : `fill="${colourOf(node, 'FillColor', settings) ?? '#000'}"`
  const fonts = escaped(`${family === '' ? '' : `'${family.replaceAll(/['\\;]/g, '')}', `}'Noto Sans SC', sans-serif`)
  canvas.add(
    `<g transform="${placed(node, box)}" font-family="${fonts}" font-size="${written(size)}" ${paint}${weight}${slant}${opacity(node)} xml:space="preserve">`,
  )
  let [startX, startY] = [0, 0]
  for (const run of childrenOf(node, 'TextCode')) {
    startX = numbersOf(attributeOf(run, 'X'))?.[0] ?? startX
    startY = numbersOf(attributeOf(run, 'Y'))?.[0] ?? startY
    const chars = [...run.text]
    canvas.count(chars.length)
    const down = attributeOf(run, 'DeltaY')
    // words set upright say nothing of how far across
    const across = attributeOf(run, 'DeltaX') ?? (down === undefined ? undefined : '0')
    canvas.add(`<text x="${spread(startX, across, chars.length)}" y="${spread(startY, down, chars.length)}">${escaped(visible(run.text))}</text>`)
  }
  canvas.add('</g>')
}

/** Where each character begins; one place where the font's own widths hold. The last distance holds for all that follow. */
function spread(from: number, distances: string | undefined, count: number): string {
  const steps = distancesOf(distances, count)
  if (steps === undefined || steps.length === 0) return written(from)
  const places: string[] = []
  let at = from
  for (let i = 0; i < count; i += 1) {
    places.push(written(at))
    at += steps[i] ?? steps.at(-1) ?? 0
  }
  return places.join(' ')
}

/** XML 1.0 has no control characters but these. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
const visible = (text: string): string => text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ' ')

/** 9.3: how many numbers each operator takes, and what SVG calls it. */
const OPERATORS: ReadonlyMap<string, readonly [string, number]> = new Map([
  ['S', ['M', 2]],
  ['M', ['M', 2]],
  ['L', ['L', 2]],
  ['Q', ['Q', 4]],
  ['B', ['C', 6]],
  ['A', ['A', 7]],
  ['C', ['Z', 0]],
])

function drawPath({ canvas }: Drawing, node: XmlNode, box: Box, settings: XmlNode | undefined): void {
  const words = childOf(node, 'AbbreviatedData')?.text.trim().split(/\s+/) ?? []
  canvas.count(words.length)
  const steps: string[] = []
  for (let i = 0; i < words.length; ) {
    const [name, count] = OPERATORS.get(words[i] ?? '') ?? []
    if (name === undefined || count === undefined) break
    const numbers = count === 0 ? [] : numbersOf(words.slice(i + 1, i + 1 + count).join(' '))
    if (numbers?.length !== count) break
    steps.push(name + numbers.map(written).join(' '))
    i += 1 + count
  }
  if (steps.length === 0) return
  const fill = attributeOf(node, 'Fill') === 'true' ? (colourOf(node, 'FillColor', settings) ?? '#000') : 'none'
  const stroke = attributeOf(node, 'Stroke') === 'false' ? 'none' : (colourOf(node, 'StrokeColor', settings) ?? '#000')
  const [width = 0.353] = numbersOf(attributeOf(node, 'LineWidth') ?? attributeOf(settings, 'LineWidth')) ?? []
  const rule = attributeOf(node, 'Rule') === 'Even-Odd' ? ' fill-rule="evenodd"' : ''
  const d = steps[0]?.startsWith('M') ? steps.join('') : `M0 0${steps.join('')}`
  canvas.add(
    `<path transform="${placed(node, box)}" d="${d}" fill="${fill}" stroke="${stroke}" stroke-width="${written(width)}"${rule}${opacity(node)}/>`,
  )
}

/** 10: the picture fills the unit square, which CTM makes as large as it is. */
function drawPicture({ of, resources, canvas }: Drawing, node: XmlNode, box: Box): void {
  const path = resources.pictures.get(attributeOf(node, 'ResourceID') ?? '')
  const there = path === undefined ? undefined : of.find(path)
  const uri = there === undefined ? undefined : dataUri(of.read(there))
  if (uri === undefined) return
  const sized = numbersOf(attributeOf(node, 'CTM'))?.length === 6 ? '' : ` scale(${written(box.width)} ${written(box.height)})`
  canvas.add(`<image transform="${placed(node, box)}${sized}" width="1" height="1" preserveAspectRatio="none" href="${uri}"${opacity(node)}/>`)
}

function opacity(node: XmlNode): string {
  const [alpha = 255] = numbersOf(attributeOf(node, 'Alpha')) ?? []
  return alpha >= 255 || alpha < 0 ? '' : ` opacity="${written(alpha / 255)}"`
}

/** 8.3: one number is grey, three are red, green and blue, four cyan, magenta, yellow and black; each to 255. */
function colourOf(node: XmlNode, name: string, settings: XmlNode | undefined): string | undefined {
  const colour = childOf(node, name) ?? childOf(settings, name)
  const first = colour?.children[0]?.children.map(each => childOf(each, 'Color')).find(each => each !== undefined)
  const numbers = numbersOf(
    (attributeOf(colour, 'Value') ?? attributeOf(first, 'Value'))?.replaceAll(
      /#([0-9A-Fa-f]{2})\b/g,
      (_, hex: string) => `${Number.parseInt(hex, 16)}`,
    ),
  )
  if (numbers === undefined) return undefined
  const [a = 0, b = 0, c = 0, d = 0] = numbers.map(number => Math.min(255, Math.max(0, number)))
  const rgb = numbers.length === 1 ? [a, a, a] : numbers.length === 4 ? [a, b, c].map(ink => 255 - Math.min(255, ink + d)) : [a, b, c]
  return `rgb(${rgb.map(Math.round).join(',')})`
}
