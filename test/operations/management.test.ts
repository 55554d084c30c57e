import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Router } from 'express'
import request from 'supertest'
import type { AuditEvent } from '../../server/audit/events.ts'
import { fixedClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { silentMeter } from '../../server/kernel/meter.ts'
import { createConnectors } from '../../server/operations/connectors.ts'
import { type Check, readiness } from '../../server/operations/health.ts'
import { homeRoutes } from '../../server/operations/home-routes.ts'
import { createManagement, type ManagementDeps } from '../../server/operations/management.ts'
import { createMetrics } from '../../server/operations/metrics.ts'
import { announceBroker, findBroker } from '../../server/operations/running.ts'
import { testApp } from '../http/app.ts'

const well: Check = { name: 'database', core: true, probe: async () => undefined }
const unwell = (name: string, core: boolean): Check => ({ name, core, probe: () => Promise.reject(new Error('password hunter2 refused')) })

function metrics(more: Partial<Parameters<typeof createMetrics>[0]['sources']> = {}) {
  return createMetrics({
    version: '1.2.3',
    mode: 'sandbox',
    banks: ['ccb'],
    processMetrics: false,
    sources: { connectors: () => [], outbox: async () => ({ waiting: 2, dead: 1 }), auditHeight: async () => 42, revocationAge: () => 7, ...more },
  })
}

function app(more: Partial<ManagementDeps> = {}) {
  return createManagement({
    clock: fixedClock('2026-01-01'),
    log: silentLog,
    host: '127.0.0.1',
    url: 'http://127.0.0.1:7109',
    errorPage: view => view.code,
    checks: [well],
    hasStarted: () => true,
    renderMetrics: metrics().render,
    routers: [],
    verifyAudit: async () => ({ ok: true, events: 3, head: 'ab' }),
    listKeys: async () => [],
    ...more,
  })
}

describe('health', () => {
  it('is live before it has started, and ready only after', async () => {
    const starting = app({ hasStarted: () => false })
    await request(starting).get('/health/live').expect(200)
    await request(starting).get('/health/started').expect(503)
    await request(starting).get('/health/ready').expect(503)
    await request(app()).get('/health/started').expect(200)
    expect((await request(app()).get('/health/ready').expect(200)).body).to.deep.equal({
      status: 'up',
      checks: [{ name: 'database', core: true, status: 'up' }],
    })
  })

  it('stays ready while only a bank is down, and says so', async () => {
    const answer = await request(app({ checks: [well, unwell('bank ccb', false)] }))
      .get('/health/ready')
      .expect(200)
    expect(answer.body.status).to.equal('degraded')
    expect(answer.body.checks).to.deep.include({ name: 'bank ccb', core: false, status: 'down' })
  })

  it('is not ready while the core is down, and does not say why to everybody', async () => {
    const answer = await request(app({ checks: [unwell('database', true)] }))
      .get('/health/ready')
      .expect(503)
    expect(answer.body.status).to.equal('down')
    expect(answer.text).not.to.include('hunter2')
  })

  it('does not wait for a check that hangs', async () => {
    const hanging: Check = { name: 'keys', core: true, probe: () => new Promise(() => undefined) }
    expect((await readiness([hanging, well], 10)).status).to.equal('down')
  })
})

describe('management port', () => {
  it('answers only to the loopback’s own names, where it listens on the loopback', async () => {
    const refusal = await request(app()).get('/metrics').set('Host', 'rebound.evil.test').expect(403)
    expect(refusal.body.code).to.equal('cross_site')
    await request(app()).get('/metrics').set('Host', 'localhost:7109').expect(200)
    await request(app({ host: '10.0.0.5' }))
      .get('/metrics')
      .set('Host', 'broker.internal')
      .expect(200)
  })

  it('gives the verdict on the audit record', async () => {
    const broken = { ok: false, found: 'changed', seq: 7, facts: 'row 7', events: 6 } as const
    expect(
      (
        await request(app({ verifyAudit: async () => broken }))
          .get('/audit/verify')
          .expect(200)
      ).body,
    ).to.deep.equal(broken)
  })

  it('mounts what it is given and answers 404 beyond', async () => {
    const router = Router().get('/trace', (_req, res) => res.send('here'))
    await request(app({ routers: [{ path: '/', router }] }))
      .get('/trace')
      .expect(200)
    await request(app()).get('/sandbox/clock').expect(404)
  })

  describe('test clock', () => {
    function withClock() {
      let offset = 0
      const events: AuditEvent[] = []
      const saved: number[] = []
      const clock = {
        now: () => new Date(1_000_000_000_000 + offset),
        offset: () => offset,
        advance: (ms: number) => {
          offset += ms
        },
        reset: () => {
          offset = 0
        },
        uninstall: () => undefined,
      }
      const trail = { append: async (...more: AuditEvent[]) => void events.push(...more) }
      return { events, saved, app: app({ testClock: { clock, trail, save: async ms => void saved.push(ms) } }) }
    }

    it('moves, is kept and is audited', async () => {
      const { app, events, saved } = withClock()
      expect((await request(app).post('/sandbox/clock').send({ advanceSeconds: 86_400 }).expect(200)).body.offsetSeconds).to.equal(86_400)
      expect((await request(app).get('/sandbox/clock').expect(200)).body.now).to.equal('2001-09-10T01:46:40.000Z')
      await request(app).post('/sandbox/clock').send({ reset: true }).expect(200)
      expect(saved).to.deep.equal([86_400_000, 0])
      expect(events.map(event => [event.code, event.facts])).to.deep.equal([
        ['clock.moved', { from: 0, to: 86_400 }],
        ['clock.moved', { from: 86_400, to: 0 }],
      ])
    })

    it('refuses a form, which another site could send, and a move it cannot read', async () => {
      const { app, saved } = withClock()
      await request(app).post('/sandbox/clock').type('form').send('advanceSeconds=5').expect(400)
      await request(app).post('/sandbox/clock').type('text').send('{"advanceSeconds":5}').expect(400)
      await request(app).post('/sandbox/clock').send({ advanceSeconds: 'soon' }).expect(400)
      await request(app).post('/sandbox/clock').send({ advanceSeconds: 1, reset: true }).expect(400)
      expect(saved).to.deep.equal([])
    })
  })
})

describe('metrics', () => {
  it('counts logins, verdicts, stages and refusals', async () => {
    const { meter, render, requestFinished } = metrics({ connectors: () => [{ bank: 'ccb', up: false, since: '' }] })
    meter.login('ccb', 'refused', 'certificate_revoked')
    meter.certificateVerdict('ok')
    meter.stage('shield', 1.5)
    meter.connector('ccb', true, 0.02)
    meter.replayRefused()
    meter.rateLimited('login')
    requestFinished({ route: '/login/:id', method: 'GET', status: 200, seconds: 0.01 })
    const { text, contentType } = await render()
    expect(contentType).to.match(/^text\/plain/)
    for (const line of [
      'shield_login_total{bank="ccb",outcome="refused",reason="certificate_revoked"} 1',
      'shield_certificate_verdict_total{verdict="ok"} 1',
      'shield_login_stage_duration_seconds_count{stage="shield"} 1',
      'shield_connector_up{bank="ccb"} 0',
      'shield_connector_request_duration_seconds_count{bank="ccb",outcome="ok"} 1',
      'shield_replay_refused_total 1',
      'shield_rate_limited_total{scope="login"} 1',
      'http_server_request_duration_seconds_count{route="/login/:id",method="GET",status="200"} 1',
      'shield_outbox_jobs{state="waiting"} 2',
      'shield_outbox_jobs{state="dead"} 1',
      'shield_audit_height 42',
      'shield_revocation_age_seconds 7',
      'shield_build_info{version="1.2.3",mode="sandbox"',
    ]) {
      expect(text).to.include(line)
    }
  })

  it('keeps its labels closed', async () => {
    const { meter, render, requestFinished } = metrics()
    for (let i = 0; i < 500; i++) {
      meter.login(`bank-${i}`, 'granted', 'none')
      requestFinished({ route: `/r${i}`, method: 'GET', status: 200, seconds: 0 })
    }
    const { text } = await render()
    expect(text).to.include('shield_login_total{bank="other",outcome="granted",reason="none"} 500')
    expect(text.match(/http_server_request_duration_seconds_count/g)?.length).to.be.at.most(201)
  })

  it('still answers while the database does not, without an old value', async () => {
    let up = true
    const { render } = metrics({ auditHeight: () => (up ? Promise.resolve(5) : Promise.reject(new Error('down'))), revocationAge: () => undefined })
    expect((await render()).text).to.include('shield_audit_height 5')
    up = false
    const { text } = await render()
    expect(text).not.to.match(/^shield_(audit_height|revocation_age_seconds) /m)
    expect((await render()).text).to.include('shield_scrape_failed_total{source="audit"}')
  })
})

describe('connectors', () => {
  function connectors() {
    const clock = fixedClock('2026-01-01T00:00:00Z')
    return { clock, ...{ connectors: createConnectors({ banks: ['ccb', 'abc'], clock, meter: silentMeter, log: silentLog }) } }
  }

  it('takes a bank for up until it fails twice in a row, and again after one answer', () => {
    const { clock, connectors: known } = connectors()
    known.report('ccb', false, 1)
    expect(known.isUp('ccb')).to.equal(true)
    known.report('ccb', true, 0.5)
    known.report('ccb', false, 1)
    clock.set('2026-01-01T01:00:00Z')
    known.report('ccb', false, 1)
    expect(known.isUp('ccb')).to.equal(false)
    known.report('ccb', false, 1)
    expect(known.states()[0]).to.deep.equal({ bank: 'ccb', up: false, since: '2026-01-01T01:00:00.000Z', latencyMs: 500 })
    known.report('ccb', true, 0.1)
    expect(known.states()[0]).to.include({ up: true, latencyMs: 100 })
    expect(known.isUp('abc')).to.equal(true)
  })

  it('ignores what it hears of a bank it does not know', () => {
    const { connectors: known } = connectors()
    known.report('boc', false, 1)
    expect(known.states().map(state => state.bank)).to.deep.equal(['ccb', 'abc'])
    expect(known.isUp('boc')).to.equal(true)
  })

  it('probes in the background, one call at a time for each bank', async () => {
    const { connectors: known } = connectors()
    let calls = 0
    let others = 0
    await new Promise<void>(resolve => {
      const stop = known.startProbes({
        everyMs: 1,
        probe: async bank => {
          if (bank === 'abc') {
            if (++others < 5) return
            stop()
            resolve()
          }
          // the first answer never comes: no second call may be made meanwhile
          else if (++calls === 1) return new Promise(() => undefined)
        },
      })
    })
    expect(calls).to.equal(1)
    expect(known.states().find(state => state.bank === 'abc')).to.have.property('latencyMs')
  })
})

describe('home page', () => {
  it('says what runs where', async () => {
    const router = homeRoutes(() => ({
      services: [{ name: { zh: '演示中心', en: 'Demo center' }, url: 'http://localhost:7103', what: { zh: '登录', en: 'Log in' }, state: 'up' }],
      howTo: [{ zh: '打开演示中心', en: 'Open the demo center' }],
      version: '1.2.3',
      mode: 'sandbox',
    }))
    const answer = await request(testApp(app => app.use(router)))
      .get('/')
      .expect(200)
    expect(answer.text).to.include('http://localhost:7103').and.include('1.2.3')
  })
})

describe('the announcement of a running broker', () => {
  let dataDir: string
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'shield-running-'))
  })
  afterEach(() => rm(dataDir, { recursive: true }))

  it('is found while the process lives and gone when it takes it back', async () => {
    expect(await findBroker(dataDir)).to.equal(undefined)
    const withdraw = await announceBroker(dataDir, 'http://127.0.0.1:7109')
    expect(await findBroker(dataDir)).to.deep.equal({ pid: process.pid, managementUrl: 'http://127.0.0.1:7109' })
    await withdraw()
    expect(await findBroker(dataDir)).to.equal(undefined)
  })

  it('of a process that died, or one that cannot be read, counts for nothing', async () => {
    await writeFile(join(dataDir, 'broker.lock'), JSON.stringify({ pid: 2 ** 22 + 1, managementUrl: 'http://127.0.0.1:7109' }))
    expect(await findBroker(dataDir)).to.equal(undefined)
    await writeFile(join(dataDir, 'broker.lock'), 'half a li')
    expect(await findBroker(dataDir)).to.equal(undefined)
  })

  it('of a newer process is left alone', async () => {
    const withdraw = await announceBroker(dataDir, 'http://127.0.0.1:7109')
    const newer = JSON.stringify({ pid: 1, managementUrl: 'http://127.0.0.1:7200' })
    await writeFile(join(dataDir, 'broker.lock'), newer)
    await withdraw()
    expect(await readFile(join(dataDir, 'broker.lock'), 'utf8')).to.equal(newer)
  })

  it('is not made where nothing is kept', async () => {
    await (await announceBroker('memory', 'http://127.0.0.1:7109'))()
    expect(await findBroker('memory')).to.equal(undefined)
  })
})
