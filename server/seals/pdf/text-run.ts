/** Owns the state that text is shown in, ISO 32000-2 9.3 and 9.4: what each operator of a content stream does to it, and where the characters come to stand. */
import type { Font } from './fonts.ts'
import { PDF_LIMITS, unusable } from './limits.ts'
import { IDENTITY, type Matrix, matrixOf, moved, times } from './matrix.ts'
import { PdfArray, PdfDict, PdfName, type PdfObject, PdfString } from './objects.ts'
import { characters } from './serialize.ts'

/** octets of one string: more are no line */
const STRING = 65_535
/** marked content inside each other */
const MARKS = 100

/** In the page's own units: where its baseline begins and ends, and how high it is. */
export interface Character {
  text: string
  from: readonly [x: number, y: number]
  to: readonly [x: number, y: number]
  size: number
}

interface State {
  matrix: Matrix
  font: Font | undefined
  size: number
  characterSpace: number
  wordSpace: number
  stretch: number
  leading: number
  rise: number
}

/** What a content stream calls by name. */
interface Named {
  font(name: string): Font | undefined
  properties(name: string): PdfDict | undefined
}

/** What stands for a stretch of marked content in place of its glyphs (14.9.4); `shown` once the first of them is. */
interface Actual {
  text: string
  shown?: Character
}

/** One content stream on its way. */
export class Run {
  state: State
  readonly #found: Character[]
  readonly #named: Named
  readonly #saved: State[] = []
  readonly #marked: (Actual | undefined)[] = []
  #text: Matrix = IDENTITY
  #line: Matrix = IDENTITY

  constructor(matrix: Matrix, found: Character[], named: Named) {
    this.state = { matrix, font: undefined, size: 0, characterSpace: 0, wordSpace: 0, stretch: 1, leading: 0, rise: 0 }
    this.#found = found
    this.#named = named
  }

  operate(operator: string, operands: readonly PdfObject[]): void {
    const { state } = this
    const n = (i: number): number => {
      const value = operands[i]
      return typeof value === 'number' ? value : 0
    }
    switch (operator) {
      case 'q':
        if (this.#saved.length < 1000) this.#saved.push({ ...state })
        return
      case 'Q':
        this.state = this.#saved.pop() ?? state
        return
      case 'cm':
        state.matrix = times(matrixOf(operands) ?? IDENTITY, state.matrix)
        return
      case 'BT':
        this.#set(IDENTITY)
        return
      case 'Tm':
        this.#set(matrixOf(operands) ?? IDENTITY)
        return
      case 'Td':
        this.#set(times([1, 0, 0, 1, n(0), n(1)], this.#line))
        return
      case 'TD':
        state.leading = -n(1)
        this.#set(times([1, 0, 0, 1, n(0), n(1)], this.#line))
        return
      case 'T*':
        this.#newLine()
        return
      case 'Tf': {
        const [name] = operands
        state.font = name instanceof PdfName ? this.#named.font(name.name) : undefined
        state.size = n(1)
        return
      }
      case 'Tc':
        state.characterSpace = n(0)
        return
      case 'Tw':
        state.wordSpace = n(0)
        return
      case 'Tz':
        state.stretch = n(0) / 100
        return
      case 'TL':
        state.leading = n(0)
        return
      case 'Ts':
        state.rise = n(0)
        return
      case 'Tj':
        this.#show(operands[0])
        return
      case "'":
        this.#newLine()
        this.#show(operands[0])
        return
      case '"':
        state.wordSpace = n(0)
        state.characterSpace = n(1)
        this.#newLine()
        this.#show(operands[2])
        return
      case 'TJ':
        for (const each of operands[0] instanceof PdfArray ? operands[0].items : []) {
          if (typeof each === 'number') this.#advance((-each / 1000) * state.size * state.stretch)
          else this.#show(each)
        }
        return
      case 'BMC':
      case 'BDC':
        this.#mark(operands[1])
        return
      case 'EMC':
        this.#marked.pop()
        return
      default:
        return
    }
  }

  #mark(properties: PdfObject | undefined): void {
    const dict = properties instanceof PdfName ? this.#named.properties(properties.name) : properties
    const actual = dict instanceof PdfDict ? dict.get('ActualText') : undefined
    if (this.#marked.length < MARKS) this.#marked.push(actual instanceof PdfString ? { text: characters(actual.bytes.subarray(0, 200)) } : undefined)
  }

  #set(matrix: Matrix): void {
    this.#text = matrix
    this.#line = matrix
  }

  #newLine(): void {
    this.#set(times([1, 0, 0, 1, 0, -this.state.leading], this.#line))
  }

  #advance(by: number): void {
    this.#text = times([1, 0, 0, 1, by, 0], this.#text)
  }

  #show(value: PdfObject | undefined): void {
    const { font, size, characterSpace, wordSpace, stretch, rise } = this.state
    if (font === undefined || !(value instanceof PdfString)) return
    if (this.#found.length > PDF_LIMITS.characters) throw unusable('too much text to look through')
    for (const { text, width, isSpace } of font.glyphs(value.bytes.subarray(0, STRING))) {
      const whole = times(this.#text, this.state.matrix)
      const wide = (width / 1000) * size * stretch
      const [from, to, above] = [moved(whole, 0, rise), moved(whole, wide, rise), moved(whole, 0, rise + size)]
      this.#keep({ text, from, to, size: Math.hypot(above[0] - from[0], above[1] - from[1]) })
      this.#advance(wide + (characterSpace + (isSpace ? wordSpace : 0)) * stretch)
    }
  }

  #keep(character: Character): void {
    const actual = this.#marked.findLast(each => each !== undefined)
    if (actual?.shown !== undefined) actual.shown.to = character.to
    else if (actual !== undefined) {
      actual.shown = { ...character, text: actual.text }
      this.#found.push(actual.shown)
    } else if (character.text !== '') this.#found.push(character)
  }
}
