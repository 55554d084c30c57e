import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { systemClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { planSandbox, type Sandbox, startSandbox } from '../../server/sandbox/start.ts'
import { copyPreparedDatabase } from '../suites/prepared-database.ts'

describe('data channel, from the platform to the banks', () => {
  let dataDir: string
  let sandbox: Sandbox

  before(async function () {
    this.timeout(120_000)
    dataDir = await mkdtemp(join(tmpdir(), 'shield-channel-'))
    await copyPreparedDatabase(dataDir)
    const plan = await planSandbox({ ports: 'free', env: {}, overrides: { dataDir, logLevel: 'silent' } })
    sandbox = await startSandbox(plan, { clock: systemClock, log: silentLog })
  })
  after(async () => {
    await sandbox?.close()
    await rm(dataDir, { recursive: true, force: true })
  })

  const operator = async (path: string, body?: object) => {
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const answer = await fetch(`${sandbox.plan.urls.management}/channel/${path}`, body === undefined ? {} : post)
    return { status: answer.status, body: await answer.json() }
  }
  /** what the bank itself has on disk */
  const bookOf = (bank: string): { id: string }[] =>
    readFileSync(join(dataDir, 'mock-bank', bank, 'channel', 'received.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))

  for (const bank of ['ccb', 'icbc', 'abc']) {
    it(`an operator tries the line to ${bank}: the bank has the message once, and its signed answer is here`, async () => {
      const { status, body } = await operator('try', { receiver: bank })
      expect(status).to.equal(200)
      expect(body).to.include({ receiver: bank, state: 'delivered', answered: 200 })
      expect(bookOf(bank).filter(({ id }) => id === body.id)).to.have.length(1)
    })
  }

  it('a bank that does not answer keeps the message waiting, and has it once when it is back', async () => {
    sandbox.bank.setEvil('ccb', 'unreachable')
    const { body } = await operator('try', { receiver: 'ccb' })
    expect(body).to.include({ state: 'waiting', lastFailure: 'bank_unreachable' })
    sandbox.bank.setEvil('ccb', undefined)
    const listed = await operator('outgoing?state=waiting')
    expect(listed.body.messages.map(({ id }: { id: string }) => id)).to.include(body.id)
  })

  it('what was not given up can be neither replayed nor settled, and says so', async () => {
    const { body } = await operator('try', { receiver: 'abc' })
    for (const [what, form] of [
      ['replay', {}],
      ['settle', { note: '电话确认' }],
    ] as const) {
      const refused = await operator(`outgoing/${body.id}/${what}`, form)
      expect([refused.status, refused.body.code]).to.deep.equal([409, 'channel_not_dead'])
    }
    expect((await operator('outgoing/none/replay', {})).status).to.equal(404)
  })
})
