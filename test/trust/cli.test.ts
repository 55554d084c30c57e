import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import express from 'express'
import request from 'supertest'
import { systemClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { createManagement } from '../../server/operations/management.ts'
import { announceBroker } from '../../server/operations/running.ts'
import { pem } from '../../server/pki/certificate.ts'
import { openStores } from '../../server/storage/open.ts'
import { createDesk } from '../../server/trust/desk.ts'
import { exportList } from '../../server/trust/listing.ts'
import { trustRoutes } from '../../server/trust/routes.ts'
import { shieldIn } from '../cli/terminal.ts'
import { makeUnder } from '../pki/hierarchy.ts'
import { ca, caRow, list, nationalRow, openStage, type Stage, shield } from './stage.ts'

let dataDir: string
const shieldCommand = (line: string, env: Record<string, string> = {}) =>
  shieldIn({ SHIELD_DATA_DIR: dataDir, ...env }, line.match(/"[^"]*"|\S+/g)?.map(word => word.replaceAll('"', '')) ?? [])
const csvOf = async (count: number) => {
  const file = join(dataDir, 'holders.csv')
  const rows = Array.from({ length: count }, (_, i) => makeUnder(ca, `holder ${i}`, { keys: ca }).certificate.der.toString('base64'))
  await writeFile(file, ['certificate', ...rows, 'MIIBnonsense'].join('\n'))
  return file
}

describe('the trust list at a running broker’s management port', () => {
  let stage: Stage
  let server: Server

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'shield-trust-cli-'))
    stage = await openStage()
    const desk = createDesk({ register: stage.register, store: stage.stores.knownCertificates, audit: { append: async () => undefined } })
    const app = createManagement({
      clock: stage.clock,
      log: silentLog,
      host: '127.0.0.1',
      url: 'http://127.0.0.1:7109',
      errorPage: view => view.code,
      checks: [],
      hasStarted: () => true,
      renderMetrics: async () => ({ contentType: 'text/plain', text: '' }),
      routers: [{ path: '/', router: trustRoutes({ desk, clock: stage.clock }) }],
      verifyAudit: async () => ({ ok: true, events: 0, head: '' }),
      listKeys: async () => [],
    })
    server = createServer(app)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    await announceBroker(dataDir, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })
  afterEach(async () => {
    server.close()
    server.closeAllConnections()
    await stage.close()
    await rm(dataDir, { recursive: true })
  })

  it('is changed by two persons from the terminal, and taken back from its export', async () => {
    const file = join(dataDir, 'list.json')
    await writeFile(file, exportList({ version: 0, cas: [nationalRow(), caRow()] }))
    const proposed = await shieldCommand(`trust propose ${file} --as "Li Na" --why "they join"`)
    expect(proposed).to.include({ exit: 0, err: '' })
    const [, id = ''] = /trust approve (\S+)/.exec(proposed.out) ?? []
    expect((await shieldCommand('trust pending')).out)
      .to.include(id)
      .and.include('+ province-ca')
    const own = await shieldCommand(`trust approve ${id} --as "li na" --json`)
    expect(own.exit).to.equal(3)
    expect(JSON.parse(own.out)).to.include({ error: 'trust_proposal_own' })
    expect((await shieldCommand(`trust approve ${id} --as "Wang Wei"`)).out).to.equal('Version 1 is in force.\n')
    expect((await shieldCommand('trust pending')).out).to.equal('Nothing waits.\n')
    expect((await shieldCommand('trust list')).out).to.match(/province-ca .*login,seal,encryption/)
    expect((await shieldCommand('trust show 省级')).out)
      .to.include('"region": "江苏"')
      .and.include('CN=Province CA')
    expect((await shieldCommand('trust show nobody')).exit).to.equal(1)
    expect((await shieldCommand('trust history')).out).to.match(/^1 .* Li Na, approved by Wang Wei: they join/)
    await shieldCommand(`trust export --to ${join(dataDir, 'out.json')}`)
    expect(await readFile(join(dataDir, 'out.json'), 'utf8')).to.equal(exportList(stage.register.current()))
  })

  it('takes a CSV in through the broker, tells bad rows by line, and goes on where it stopped', async () => {
    await list(stage, nationalRow(), caRow())
    const file = await csvOf(120)
    const first = await shieldCommand(`trust import ${file} --as "Li Na"`)
    expect(first.exit).to.equal(1)
    expect(first.out).to.include('121 rows').and.include('120 new').and.include('line 122: MIIBnonsense')
    expect((await stage.stores.knownCertificates.counts()).byCa).to.deep.equal({ 'province-ca': 120 })
    expect((await shieldCommand(`trust import ${file} --as "Li Na"`)).out)
      .to.include('0 new')
      .and.include('121 of an earlier run')
  })

  it('explains a certificate step by step, with exit 1 where it is refused', async () => {
    const file = join(dataDir, 'shield.pem')
    await writeFile(file, pem(shield.der))
    expect(await shieldCommand(`trust explain ${file} --at 2027-06-01`)).to.include({ exit: 1 })
    await list(stage, nationalRow(), caRow())
    const good = await shieldCommand(`trust explain ${file} --at 2027-06-01 --holder enterprise`)
    expect(good.exit, good.out + good.err).to.equal(0)
    expect(good.out)
      .to.include('RFC 5280 6.1.3')
      .and.include('profile cfca-cn')
      .and.match(/ACCEPTED\n$/)
    const seal = await shieldCommand(`trust explain ${file} --at 2027-06-01 --use government-seal --json`)
    expect(seal.exit).to.equal(1)
    expect(JSON.parse(seal.out).steps.filter((step: { outcome: string }) => step.outcome === 'failed')[0].title.en).to.equal(
      'Qualified for government affairs',
    )
    expect((await shieldCommand(`trust explain ${file} --use dancing`)).exit).to.equal(3)
  })

  it('answers with its codes what is asked wrongly, and takes writing in JSON only', async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const post = (path: string, body: object) => request(url).post(path).send(body)
    expect((await post('/trust/wishes.json', { by: 'Li Na', why: 'x', changes: [{ kind: 'put', ca: {} }] })).body.error).to.equal(
      'trust_entry_invalid',
    )
    expect((await post('/trust/proposals/none.json', { by: 'Li Na', decision: 'approve' })).body.error).to.equal('trust_not_found')
    expect((await post('/trust/proposals/none.json', { by: 'Li Na', decision: 'maybe' })).body.error).to.equal('bad_request')
    expect((await post('/trust/holders.json', { items: Array.from({ length: 1001 }, () => ({ certificate: '' })) })).body.error).to.equal(
      'bad_request',
    )
    expect((await request(url).get('/trust/holders/x.json')).body.error).to.equal('bad_request')
    expect((await request(url).get('/trust/list.json?version=9')).body.error).to.equal('trust_not_found')
    const form = await request(url).post('/trust/proposals/none.json').type('form').send({ by: 'Li Na', decision: 'approve' })
    expect(form.body.error).to.equal('bad_request')
    expect((await request(url).post('/trust/wishes.json').type('text/plain').send('{"by":"Li Na","why":"plain","changes":[]}')).body.error).to.equal(
      'bad_request',
    )
  })

  it('says that it cannot read what another service answers', async () => {
    const other = express().use((_req, res) => void res.json({ hello: 1 }))
    const strange = createServer(other)
    await new Promise<void>(resolve => strange.listen(0, '127.0.0.1', resolve))
    await announceBroker(dataDir, `http://127.0.0.1:${(strange.address() as AddressInfo).port}`)
    expect((await shieldCommand('trust list')).exit).to.equal(3)
    strange.close()
    strange.closeAllConnections()
  })
})

describe('the trust list beside a database at rest', function () {
  this.timeout(60_000)
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'shield-trust-cli-'))
  })
  afterEach(() => rm(dataDir, { recursive: true }))

  it('is not made up where there is no database, and makes one to write', async () => {
    expect((await shieldCommand('trust list')).err).to.include('no database')
    const file = join(dataDir, 'list.json')
    await writeFile(file, exportList({ version: 0, cas: [nationalRow(), caRow()] }))
    // the sandbox needs no second person
    expect((await shieldCommand(`trust propose ${file} --as "Li Na" --why "they join"`)).out).to.include('Applied as version 1')
    expect((await shieldCommand('trust list')).out).to.include('Version 1: 2 CAs')
    const stores = await openStores({ dataDir, clock: systemClock, log: silentLog })
    try {
      expect((await stores.audit.read(1, 10)).map(row => row.code)).to.deep.equal(['trust.changed'])
      const busy = await shieldCommand('trust list')
      expect(busy.exit).to.equal(3)
      expect(busy.err).to.match(/open in process/)
    } finally {
      await stores.close()
    }
  })
})
