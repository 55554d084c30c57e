import { expect } from 'chai'
import { copyPreparedDatabase } from '../suites/prepared-database.ts'
import type { BankBooks } from './bank-books.ts'
import type { Broken } from './broken-stores.ts'
import { compare } from './compare.ts'
import { openHouse } from './house.ts'
import type { PlatformBooks } from './platform-books.ts'
import { type PointName, pointNamed } from './points.ts'
import { killRound } from './rounds.ts'

describe('the comparison after a kill', () => {
  const FEN = 20_000_000
  const bank = (): BankBooks => ({
    opened: ['62284899000001'],
    in: [{ serial: 'S1', account: '62284899000001', fen: FEN }],
    frozen: ['S1'],
    out: [{ serial: 'S2', order: 'b1.t1', of: '62284899000001', fen: FEN, interestFen: 0 }],
    tells: ['n1', 'n2'],
    told: ['n1', 'n2'].map(id => ({ id, outcome: 'recorded' })),
    taken: ['m1', 'm2'].map(id => ({ id, type: 'bond.refund-ordered', key: id })),
    because: ['m1', 'm2'],
    unreadable: 0,
  })
  const platform = (): PlatformBooks => ({
    bonds: [
      { id: 'b1', state: 'returned', account: '62284899000001', serial: 'S1', in: BigInt(FEN), interest: 0n, returned: BigInt(FEN), order: 'b1.t1' },
    ],
    inbox: ['n1', 'n2'],
    outbox: ['m1', 'm2'].map(id => ({ id, type: 'bond.refund-ordered', state: 'delivered', key: id })),
    settlements: [{ owner: 'b1', debits: BigInt(FEN), credits: BigInt(FEN), pending: 0n }],
    breaches: [],
    auditHolds: true,
  })
  const told = { accounts: new Set(['62284899000001']), serials: new Set(['S1']) }
  const kinds = (b: BankBooks, p: PlatformBooks) => [...new Set(compare(b, p, told).map(({ kind }) => kind))].sort()

  it('finds nothing in books that agree', () => {
    expect(compare(bank(), platform(), told)).to.deep.equal([])
  })

  const wrong: [string, string[], (b: BankBooks, p: PlatformBooks) => void][] = [
    ['a payment that no bond has', ['ledger', 'lost'], (_b, p) => Object.assign(p.bonds[0] ?? {}, { serial: undefined, in: 0n })],
    ['a payment of which a fen is missing', ['ledger', 'lost'], (_b, p) => Object.assign(p.bonds[0] ?? {}, { in: BigInt(FEN - 1) })],
    ['a payment that is two bonds', ['double'], (_b, p) => p.bonds.push(...platform().bonds.map(bond => ({ ...bond, order: 'b1.t2' })))],
    ['a payment that never came', ['double', 'lost'], b => b.in.pop()],
    ['a payment whose booking is missing', ['ledger'], (_b, p) => p.settlements.pop()],
    ['a hold that nobody ended', ['ledger'], (_b, p) => Object.assign(p.settlements[0] ?? {}, { pending: 1n })],
    ['a rule that the ledger breaks', ['ledger'], (_b, p) => p.breaches.push('total-balances')],
    ['a refund that was paid twice', ['double'], b => b.out.push(...bank().out)],
    ['a refund that the platform has not heard of', ['ledger', 'lost'], (_b, p) => Object.assign(p.bonds[0] ?? {}, { returned: 0n })],
    ['a freeze that was done twice', ['double'], b => b.frozen.push('S1')],
    ['a notice that the inbox has not', ['lost'], (_b, p) => p.inbox.pop()],
    ['a notice that was given up', ['lost'], b => Object.assign(b.told[0] ?? {}, { outcome: 'given up: channel_key_reused' })],
    ['a notice that is not answered', ['stuck'], b => b.told.pop()],
    ['an order that the bank has not', ['lost'], b => [b.taken.pop(), b.because.pop()]],
    ['an order that the bank took twice', ['double'], b => b.taken.push(...b.taken)],
    ['an order that nobody sent', ['double'], b => [b.taken.push({ id: 'm3', type: '', key: '' }), b.because.push('m3')]],
    ['an order that the bank did not act upon', ['lost'], b => b.because.pop()],
    ['an order that waits', ['stuck'], (_b, p) => Object.assign(p.outbox[0] ?? {}, { state: 'waiting' })],
    ['an order that was given twice', ['double'], (_b, p) => Object.assign(p.outbox[0] ?? {}, { key: 'm2' })],
    ['a bond whose money is not back', ['stuck'], (_b, p) => Object.assign(p.bonds[0] ?? {}, { state: 'returning' })],
    ['a sub-account that was given out and is not there', ['lost'], (_b, p) => Object.assign(p.bonds[0] ?? {}, { account: undefined })],
    ['a line of the bank’s that nobody can read', ['lost'], b => Object.assign(b, { unreadable: 1 })],
    ['an audit record that does not hold', ['lost'], (_b, p) => Object.assign(p, { auditHolds: false })],
  ]
  for (const [what, expected, spoil] of wrong) {
    it(`finds ${what}`, () => {
      const [b, p] = [bank(), platform()]
      spoil(b, p)
      expect(kinds(b, p)).to.deep.equal(expected)
    })
  }
})

describe('a kill test of a platform that is wrong', () => {
  const cases: [Broken, PointName, 'lost' | 'double'][] = [
    ['answers-before-it-writes', 'broker-answered', 'lost'],
    ['sends-as-another-message', 'worker-answer-here', 'double'],
  ]
  for (const [broken, point, kind] of cases) {
    it(`that ${broken.replaceAll('-', ' ')}: something is ${kind}, and it says so`, async function () {
      this.timeout(120_000)
      const house = await openHouse({ prepare: copyPreparedDatabase, broken })
      try {
        const found = await killRound(house, pointNamed(point), { seed: 'suite', round: 0 })
        expect(found.map(each => each.kind)).to.include(kind)
      } finally {
        await house.close()
      }
    })
  }
})
