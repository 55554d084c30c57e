import { expect } from 'chai'
import { days } from '../../../server/kernel/clock.ts'
import type { Bid, Opening } from '../../../server/storage/stores-bids.ts'
import { openStage, type Stage } from './stage.ts'

/** Ten thousand bids in one opening among as many of others: what is asked often must find its rows by an index. Held against the database's own count of scans, not against a clock. */
describe('ten thousand bids of one opening', () => {
  const many = 10_000
  let stage: Stage
  let opening: Opening
  let some: Bid
  before(async function () {
    this.timeout(60_000)
    stage = await openStage()
    const [first, other] = [await stage.announce(), await stage.announce()]
    opening = first
    some = await stage.bid(opening.id)
    const { pglite } = stage.stores
    for (const { id } of [first, other]) {
      await pglite.query(
        `INSERT INTO bid (opening_id, uscc, envelope, state, version, body)
         SELECT $1, 'A' || lpad(n::text, 17, '0'), $1 || n, CASE n % 5 WHEN 0 THEN 'waiting' WHEN 1 THEN 'failed' ELSE 'opened' END, 1, replace($2, $4, 'A' || lpad(n::text, 17, '0')) FROM generate_series(1, $3::int) AS n`,
        [id, JSON.stringify(some), many, some.uscc],
      )
    }
    await pglite.query(`INSERT INTO bid_certificate SELECT 't' || n, envelope FROM (SELECT envelope, row_number() OVER () AS n FROM bid) AS every`)
    await pglite.query(
      `INSERT INTO bid_step (opening_id, uscc, kind, at, by, facts, trace) SELECT opening_id, uscc, 'registered', now(), 'x', '{}', '' FROM bid`,
    )
    await pglite.query(
      `INSERT INTO bid_opening (id, center, state, version, opens_at, decrypt_by, settled, body)
       SELECT 'o' || n, 'c', 'closed', 1, now() - n * interval '1 hour', now() - n * interval '1 hour', true, $1 FROM generate_series(1, 5000) AS n`,
      [JSON.stringify(opening)],
    )
    await pglite.exec('VACUUM ANALYZE bid')
    await pglite.exec('ANALYZE bid_certificate; ANALYZE bid_step; ANALYZE bid_opening')
  })
  after(() => stage.stores.close())

  /** rows that were read without an index since the beginning */
  async function scanned(): Promise<number> {
    const { pglite } = stage.stores
    // what a statement read is told at its end, and otherwise only now and then
    await pglite.query('SELECT pg_stat_force_next_flush()')
    const { rows } = await pglite.query<{ read: number }>(
      `SELECT sum(seq_tup_read)::int AS read FROM pg_stat_user_tables WHERE relname IN ('bid', 'bid_certificate', 'bid_step', 'bid_opening')`,
    )
    return rows[0]?.read ?? 0
  }

  it('would be counted if they were scanned', async () => {
    const before = await scanned()
    await stage.stores.pglite.query(`SELECT count(*) FROM bid WHERE body LIKE '%nothing%'`)
    expect((await scanned()) - before).to.be.at.least(many)
  })

  for (const [sentence, ask] of [
    ['a page of the board', ({ stores }, { id }) => stores.bids.bids(id, 200, 'A00000000000005000' as Bid['uscc'])],
    ['those that wait', ({ stores }, { id }) => stores.bids.bids(id, 200, 'A00000000000005000' as Bid['uscc'], 'waiting')],
    ['one bid', ({ stores }, { id }) => stores.bids.bid(id, some.uscc)],
    ['one change of a bid', ({ stores }, { id }) => stores.bids.stillAt({ ...some, openingId: id }, new Date())],
    ['bids nobody is at', ({ stores, clock }) => stores.bids.stale(clock.now(), 200)],
    ['the bids of a certificate', ({ stores }) => stores.bids.byCertificate('t5000', 200)],
    ['the evidence of an opening, further on', ({ stores }, { id }) => stores.bids.steps(id, 200, 9000)],
    ['the evidence of a company', ({ stores }, { id }) => stores.bids.steps(id, 200, 0, 'A00000000000005000' as Bid['uscc'])],
    [
      'openings of the coming week',
      ({ stores, clock }) => stores.bids.openingsBetween('announced', clock.now(), new Date(clock.now().getTime() + days(7)), 200),
    ],
    ['openings to settle', ({ stores, clock }) => stores.bids.openingsToSettle(clock.now(), 200)],
  ] as [string, (stage: Stage, opening: Opening) => Promise<unknown>][]) {
    it(`${sentence} is found by an index`, async () => {
      const before = await scanned()
      await ask(stage, opening)
      expect((await scanned()) - before).to.be.below(300)
    })
  }

  it('are shown page by page, to the last one', async () => {
    stage.clock.set(opening.opensAt)
    await stage.openings.open(opening.id, { by: 'x', trace: '' })
    let shown = 0
    let after: Bid['uscc'] | undefined
    do {
      const board = await stage.openings.board(opening.id, after)
      if (!('bids' in board)) throw new Error(board.phase)
      shown += board.bids.length
      after = board.next
    } while (after !== undefined)
    expect(shown).to.equal(many + 1)
  })

  it('are counted by their states without reading the bids', async () => {
    const before = await scanned()
    expect(await stage.stores.bids.counts(opening.id)).to.deep.equal({ waiting: 2001, failed: 2000, opened: 6000 })
    expect((await scanned()) - before).to.be.below(300)
  })
})
