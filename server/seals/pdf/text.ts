/** Owns where text stands on a page: follows the operators of its content (ISO 32000-2 9.4, 8.4.4, 8.10) as far as they move text. It draws nothing. */
import type { Revision } from './file.ts'
import { type Font, fontOf } from './fonts.ts'
import { PDF_LIMITS, unusable } from './limits.ts'
import { IDENTITY, type Matrix, matrixOf, times } from './matrix.ts'
import { PdfArray, type PdfDict, PdfName, type PdfObject, PdfStream } from './objects.ts'
import { Keyword, Parser } from './parser.ts'
import { type Character, Run } from './text-run.ts'

/** forms inside each other, and what drawing one costs in operators */
const FORMS = 8
const FORM_COST = 200
const OPERANDS = 1000

/** What the pages of one document share: fonts read once, and what may still be read. */
export class TextReader {
  readonly #revision: Revision
  readonly #fonts = new Map<PdfDict, Font>()
  /** forms that many pages draw, such as their heads, unpacked once */
  readonly #forms = new Map<PdfStream, Buffer>()
  #operators = PDF_LIMITS.operators

  constructor(revision: Revision) {
    this.#revision = revision
  }

  /** @throws BrokerError `seal_document_unusable` when the document has more operators than anybody reads */
  read(page: { dict: PdfDict; inherited: ReadonlyMap<string, PdfObject> }): Character[] {
    const contents = this.#revision.resolve(page.dict.get('Contents'))
    const parts = contents instanceof PdfArray ? contents.items.map(item => this.#revision.resolve(item)) : [contents]
    const streams = parts.filter(part => part instanceof PdfStream).slice(0, 10_000)
    const bytes = Buffer.concat(streams.flatMap(stream => [this.#revision.decoded(stream), Buffer.from('\n')]))
    const found: Character[] = []
    this.#run(bytes, this.#revision.dict(page.inherited.get('Resources')), IDENTITY, found, 0)
    return found
  }

  /** A content that breaks off is read as far as it goes. */
  #run(bytes: Buffer, resources: PdfDict | undefined, matrix: Matrix, found: Character[], depth: number): void {
    const run = new Run(matrix, found, { font: name => this.#font(resources, name), properties: name => this.#properties(resources, name) })
    const parser = new Parser(bytes)
    let operands: PdfObject[] = []
    for (;;) {
      const token = tokenOf(parser)
      if (token === undefined || (token instanceof Keyword && token.word === '')) return
      this.#operators -= 1
      if (this.#operators < 0) throw unusable('too much text to look through')
      if (!(token instanceof Keyword)) {
        if (operands.length < OPERANDS) operands.push(token)
        continue
      }
      if (token.word === 'ID') skipImage(parser)
      else if (token.word === 'Do') this.#form(resources, operands[0], run.state.matrix, found, depth)
      else run.operate(token.word, operands)
      operands = []
    }
  }

  #form(resources: PdfDict | undefined, name: PdfObject | undefined, matrix: Matrix, found: Character[], depth: number): void {
    const revision = this.#revision
    // forms that draw each other multiply: each costs as much as a small page
    this.#operators -= FORM_COST
    const form = name instanceof PdfName ? revision.resolve(revision.dict(resources?.get('XObject'))?.get(name.name)) : null
    if (!(form instanceof PdfStream) || depth >= FORMS || revision.name(form.dict.get('Subtype')) !== 'Form') return
    const own = matrixOf(revision.items(form.dict.get('Matrix')).map(each => revision.resolve(each))) ?? IDENTITY
    const bytes = this.#forms.get(form) ?? revision.decoded(form)
    this.#forms.set(form, bytes)
    this.#run(bytes, revision.dict(form.dict.get('Resources')) ?? resources, times(own, matrix), found, depth + 1)
  }

  /** Marked content names its properties in the resources, 14.6.2. */
  #properties(resources: PdfDict | undefined, name: string): PdfDict | undefined {
    return this.#revision.dict(this.#revision.dict(resources?.get('Properties'))?.get(name))
  }

  #font(resources: PdfDict | undefined, name: string): Font | undefined {
    const dict = this.#revision.dict(this.#revision.dict(resources?.get('Font'))?.get(name))
    if (dict === undefined) return undefined
    const font = this.#fonts.get(dict) ?? fontOf(this.#revision, dict)
    this.#fonts.set(dict, font)
    return font
  }
}

function tokenOf(parser: Parser): PdfObject | Keyword | undefined {
  try {
    return parser.token()
  } catch {
    return undefined
  }
}

/** 8.9.7: the data of an inline image ends at EI between white space. */
function skipImage(parser: Parser): void {
  const { bytes } = parser
  for (let at = bytes.indexOf('EI', parser.at); at !== -1; at = bytes.indexOf('EI', at + 1)) {
    const isAlone = (bytes[at - 1] ?? 0) <= 32 && (bytes[at + 2] ?? 0) <= 32
    if (!isAlone) continue
    parser.at = at + 2
    return
  }
  parser.at = bytes.length
}
