import { type ChildProcess, fork } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { fixedClock, systemClock } from '../../../server/kernel/clock.ts'
import { silentLog } from '../../../server/kernel/log.ts'
import { openStores } from '../../../server/storage/open.ts'
import { createStage } from '../../authorization/stage.ts'
import { copyPreparedDatabase } from '../../storage/prepared-database.ts'
import { createTemporaryDatabase } from '../../storage/temporary-postgres.ts'
import type { Call, Given, Reply } from './batch-child.ts'
import { createCompany, createTaskRooms, signedBy, xmlDocument } from './stage.ts'

const DOCUMENTS = 500
const DEATHS = 3

describe('a process killed amid sealing 500 documents', function () {
  this.timeout(240_000)

  it('has sealed none twice and lost none once it is gone on with, on the embedded database', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'shield-batch-'))
    try {
      await copyPreparedDatabase(dataDir)
      await killed({ dataDir })
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  })

  const onPostgres = 'has sealed none twice and lost none once it is gone on with, on PostgreSQL'
  if (process.env['TEST_DATABASE_URL'] === undefined) it(`${onPostgres} (TEST_DATABASE_URL is not set)`)
  else {
    it(onPostgres, async () => {
      const database = await createTemporaryDatabase()
      try {
        await killed({ dataDir: 'memory', ...(database === undefined ? {} : { databaseUrl: database.url }) })
      } finally {
        await database?.drop()
      }
    })
  }
})

async function killed(where: { dataDir: string; databaseUrl?: string }): Promise<void> {
  const open = () => openStores({ databaseUrl: where.databaseUrl, dataDir: where.dataDir, clock: systemClock, log: silentLog })
  const clock = fixedClock(systemClock.now())
  const before = await open()
  const house = createStage(before, clock)
  const { boss, held } = await createCompany(before, house)
  const { id: taskId } = await createTaskRooms(before, clock, house, held).tasks.open({
    enterpriseId: held.enterpriseId,
    center: { id: 'center-1', name: '演示交易中心' },
    title: '投标文件',
    documents: Array.from({ length: DOCUMENTS }, (_, n) => ({ name: `${n}.xml`, bytes: xmlDocument(n), places: [] })),
    trace: 'K7QM-3F9T',
    expiresAt: house.inDays(1),
  })
  await before.close()

  const { membershipId, personId, name } = boss
  const given: Given = { ...where, held, taskId, who: { membershipId, personId, name }, certificate: boss.party.certificate.der.toString('base64') }
  const told = new Map<number, string>()
  for (let death = 0; death <= DEATHS; death++) {
    const child = await start(given)
    const enough = death === DEATHS ? DOCUMENTS : told.size + randomInt(20, 120)
    try {
      for (let n = 1; n <= DOCUMENTS; n++) await child.ask({ call: 'fit', n })
      const text = await child.ask({ call: 'list' })
      await child.ask({ call: 'begin', text, signature: boss.sign(text) })
      for (let n = 1; n <= DOCUMENTS && told.size < enough; n++) {
        if (told.has(n)) continue
        const signature = signedBy(boss, Buffer.from(await child.ask({ call: 'item', n }), 'base64')).toString('base64')
        told.set(n, await child.ask({ call: 'seal', n, signature }))
      }
      if (death === DEATHS) continue
      // and one more, whose answer nobody hears
      const next = DOCUMENTS - death
      const signature = signedBy(boss, Buffer.from(await child.ask({ call: 'item', n: next }), 'base64')).toString('base64')
      child.tell({ call: 'seal', n: next, signature })
    } finally {
      await child.kill()
    }
  }

  const after = await open()
  try {
    const rooms = createTaskRooms(after, clock, createStage(after, clock), held)
    expect((await after.sealTasks.find(taskId))?.state).to.equal('done')
    const documents = await after.sealTasks.documents(taskId, 0, DOCUMENTS)
    expect(documents.filter(({ state }) => state === 'sealed')).to.have.length(DOCUMENTS)
    // what somebody was told is what is kept
    for (const { n, sealed } of documents) if ((told.get(n) ?? '') !== '') expect(sealed?.digest, `document ${n}`).to.equal(told.get(n))
    const reports = await Promise.all([1, 250, DOCUMENTS, DOCUMENTS - 1, DOCUMENTS - 2].map(n => rooms.report(documents[n - 1])))
    expect(reports.map(report => report?.seals.map(({ intact }) => intact))).to.deep.equal(reports.map(() => ['yes']))
    const uses = (await after.mandates.history(held.enterpriseId, 2 * DOCUMENTS)).filter(({ kind, act }) => kind === 'used' && act === 'seal_use')
    expect(new Set(uses.map(({ reference }) => reference)).size).to.equal(DOCUMENTS)
    expect(uses, 'each use written down once').to.have.length(DOCUMENTS)
    const news = (await after.sealNews.news(2 * DOCUMENTS)).filter(({ subject }) => subject === taskId)
    const numbers = news.filter(({ event }) => event === 'document-sealed').map(({ data }) => JSON.parse(data))
    expect(
      numbers.sort((a, b) => a - b),
      'news of each document, once',
    ).to.deep.equal(Array.from({ length: DOCUMENTS }, (_, i) => i + 1))
    expect(news.filter(({ event }) => event === 'done')).to.have.length(1)
  } finally {
    await after.close()
  }
}

async function start(given: Given) {
  const child: ChildProcess = fork(join(import.meta.dirname, 'batch-child.ts'), [JSON.stringify(given)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const waiting = new Map<number, { resolve(value: string): void; reject(error: Error): void }>()
  let last = 0
  const ready = new Promise<string>((resolve, reject) => waiting.set(0, { resolve, reject }))
  child.on('message', (reply: Reply) => {
    const found = waiting.get(reply.id)
    waiting.delete(reply.id)
    if ('value' in reply) found?.resolve(reply.value)
    else found?.reject(new Error(reply.error))
  })
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('the process is gone'))
  })
  const tell = (call: Omit<Call, 'id'>): number => {
    child.send({ id: ++last, ...call })
    return last
  }
  await ready
  return {
    tell,
    ask: (call: Omit<Call, 'id'>) =>
      new Promise<string>((resolve, reject) => {
        waiting.set(tell(call), { resolve, reject })
      }),
    async kill() {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}
