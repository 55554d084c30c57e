import { expect } from 'chai'
import { seal, verifyChain } from '../../../server/bonds/ledger/chain.ts'
import { checkLedger } from '../../../server/bonds/ledger/check.ts'
import * as move from '../../../server/bonds/ledger/movements.ts'
import { fixedClock } from '../../../server/kernel/clock.ts'
import { newId } from '../../../server/kernel/ids.ts'
import { CNY, factsOf } from '../../suites/ledger-storage.ts'
import { openTestStores } from '../../suites/memory-stores.ts'
import { ledgerOn, paidBond } from './book.ts'

/** Somebody with the database's own password and a terminal, who knows the tables. */
describe('bare SQL against the ledger', () => {
  const clock = fixedClock('2026-05-01T08:00:00.000Z')
  let stores: Awaited<ReturnType<typeof openTestStores>>
  beforeEach(async function () {
    this.timeout(60_000)
    stores = await openTestStores({ clock })
    const ledger = ledgerOn(stores.ledger)
    const { at } = await paidBond(ledger)
    await ledger.hold({ ...factsOf('held'), ...CNY, expiresAt: '2026-06-01T00:00:00.000Z' }, move.refund(at, { bond: 10n }))
    await paidBond(ledger)
    await seal(stores.ledger, () => clock.now())
  })
  afterEach(() => stores.close())

  const sql = (text: string) => stores.pglite.exec(text)
  const refused = (text: string) =>
    sql(text).then(
      () => 'done',
      async (thrown: Error & { code?: string }) => {
        await sql('ROLLBACK')
        return thrown.code ?? thrown.message
      },
    )
  const check = async () => (await checkLedger(stores.ledger)).breaches.map(({ rule }) => rule)
  const journal = (id: number, more: { entries?: number; phase?: string } = {}) =>
    `INSERT INTO ledger_journal (id, key, content, phase, movement, entries, booked_at, booked_on, value_on, evidence_kind, evidence_ref, evidence_digest, trace)
     VALUES (${id}, '${newId()}', '', '${more.phase ?? 'post'}', 'receipt', ${more.entries ?? 2}, now(), '2026-05-01', '2026-05-01', '', '', '', '')`
  const entry = (id: number, n: number, account: number, side: string, amount: number, version: number, balance: number) =>
    `INSERT INTO ledger_entry (journal_id, n, of, account_id, version, side, amount, pending, balance, booked_on)
     VALUES (${id}, ${n}, 2, ${account}, ${version}, '${side}', ${amount}, false, ${balance}, '2026-05-01')`

  for (const table of ['ledger_journal', 'ledger_entry', 'ledger_block']) {
    it(`neither changes, deletes nor empties ${table}`, async () => {
      const column = { ledger_journal: `movement = 'x'`, ledger_entry: 'amount = 1', ledger_block: `hash = ''` }[table]
      expect([
        await refused(`UPDATE ${table} SET ${column}`),
        await refused(`DELETE FROM ${table}`),
        await refused(`TRUNCATE ${table} CASCADE`),
      ]).to.deep.equal(['42501', '42501', '42501'])
    })
  }

  it('neither deletes an account, nor gives it to another, nor makes one with money in it', async () => {
    expect([
      await refused('DELETE FROM ledger_account'),
      await refused(`UPDATE ledger_account SET owner = 'me' WHERE id = 1`),
      await refused(
        `INSERT INTO ledger_account (kind, owner, bank, currency, side, credits_posted) VALUES ('bond', 'me', 'ccb', 'CNY', 'credit', 5)`,
      ),
    ]).to.deep.equal(['42501', '42501', '42501'])
  })

  it('puts no foreign currency and no unknown kind on the books', async () => {
    const account = (kind: string, currency: string) =>
      `INSERT INTO ledger_account (kind, owner, bank, currency, side) VALUES ('${kind}', 'me', 'ccb', '${currency}', 'credit')`
    expect([await refused(account('bond', 'USD')), await refused(account('pocket', 'CNY'))]).to.deep.equal(['23514', '23514'])
  })

  it('commits no journal that does not balance, in one statement or in many', async () => {
    expect(await refused(`BEGIN; ${journal(99)}; ${entry(99, 1, 1, 'debit', 5, 3, 0)}; ${entry(99, 2, 2, 'credit', 4, 3, 0)}; COMMIT`)).to.equal(
      '23514',
    )
  })

  it('commits no journal that lacks an entry, and none that balances only over two owners', async () => {
    const [{ id: other }] = (await stores.pglite.query<{ id: number }>('SELECT max(id)::int AS id FROM ledger_account')).rows as [{ id: number }]
    expect([
      await refused(journal(98)),
      await refused(`BEGIN; ${journal(99)}; ${entry(99, 1, 1, 'debit', 5, 3, 0)}; COMMIT`),
      await refused(`BEGIN; ${journal(99)}; ${entry(99, 1, 1, 'debit', 5, 3, 0)}; ${entry(99, 2, other, 'credit', 5, 2, 0)}; COMMIT`),
    ]).to.deep.equal(['23514', '23514', '23514'])
  })

  it('adds no entry to a journal that is full', async () => {
    expect([await refused(entry(1, 3, 1, 'debit', 5, 3, 0)), await refused(entry(1, 2, 1, 'debit', 5, 3, 0))]).to.deep.equal(['23514', '23505'])
    expect(await refused(entry(1, 3, 1, 'debit', 5, 3, 0).replace(', 2, 1,', ', 3, 1,').replace('(1, 3, 2', '(1, 3, 3'))).to.equal('23503')
  })

  it('moves no counter without an entry, and none below zero', async () => {
    expect([
      await refused('UPDATE ledger_account SET credits_posted = credits_posted + 5, debits_posted = debits_posted + 5 WHERE id = 1'),
      await refused('UPDATE ledger_account SET debits_posted = debits_posted + 5 WHERE id = 1'),
      await refused(`UPDATE ledger_account SET credits_posted = 0 WHERE kind = 'bond'`),
    ]).to.deep.equal(['23514', '23514', '23514'])
  })

  it('who takes triggers away first is found by the check and by the chain', async () => {
    expect(await check()).to.deep.equal([])
    expect((await verifyChain(stores.ledger)).ok).to.equal(true)
    await sql('ALTER TABLE ledger_entry DISABLE TRIGGER ALL; UPDATE ledger_entry SET amount = amount + 1 WHERE journal_id = 1 AND n = 1')
    expect(await check()).to.include.members(['journal-balances', 'counters-follow', 'versions-follow', 'day-balances', 'bond-adds-up'])
    expect((await verifyChain(stores.ledger)).ok).to.equal(false)
  })

  it('both sides changed alike escape the sums, and not the counters nor the chain', async () => {
    await sql('ALTER TABLE ledger_entry DISABLE TRIGGER ALL; UPDATE ledger_entry SET amount = amount + 1 WHERE journal_id = 1')
    expect(await check()).to.include('counters-follow')
    expect((await verifyChain(stores.ledger)).ok).to.equal(false)
  })

  it('a hold whose reserve was let go is found', async () => {
    await sql(`UPDATE ledger_account SET debits_pending = 0 WHERE debits_pending > 0`)
    expect(await check()).to.deep.equal(['pending-follows'])
  })

  it('a block that is gone, and a journal put in behind, are found', async () => {
    await sql('ALTER TABLE ledger_block DISABLE TRIGGER ALL; DELETE FROM ledger_block WHERE number = 1')
    const ledger = ledgerOn(stores.ledger)
    await paidBond(ledger)
    await sql(`INSERT INTO ledger_block (number, last_id, journals, hash, sealed_at) VALUES (2, 3, 0, '', now())`)
    expect(await verifyChain(stores.ledger)).to.deep.include({ ok: false, block: 1 })
  })
})
