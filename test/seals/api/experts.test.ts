import { expect } from 'chai'
import { days } from '../../../server/kernel/clock.ts'
import { newId } from '../../../server/kernel/ids.ts'
import { pdf } from '../../../server/seals/pdf/pdf.ts'
import { createStage as createRemoteStage, type Expert, PIN, type Stage as RemoteStage } from '../../remote-signing/stage.ts'
import { judgeIn } from '../ses/stage.ts'
import { A4, type ApiStage, openApiStage } from './stage.ts'
import { unzipped } from './unzip.ts'

/** Both rooms on the same stores: the expert's key is really opened, the document really signed and verified. */
describe('seal tasks for experts', function () {
  this.timeout(60_000)
  let stage: ApiStage
  let remote: RemoteStage
  let expert: Expert
  before(async () => {
    stage = await openApiStage()
    remote = await createRemoteStage(stage.stores, stage.clock, { changed: id => stage.experts.follow(id) })
    stage.joinRemote(remote.room)
    expert = await remote.expert()
    await stage.stores.consents.grant(expert.by.membershipId, 'center-a', ['openid'])
  })
  after(async () => {
    await remote.room.news.close()
    await remote.receiver.close()
    await stage.close()
  })

  const question = (more: object = {}) => ({
    expert: { subject: expert.by.membershipId },
    title: '评标报告签字',
    reference: 'E-1',
    documents: [{ content: A4.toString('base64'), name: '评标报告.pdf', places: [{ kind: 'keyword', words: 'Page 2' }] }],
    ...more,
  })
  const open = (more: object = {}, key = newId()) => stage.send('tasks', question(more), { key })
  async function sign(id: string, pin = PIN): Promise<void> {
    const signing = await remote.room.signings.begin(expert.by, await remote.room.requests.of(expert.by.personId, id))
    await remote.room.signings.complete(expert.by, signing.id, { pin, code: remote.code(expert.totp) })
    stage.clock.advance(60_000)
  }
  /** what remote signing has to tell was told, and taken over */
  const taken = () => remote.room.news.settled()

  it('asks by sub, sends the expert to their own pages, and is done by itself once they signed', async () => {
    const { status, body } = await open()
    expect(status, JSON.stringify(body)).to.equal(201)
    expect(body).to.include({ state: 'open', expert: true, subject: expert.by.membershipId, sealed: 0 })
    expect(body.sign_url).to.equal(`https://shield.test/experts/requests/${body.id}`)
    expect((await stage.get(`tasks/${body.id}/sign-url`)).body.url).to.equal(body.sign_url)
    await sign(body.id)
    await taken()
    expect((await stage.get(`tasks/${body.id}`)).body).to.include({ state: 'done', sealed: 1 })
    const { body: document } = await stage.get(`tasks/${body.id}/documents/1`)
    expect(document.sealed.seal).to.equal('expert')
    expect(document.sealed).not.to.have.property('entry')
    const { bytes } = await stage.get(`tasks/${body.id}/documents/1/sealed`)
    const { seals } = await pdf.verify(bytes, judgeIn({ now: stage.clock.now(), roots: remote.roots }))
    expect(seals.map(({ intact, trusted }) => [intact, trusted])).to.deep.equal([['yes', 'yes']])
    const zip = unzipped((await stage.get(`tasks/${body.id}/documents/1/evidence`)).bytes)
    const evidence = JSON.parse(zip.get('signing.json')?.toString('utf8') ?? '{}')
    expect(evidence).to.include({ request: body.id, signing: document.sealed.list })
    expect(evidence.documents[0].signed).to.equal(document.sealed.sm3)
    expect((await stage.send(`tasks/${body.id}:cancel`)).body.code).to.equal('seal_task_over')
  })

  it('asks by the id of an active key; a key of whom the center does not know is no key', async () => {
    expect((await open({ expert: { key: expert.keyId } })).body.subject).to.equal(expert.by.membershipId)
    const stranger = await remote.expert()
    for (const nobody of [{ key: stranger.keyId }, { subject: stranger.by.membershipId }, { key: newId() }])
      expect((await open({ expert: nobody })).body.code).to.equal('seal_asked_unknown')
  })

  it('signs nothing by a wrong PIN, and the task stays open', async () => {
    const { body } = await open()
    const refused = await sign(body.id, 'Wrong-PIN-99').catch(thrown => thrown)
    expect(refused).to.include({ code: 'remote_factor_wrong' })
    await taken()
    expect((await stage.get(`tasks/${body.id}`)).body).to.include({ state: 'open', sealed: 0 })
    expect((await stage.get(`tasks/${body.id}/documents/1/sealed`)).body.code).to.equal('seal_wrong_state')
  })

  it('ends when the expert refuses, and takes the request back when the center cancels', async () => {
    const { body: refused } = await open()
    await remote.room.requests.end(await remote.room.requests.of(expert.by.personId, refused.id), 'declined', 'K7QM-3F9T')
    await taken()
    expect((await stage.get(`tasks/${refused.id}`)).body.state).to.equal('cancelled')
    const { body: cancelled } = await open()
    expect((await stage.send(`tasks/${cancelled.id}:cancel`)).body.state).to.equal('cancelled')
    expect((await remote.room.requests.of(expert.by.personId, cancelled.id)).state).to.equal('cancelled')
  })

  it('keeps the signature where the center cancels after the expert signed, and news of it comes late', async () => {
    const { body } = await open()
    const request = await remote.room.requests.of(expert.by.personId, body.id)
    await sign(body.id)
    expect((await stage.send(`tasks/${request.id}:cancel`)).body.code).to.equal('seal_task_over')
    await stage.experts.follow(request.id)
    await taken()
    expect((await stage.get(`tasks/${body.id}`)).body).to.include({ state: 'done', sealed: 1 })
  })

  it('is one task for one key, and gives nobody at the company anything to seal', async () => {
    const key = newId()
    const [first, again] = [await open({}, key), await open({}, key)]
    expect(again.body.id).to.equal(first.body.id)
    expect((await open({ title: '别的' }, key)).body.code).to.equal('idempotency_key_reused')
    const membership = await stage.stores.parties.membership(expert.by.membershipId)
    const enterpriseId = membership?.enterprise.id ?? ''
    const company = { uscc: membership?.enterprise.uscc ?? '', name: '' }
    const person = { id: expert.by.personId, name: '' }
    const by = { membershipId: expert.by.membershipId, enterpriseId, company, person, assurance: 'shield' as const, trace: 'K7QM-3F9T' }
    expect(await stage.tasks.waiting(by, 10)).to.deep.equal([])
    expect(await stage.stores.sealTasks.ofEnterprise(enterpriseId, 10)).to.deep.equal([])
    expect(await stage.tasks.of(by, first.body.id).catch(thrown => thrown)).to.include({ code: 'seal_task_unknown' })
  })

  it('refuses what an expert cannot do', async () => {
    const document = { content: A4.toString('base64'), name: '评标报告.pdf' }
    for (const more of [
      { kind: 'company' },
      { handwriting: true },
      { company: '91350200556207664B' },
      { expert: {} },
      { expert: { subject: expert.by.membershipId, key: expert.keyId } },
      { documents: [{ ...document, movable: true }] },
      { documents: Array.from({ length: 11 }, () => document) },
      { expires_at: new Date(stage.clock.now().getTime() + days(60)).toISOString() },
    ])
      expect((await open(more)).body.code, JSON.stringify(Object.keys(more))).to.equal('bad_request')
    for (const places of [[{ kind: 'edge' }], [{ kind: 'at', page: 1, x: 100, y: 100 }], [{ kind: 'keyword', words: 'Page 2', nth: 2 }]])
      expect((await open({ documents: [{ ...document, places }] })).body.code).to.equal('seal_place_unusable')
    const { body } = await open()
    expect((await stage.send(`tasks/${body.id}:extend`, { expires_at: '2027-08-01T08:00:00Z' })).body.code).to.equal('bad_request')
  })
})
