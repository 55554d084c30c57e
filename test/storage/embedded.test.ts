import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { fixedClock, systemClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { lockFolder } from '../../server/storage/folder-lock.ts'
import { openStores } from '../../server/storage/open.ts'
import { copyPreparedDatabase } from '../suites/prepared-database.ts'
import { codeOf } from '../suites/storage.ts'

describe('embedded database', function () {
  this.timeout(60_000)
  let dataDir: string
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'shield-embedded-'))
  })
  afterEach(() => rm(dataDir, { recursive: true, force: true }))

  const open = () => openStores({ dataDir, clock: systemClock, log: silentLog })

  it('keeps what was written from one start to the next, and refuses a second opening meanwhile', async () => {
    const first = await open()
    await first.clients.put({ id: 'c', name: '中心', metadata: {} })
    expect(await open().then(() => 'opened', codeOf)).to.equal('database_unavailable')
    await Promise.all([first.close(), first.close()])
    expect(await readdir(dataDir)).to.deep.equal(['pg'])
    const second = await open()
    expect(await second.clients.find('c')).to.deep.equal({ id: 'c', name: '中心', metadata: {} })
    await second.close()
  })

  it('gives the room of what expired back, however long it runs', async () => {
    const clock = fixedClock(new Date('2027-01-01T00:00:00Z'))
    await copyPreparedDatabase(dataDir)
    const stores = await openStores({ dataDir, clock, log: silentLog })
    const folder = join(dataDir, 'pg', 'base')
    const size = async () => {
      const files = await readdir(folder, { recursive: true, withFileTypes: true })
      const sizes = await Promise.all(files.filter(file => file.isFile()).map(async file => (await stat(join(file.parentPath, file.name))).size))
      return sizes.reduce((sum, each) => sum + each, 0)
    }
    const round = async (name: string) => {
      const until = new Date(clock.now().getTime() + 60_000)
      for (let i = 0; i < 30; i++)
        await Promise.all(
          Array.from({ length: 200 }, (_, j) =>
            stores.providerRecords.upsert('AccessToken', `${name}-${i}-${j}`, { filler: 'x'.repeat(500) }, until),
          ),
        )
      clock.advance(120_000)
      while ((await stores.sweep(2000)) === 2000);
    }
    await round('first')
    await round('second')
    const settled = await size()
    for (const name of ['third', 'fourth', 'fifth', 'sixth']) await round(name)
    // without it each round leaves some four megabytes
    expect((await size()) - settled).to.be.lessThan(6_000_000)
    await stores.close()
  })

  it('takes over the lock of a dead process, and of another that only bears its number', async () => {
    const path = join(dataDir, 'pg.lock')
    // the highest process id Linux gives is below 2^22
    for (const holder of ['{"pid":4999999,"started":"1"}', `{"pid":${process.ppid},"started":"1"}`, 'garbage']) {
      await writeFile(path, holder)
      const unlock = await lockFolder(path)
      expect(await readFile(path, 'utf8')).to.contain(`"pid":${process.pid}`)
      await unlock()
      expect(await readdir(dataDir)).to.deep.equal([])
    }
  })

  it('refuses the lock of a living process and says which', async () => {
    const path = join(dataDir, 'pg.lock')
    await lockFolder(path)
    const refused = await lockFolder(path).catch(thrown => thrown)
    expect(codeOf(refused)).to.equal('database_unavailable')
    expect(refused.facts).to.contain(`process ${process.pid}`)
  })
})
