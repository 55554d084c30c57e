/** Owns reading CSV as spreadsheets write it (RFC 4180): quoted fields with line ends in them, a byte order mark, either line end. It streams, and bounds every field, row and column. */
export type CsvRow = { line: number } & ({ fields: string[] } | { /** why it cannot be read */ bad: string })

const MOST = { field: 200_000, columns: 64 }

/** @param chunks text as it comes; a row is given as soon as it ends. Lines count from 1, as an editor shows them. */
export async function* readCsv(chunks: AsyncIterable<string>): AsyncGenerator<CsvRow> {
  let fields: string[] = []
  let field = ''
  let quoted = false
  /** a quote within a quoted field: the end, or the first of two */
  let pending = false
  let line = 1
  let began = 1
  let bad: string | undefined
  let first = true

  const endField = () => {
    if (fields.length < MOST.columns) fields.push(field)
    else bad ??= `more than ${MOST.columns} columns`
    field = ''
  }
  const endRow = (): CsvRow | undefined => {
    endField()
    const row: CsvRow = bad === undefined ? { line: began, fields } : { line: began, bad }
    const empty = fields.length === 1 && fields[0] === '' && bad === undefined
    fields = []
    bad = undefined
    return empty ? undefined : row
  }

  for await (const given of chunks) {
    const chunk: string = first && given.startsWith('\ufeff') ? given.slice(1) : given
    first = false
    let from = 0
    const take = (to: number) => {
      if (bad === undefined) field += chunk.slice(from, to)
      if (field.length > MOST.field) {
        // a quote that never ends would swallow the file: the row is given up, and the next line begins another
        bad = `a field of more than ${MOST.field} characters, or a quote that does not end`
        field = ''
        quoted = false
      }
    }
    for (let i = 0; i < chunk.length; i++) {
      const char = chunk.charCodeAt(i)
      if (pending) {
        pending = false
        if (char === QUOTE) {
          take(i)
          from = i + 1
          if (bad === undefined) field += '"'
          continue
        }
        quoted = false
      }
      if (char === LF) line++
      if (quoted && field.length + i - from > MOST.field) {
        take(i)
        from = i
      }
      if (quoted) {
        if (char !== QUOTE) continue
        take(i)
        from = i + 1
        pending = true
      } else if (char === QUOTE && field === '' && from === i) {
        quoted = true
        from = i + 1
      } else if (char === COMMA) {
        take(i)
        from = i + 1
        endField()
      } else if (char === LF) {
        take(i > 0 && chunk.charCodeAt(i - 1) === CR && from < i ? i - 1 : i)
        from = i + 1
        if (field.endsWith('\r')) field = field.slice(0, -1)
        const row = endRow()
        if (row !== undefined) yield row
        began = line
      }
    }
    take(chunk.length)
  }
  if (quoted && !pending) bad ??= 'a quote that does not end'
  const row = endRow()
  if (row !== undefined) yield row
}

const QUOTE = 0x22
const COMMA = 0x2c
const LF = 0x0a
const CR = 0x0d
