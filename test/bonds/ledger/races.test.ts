import { expect } from 'chai'
import pg from 'pg'
import { seal, verifyChain } from '../../../server/bonds/ledger/chain.ts'
import { checkLedger } from '../../../server/bonds/ledger/check.ts'
import type { Ledger } from '../../../server/bonds/ledger/ledger.ts'
import * as move from '../../../server/bonds/ledger/movements.ts'
import { fixedClock } from '../../../server/kernel/clock.ts'
import { newId } from '../../../server/kernel/ids.ts'
import { silentLog } from '../../../server/kernel/log.ts'
import { openStores } from '../../../server/storage/open.ts'
import type { Stores } from '../../../server/storage/stores.ts'
import { createTemporaryDatabase } from '../../storage/temporary-postgres.ts'
import { CNY, factsOf } from '../../suites/ledger-storage.ts'
import { codeOf } from '../../suites/storage.ts'
import { ledgerOn, paidBond } from './book.ts'

if (process.env['TEST_DATABASE_URL'] === undefined) {
  it('races of the ledger on PostgreSQL are not tested here: TEST_DATABASE_URL is not set')
} else {
  describe('several processes post to one ledger on PostgreSQL and', () => {
    const clock = fixedClock('2026-05-01T08:00:00.000Z')
    let database: Awaited<ReturnType<typeof createTemporaryDatabase>>
    let processes: Stores[] = []
    let ledgers: Ledger[] = []
    let client: pg.Client
    before(async function () {
      this.timeout(60_000)
      database = await createTemporaryDatabase()
      processes = await Promise.all([1, 2, 3].map(() => openStores({ databaseUrl: database?.url, dataDir: 'memory', clock, log: silentLog })))
      ledgers = processes.map(({ ledger }) => ledgerOn(ledger))
      client = new pg.Client({ connectionString: database?.url })
      await client.connect()
    })
    after(async () => {
      await client.end()
      await Promise.all(processes.map(stores => stores.close()))
      await database?.drop()
    })
    const [store, ledger] = [() => (processes[0] as Stores).ledger, () => ledgers[0] as Ledger]
    const fromAll = <T>(count: number, work: (ledger: Ledger, i: number) => Promise<T>) =>
      Promise.all(Array.from({ length: count }, (_, i) => ledgers.map(each => work(each, i))).flat())
    const outcome = (work: Promise<{ again: boolean }>) => work.then(({ again }) => (again ? 'again' : 'booked'), codeOf)
    const count = (outcomes: readonly string[]) =>
      Object.fromEntries([...new Set(outcomes)].sort().map(each => [each, outcomes.filter(other => other === each).length]))

    it('take from one account exactly what there is', async () => {
      const { at } = await paidBond(ledger(), 100n)
      const outcomes = await fromAll(100, each => outcome(each.post({ ...factsOf(), ...CNY }, move.forfeit(at, 1n))))
      expect(count(outcomes)).to.deep.equal({ booked: 100, ledger_insufficient: 200 })
    })

    it('end a hold once', async () => {
      const { at } = await paidBond(ledger())
      const facts = factsOf()
      await ledger().hold({ ...facts, ...CNY, expiresAt: '2026-06-01T00:00:00.000Z' }, move.refund(at, { bond: 100n }))
      const outcomes = await fromAll(50, (each, i) =>
        outcome(i % 2 === 0 ? each.postHold(factsOf(), facts.key) : each.voidHold(factsOf(), facts.key)),
      )
      expect(outcomes.filter(each => each === 'booked')).to.have.length(1)
      expect(new Set(outcomes).size, 'all others hear of the same end').to.equal(2)
    })

    it('reverse a journal once', async () => {
      const { key } = await paidBond(ledger())
      const two = { key, reason: '退票', askedBy: 'p1', agreedBy: 'p2' }
      expect(count(await fromAll(30, each => outcome(each.reverse(factsOf(), two))))).to.deep.equal({ booked: 1, ledger_reversed_already: 89 })
    })

    it('book one journal of a thousand requests under one key', async () => {
      const [facts, at] = [factsOf(), { owner: newId(), bank: 'ccb' }]
      const outcomes = await fromAll(334, each => outcome(each.post({ ...facts, ...CNY }, move.receipt(at, 5n, 'bond'))))
      expect(count(outcomes)).to.deep.equal({ again: 1001, booked: 1 })
    })

    it('tell two who use one key for different things apart, whoever is faster', async () => {
      const facts = factsOf()
      const outcomes = await Promise.all(
        ledgers.map(each => outcome(each.post({ ...facts, ...CNY }, move.receipt({ owner: newId(), bank: 'ccb' }, 5n, 'bond')))),
      )
      expect(count(outcomes)).to.deep.equal({ booked: 1, ledger_key_reused: 2 })
    })

    it('move money to and fro between the same bonds in every order, and nobody hears of a deadlock', async () => {
      const bonds = await Promise.all(Array.from({ length: 12 }, () => paidBond(ledger(), 1000n)))
      const receipts = bonds.map(({ at }) => at.owner)
      for (const owner of receipts) await ledger().post({ ...factsOf(), ...CNY }, move.receipt({ owner, bank: 'ccb' }, 1000n, 'suspense'))
      const outcomes = await fromAll(60, (each, i) => {
        const [from, to] = [receipts[i % 12] ?? '', receipts[(i * 5 + 7) % 12] ?? '']
        return from === to
          ? Promise.resolve('booked')
          : outcome(each.post({ ...factsOf(), ...CNY }, move.match('ccb', { receipt: from }, { bond: to }, 1n)))
      })
      expect(new Set(outcomes)).to.deep.equal(new Set(['booked']))
    })

    it('go on when the server drops the connections that they wait on, and book nothing twice', async () => {
      const { at } = await paidBond(ledger(), 1n)
      await client.query('BEGIN')
      await client.query('SELECT FROM ledger_account WHERE owner = $1 FOR UPDATE', [at.owner])
      const sent = fromAll(20, each => outcome(each.post({ ...factsOf(), ...CNY }, move.receipt(at, 1n, 'bond'))))
      let dropped = 0
      while (dropped < 3) {
        const { rowCount } = await client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%ledger_post%'`,
        )
        dropped += rowCount ?? 0
      }
      await client.query('COMMIT')
      expect(count(await sent)).to.deep.equal({ booked: 60 })
      expect((await store().account(at.owner, 'bond'))?.creditsPosted).to.equal(61n)
    })

    it('seal past a writer who hangs once he is gone, and leave his journal out of no block', async () => {
      await client.query('BEGIN')
      await client.query(`SELECT pg_advisory_xact_lock_shared(72707, 371), nextval('ledger_journal_id_seq')`)
      await paidBond(ledger())
      expect(await seal(store(), () => clock.now())).to.deep.equal([])
      expect(
        await outcome(ledger().post({ ...factsOf(), ...CNY }, move.receipt({ owner: newId(), bank: 'ccb' }, 1n, 'bond'))),
        'posting goes on',
      ).to.equal('booked')
      await client.query('ROLLBACK')
      expect(await seal(store(), () => clock.now())).not.to.deep.equal([])
    })

    it('seal each block once while others post, and the chain and every rule hold', async () => {
      const work = fromAll(40, each => paidBond(each))
      const sealed = await Promise.all(processes.map(each => seal(each.ledger, () => clock.now())))
      await work
      sealed.push(await seal(store(), () => clock.now()))
      const numbers = sealed.flat().map(({ number }) => number)
      expect(new Set(numbers).size).to.equal(numbers.length)
      const verdict = await verifyChain(store())
      const { rows } = await client.query('SELECT count(*)::int AS journals FROM ledger_journal')
      expect(verdict).to.deep.include({ ok: true, journals: rows[0].journals })
      expect(await checkLedger(store())).to.deep.include({ ok: true, breaches: [] })
    })
  })
}
