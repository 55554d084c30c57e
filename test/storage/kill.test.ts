import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'chai'
import { verifyAudit } from '../../server/audit/verify.ts'
import { systemClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { openStores } from '../../server/storage/open.ts'
import { createTemporaryDatabase } from './temporary-postgres.ts'

/** Starts the child, kills it with SIGKILL once `enough` logins were acknowledged, and answers with those. */
async function killedAmidLogins(dataDir: string, databaseUrl: string | undefined, enough: number): Promise<string[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'kill-child.ts'), dataDir, databaseUrl ?? '-'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const acknowledged: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line)
    if (acknowledged.length === enough) child.kill('SIGKILL')
  }
  const [, signal] = await exited
  expect(signal).to.equal('SIGKILL')
  // the last line may have been cut by the death
  return acknowledged.filter(id => id.length === 27)
}

async function expectAllThere(dataDir: string, databaseUrl: string | undefined, acknowledged: readonly string[]): Promise<void> {
  const stores = await openStores({ dataDir, databaseUrl, clock: systemClock, log: silentLog })
  try {
    const traces = new Set<string>()
    for (let seq = 1; ; seq += 1000) {
      const rows = await stores.audit.read(seq, 1000)
      for (const row of rows) traces.add(row.trace)
      if (rows.length < 1000) break
    }
    expect(acknowledged.filter(id => !traces.has(id))).to.deep.equal([])
    expect((await verifyAudit(stores.audit)).ok).to.equal(true)
  } finally {
    await stores.close()
  }
}

describe('a process killed amid logins', function () {
  this.timeout(90_000)

  it('loses no acknowledged audit event on the embedded database, which opens again by itself, twice', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'shield-kill-'))
    try {
      const first = await killedAmidLogins(dataDir, undefined, 300)
      const second = await killedAmidLogins(dataDir, undefined, 300)
      await expectAllThere(dataDir, undefined, [...first, ...second])
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  })

  it('leaves no broken folder when it is killed while the database is being made', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'shield-kill-'))
    try {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'kill-child.ts'), dataDir, '-'], { stdio: ['ignore', 'ignore', 'inherit'] })
      const exited = once(child, 'exit')
      const half = async () => (await readdir(dataDir)).find(name => name.startsWith('pg.new-'))
      let folder = await half()
      while (folder === undefined && child.exitCode === null) folder = await half()
      child.kill('SIGKILL')
      await exited
      expect(await readdir(dataDir)).not.to.include('pg')
      await expectAllThere(dataDir, undefined, [])
      expect((await readdir(dataDir)).sort()).to.deep.equal(['pg'])
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  })

  if (process.env['TEST_DATABASE_URL'] === undefined) {
    it('loses no acknowledged audit event on PostgreSQL (TEST_DATABASE_URL is not set)')
  } else {
    it('loses no acknowledged audit event on PostgreSQL', async () => {
      const database = await createTemporaryDatabase()
      try {
        const acknowledged = await killedAmidLogins('memory', database?.url, 500)
        await expectAllThere('memory', database?.url, acknowledged)
      } finally {
        await database?.drop()
      }
    })
  }
})
