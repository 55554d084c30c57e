import { expect } from 'chai'
import { days, hours, minutes } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { Approval, Ask } from '../../server/storage/stores-authorization.ts'
import { newUscc, type SuiteClock } from './storage.ts'

/** What every database does for asks and approvals. `open` is called once; tests use ids of their own, so they run in any order. */
export function askStorageSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`storage of asks on ${name}`, () => {
    let stores: Stores
    let clock: SuiteClock
    before(async function () {
      this.timeout(60_000)
      ;({ stores, clock } = await open())
    })
    after(() => stores.close())

    const soon = (milliseconds = minutes(3)) => new Date(clock.now().getTime() + milliseconds).toISOString()
    const newAsk = (more: Partial<Ask> = {}): Ask => ({
      id: newId(),
      kind: 'login',
      state: 'waiting',
      version: 1,
      center: { id: 'gz', name: '广州公共资源交易中心' },
      number: '07',
      from: '192.0.2.x · Firefox',
      rows: [{ name: { zh: '用途', en: 'Purpose' }, value: '登录 ✓' }],
      text: 'one\ntwo',
      subject: newId(),
      createdAt: clock.now().toISOString(),
      expiresAt: soon(),
      trace: 'K7QM-3F9T',
      ...more,
    })

    it('keeps an ask as it was opened, and knows no other', async () => {
      const ask = newAsk({ membershipId: 'm', request: { act: 'bond_pay', center: 'gz', amountFen: 5_000_000_00 }, phone: 'p', confirmed: true })
      await stores.asks.insert(ask)
      expect(await stores.asks.find(ask.id)).to.deep.equal(ask)
      expect(await stores.asks.find(newId())).to.equal(undefined)
    })

    it('lets exactly one of 30 parallel answers through', async () => {
      const ask = newAsk()
      await stores.asks.insert(ask)
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, i) => stores.asks.save({ ...ask, state: 'approved', answer: { n: String(i) } })),
      )
      const saved = answers.filter(each => each !== undefined)
      expect(saved).to.have.length(1)
      expect(saved[0]?.version).to.equal(2)
      expect(await stores.asks.find(ask.id)).to.deep.equal(saved[0])
    })

    it('lists a person’s open asks, the newest first and no more than asked for, and neither answered nor expired ones', async () => {
      const membershipId = newId()
      const [first, answered, expired, last] = [
        newAsk({ membershipId }),
        newAsk({ membershipId }),
        newAsk({ membershipId, expiresAt: soon(-1) }),
        newAsk({ membershipId, createdAt: soon(1) }),
      ]
      await stores.asks.insert(first, answered, expired, last, newAsk())
      await stores.asks.save({ ...answered, state: 'refused' })
      expect((await stores.asks.inbox(membershipId, clock.now(), 10)).map(({ id }) => id)).to.deep.equal([last.id, first.id])
      expect((await stores.asks.inbox(membershipId, clock.now(), 1)).map(({ id }) => id)).to.deep.equal([last.id])
    })

    it('finds all asks of one subject, and none of another kind', async () => {
      const subject = newId()
      const asks = [newAsk({ subject, kind: 'approval' }), newAsk({ subject, kind: 'approval', createdAt: soon(1) })]
      await stores.asks.insert(...asks, newAsk({ subject, kind: 'ciba' }))
      expect(await stores.asks.ofSubject('approval', subject, 10)).to.deep.equal(asks)
    })

    it('keeps an expired ask for an hour, so that a late screen is told, and sweeps it then', async () => {
      const ask = newAsk()
      await stores.asks.insert(ask)
      clock.advance(minutes(30))
      await stores.sweep(1000)
      expect(await stores.asks.find(ask.id)).to.deep.equal(ask)
      clock.advance(hours(1))
      await stores.sweep(1000)
      expect(await stores.asks.find(ask.id)).to.equal(undefined)
    })

    const newApproval = (more: Partial<Approval> = {}): Approval => ({
      id: newId(),
      version: 1,
      state: 'waiting',
      enterpriseId: newId(),
      company: { uscc: newUscc(), name: '演示云帆建设工程有限公司' },
      actor: { membershipId: newId(), assurance: 'shield', name: '王示例' },
      request: { act: 'bond_pay', center: 'gz', project: 'P1', amountFen: 100 },
      reference: 'bond-1',
      center: { id: 'gz', name: '广州公共资源交易中心' },
      rows: [],
      needed: 2,
      asked: [{ membershipId: 'a', name: '赵示例' }],
      agreed: [],
      createdAt: clock.now().toISOString(),
      expiresAt: soon(),
      trace: 'K7QM-3F9T',
      ...more,
    })

    it('keeps an approval, and lets exactly one of 30 parallel changes of one version through', async () => {
      const approval = newApproval()
      await stores.approvals.insert(approval)
      expect(await stores.approvals.find(approval.id)).to.deep.equal(approval)
      const saved = await Promise.all(Array.from({ length: 30 }, () => stores.approvals.save({ ...approval, state: 'performing' })))
      expect(saved.filter(each => each !== undefined)).to.have.length(1)
      expect(await stores.approvals.find(approval.id)).to.deep.equal({ ...approval, state: 'performing', version: 2 })
    })

    it('lists what a person wanted to do, the newest first', async () => {
      const actor = { membershipId: newId(), assurance: 'shield' as const, name: '王示例' }
      const approvals = [newApproval({ actor }), newApproval({ actor, createdAt: soon(5) })]
      for (const approval of approvals) await stores.approvals.insert(approval)
      expect(await stores.approvals.ofActor(actor.membershipId, 10)).to.deep.equal(approvals.toReversed())
      expect(await stores.approvals.ofActor(actor.membershipId, 1)).to.have.length(1)
    })

    it('keeps an approval for thirty days after it lapsed', async () => {
      const approval = newApproval()
      await stores.approvals.insert(approval)
      clock.advance(days(29))
      await stores.sweep(1000)
      expect(await stores.approvals.find(approval.id)).not.to.equal(undefined)
      clock.advance(days(2))
      await stores.sweep(1000)
      expect(await stores.approvals.find(approval.id)).to.equal(undefined)
    })
  })
}
