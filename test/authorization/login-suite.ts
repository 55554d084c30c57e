import { expect } from 'chai'
import { days, fixedClock } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { Proof } from '../../server/storage/stores-parties.ts'
import { createStage, type Somebody, type Stage } from './stage.ts'

type SuiteClock = ReturnType<typeof fixedClock>

/** What logins ask of mandates, on any database: whose company they open, and whether what stands on one still stands. */
export function mandateLoginSuite(name: string, open: (clock: SuiteClock) => Promise<Stores>): void {
  describe(`logins by mandates on ${name}`, () => {
    const clock = fixedClock('2026-11-28T08:00:00.000Z')
    let stores: Stores
    let stage: Stage
    before(async function () {
      this.timeout(60_000)
      stores = await open(clock)
      stage = createStage(stores, clock)
    })
    after(() => stores.close())
    afterEach(() => clock.set('2026-11-28T08:00:00.000Z'))

    /** a legal representative, and somebody whom no bank names for the company */
    async function given(more: Parameters<Stage['give']>[2] = {}) {
      const at = stage.company()
      const boss = await stage.person(at, 'legal-representative')
      const clerk = await stage.person(at, 'operator', { by: 'mandate' })
      const { row } = await stage.give(boss, clerk, more)
      return { at, boss, clerk, id: row.id }
    }
    async function proofOf(who: Somebody, mandate: string): Promise<{ proof: Proof; token: string }> {
      const proof: Proof = {
        id: newId(),
        membershipId: who.membershipId,
        bank: 'abc',
        subject: who.idNumber,
        assurance: 'shield',
        methods: ['hwk'],
        authenticatedAt: clock.now().toISOString(),
        mandate,
        trace: 'K7QM-3F9T',
      }
      await stores.proofs.insert(proof)
      const token = newId()
      await stores.providerRecords.upsert('AccessToken', token, { grantId: `${proof.id}.abc.${newId()}` }, undefined)
      return { proof, token }
    }
    /** by both ways, each in one read */
    async function lapsed({ proof, token }: { proof: Proof; token: string }): Promise<boolean> {
      const before = stores.statements().reads
      const found = await stores.proofs.find(proof.id)
      const behind = await stores.providerRecords.findBehind('AccessToken', token)
      expect(stores.statements().reads - before).to.equal(2)
      expect(found?.proof).to.deep.equal(proof)
      expect(behind?.proven).to.deep.equal(found)
      return found?.lapsed === true
    }

    it('say of a proof whether its mandate is in force: suspended, resumed, revoked', async () => {
      const { boss, clerk, id } = await given()
      const on = await proofOf(clerk, id)
      expect(await lapsed(on)).to.equal(false)
      await stage.change(boss, id, 'suspend')
      expect(await lapsed(on)).to.equal(true)
      await stage.change(boss, id, 'resume')
      expect(await lapsed(on)).to.equal(false)
      await stage.change(boss, id, 'revoke')
      expect(await lapsed(on)).to.equal(true)
    })

    it('say that a proof stands no more once its mandate has ended, to the millisecond', async () => {
      const { clerk, id } = await given({ validUntil: stage.inDays(2) })
      const on = await proofOf(clerk, id)
      clock.advance(days(2) - 1)
      expect(await lapsed(on)).to.equal(false)
      clock.advance(1)
      expect(await lapsed(on)).to.equal(true)
    })

    it('say that a proof stands no more once the legal representative is another', async () => {
      const { at, clerk, id } = await given()
      const on = await proofOf(clerk, id)
      await stage.person(at, 'legal-representative')
      expect(await lapsed(on)).to.equal(true)
    })

    it('say that a proof stands no more once a mandate above its own is revoked', async () => {
      const { at, boss, clerk, id } = await given({ acts: ['login', 'delegate'], depth: 2 })
      const third = await stage.person(at, 'operator', { by: 'mandate' })
      const passed = await stage.give(clerk, third, { from: id, acts: ['login'], validUntil: stage.inDays(20) })
      const on = await proofOf(third, passed.row.id)
      expect(await lapsed(on)).to.equal(false)
      await stage.change(boss, id, 'revoke')
      expect(await lapsed(on)).to.equal(true)
    })

    it('say that a proof on a mandate of another person or company never stood', async () => {
      const [one, other] = [await given(), await given()]
      expect(await lapsed(await proofOf(one.clerk, other.id))).to.equal(true)
      expect(await lapsed(await proofOf(one.boss, one.id))).to.equal(true)
      expect(await lapsed(await proofOf(one.clerk, newId()))).to.equal(true)
    })

    it('offer the company of a mandate while it is in force and no longer: by the bank’s name for the person or by the digest, many in one read', async () => {
      const { at, boss, clerk, id } = await given({ validUntil: stage.inDays(3) })
      const digest = stage.signatures.digest(clerk.idNumber)
      const ask = (who: { bank: string; subject: string; digest?: string }) => stores.mandates.companiesOf(who, clock.now(), 10)
      const before = stores.statements().reads
      const [byName, byDigest, nobody] = await Promise.all([
        ask({ bank: 'abc', subject: clerk.idNumber }),
        ask({ bank: 'ccb', subject: 'unknown there', digest }),
        ask({ bank: 'ccb', subject: clerk.idNumber }),
        ...Array.from({ length: 50 }, () => ask({ bank: 'ccb', subject: newId() })),
      ])
      expect(stores.statements().reads - before).to.equal(1)
      expect(byName.map(({ uscc, name }) => ({ uscc, name }))).to.deep.equal([at])
      expect(byDigest).to.deep.equal(byName)
      expect(nobody).to.deep.equal([])
      await stage.change(boss, id, 'suspend')
      expect(await ask({ bank: 'abc', subject: clerk.idNumber })).to.deep.equal([])
      await stage.change(boss, id, 'resume')
      clock.advance(days(3))
      expect(await ask({ bank: 'abc', subject: clerk.idNumber })).to.deep.equal([])
    })

    it('offer nothing that a former legal representative gave', async () => {
      const { at, clerk } = await given()
      await stage.person(at, 'legal-representative')
      expect(await stores.mandates.companiesOf({ bank: 'abc', subject: clerk.idNumber }, clock.now(), 10)).to.deep.equal([])
    })

    it('count a mandate alone where the bank of this proof does not name the person, though another bank did', async () => {
      const at = stage.company()
      const [boss, clerk] = [await stage.person(at, 'legal-representative'), await stage.person(at, 'operator')]
      const request = { act: 'login' as const, center: 'center-1' }
      const who = { ...clerk.actor, byMandate: true as const }
      expect(await stage.authority.decide(clerk.actor, request)).to.deep.equal({ kind: 'allow', power: { kind: 'bank-named' } })
      expect(await stage.authority.decide(who, request)).to.deep.include({ kind: 'deny', code: 'act_not_allowed' })
      const { row } = await stage.give(boss, clerk)
      const used = await stage.authority.use(who, request, { reference: 'login-1', trace: 'K7QM-3F9T' })
      expect(used.power).to.deep.equal({ kind: 'mandate', mandate: row.id })
    })
  })
}
