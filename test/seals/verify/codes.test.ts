import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { codesIn, lineOf, tables } from './codes.ts'

/** A verifier looks a code up: it must be there, and say what the report says. */
describe('docs/verify-seals.md', () => {
  const lines = readFileSync(join(import.meta.dirname, '../../../docs/verify-seals.md'), 'utf8').split('\n')
  const known = tables.flatMap(table => codesIn(table).map(code => lineOf(table, code)))

  it('has every code that a check can have, with the words of the code', () => {
    for (const table of tables) {
      const codes = codesIn(table)
      expect(codes.length, table).to.be.above(4)
      for (const code of codes) expect(lines, table).to.include(lineOf(table, code))
    }
  })

  it('has no code that is not there', () => {
    expect(lines.filter(line => /^\| `[a-z-]+` \| (intact|trusted|valid|note) \|/.test(line) && !known.includes(line))).to.deep.equal([])
  })

  it('knows every code that the formats use', () => {
    const folder = join(import.meta.dirname, '../../../server/seals')
    const used = [
      'pdf/verify.ts',
      'pdf/aftermath.ts',
      'ofd/findings.ts',
      'ofd/judge-signature.ts',
      'xml/judge-signature.ts',
      'cms/detached.ts',
    ].flatMap(file => [...readFileSync(join(folder, file), 'utf8').matchAll(/check\('([a-z-]+)'/g)].map(([, code]) => code ?? ''))
    const all = new Set(tables.flatMap(codesIn))
    expect(used.filter(code => !all.has(code))).to.deep.equal([])
    expect(used.length).to.be.above(40)
  })
})
