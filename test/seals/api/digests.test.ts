import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { fixedClock } from '../../../server/kernel/clock.ts'
import { silentLog } from '../../../server/kernel/log.ts'
import { verifyDetached } from '../../../server/seals/cms/detached.ts'
import { openStores } from '../../../server/storage/open.ts'
import type { Stores } from '../../../server/storage/stores.ts'
import { createTemporaryDatabase } from '../../storage/temporary-postgres.ts'
import { type ApiAnswer, expectProblem } from '../../suites/api-site.ts'
import { openTestStores } from '../../suites/memory-stores.ts'
import type { Somebody } from '../life/stage.ts'
import { judgeIn } from '../ses/stage.ts'
import { A4, type ApiStage, openApiStageOn } from './stage.ts'
import { unzipped } from './unzip.ts'

type Clock = ReturnType<typeof fixedClock>

/** Files that a center keeps, from the request to the signature beside them, over real HTTP. */
function digestSuite(name: string, open: (clock: Clock) => Promise<Stores>): void {
  describe(`the interface for seals: files that the center keeps, on ${name}`, function () {
    this.timeout(60_000)
    let stage: Omit<ApiStage, 'stores'>
    let boss: Somebody
    let sealId: string
    before(async () => {
      const clock = fixedClock('2027-06-01T12:00:00.000Z')
      stage = await openApiStageOn(await open(clock), clock)
      boss = (await stage.crew()).boss
      sealId = (await stage.seal(boss)).row.id
      await stage.seen(boss)
    })
    after(() => stage.close())

    const FILE = Buffer.from('三维模型\n'.repeat(50_000))
    const hashed = (algorithm: string, bytes: Uint8Array = FILE) => createHash(algorithm).update(bytes).digest('hex')
    const digests = { size: FILE.length, sm3: hashed('sm3'), sha256: hashed('sha256') }
    const model = { name: 'model.ifc', digests }
    const problem = (answer: ApiAnswer, status: number, code: string) =>
      expectProblem({ ...answer, text: answer.bytes.toString('utf8') }, status, code)
    let keys = 0
    const ask = (documents: unknown[], more: Record<string, unknown> = {}, key = `key-of-digests-${++keys}`) =>
      stage.post('tasks', { subject: boss.membershipId, title: '模型盖章', documents, ...more }, { key })

    it('are sealed with documents under one list; what stands beside the file verifies with it, and with no other', async () => {
      const held = { name: '投标函.pdf', content: A4.toString('base64') }
      const { body } = await ask([model, held])
      const [told] = (await stage.get(`tasks/${body.id}/documents`)).body.documents
      expect(told).to.deep.include({ format: 'cms', state: 'waiting', size: FILE.length, sm3: digests.sm3, sha256: digests.sha256, places: [] })
      problem(await stage.get(`tasks/${body.id}/documents/1/sealed`), 409, 'seal_wrong_state')
      await stage.sealAll(boss, body.id, sealId)
      expect((await stage.get(`tasks/${body.id}`)).body).to.deep.include({ state: 'done', sealed: 2 })

      const beside = await stage.get(`tasks/${body.id}/documents/1/sealed`)
      expect([beside.headers.get('content-type'), beside.headers.get('content-disposition')?.includes('model.ifc.p7s')]).to.deep.equal([
        'application/pkcs7-signature',
        true,
      ])
      const intact = async (content: Buffer) => {
        const { seals } = await verifyDetached({ cms: () => beside.bytes, content: () => content, judge: judgeIn({ now: stage.clock.now() }) })
        return seals.map(each => [each.intact, each.provenAt === undefined])
      }
      expect(await intact(FILE)).to.deep.equal([['yes', false]])
      expect(await intact(Buffer.concat([FILE, Buffer.of(0)]))).to.deep.equal([['no', true]])

      const { list, sm3 } = (await stage.get(`tasks/${body.id}/documents/1`)).body.sealed
      expect(sm3).to.equal(hashed('sm3', beside.bytes))
      const { text } = (await stage.get(`tasks/${body.id}/lists/${list}`)).body
      expect(text).to.include(`model.ifc (原文在发起方,${FILE.length}字节) 原文SM3:${digests.sm3} 摘要:${digests.sm3}`)
      const report = (await stage.get(`tasks/${body.id}/documents/1/report`)).body
      expect([report.format, report.size, report.sm3, report.seals[0].intact]).to.deep.equal(['cms', FILE.length, digests.sm3, 'yes'])
    })

    it('are compared, told and exported without the file itself', async () => {
      const { body } = await ask([{ name: 'a.zip', digests: { size: FILE.length, sm3: digests.sm3.toUpperCase() } }])
      await stage.sealAll(boss, body.id, sealId)
      const one = `tasks/${body.id}/documents/1`
      problem(await stage.get(`${one}/original`), 409, 'seal_file_elsewhere')
      const compare = (algorithm: string, digest: string) => stage.post(`${one}:compare`, { algorithm, digest })
      expect((await compare('sm3', digests.sm3)).body).to.deep.equal({ which: 'original' })
      expect((await compare('sm3', hashed('sm3', A4))).body).to.deep.equal({ which: 'neither' })
      problem(await compare('sha256', digests.sha256), 422, 'seal_digest_missing')
      const files = unzipped((await stage.get(`${one}/evidence`)).bytes)
      expect([...files.keys()]).to.deep.equal(['sealed.p7s', 'document.json', 'report.json', 'list.txt', 'list.p7m', 'seal.der'])
      expect(JSON.parse(String(files.get('document.json')))).to.deep.include({ name: 'a.zip', sm3: digests.sm3 })
      expect((await stage.get(`tasks/${body.id}/evidence`)).body.documents[0].sealed.list).to.be.a('string')
    })

    it('are one task for one key, and another file under it is refused', async () => {
      const [first, again] = [await ask([model], {}, 'key-digests-once'), await ask([model], {}, 'key-digests-once')]
      expect([again.body.id, again.headers.get('idempotent-replayed')]).to.deep.equal([first.body.id, 'true'])
      const other = { ...model, digests: { ...digests, size: 7 } }
      problem(await ask([other], {}, 'key-digests-once'), 422, 'idempotency_key_reused')
    })

    it('are refused where a digest, size or name is none, where they have what only a document has, and twice in one task', async () => {
      const bad = [
        { digests },
        { name: 'a', digests: { ...digests, sm3: 'ab' } },
        { name: 'a', digests: { ...digests, sm3: `${'zz'.repeat(32)}` } },
        { name: 'a', digests: { ...digests, sha256: '' } },
        { name: 'a', digests: { size: 1, sha256: digests.sha256 } },
        ...[0, -1, 1.5, '7', 2 ** 51, 1e300].map(size => ({ name: 'a', digests: { ...digests, size } })),
        { name: '../a', digests },
        { ...model, content: 'AAAA' },
        { ...model, document: 'x' },
        { ...model, places: [] },
        { ...model, movable: true },
        { ...model, date: 'under' },
        { name: 'a', digests: { ...digests, more: 1 } },
      ]
      for (const each of bad) problem(await ask([each]), 400, 'bad_request')
      problem(await ask([model, { ...model, name: 'again.ifc' }]), 400, 'bad_request')
      problem(await ask([model], { subject: undefined, expert: { subject: boss.membershipId } }), 400, 'bad_request')
    })

    it('are told of where it is asked what can be sealed', async () => {
      const [provider] = (await stage.get('providers')).body.providers
      expect(provider.formats).to.deep.include({ format: 'cms', placements: [], handed_in: 'digests' })
      expect(provider.limits.file_bytes).to.equal(2 ** 50)
    })
  })
}

digestSuite('PGlite', clock => openTestStores({ clock }))

const database = await createTemporaryDatabase()
if (database === undefined) {
  it('files that the center keeps are not tested on PostgreSQL here: TEST_DATABASE_URL is not set')
} else {
  after(() => database.drop())
  digestSuite('PostgreSQL', clock => openStores({ databaseUrl: database.url, dataDir: 'memory', clock, log: silentLog }))
}
