import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { createTrail } from '../../server/audit/trail.ts'
import type { AuditVerdict } from '../../server/audit/verify.ts'
import { seal } from '../../server/bonds/ledger/chain.ts'
import { systemClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { createManagement } from '../../server/operations/management.ts'
import { announceBroker } from '../../server/operations/running.ts'
import { traceRoutes } from '../../server/operations/trace-routes.ts'
import { openStores } from '../../server/storage/open.ts'
import { ledgerOn, paidBond } from '../bonds/ledger/book.ts'
import { shieldIn } from '../cli/terminal.ts'
import { copyPreparedDatabase } from '../suites/prepared-database.ts'
import { auditRow, memoryTraces } from './memory.ts'

const TRACE = 'K7QM-3F9T'

describe('shield command', () => {
  let dataDir: string
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'shield-cli-'))
  })
  afterEach(() => rm(dataDir, { recursive: true }))

  const shield = (line: string, env: Record<string, string> = {}) => shieldIn({ SHIELD_DATA_DIR: dataDir, ...env }, line.split(' ').filter(Boolean))

  describe('by itself', () => {
    it('prints its help on request, and on stderr with exit 2 when it does not understand', async () => {
      expect(await shield('help')).to.include({ exit: 0, err: '' })
      expect((await shield('--help')).out)
        .to.match(/audit verify/)
        .and.match(/trust check DIR/)
      expect((await shield('trace --help')).out).to.match(/^shield trace CODE/)
      for (const line of ['', 'frobnicate', 'audit', 'audit verify now', 'trace', 'trust check', 'config check --force']) {
        const { exit, out, err } = await shield(line)
        expect({ exit, out }, line).to.deep.equal({ exit: 2, out: '' })
        expect(err, line).to.match(/shield/)
      }
    })

    it('checks the configuration, and lists all that is wrong with exit 3', async () => {
      expect(await shield('config check')).to.include({ exit: 0, err: '' })
      const wrong = await shield('config check --json', { SHIELD_MODE: 'production', SHIELD_PORT: 'x' })
      expect(wrong.exit).to.equal(3)
      expect(JSON.parse(wrong.out)).to.include({ error: 'config_invalid' })
      expect(wrong.err).to.include('SHIELD_PUBLIC_URL').and.include('SHIELD_PORT')
    })

    it('lists every setting', async () => {
      expect((await shield('config settings')).out).to.include('SHIELD_PUBLIC_URL=')
      expect(JSON.parse((await shield('config settings --json')).out)).to.be.an('array').that.is.not.empty
    })

    it('says that a trust folder is not there, and that an empty one proves nothing', async () => {
      expect(await shield(`trust check ${join(dataDir, 'nowhere')}`)).to.include({ exit: 3 })
      expect(await shield(`trust check ${dataDir}`)).to.include({ exit: 1 })
    })

    it('says what a trace code looks like', async () => expect(await shield('trace hello')).to.include({ exit: 2 }))

    it('says that no broker runs, where only one can answer', async () => {
      for (const line of ['clock show', 'health']) {
        const { exit, err } = await shield(line)
        expect(exit, line).to.equal(3)
        expect(err, line).to.match(/no broker runs/)
      }
    })
  })

  describe('beside a running broker', () => {
    let server: Server
    let verified: AuditVerdict = { ok: true, events: 12, head: 'ab' }
    let offset = 0

    beforeEach(async () => {
      offset = 0
      verified = { ok: true, events: 12, head: 'ab' }
      const stores = memoryTraces()
      stores.rows.push(auditRow(1, '2026-03-01T08:00:00.000Z', 'login.refused', TRACE, { client: 'gz', failure: 'certificate_revoked' }))
      const app = createManagement({
        clock: systemClock,
        log: silentLog,
        host: '127.0.0.1',
        url: 'http://127.0.0.1',
        errorPage: view => view.code,
        checks: [{ name: 'database', core: true, probe: async () => undefined }],
        hasStarted: () => true,
        renderMetrics: async () => ({ contentType: 'text/plain', text: '' }),
        routers: [{ path: '/', router: traceRoutes(stores) }],
        verifyAudit: async () => verified,
        listKeys: async () => [{ kid: 'k1', use: 'provider', state: 'active', createdAt: '2026-01-01', activeFrom: '2026-01-02' }],
        testClock: {
          clock: {
            now: () => new Date(offset),
            offset: () => offset,
            advance: ms => {
              offset += ms
            },
            reset: () => {
              offset = 0
            },
            uninstall: () => undefined,
          },
          trail: { append: async () => undefined },
          save: async () => undefined,
        },
      })
      server = createServer(app)
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      await announceBroker(dataDir, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    })
    afterEach(() => {
      server.close()
      server.closeAllConnections()
    })

    it('shows a trace with the reason and who can fix it', async () => {
      const { exit, out } = await shield('trace k7qm3f9t')
      expect(exit).to.equal(0)
      expect(out)
        .to.match(/certificate_revoked/)
        .and.match(/who can fix it: the person/)
      expect(JSON.parse((await shield(`trace ${TRACE} --json`)).out)).to.include({ code: TRACE, state: 'refused' })
    })

    it('says with exit 1 that nothing stands under a code', async () => expect((await shield('trace AAAA-AAAA')).exit).to.equal(1))

    it('says whether the audit record verifies, by its exit code', async () => {
      expect(await shield('audit verify')).to.include({ exit: 0 })
      verified = { ok: false, found: 'changed', seq: 7, facts: 'row 7 does not match its hash', events: 6 }
      const broken = await shield('audit verify --json')
      expect(broken.exit).to.equal(1)
      expect(JSON.parse(broken.out)).to.deep.equal(verified)
    })

    it('moves the sandbox’s clock by spans people write', async () => {
      for (const [span, seconds] of [
        ['30d', 2_592_000],
        ['2h', 2_599_200],
        ['-1d', 2_512_800],
        ['60', 2_512_860],
      ] as const) {
        expect(JSON.parse((await shield(`clock advance ${span} --json`)).out).offsetSeconds).to.equal(seconds)
      }
      expect((await shield('clock reset')).out).to.match(/\(0 s/)
      expect((await shield('clock advance soon')).exit).to.equal(2)
    })

    it('shows health and keys', async () => {
      expect((await shield('health')).out).to.match(/^up\n {2}up {4}database/)
      expect((await shield('keys list')).out).to.match(/provider +active +k1/)
    })

    it('says that the broker does not answer when it does not', async () => {
      await announceBroker(dataDir, 'http://127.0.0.1:1')
      const { exit, err } = await shield('audit verify')
      expect(exit).to.equal(3)
      expect(err).to.match(/does not answer/)
    })

    it('does not take another service for the broker', async () => {
      const other = createServer((_req, res) => res.end('{"hello":1}'))
      await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
      await announceBroker(dataDir, `http://127.0.0.1:${(other.address() as AddressInfo).port}`)
      expect((await shield('audit verify')).exit).to.equal(3)
      other.close()
      other.closeAllConnections()
    })
  })

  describe('beside a database at rest', () => {
    it('says that there is none, rather than making an empty one that verifies', async () => {
      const { exit, err } = await shield('audit verify')
      expect(exit).to.equal(3)
      expect(err).to.match(/no database/)
      expect(await readdir(dataDir)).not.to.include('pg')
    })

    it('opens it, and says so while another process of ours has it open', async function () {
      this.timeout(60_000)
      await copyPreparedDatabase(dataDir)
      const stores = await openStores({ dataDir, clock: systemClock, log: silentLog })
      try {
        const trail = createTrail({ store: stores.audit, clock: systemClock })
        await trail.append({ code: 'login.refused', trace: TRACE, facts: { client: 'gz', failure: 'certificate_revoked' } })
        await trail.close()
        await paidBond(ledgerOn(stores.ledger))
        await seal(stores.ledger, () => systemClock.now())
        const busy = await shield('audit verify')
        expect(busy.exit).to.equal(3)
        expect(busy.err).to.match(/open in process/)
      } finally {
        await stores.close()
      }
      const verified = await shield('audit verify --json')
      expect(verified.exit).to.equal(0)
      expect(JSON.parse(verified.out)).to.include({ ok: true, events: 1 })
      expect(JSON.parse((await shield('ledger check --json')).out)).to.deep.equal({ ok: true, journals: 1, accounts: 2, breaches: [] })
      expect((await shield('ledger verify')).out).to.match(/verifies: 1 journals/)
      expect((await shield(`trace ${TRACE}`)).out).to.match(/certificate_revoked/)
      expect(JSON.parse((await shield('keys list --json')).out)).to.deep.equal([])
    })
  })

  it('ignores the announcement of a broker that died', async () => {
    await writeFile(join(dataDir, 'broker.lock'), JSON.stringify({ pid: 2 ** 22 + 1, managementUrl: 'http://127.0.0.1:1' }))
    expect((await shield('health')).err).to.match(/no broker runs/)
  })
})
