import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { type Contents, readDayFile, writeDayFile } from '../../bank-adapters/reconciliation/file.ts'
import { CSV_HEADER, type DayRow, type RowFormat, readRow, writeRow } from '../../bank-adapters/reconciliation/row.ts'
import { codeOf, dayRow, fileOf, inFolder } from './rows.ts'

const read = async (path: string, contents: Contents & { format: RowFormat }): Promise<DayRow[]> => {
  const rows: DayRow[] = []
  for await (const lot of readDayFile(path, contents)) rows.push(...lot)
  return rows
}

describe('day files', () => {
  for (const format of ['csv', 'jsonl'] as const) {
    it(`come back as they were written: ${format}`, () =>
      inFolder(async folder => {
        const rows = Array.from({ length: 5000 }, (_, n) => dayRow(n))
        const contents = await fileOf(join(folder, 'day.gz'), rows, format)
        expect(await read(join(folder, 'day.gz'), contents)).to.deep.equal(rows)
        expect(contents.sums.refund.fen).to.match(/^-/)
      }))

    it(`of a day without business are files: ${format}`, () =>
      inFolder(async folder => {
        const contents = await fileOf(join(folder, 'day.gz'), [], format)
        expect(contents.rows).to.equal(0)
        expect(await read(join(folder, 'day.gz'), contents)).to.deep.equal([])
      }))

    it(`never hold what a spreadsheet would run: ${format}`, async () => {
      for (const bad of ['=cmd()', '+1', '-1', '@x', '\t=1', 'a,b', 'a"b', 'a\nb', '张三'])
        expect(await codeOf(() => writeRow(dayRow(0, { serial: bad }), format)), bad).to.equal('reconciliation_malformed')
    })
  }

  it('refuse every line that is not in the fixed form', async () => {
    const csv = writeRow(dayRow(1), 'csv')
    const json = writeRow(dayRow(1), 'jsonl')
    for (const [line, format] of [
      [`${csv},more`, 'csv'],
      [csv.replace('1001', '1001.0'), 'csv'],
      [csv.replace('1001', '0'), 'csv'],
      [csv.replace('1001', '99999999999999999999'), 'csv'],
      [csv.replace('receipt', 'gift'), 'csv'],
      [`"${csv}"`, 'csv'],
      [json.replace('{', '{ '), 'jsonl'],
      [json.replace('{', '{"kind":"refund",'), 'jsonl'],
      [json.replace('1001', '"1001"'), 'jsonl'],
      ['[]', 'jsonl'],
      ['{', 'jsonl'],
    ] as const)
      expect(await codeOf(() => readRow(line, format, 1)), line).to.equal('reconciliation_malformed')
  })

  it('are not believed when a byte was changed, added or left out', () =>
    inFolder(async folder => {
      const path = join(folder, 'day.gz')
      const contents = await fileOf(path, [dayRow(1), dayRow(2)])
      const bytes = await readFile(path)
      await writeFile(path, bytes.subarray(0, -4))
      expect(await codeOf(() => read(path, contents))).to.equal('reconciliation_malformed')
      await writeFile(path, Buffer.concat([bytes, bytes]))
      expect(await codeOf(() => read(path, contents))).to.equal('reconciliation_file_differs')
      const other = await fileOf(path, [dayRow(1), dayRow(4)])
      expect(await codeOf(() => read(path, { ...contents, fileBytes: other.fileBytes, bytes: other.bytes }))).to.equal('reconciliation_file_differs')
      expect(await codeOf(() => read(path, { ...other, rows: 1 }))).to.equal('reconciliation_file_differs')
    }))

  it('do not burst: what unpacks to far more than rows can is refused before it is unpacked', () =>
    inFolder(async folder => {
      const path = join(folder, 'bomb.gz')
      const bomb = gzipSync(Buffer.concat([Buffer.from(`${CSV_HEADER}\n`), Buffer.alloc(64 * 2 ** 20, '\n')]))
      await writeFile(path, bomb)
      const { sums } = await writeDayFile(join(folder, 'none.gz'), 'csv', [])
      const claim = { content: '', file: '', bytes: 2 ** 30, fileBytes: bomb.length, rows: 10, sums, format: 'csv' as const }
      expect(await codeOf(() => read(path, claim))).to.be.oneOf(['reconciliation_too_large', 'reconciliation_malformed'])
      await writeFile(path, gzipSync(Buffer.alloc(2 ** 21, 'a')))
      expect(await codeOf(() => read(path, { ...claim, fileBytes: 2 ** 21 }))).to.equal('reconciliation_too_large')
      expect(await codeOf(() => read(path, { ...claim, bytes: 2 ** 40 }))).to.equal('reconciliation_too_large')
    }))
})
