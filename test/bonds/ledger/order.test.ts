import { expect } from 'chai'
import fc from 'fast-check'
import type { AuditEvent } from '../../../server/audit/events.ts'
import { readFen } from '../../../server/bonds/ledger/fen.ts'
import { createLedger } from '../../../server/bonds/ledger/ledger.ts'
import * as move from '../../../server/bonds/ledger/movements.ts'
import type { LedgerOrder } from '../../../server/storage/stores-ledger.ts'
import { CNY, factsOf } from '../../suites/ledger-storage.ts'
import { codeOf } from '../../suites/storage.ts'

const at = { owner: 'bond-1', bank: 'ccb' }

/** A ledger whose store must not be reached. */
function stage() {
  const [events, orders]: [AuditEvent[], LedgerOrder[]] = [[], []]
  const ledger = createLedger({
    store: {
      async post(order) {
        orders.push(order)
        return { outcome: 'posted', journal: 1n, bookedAt: '', bookedOn: '' }
      },
    },
    trail: { append: async (...more) => void events.push(...more) },
  })
  return { events, orders, ledger }
}

describe('what is asked of the ledger', () => {
  const good = { ...factsOf('k1'), ...CNY }
  const whole = move.receipt(at, 5n, 'bond')
  const broken: [string, string, Parameters<ReturnType<typeof stage>['ledger']['post']>][] = [
    ['another currency', 'ledger_currency_refused', [{ ...good, currency: 'USD' }, whole]],
    [
      'debits that are not the credits',
      'ledger_unbalanced',
      [good, { ...whole, lines: whole.lines.map((line, i) => ({ ...line, amount: BigInt(i + 1) })) }],
    ],
    ['a balance over two owners', 'ledger_unbalanced', [good, { ...whole, lines: whole.lines.map((line, i) => ({ ...line, owner: `bond-${i}` })) }]],
    ['one account twice', 'ledger_malformed', [good, { ...whole, lines: [...whole.lines, ...whole.lines] }]],
    ['an amount of nothing', 'ledger_malformed', [good, move.receipt(at, 0n, 'bond')]],
    ['an amount below nothing', 'ledger_malformed', [good, move.receipt(at, -5n, 'bond')]],
    ['more than ten billion yuan', 'ledger_malformed', [good, move.receipt(at, 1_000_000_000_001n, 'bond')]],
    ['keeping more than ends', 'ledger_malformed', [good, move.refund(at, { bond: 5n }, { fee: 6n })]],
    ['one entry alone', 'ledger_malformed', [good, { ...whole, lines: whole.lines.slice(1) }]],
    ['no key', 'ledger_malformed', [{ ...good, key: '' }, whole]],
    ['a key with a blank', 'ledger_malformed', [{ ...good, key: 'a b' }, whole]],
    ['a key without end', 'ledger_malformed', [{ ...good, key: 'a'.repeat(129) }, whole]],
    ['evidence without a digest', 'ledger_malformed', [{ ...good, evidence: { ...good.evidence, digest: '' } }, whole]],
    ['a day that does not exist', 'ledger_malformed', [{ ...good, valueOn: '2026-02-30' }, whole]],
    ['a time in no zone', 'ledger_malformed', [{ ...good, bankAt: '2026-05-01 08:00:00' }, whole]],
  ]
  for (const [name, code, [facts, movement]] of broken) {
    it(`is refused before the database for ${name}, and the refusal is in the record`, async () => {
      const { ledger, events, orders } = stage()
      expect(await ledger.post(facts, movement).then(() => 'booked', codeOf)).to.equal(code)
      expect(orders).to.deep.equal([])
      expect(events.map(event => [event.code, event.facts['failure']])).to.deep.equal([['ledger.refused', code]])
    })
  }

  it('is refused for a reversal by one person alone, or without a reason', async () => {
    const { ledger } = stage()
    const reverse = (reason: string, agreedBy: string) =>
      ledger.reverse(factsOf(), { key: 'k1', reason, askedBy: 'p1', agreedBy }).then(() => 'booked', codeOf)
    expect([await reverse('退票', 'p1'), await reverse(' ', 'p2')]).to.deep.equal(['ledger_malformed', 'ledger_malformed'])
  })

  it('has another digest for every change of it but the trace', async () => {
    const { ledger, orders } = stage()
    const changes = [
      {},
      { key: 'k2' },
      { valueOn: '2026-05-02' },
      { bankAt: '2026-05-01T08:00:00.000Z' },
      { evidence: { ...good.evidence, reference: 'r' } },
    ]
    for (const change of changes) await ledger.post({ ...good, ...change }, whole)
    await ledger.post(good, move.receipt(at, 6n, 'bond'))
    await ledger.post(good, move.receipt(at, 5n, 'suspense'))
    await ledger.hold({ ...good, expiresAt: '2026-06-01T00:00:00.000Z' }, whole)
    expect(new Set(orders.map(({ content }) => content)).size).to.equal(orders.length)
    await ledger.post({ ...good, trace: 'XXXX-XXXX' }, whole)
    expect(orders.at(-1)?.content).to.equal(orders[0]?.content)
  })

  it('takes amounts as digits and nothing else', () => {
    fc.assert(fc.property(fc.bigInt({ min: 1n, max: 1_000_000_000_000n }), amount => readFen(String(amount)) === amount))
    for (const text of ['0', '-1', '1.0', '01', '1e3', '', ' 1', '1000000000001', '１'])
      expect(() => readFen(text), text)
        .to.throw()
        .with.property('code', 'ledger_malformed')
  })
})
