import { expect } from 'chai'
import fc from 'fast-check'
import { Client } from 'pg'
import { asParameter } from '../../server/storage/array-literal.ts'
import { createTemporaryDatabase } from './temporary-postgres.ts'

describe('array parameters on PostgreSQL', () => {
  it('come back as they went, whatever characters they hold', async function () {
    const database = await createTemporaryDatabase()
    if (database === undefined) return this.skip()
    const client = new Client({ connectionString: database.url })
    await client.connect()
    try {
      const text = fc.oneof(
        fc.string({ unit: 'binary' }).filter(s => !s.includes('\0')),
        fc.constantFrom('', 'NULL', '{}', 'a,b', '"', '\\', '\\"', '\n\t\r', '{"a":"b\\\\n"}', '共享盾 \u{1F512}', ' spaced '),
      )
      await fc.assert(
        fc.asyncProperty(fc.array(fc.option(text)), async given => {
          const { rows } = await client.query('SELECT $1::text[] AS back', [asParameter(given)])
          expect(rows[0].back).to.deep.equal(given)
        }),
        { numRuns: 300 },
      )
      const mixed = await client.query('SELECT $1::boolean[] AS b, $2::int[] AS i', [asParameter([true, false, null]), asParameter([1, -2, null])])
      expect(mixed.rows[0]).to.deep.equal({ b: [true, false, null], i: [1, -2, null] })
    } finally {
      await client.end()
      await database.drop()
    }
  })
})
