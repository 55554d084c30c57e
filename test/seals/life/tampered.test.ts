import { expect } from 'chai'
import { fixedClock } from '../../../server/kernel/clock.ts'
import { createSealing } from '../../../server/kernel/sealing.ts'
import { signSm2 } from '../../../server/pki/sm2.ts'
import { createSealMakers } from '../../../server/seals/life/maker-key.ts'
import { openTestStores } from '../../suites/memory-stores.ts'
import { codeOf, createStage, type Stage } from './stage.ts'

describe('a seal that somebody edited in the database', () => {
  const clock = fixedClock('2026-11-28T08:00:00.000Z')
  let stores: Awaited<ReturnType<typeof openTestStores>>
  let stage: Stage
  before(async function () {
    this.timeout(60_000)
    stores = await openTestStores({ clock })
    stage = createStage(stores, clock)
  })
  let other: typeof stores | undefined
  const openOther = async () => {
    other ??= await openTestStores({ clock })
    return other
  }
  after(async () => {
    await other?.close()
    await stores.close()
  })

  for (const [what, set] of [
    ['put back from suspended to in force', `state = 'in-force'`],
    ['given more time', `valid_until = valid_until + interval '1 year'`],
    ['given another name', `name = '示范冒名有限公司'`],
    ['given another drawing', `picture = '{"width":1,"height":1,"shapes":[]}'`],
    ['robbed of its drawing', `picture = ''`],
    ['given to somebody else', `owner_id = 'somebody'`],
  ] as const) {
    it(`${what} seals nothing, is seen as damaged, and can only be revoked`, async () => {
      const { boss } = await stage.crew()
      const { row } = await stage.seal(boss)
      if (what.startsWith('put back')) await stage.changed(boss, row.id, 'suspend')
      await stores.pglite.query(`UPDATE seal SET ${set} WHERE id = $1`, [row.id])
      expect(await codeOf(() => stage.use(row, boss))).to.equal('seal_not_in_force')
      expect((await stage.life.view(stage.by(boss), row.id)).state).to.equal('tampered')
      expect(await codeOf(() => stage.changed(boss, row.id, 'suspend'))).to.equal('seal_not_in_force')
      expect(stage.eventsOf(row.id)).to.include('seal.tampered')
      expect(await codeOf(() => stage.changed(boss, row.id, 'revoke'))).to.equal('accepted')
    })
  }

  it('with the certificates of an older edition under the newer one’s number seals nothing', async () => {
    const { boss } = await stage.crew()
    const { row } = await stage.seal(boss)
    const fresh = await stage.renewed(boss, 'legal-representative')
    await stage.remade(fresh, row.id, [fresh])
    await stores.pglite.query(
      `UPDATE seal_edition SET der = (SELECT der FROM seal_edition WHERE seal_id = $1 AND number = 1) WHERE seal_id = $1 AND number = 2`,
      [row.id],
    )
    expect(await codeOf(() => stage.use(row, fresh))).to.equal('seal_not_in_force')
  })

  it('with a seal of its own that another maker signed seals nothing', async () => {
    const { boss } = await stage.crew()
    const { row } = await stage.seal(boss)
    const { certificate, privateKey } = await createSealMakers({
      store: (await openOther()).signingKeys,
      sealing: createSealing(Buffer.alloc(32, 1)),
      trail: stage.deps.trail,
      clock,
    }).maker()
    const { der } = await stage.use(row, boss)
    const { info } = JSON.parse(der.toString())
    const forged = { info, signature: signSm2(privateKey, Buffer.from(info)).toString('base64'), maker: certificate.der.toString('base64') }
    await stores.pglite.query(`UPDATE seal_edition SET der = $1 WHERE seal_id = $2`, [Buffer.from(JSON.stringify(forged)).toString('base64'), row.id])
    expect(await codeOf(() => stage.use(row, boss))).to.equal('seal_not_in_force')
    await stores.pglite.query(`UPDATE seal_edition SET der = 'AAAA' WHERE seal_id = $1`, [row.id])
    expect(await codeOf(() => stage.use(row, boss))).to.equal('seal_not_in_force')
  })

  it('is not made where the picture in the seal is not the one that was signed for', async () => {
    const { boss, clerk } = await stage.crew()
    const { row } = await stage.applied(clerk, [clerk])
    await stores.pglite.query(`UPDATE seal SET png = 'AAAA' WHERE id = $1`, [row.id])
    expect(await codeOf(() => stage.approved(boss, row.id))).to.equal('seal_not_in_force')
    expect(await stores.seals.editions(row.id, 5)).to.deep.equal([])
  })

  it('is not made for a certificate that somebody put in the place of the one named', async () => {
    const { boss, clerk } = await stage.crew()
    await Promise.all([stage.shown(clerk), stage.shown(boss)])
    const { row } = await stage.applied(clerk, [clerk])
    await stores.pglite.query(`UPDATE seal_shield SET der = (SELECT der FROM seal_shield WHERE thumbprint = $1) WHERE thumbprint = $2`, [
      boss.thumbprint,
      clerk.thumbprint,
    ])
    expect(await codeOf(() => stage.approved(boss, row.id))).to.equal('seal_shield_unusable')
  })
})
