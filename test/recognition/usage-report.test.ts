import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import express from 'express'
import { runCli } from '../../server/cli.ts'
import { requestContext } from '../../server/http/context.ts'
import { errorHandler } from '../../server/http/respond.ts'
import { systemClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { usageRoutes } from '../../server/recognition/usage-report.ts'
import type { RecognitionUsage } from '../../server/storage/stores-recognition.ts'
import { openTestStores } from '../suites/memory-stores.ts'

const row = (day: string, more: Partial<RecognitionUsage> = {}): RecognitionUsage => ({
  day,
  client: 'center-a',
  ca: 'ca-a',
  region: '440100',
  kind: 'certificate',
  outcome: 'ok',
  count: 3,
  ...more,
})

describe('counts of use', () => {
  it('are told for the days asked for, first and last included', async () => {
    const stores = await openTestStores()
    const app = express()
    app.use(requestContext({ clock: systemClock, log: silentLog }))
    app.use(usageRoutes(stores.recognitionUsage))
    app.use(errorHandler({ page: view => view.zh, publicUrl: 'https://shield.test' }))
    const server = createServer(app).listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/recognition/usage.json`
    try {
      const told = [row('2027-01-01'), row('2027-01-31', { outcome: 'certificate_revoked', count: 1 })]
      await stores.recognitionUsage.add('batch-1', [...told, row('2027-02-01'), row('2026-12-31')], new Date('2099-01-01'))
      const january: unknown = await (await fetch(`${url}?from=2027-01-01&to=2027-01-31`)).json()
      expect(january).to.deep.equal({ rows: told, cut: false })
      expect((await fetch(`${url}?from=2027-01-01`)).status).to.equal(400)
      expect((await fetch(`${url}?from=yesterday&to=2027-01-31`)).status).to.equal(400)
    } finally {
      server.close()
      await stores.close()
    }
  })

  it('are not asked for by the command with anything but two dates', async () => {
    const said: string[] = []
    const terminal = { env: {}, out: (text: string) => void said.push(text), err: (text: string) => void said.push(text) }
    expect(await runCli(['usage', '--from', 'yesterday'], terminal)).to.equal(2)
    expect(await runCli(['usage', '--from', '2027-02-01', '--to', '2027-01-01'], terminal)).to.equal(2)
    expect(said.join('')).to.include('--from and --to are dates')
  })
})
