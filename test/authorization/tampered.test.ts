import { expect } from 'chai'
import { fixedClock } from '../../server/kernel/clock.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { codeOf, createStage, type Somebody, type Stage } from './stage.ts'

/** Whoever can write to the database still cannot make, widen, move or revive a power. */
describe('a stored mandate that somebody edited', () => {
  const clock = fixedClock('2026-11-28T08:00:00.000Z')
  let stores: Awaited<ReturnType<typeof openTestStores>>
  let stage: Stage
  before(async () => {
    stores = await openTestStores({ clock })
    stage = createStage(stores, clock)
  })
  after(() => stores.close())

  const company = async () => {
    const at = stage.company()
    return { at, boss: await stage.person(at, 'legal-representative'), clerk: await stage.person(at, 'operator') }
  }
  const use = (who: Somebody, amountFen = 500) =>
    codeOf(() => stage.authority.use(who.actor, { act: 'bond_pay', center: 'center-1', amountFen }, { reference: 't', trace: 'K7QM-3F9T' }))
  const edit = (id: string, set: string, values: unknown[] = []) => stores.pglite.query(`UPDATE mandate SET ${set} WHERE id = $1`, [id, ...values])

  for (const [sentence, set, value] of [
    ['with a higher limit in its text', `text = replace(text, '单次金额上限:10.00元', '单次金额上限:99.00元')`],
    ['with a later end in text and column', `text = replace(text, '2026-12-28', '2027-12-28'), valid_until = valid_until + interval '1 year'`],
    ['with a later end in its column alone', `valid_until = valid_until + interval '1 year'`],
    ['without the signature of the one who gave it', 'given_cms = NULL'],
    ['without the signature of the one who accepted', 'accepted_cms = NULL'],
    ['with a version of tomorrow', 'version = version + 1'],
    ['with another giver', `giver_id = 'somebody'`],
    ['with another legal representative above it', `root_giver_id = $2`, 'self'],
    ['with a code of somebody else’s making', `integrity = 'AAAA'`],
    ['without any code', `integrity = ''`],
    ['with a chain that it does not name', `chain = ARRAY['other-mandate']`],
  ] as const) {
    it(`is never honoured ${sentence}`, async () => {
      const { boss, clerk } = await company()
      const { row } = await stage.give(boss, clerk, { limitFen: 1000 })
      expect(await use(clerk)).to.equal('accepted')
      await edit(row.id, set, value === undefined ? [] : [clerk.membershipId])
      expect(await use(clerk)).to.equal('mandate_tampered')
      expect((await stage.mandates.view(stage.by(boss), row.id)).state).to.equal('tampered')
      expect(stage.events.at(-1)).to.deep.include({ code: 'mandate.tampered' })
    })
  }

  it('is not brought back from its revocation', async () => {
    const { boss, clerk } = await company()
    const { row } = await stage.give(boss, clerk)
    await stage.change(boss, row.id, 'revoke')
    await edit(row.id, `state = 'active'`)
    expect(await use(clerk)).to.equal('mandate_tampered')
  })

  it('is not handed to another person or company', async () => {
    const { at, boss, clerk } = await company()
    const other = await stage.person(at, 'operator')
    const { row } = await stage.give(boss, clerk)
    await edit(row.id, 'grantee_person_id = $2', [other.personId])
    expect(await use(other)).to.equal('mandate_tampered')
    expect(await use(clerk)).to.equal('act_not_allowed')

    const elsewhere = await company()
    const abroad = await stage.person(elsewhere.at, 'operator', { name: clerk.name, idNumber: clerk.idNumber })
    const second = await stage.give(boss, clerk)
    const member = await stores.parties.membership(abroad.membershipId)
    await edit(second.row.id, 'enterprise_id = $2', [member?.enterprise.id])
    expect(await use(abroad)).to.equal('mandate_tampered')
  })

  it('is not made of the parts of two others', async () => {
    const { boss, clerk } = await company()
    const wide = await stage.give(boss, clerk, { limitFen: 100_000 })
    const narrow = await stage.give(boss, clerk, { limitFen: 100 })
    await stage.change(boss, wide.row.id, 'revoke')
    for (const set of [
      'text = w.text',
      'text = w.text, given_cms = w.given_cms',
      'text = w.text, given_cms = w.given_cms, accepted_text = w.accepted_text, accepted_cms = w.accepted_cms, integrity = w.integrity',
    ])
      await stores.pglite.query(`UPDATE mandate SET ${set} FROM mandate w WHERE mandate.id = $1 AND w.id = $2`, [narrow.row.id, wide.row.id])
    expect(await use(clerk, 50_000)).to.equal('mandate_tampered')
  })

  it('is not a mandate whose code is right and whose text nobody signed', async () => {
    const { boss, clerk } = await company()
    const drafted = await stage.draft(boss, stage.draftOf(clerk))
    // a draft moved into force by somebody who knows nothing of codes
    await edit(drafted.row.id, `state = 'active', grantee_person_id = $2`, [clerk.personId])
    expect(await use(clerk)).to.equal('mandate_tampered')
  })

  it('can still be revoked, and is then told as revoked or not honoured', async () => {
    const { boss, clerk } = await company()
    const { row } = await stage.give(boss, clerk)
    await edit(row.id, `valid_until = valid_until + interval '1 year'`)
    expect(await codeOf(() => stage.change(boss, row.id, 'suspend'))).to.equal('mandate_tampered')
    expect(await codeOf(() => stage.change(boss, row.id, 'revoke'))).to.equal('accepted')
    expect(await use(clerk)).to.be.oneOf(['mandate_revoked', 'mandate_tampered'])
  })

  it('leaves the others as they are', async () => {
    const { boss, clerk } = await company()
    const bad = await stage.give(boss, clerk)
    await stage.give(boss, clerk)
    await edit(bad.row.id, `integrity = 'AAAA'`)
    expect(await use(clerk)).to.equal('accepted')
  })
})
