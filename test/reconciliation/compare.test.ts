import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { type Compared, compareDay } from '../../bank-adapters/reconciliation/compare.ts'
import { type Difference, readDifference } from '../../bank-adapters/reconciliation/difference.ts'
import { type DayRow, keyOf } from '../../bank-adapters/reconciliation/row.ts'
import { dayRow, inFolder, lots } from './rows.ts'

interface Days {
  bank: DayRow[]
  platform: DayRow[]
  carried?: { bank?: DayRow[]; platform?: DayRow[] }
}
const compare = ({ bank, platform, carried }: Days): Promise<Compared & { list: Difference[]; settled: string[] }> =>
  inFolder(async folder => {
    const settled: string[] = []
    const compared = await compareDay(
      {
        bank: { rows: lots(bank), carried: lots(carried?.bank ?? []) },
        platform: { rows: lots(platform), carried: lots(carried?.platform ?? []) },
      },
      { folder: join(folder, 'parts'), list: join(folder, 'list'), settled: (key, side) => settled.push(`${side} ${key}`) },
    )
    const text = await readFile(join(folder, 'list'), 'utf8')
    return { ...compared, settled, list: text.split('\n').filter(Boolean).map(readDifference) }
  })

const PLANTS = {
  none: row => [row],
  'bank-only': row => [row],
  'platform-only': () => [],
  amount: row => [{ ...row, fen: row.fen + 1n }],
  payer: row => [{ ...row, payer: 'f'.repeat(32) }],
  state: row => [{ ...row, state: 'reversed' }],
  time: row => [{ ...row, at: '2026-12-01T03:00:00.000Z' }],
  serial: row => [{ ...row, serial: 'OTHER1' }],
  duplicate: row => [row, { ...row, serial: 'AGAIN1' }],
} as const satisfies Record<string, (row: DayRow) => DayRow[]>
type Plant = keyof typeof PLANTS

describe('the comparison of two day files', function () {
  this.timeout(60_000)

  it('finds all that was planted and nothing else, in whatever order the rows come', async () => {
    const plants = fc.array(fc.constantFrom(...(Object.keys(PLANTS) as Plant[])), { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(plants, fc.integer(), async (wanted, turn) => {
        const pairs = wanted.map((plant, i) => ({ plant, row: dayRow(3 * i) }))
        const bank = pairs.flatMap(({ plant, row }) => PLANTS[plant](row))
        const platform = pairs.flatMap(({ plant, row }) => (plant === 'bank-only' ? [] : [row]))
        const { list, agreed, digest } = await compare({ bank, platform })
        const told = list.map(({ key, kind }) => `${key} ${kind}`).sort()
        expect(told).to.deep.equal(
          pairs
            .filter(({ plant }) => plant !== 'none')
            .map(({ plant, row }) => `${keyOf(row)} ${plant}`)
            .sort(),
        )
        expect(agreed).to.equal(wanted.filter(plant => plant === 'none' || plant === 'duplicate').length)
        const turned = [...bank.slice(turn % (bank.length + 1)), ...bank.slice(0, turn % (bank.length + 1))]
        expect((await compare({ bank: turned, platform: platform.toReversed() })).digest).to.equal(digest)
      }),
      { numRuns: 25 },
    )
  })

  it('lets a one-sided row wait a day, matches it with the next file, and tells it for good when that has none', async () => {
    const [late, lost] = [dayRow(3), dayRow(6)]
    const first = await compare({ bank: [], platform: [late, lost] })
    expect(first.list.map(({ kind, doubtful }) => [kind, doubtful])).to.deep.equal([
      ['platform-only', true],
      ['platform-only', true],
    ])
    expect(first.found).to.deep.equal({})
    // the day's boundary lay between
    const second = await compare({ bank: [{ ...late, value: '2026-12-02' }], platform: [], carried: { platform: [late, lost] } })
    expect(second.settled).to.deep.equal([`platform ${keyOf(late)}`])
    expect(second.late).to.equal(1)
    expect(second.list.map(({ kind, key, doubtful }) => [kind, key, doubtful])).to.deep.equal([['platform-only', keyOf(lost), undefined]])
  })

  it('does not take what one end was not told for a difference', async () => {
    const { list } = await compare({ bank: [dayRow(3)], platform: [dayRow(3, { payer: '', serial: '', at: '' })] })
    expect(list).to.deep.equal([])
  })
})
