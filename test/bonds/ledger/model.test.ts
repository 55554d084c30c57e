import { expect } from 'chai'
import fc from 'fast-check'
import { checkLedger } from '../../../server/bonds/ledger/check.ts'
import { fixedClock } from '../../../server/kernel/clock.ts'
import { newId } from '../../../server/kernel/ids.ts'
import { silentLog } from '../../../server/kernel/log.ts'
import { embeddedSql } from '../../../server/storage/embedded.ts'
import { createLedgerStore } from '../../../server/storage/ledger.ts'
import { openStores } from '../../../server/storage/open.ts'
import { openPostgres } from '../../../server/storage/postgres.ts'
import type { Sql } from '../../../server/storage/sql.ts'
import type { LedgerAccountKind, LedgerStore } from '../../../server/storage/stores-ledger.ts'
import { createTemporaryDatabase } from '../../storage/temporary-postgres.ts'
import { openTestStores } from '../../suites/memory-stores.ts'
import { ledgerOn } from './book.ts'
import { type Asked, callsOf, histories, type Moment, outcomesOf } from './histories.ts'
import { createModel } from './model.ts'

/** `LEDGER_HISTORIES=100000` has as many histories, on the PostgreSQL of TEST_DATABASE_URL where there is one. */
const MANY = process.env['LEDGER_HISTORIES'] === undefined ? undefined : Number(process.env['LEDGER_HISTORIES'])
/** histories that share statements */
const AT_ONCE = MANY === undefined ? 12 : 48
const KINDS: readonly LedgerAccountKind[] = ['settlement', 'suspense', 'bond', 'interest', 'forfeited', 'performance', 'fee']

interface Ours extends Pick<LedgerStore, 'post'> {
  balances(owner: string): Promise<Balances>
}
type Balances = Partial<Record<LedgerAccountKind, { posted: bigint; pending: bigint }>>
const NOTHING = { posted: 0n, pending: 0n }

/** @throws where ours answers otherwise than the model, or holds another balance */
async function agrees(moments: readonly Moment[], open: (now: () => Date) => Ours): Promise<void> {
  const name = newId()
  const clock = fixedClock('2026-05-01T08:00:00.000Z')
  const ours = open(() => clock.now())
  const model = createModel(() => clock.now())
  const [ledger, expected] = [ledgerOn(ours), ledgerOn(model)]
  const before: Asked[] = []
  for (const moment of moments) {
    clock.advance(moment.wait)
    const calls = callsOf(name, moment, clock.now(), before)
    expect(await outcomesOf(ledger, calls)).to.deep.equal(await outcomesOf(expected, calls))
  }
  for (const owner of [`${name}-bond-0`, `${name}-bond-1`, `${name}-stray`]) {
    const found = await ours.balances(owner)
    for (const kind of KINDS) expect(found[kind] ?? NOTHING, `${owner} ${kind}`).to.deep.equal(model.balance(owner, kind))
  }
}

function onDatabase(sql: Sql): (now: () => Date) => Ours {
  return now => {
    const store = createLedgerStore(sql, { now })
    return {
      post: store.post,
      async balances(owner) {
        const found = await store.accountsOf(owner)
        return Object.fromEntries(
          found.map(({ kind, side, debitsPosted, creditsPosted, debitsPending, creditsPending }) => {
            const balance = debitsPosted - creditsPosted
            return [kind, side === 'debit' ? { posted: balance, pending: creditsPending } : { posted: -balance, pending: debitsPending }]
          }),
        )
      },
    }
  }
}

const holds = (runs: number, open: (now: () => Date) => Ours, atOnce = AT_ONCE) =>
  fc.assert(
    fc.asyncProperty(fc.array(histories, { minLength: atOnce, maxLength: atOnce }), async each => {
      await Promise.all(each.map(moments => agrees(moments, open)))
    }),
    { numRuns: Math.ceil(runs / atOnce) },
  )

describe('random histories of the ledger', () => {
  it('come out as in a model that takes one order after the other, and every rule holds', async function () {
    this.timeout(MANY === undefined ? 60_000 : 0)
    const stores = await openTestStores()
    try {
      await holds(MANY === undefined || process.env['TEST_DATABASE_URL'] === undefined ? (MANY ?? 120) : 120, onDatabase(embeddedSql(stores.pglite)))
      expect(await checkLedger(stores.ledger)).to.deep.include({ ok: true, breaches: [] })
    } finally {
      await stores.close()
    }
  })

  if (process.env['TEST_DATABASE_URL'] !== undefined)
    it('come out so on PostgreSQL', async function () {
      this.timeout(MANY === undefined ? 60_000 : 0)
      const database = await createTemporaryDatabase()
      const stores = await openStores({
        databaseUrl: database?.url,
        dataDir: 'memory',
        clock: fixedClock('2026-05-01T08:00:00.000Z'),
        log: silentLog,
      })
      const { sql } = openPostgres(`${database?.url}?options=-c%20synchronous_commit%3Doff`, silentLog)
      try {
        await holds(MANY ?? 120, onDatabase(sql))
        expect(await checkLedger(stores.ledger)).to.deep.include({ ok: true, breaches: [] })
      } finally {
        await sql.close()
        await stores.close()
        await database?.drop()
      }
    })

  it('show up a ledger that looks first and writes later', async () => {
    const naive = (now: () => Date): Ours => {
      const model = createModel(now, true)
      return { post: model.post, balances: async owner => Object.fromEntries(KINDS.map(kind => [kind, model.balance(owner, kind)])) }
    }
    const found = await holds(2000, naive, 1).then(
      () => 'nothing',
      (thrown: Error) => thrown.message,
    )
    expect(found).to.match(/Property failed/)
  })
})
