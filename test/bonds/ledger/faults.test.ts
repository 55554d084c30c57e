import { expect } from 'chai'
import * as move from '../../../server/bonds/ledger/movements.ts'
import { fixedClock } from '../../../server/kernel/clock.ts'
import { embeddedSql } from '../../../server/storage/embedded.ts'
import { createLedgerStore } from '../../../server/storage/ledger.ts'
import { isRetryable, type Sql, storageError } from '../../../server/storage/sql.ts'
import { CNY, factsOf } from '../../suites/ledger-storage.ts'
import { openTestStores } from '../../suites/memory-stores.ts'
import { codeOf } from '../../suites/storage.ts'
import { ledgerOn } from './book.ts'

const failure = (code: string) => storageError(Object.assign(new Error(code), { code }))

/** A database between which and us things go wrong. */
describe('a database that fails while the ledger posts', () => {
  const clock = fixedClock('2026-05-01T08:00:00.000Z')
  const at = { owner: 'bond-1', bank: 'ccb' }
  let stores: Awaited<ReturnType<typeof openTestStores>>
  beforeEach(async function () {
    this.timeout(60_000)
    stores = await openTestStores({ clock })
  })
  afterEach(() => stores.close())

  /** @param wrong is called with each posting statement, and what sends it */
  function stage(wrong: (send: () => Promise<object[]>, nth: number) => Promise<object[]>) {
    let nth = 0
    const sql = embeddedSql(stores.pglite)
    const { query } = sql
    const failing: Sql = {
      ...sql,
      query: ((statement, values) =>
        statement.name === 'ledger_post' ? wrong(() => query(statement, values), nth++) : query(statement, values)) as Sql['query'],
    }
    const pauses: number[] = []
    const store = createLedgerStore(failing, clock, async pause => void pauses.push(pause))
    const ledger = ledgerOn(store)
    const facts = { ...factsOf(), ...CNY }
    return {
      pauses,
      count: () => nth,
      post: () => ledger.post(facts, move.receipt(at, 5n, 'bond')).then(({ again }) => (again ? 'again' : 'booked'), codeOf),
    }
  }
  const booked = async () => (await stores.ledger.account(at.owner, 'bond'))?.creditsPosted ?? 0n

  it('after the statement arrived: it is sent again and answered with what was booked', async () => {
    const { post } = stage(async (send, nth) => {
      const answer = await send()
      if (nth === 0) throw failure('ECONNRESET')
      return answer
    })
    expect([await post(), await booked()]).to.deep.equal(['again', 5n])
  })

  it('before the statement arrives, which then arrives late, after the second: nothing is booked twice', async () => {
    let late: (() => Promise<object[]>) | undefined
    const { post } = stage(async (send, nth) => {
      if (nth > 0) return send()
      late = send
      throw failure('ECONNRESET')
    })
    expect(await post()).to.equal('booked')
    await late?.()
    expect(await booked()).to.equal(5n)
  })

  for (const code of ['40001', '40P01', '08006', 'P2034', 'P2028', '55P03'])
    it(`with ${code} for good: it is tried a few times, each after a longer pause, and never becomes a word about money`, async () => {
      const { post, pauses, count } = stage(async () => {
        throw failure(code)
      })
      expect(await post()).to.equal('ledger_try_again')
      expect(pauses).to.deep.equal([20, 100, 400])
      expect(count()).to.be.lessThan(25)
      expect(await booked()).to.equal(0n)
    })

  it('with an error that trying does not mend: it is told at once', async () => {
    const { post, pauses } = stage(async () => {
      throw failure('42P01')
    })
    expect(await post()).to.equal('internal')
    expect(pauses).to.deep.equal([])
    expect(isRetryable(failure('23514'))).to.equal(false)
  })
})
