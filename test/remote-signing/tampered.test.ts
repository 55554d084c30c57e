import { expect } from 'chai'
import { fixedClock } from '../../server/kernel/clock.ts'
import { createEvidence } from '../../server/remote-signing/evidence.ts'
import { codeOf } from '../authorization/stage.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { createStage, PIN, type Stage } from './stage.ts'

/** Somebody who can write in the database, and has neither the sealing key nor anybody's PIN. */
describe('remote signing, with rows edited by hand', () => {
  let stage: Stage
  let pglite: Awaited<ReturnType<typeof openTestStores>>['pglite']
  before(async function () {
    this.timeout(60_000)
    const clock = fixedClock('2027-06-01T12:00:00.000Z')
    const stores = await openTestStores({ clock })
    pglite = stores.pglite
    stage = await createStage(stores, clock)
  })
  after(() => stage.close())

  async function edit(table: string, id: string, change: (body: Record<string, unknown>) => Record<string, unknown>): Promise<void> {
    const { rows } = await pglite.query<{ body: string }>(`SELECT body FROM ${table} WHERE id = $1`, [id])
    const [row] = rows
    await pglite.query(`UPDATE ${table} SET body = $2 WHERE id = $1`, [id, JSON.stringify(change(JSON.parse(row?.body ?? '{}')))])
  }

  it('a key whose second factor was made the weaker one is not used', async () => {
    const expert = await stage.expert('abc')
    await edit('remote_key', expert.keyId, body => ({ ...body, factor: 'totp' }))
    expect(await codeOf(async () => stage.room.signings.begin(expert.by, await stage.request(expert)))).to.equal('remote_key_tampered')
  })

  it('nor one that was given to another person, or whose certificate is another’s', async () => {
    const [owner, other] = [await stage.expert(), await stage.expert()]
    const theirs = await stage.stores.remoteKeys.find(other.keyId)
    await edit('remote_key', owner.keyId, body => ({ ...body, certificate: theirs?.certificate }))
    expect(await codeOf(async () => stage.room.signings.begin(owner.by, await stage.request(owner)))).to.equal('remote_key_tampered')
    await edit('remote_key', other.keyId, body => ({ ...body, personId: owner.by.personId }))
    expect(await codeOf(() => stage.room.keys.demand(owner.by, other.keyId, 'active'))).to.equal('remote_key_tampered')
  })

  it('a document that was put in the place of an approved one is not signed', async () => {
    const expert = await stage.expert()
    const request = await stage.request(expert)
    const signing = await stage.room.signings.begin(expert.by, request)
    const factors = () => ({ pin: PIN, code: stage.code(expert.totp) })
    await pglite.query('UPDATE blob_piece SET bytes = $2 WHERE blob_id = $1', [request.documents[0]?.blob, Buffer.from('别的报告')])
    expect(await codeOf(() => stage.room.signings.complete(expert.by, signing.id, factors()))).to.equal('seal_document_unusable')
    expect((await stage.room.requests.ofCenter('center-a', request.id)).state).to.equal('open')
  })

  it('a list that was changed after it was shown is not signed', async () => {
    const expert = await stage.expert()
    const request = await stage.request(expert)
    const signing = await stage.room.signings.begin(expert.by, request)
    await edit('remote_request', request.id, body => ({ ...body, title: '另一事项' }))
    expect(await codeOf(() => stage.room.signings.complete(expert.by, signing.id, { pin: PIN, code: stage.code(expert.totp) }))).to.equal(
      'remote_approval_over',
    )
  })

  it('a record that was changed is not handed out as evidence', async () => {
    const expert = await stage.expert()
    const signing = await stage.room.signings.begin(expert.by, await stage.request(expert))
    await stage.room.signings.complete(expert.by, signing.id, { pin: PIN, code: stage.code(expert.totp) })
    const evidence = createEvidence({ store: stage.stores.evidence, sealing: stage.sealing })
    const find = async () => (await stage.stores.remoteSignings.find(signing.id)) ?? expect.fail('no signing')
    const told = await evidence(await find())
    expect(told.text).to.equal(signing.text)
    expect(told.factors.totp?.step).to.be.a('number')
    await edit('remote_signing', signing.id, body => ({ ...body, text: `${signing.text}。` }))
    expect(await codeOf(async () => evidence(await find()))).to.equal('remote_key_tampered')
  })
})
