import { expect } from 'chai'
import type { AuditEvent } from '../../../server/audit/events.ts'
import { createLedgerKeeping } from '../../../server/bonds/ledger/keeping.ts'
import * as move from '../../../server/bonds/ledger/movements.ts'
import { statementOf } from '../../../server/bonds/ledger/statement.ts'
import { days, fixedClock } from '../../../server/kernel/clock.ts'
import { CNY, factsOf } from '../../suites/ledger-storage.ts'
import { openTestStores } from '../../suites/memory-stores.ts'
import { ledgerOn, paidBond } from './book.ts'

describe('the ledger and time', () => {
  const clock = fixedClock('2026-05-01T08:00:00.000Z')
  let stores: Awaited<ReturnType<typeof openTestStores>>
  let events: AuditEvent[] = []
  const stage = () => ({
    ledger: ledgerOn(stores.ledger),
    keeping: createLedgerKeeping({ store: stores.ledger, clock, trail: { append: async (...more) => void events.push(...more) } }),
  })
  beforeEach(async function () {
    this.timeout(60_000)
    clock.set('2026-05-01T08:00:00.000Z')
    events = []
    stores = await openTestStores({ clock })
  })
  afterEach(() => stores.close())

  it('closes a day a minute after midnight in Beijing, and books nothing on it any more, whatever a clock says', async () => {
    const { ledger, keeping } = stage()
    const { at } = await paidBond(ledger)
    clock.set('2026-05-01T16:00:30.000Z')
    await keeping.turn()
    expect(await stores.ledger.closedDay('2026-05-01')).to.equal(undefined)
    clock.set('2026-05-01T16:01:30.000Z')
    await keeping.turn()
    expect((await stores.ledger.closedDay('2026-05-01'))?.root).to.match(/^[0-9a-f]{64}$/)
    clock.set('2026-05-01T08:00:00.000Z')
    expect((await ledger.post({ ...factsOf(), ...CNY }, move.forfeit(at, 1n))).bookedOn).to.equal('2026-05-02')
    expect((await paidBond(ledger)).at.owner, 'on a new account too').to.be.a('string')
    expect((await statementOf(stores.ledger, { owner: at.owner, kind: 'bond' }, '2026-05-01'))?.closing).to.equal(100n)
  })

  it('ends a day with a block of its own, whose hash the record has', async () => {
    const { ledger, keeping } = stage()
    await paidBond(ledger)
    await stores.ledger.closeDay('2026-05-01', clock.now())
    clock.advance(days(1))
    await paidBond(ledger)
    await keeping.turn()
    const sealed = events.filter(({ code }) => code === 'ledger.sealed').map(({ facts }) => facts['hash'])
    expect(sealed).to.have.length(2)
    expect((await stores.ledger.closedDay('2026-05-01'))?.root).to.equal(sealed[0])
    expect(await keeping.verify()).to.deep.include({ ok: true, blocks: 2, journals: 2, head: sealed[1] })
  })

  it('opens every day with what the day before closed with, over pages of entries', async () => {
    const { ledger } = stage()
    const { at } = await paidBond(ledger, 2000n)
    const balances: [bigint, bigint][] = []
    for (let day = 1; day <= 3; day++) {
      await Promise.all(Array.from({ length: day * 300 }, () => ledger.post({ ...factsOf(), ...CNY }, move.forfeit(at, 1n))))
      const statement = await statementOf(stores.ledger, { owner: at.owner, kind: 'bond' }, `2026-05-0${day}`)
      if (statement === undefined) throw new Error('there is an account')
      let [sum, versions] = [statement.opening, 0n]
      for await (const { amount, side, version } of statement.entries()) {
        sum += side === 'credit' ? amount : -amount
        expect(version > versions).to.equal(true)
        versions = version
      }
      expect(sum).to.equal(statement.closing)
      balances.push([statement.opening, statement.closing])
      clock.advance(days(1))
    }
    expect(balances).to.deep.equal([
      [0n, 1700n],
      [1700n, 1100n],
      [1100n, 200n],
    ])
  })

  it('tells the record of what a check or the chain finds', async () => {
    const { ledger, keeping } = stage()
    await paidBond(ledger)
    await keeping.turn()
    expect(await keeping.check()).to.deep.include({ ok: true, journals: 1, accounts: 2 })
    await stores.pglite.exec('ALTER TABLE ledger_entry DISABLE TRIGGER ALL; UPDATE ledger_entry SET amount = 7 WHERE n = 1')
    expect([(await keeping.check()).ok, (await keeping.verify()).ok]).to.deep.equal([false, false])
    expect(events.filter(({ code }) => code === 'ledger.broken').map(({ facts }) => facts['rule'] ?? facts['block'])).to.deep.equal([
      'journal-balances',
      1,
    ])
  })

  it('finds a bond’s page by indexes alone, however many bonds there are', async () => {
    const { ledger } = stage()
    await Promise.all(Array.from({ length: 400 }, () => paidBond(ledger)))
    await stores.pglite.exec('ANALYZE')
    const plan = async (text: string) =>
      (await stores.pglite.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`)).rows.map(row => row['QUERY PLAN']).join('\n')
    for (const text of [
      `SELECT * FROM ledger_account WHERE owner = 'x'`,
      `SELECT * FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id JOIN ledger_journal j ON j.id = e.journal_id WHERE a.owner = 'x' AND (e.journal_id, e.n) > (0, 0) ORDER BY e.journal_id, e.n LIMIT 20`,
      'SELECT * FROM ledger_entry e JOIN ledger_journal j ON j.id = e.journal_id WHERE e.account_id = 7 AND e.booked_on = now() AND e.version > 0 ORDER BY e.version LIMIT 20',
      'SELECT balance FROM ledger_entry WHERE account_id = 7 AND booked_on <= now() ORDER BY version DESC LIMIT 1',
      `SELECT * FROM ledger_journal WHERE key = 'x'`,
    ])
      expect(await plan(text), text)
        .to.include('Index')
        .and.not.include('Seq Scan')
  })
})
