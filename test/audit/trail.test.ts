import { expect } from 'chai'
import { createTrail } from '../../server/audit/trail.ts'
import { verifyAudit } from '../../server/audit/verify.ts'
import { fixedClock } from '../../server/kernel/clock.ts'
import type { AuditStore } from '../../server/storage/stores-audit.ts'
import { openTestStores } from '../suites/memory-stores.ts'

type Opened = Awaited<ReturnType<typeof openTestStores>>

describe('audit trail', () => {
  const clock = fixedClock('2026-03-01T08:00:00.000Z')
  let stores: Opened

  beforeEach(async function () {
    this.timeout(60_000)
    stores = await openTestStores({ clock })
  })
  afterEach(() => stores.close())

  const write = async (count: number) => {
    const trail = createTrail({ store: stores.audit, clock })
    for (let i = 1; i <= count; i++) await trail.append({ code: 'login.started', trace: `TRACE-${i}`, facts: { client: 'center', number: i } })
    return trail
  }
  /** What somebody with the owner's rights on the database can do. */
  const tamper = (sql: string) => stores.pglite.exec(`ALTER TABLE audit_event DISABLE TRIGGER ALL; ${sql}`)

  it('verifies what it wrote, and each event tells when, what and under which trace', async () => {
    const trail = await write(5)
    const verdict = await trail.verify()
    expect(verdict).to.deep.include({ ok: true, events: 5 })
    const [row] = await stores.audit.byTrace('TRACE-3', 10)
    expect(row).to.deep.include({ seq: 3, at: '2026-03-01T08:00:00.000Z', code: 'login.started', body: '{"client":"center","number":3}' })
  })

  it('gathers concurrent events of many requests into few statements and keeps the events of one request together', async () => {
    const trail = createTrail({ store: stores.audit, clock })
    const before = stores.statements().writes
    await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        trail.append({ code: 'login.proven', trace: `T${i}`, facts: {} }, { code: 'login.granted', trace: `T${i}`, facts: {} }),
      ),
    )
    expect(stores.statements().writes - before).to.be.at.most(3)
    const rows = await stores.audit.byTrace('T42', 5)
    expect(rows.map(row => row.code)).to.deep.equal(['login.proven', 'login.granted'])
    expect(rows[1]?.seq).to.equal((rows[0]?.seq ?? 0) + 1)
    expect(await trail.verify()).to.deep.include({ ok: true, events: 200 })
  })

  it('stays one chain when several processes append to it', async () => {
    const trails = [1, 2, 3].map(() => createTrail({ store: stores.audit, clock }))
    await Promise.all(
      trails.flatMap((trail, i) => Array.from({ length: 20 }, (_, n) => trail.append({ code: 'login.started', trace: `P${i}-${n}`, facts: {} }))),
    )
    expect(await verifyAudit(stores.audit)).to.deep.include({ ok: true, events: 60 })
  })

  it('finds one changed byte and names the row', async () => {
    const trail = await write(5)
    await tamper(`UPDATE audit_event SET body = replace(body, '3', '4') WHERE seq = 3`)
    expect(await trail.verify()).to.deep.include({ ok: false, found: 'changed', seq: 3 })
  })

  for (const column of ['at', 'code', 'trace', 'hash']) {
    it(`finds a change of ${column}`, async () => {
      const trail = await write(3)
      await tamper(`UPDATE audit_event SET ${column} = overlay(${column} placing 'z' from 2) WHERE seq = 2`)
      expect(await trail.verify()).to.deep.include({ ok: false, found: 'changed', seq: 2 })
    })
  }

  it('finds a row that was taken out', async () => {
    const trail = await write(5)
    await tamper(`DELETE FROM audit_event WHERE seq = 3`)
    expect(await trail.verify()).to.deep.include({ ok: false, found: 'missing', seq: 3 })
  })

  it('finds two rows that changed places', async () => {
    const trail = await write(5)
    await tamper(`UPDATE audit_event SET seq = -seq WHERE seq IN (2, 3); UPDATE audit_event SET seq = 5 + seq WHERE seq < 0`)
    expect(await trail.verify()).to.deep.include({ ok: false, found: 'reordered', seq: 2 })
  })

  it('finds a tail that was cut off', async () => {
    const trail = await write(5)
    await tamper(`DELETE FROM audit_event WHERE seq > 3`)
    expect(await trail.verify()).to.deep.include({ ok: false, found: 'missing', seq: 4 })
  })

  it('finds a row put behind the end', async () => {
    const trail = await write(3)
    await tamper(`INSERT INTO audit_event SELECT 4, at, code, trace, body, hash FROM audit_event WHERE seq = 3`)
    expect(await trail.verify()).to.deep.include({ ok: false, found: 'added', seq: 4 })
  })

  it('finds a record rewritten from the middle together with its head, given the hash of an earlier check', async () => {
    const trail = await write(5)
    const earlier = await trail.verify()
    if (!earlier.ok) throw new Error(earlier.facts)
    await tamper(`TRUNCATE audit_event; UPDATE audit_head SET seq = 0, hash = repeat('0', 64)`)
    await write(7)
    expect((await verifyAudit(stores.audit)).ok).to.equal(true)
    expect(await verifyAudit(stores.audit, { from: { seq: 5, hash: earlier.head } })).to.deep.include({ ok: true })
    await tamper(`TRUNCATE audit_event; UPDATE audit_head SET seq = 0, hash = repeat('0', 64)`)
    clock.advance(1)
    await write(7)
    expect(await verifyAudit(stores.audit, { from: { seq: 5, hash: earlier.head } })).to.deep.include({ ok: false, found: 'changed', seq: 6 })
  })

  it('refuses to change or delete an event for anybody who has not lifted the guard on purpose', async () => {
    await write(1)
    for (const sql of [`UPDATE audit_event SET body = '{}'`, `DELETE FROM audit_event`]) {
      const refused = await stores.pglite.exec(sql).catch((error: Error) => error.message)
      expect(refused).to.equal('audit events are append-only')
    }
  })

  it('masks persons and numbers, and cuts out what looks like a secret', async () => {
    const trail = createTrail({ store: stores.audit, clock })
    const facts = {
      personName: '张三丰',
      idDigest: 'ab12cd34ef56ab12cd34ef56',
      note: 'id 11010519491231002X, phone 13812345678',
      access_token: 'opaque',
      seen: 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
      uscc: '91110000100000001W',
      code: 'signature_invalid',
    }
    await trail.append({ code: 'login.refused', trace: 'T', facts })
    const [row] = await stores.audit.read(1, 1)
    expect(JSON.parse(row?.body ?? '')).to.deep.equal({
      personName: '张**',
      idDigest: 'ab12cd34…',
      note: 'id 110105********002X, phone 138****5678',
      access_token: '[redacted]',
      seen: '[redacted]',
      uscc: '91110000100000001W',
      code: 'signature_invalid',
    })
  })

  it('tells the caller when an event could not be written, and goes on from where the record really stands', async () => {
    let failing = true
    const store: AuditStore = {
      ...stores.audit,
      append: async (rows, after) => {
        const done = await stores.audit.append(rows, after)
        // the answer was lost on the way, the rows were not
        if (failing) throw new Error('connection lost')
        return done
      },
    }
    const trail = createTrail({ store, clock })
    const told = await trail.append({ code: 'login.started', trace: 'A', facts: {} }).catch((error: Error) => error.message)
    expect(told).to.equal('connection lost')
    failing = false
    await trail.append({ code: 'login.started', trace: 'B', facts: {} })
    expect(await trail.verify()).to.deep.include({ ok: true, events: 2 })
  })

  it('refuses events after it was closed, having written those under way', async () => {
    const trail = createTrail({ store: stores.audit, clock })
    const last = trail.append({ code: 'platform.stopped', trace: 'T', facts: {} })
    await trail.close()
    await last
    const refused = await trail.append({ code: 'login.started', trace: 'T', facts: {} }).catch((error: Error) => error.message)
    expect(refused).to.contain('closed')
    expect((await stores.audit.head()).seq).to.equal(1)
  })
})
