import { expect } from 'chai'
import fc from 'fast-check'
import { readCsv } from '../../server/trust/csv.ts'

async function* inPieces(text: string, size: number): AsyncGenerator<string> {
  for (let i = 0; i < text.length; i += size) yield text.slice(i, i + size)
}
async function rowsOf(text: string, size = 7) {
  const rows = []
  for await (const row of readCsv(inPieces(text, size))) rows.push(row)
  return rows
}

describe('reading CSV', () => {
  it('gives back any fields, however they are quoted and wherever the pieces are cut', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', '中', ' ') })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 9 }),
        async (table, size) => {
          const text = table.map(row => row.map(each => `"${each.replaceAll('"', '""')}"`).join(',')).join('\r\n')
          expect((await rowsOf(text, size)).map(row => ('fields' in row ? row.fields : row.bad))).to.deep.equal(table)
        },
      ),
      { numRuns: 200 },
    )
  })
  it('counts lines as an editor does, over fields of several lines, and passes empty ones by', async () => {
    expect(await rowsOf('\ufeffa,b\n\n"1\n2",x\r\nlast,y')).to.deep.equal([
      { line: 1, fields: ['a', 'b'] },
      { line: 3, fields: ['1\n2', 'x'] },
      { line: 5, fields: ['last', 'y'] },
    ])
  })
  it('gives a row up whose quote does not end, says where it began, and reads on', async () => {
    const [first, bad, ...rest] = await rowsOf(`a,b\n"x,${'y'.repeat(200_100)}\nnext,row\n`, 65_536)
    expect(first).to.deep.equal({ line: 1, fields: ['a', 'b'] })
    expect(bad).to.include({ line: 2 }).and.to.have.property('bad').that.includes('quote')
    expect(rest.at(-1)).to.deep.equal({ line: 3, fields: ['next', 'row'] })
    expect((await rowsOf('a\n"open')).at(-1)).to.have.property('bad')
  })
})
