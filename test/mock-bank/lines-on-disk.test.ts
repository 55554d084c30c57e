import { appendFileSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { z } from 'zod'
import { openLines } from '../../bank-adapters/mock-bank/lines-on-disk.ts'

describe('lines of the mock bank’s files', () => {
  const shape = z.object({ n: z.number(), text: z.string() })
  const line = (n: number) => ({ n, text: `第${n}行` })
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shield-lines-'))
    path = join(folder, 'lines.jsonl')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('are there again when the file is opened anew', () => {
    const lines = openLines(path, shape)
    expect(lines.found).to.deep.equal([])
    for (const n of [1, 2]) lines.append(line(n))
    expect(openLines(path, shape).found).to.deep.equal([line(1), line(2)])
  })

  it('cut short by a crash count for nothing, at whichever byte, and take no line after them along', () => {
    const torn = Buffer.from(JSON.stringify(line(9)))
    for (let length = 1; length <= torn.length; length++) {
      const before = openLines(path, shape).found
      appendFileSync(path, torn.subarray(0, length))
      const lines = openLines(path, shape)
      expect(lines.found).to.deep.equal(before)
      lines.append(line(length))
      expect(openLines(path, shape).found).to.deep.equal([...before, line(length)])
    }
  })

  it('that are whole and say nothing are not passed over', () => {
    openLines(path, shape).append(line(1))
    appendFileSync(path, '{"n":2,"te{"n":3,"text":""}\n')
    const text = readFileSync(path, 'utf8')
    expect(() => openLines(path, shape)).to.throw()
    expect(readFileSync(path, 'utf8')).to.equal(text)
  })
})
