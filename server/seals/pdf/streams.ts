/** Owns where a stream's bytes begin and end in a file, ISO 32000-2 7.3.8, and reading which filters they are behind. */
import type { Filter } from './filters.ts'
import { unusable } from './limits.ts'
import { nameOf, PdfArray, PdfDict, PdfName, type PdfObject } from './objects.ts'
import type { Parser } from './parser.ts'

/** After a dictionary: the first byte of the stream that follows, or undefined when it is none. */
export function streamStart(parser: Parser): number | undefined {
  const { bytes } = parser
  const before = parser.at
  parser.skip()
  if (bytes.toString('latin1', parser.at, parser.at + 6) !== 'stream') {
    parser.at = before
    return undefined
  }
  const line = parser.at + 6
  if (bytes[line] === 0x0a) return line + 1
  if (bytes[line] === 0x0d) return bytes[line + 1] === 0x0a ? line + 2 : line + 1
  throw unusable(`no line end after "stream" at byte ${line}`)
}

/** The bytes of a stream of this length; `endstream` must follow. */
export function streamBytes(bytes: Buffer, start: number, length: number): Buffer {
  const end = start + length
  if (!Number.isInteger(length) || length < 0 || end > bytes.length) throw unusable(`a stream of length ${length} at byte ${start}`)
  let word = end
  if (bytes[word] === 0x0d) word += 1
  if (bytes[word] === 0x0a) word += 1
  if (bytes.toString('latin1', word, word + 9) !== 'endstream') throw unusable(`no "endstream" where the stream at byte ${start} ends`)
  return bytes.subarray(start, end)
}

export function streamAfter(parser: Parser, length: number): Buffer {
  const start = streamStart(parser)
  if (start === undefined) throw unusable(`no stream at byte ${parser.at}`)
  return streamBytes(parser.bytes, start, length)
}

/** The filters of a dictionary that refers to nothing, as a cross-reference stream's must. */
export const directFilters = (dict: PdfDict): Filter[] => filtersOf(dict, value => value ?? null)

/** @param resolve follows references */
export function filtersOf(dict: PdfDict, resolve: (value: PdfObject | undefined) => PdfObject): Filter[] {
  const names = listOf(resolve(dict.get('Filter') ?? dict.get('F')))
  const parameters = listOf(resolve(dict.get('DecodeParms') ?? dict.get('DP')))
  return names.map((each, i) => {
    const name = nameOf(resolve(each))
    if (name === undefined) throw unusable('a filter without a name')
    const given = resolve(parameters[i])
    const number = (key: string, unless: number): number => {
      const value = given instanceof PdfDict ? resolve(given.get(key)) : null
      return typeof value === 'number' ? value : unless
    }
    return {
      name,
      predictor: number('Predictor', 1),
      colors: number('Colors', 1),
      bits: number('BitsPerComponent', 8),
      columns: number('Columns', 1),
      earlyChange: number('EarlyChange', 1) !== 0,
    }
  })
}

const listOf = (value: PdfObject): readonly PdfObject[] =>
  value instanceof PdfArray ? value.items : value instanceof PdfName || value instanceof PdfDict ? [value] : []
