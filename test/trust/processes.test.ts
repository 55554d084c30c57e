import { expect } from 'chai'
import { createTrail } from '../../server/audit/trail.ts'
import { systemClock } from '../../server/kernel/clock.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { openStores } from '../../server/storage/open.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { bankChanges } from '../../server/trust/configured-banks.ts'
import { createTrustRegister, type TrustRegister } from '../../server/trust/register.ts'
import { createTemporaryDatabase } from '../storage/temporary-postgres.ts'
import { caRow, list, national, nationalRow, put } from './stage.ts'

if (process.env['TEST_DATABASE_URL'] === undefined) {
  it('the trust list on several processes is not tested here: TEST_DATABASE_URL is not set')
} else {
  describe('the trust list on several processes, PostgreSQL', function () {
    this.timeout(60_000)
    let database: Awaited<ReturnType<typeof createTemporaryDatabase>>
    const opened: { stores: Stores; register: TrustRegister; close(): Promise<void> }[] = []

    async function open(more: { deaf: boolean } = { deaf: false }) {
      const stores = await openStores({ databaseUrl: database?.url, dataDir: 'memory', clock: systemClock, log: silentLog })
      const audit = createTrail({ store: stores.audit, clock: systemClock })
      const signals = more.deaf ? { send: () => undefined, listen: () => () => undefined } : stores.signals
      const register = await createTrustRegister({
        stores: { trust: stores.trust, signals },
        clock: systemClock,
        audit,
        log: silentLog,
        approval: 'two-persons',
      })
      const close = async () => {
        register.close()
        await audit.close()
        await stores.close()
      }
      opened.push({ stores, register, close })
      return register
    }
    before(async () => {
      database = await createTemporaryDatabase()
    })
    after(async () => {
      await Promise.all(opened.map(each => each.close()))
      await database?.drop()
    })

    it('is one list: banks adopted once by three that start together, changes in force on all within three seconds', async () => {
      const [one, two, deaf] = await Promise.all([open(), open(), open({ deaf: true })])
      const bank = {
        id: 'ccb',
        name: { zh: '建行', en: 'CCB' },
        certificates: [national.certificate],
        subjectProfile: 'cfca-cn' as const,
        hosts: ['crl.example.cn'],
      }
      const adopted = await Promise.all(
        [one, two, deaf].map(register => register.adopt('bank files', snapshot => bankChanges(snapshot, [bank], 'file'))),
      )
      expect(adopted.sort()).to.deep.equal(['applied', 'nothing', 'nothing'])
      const seen = (register: TrustRegister, version: number) =>
        new Promise<number>(resolve => {
          const done = () => register.current().version >= version && resolve(performance.now())
          register.onChange(done)
          done()
        })
      const waits = [one, two, deaf].map(register => seen(register, 2))
      const began = performance.now()
      await list({ register: one }, nationalRow(), caRow())
      const took = (await Promise.all(waits)).map(at => at - began)
      console.log(`      in force after ${took.map(ms => `${Math.round(ms)} ms`).join(', ')} (the last one only looks for itself)`)
      for (const ms of took) expect(ms).to.be.below(3000)
      expect(two.current().ca('province-ca')?.id).to.equal('province-ca')
    })

    it('keeps every change that processes make at the same moment, in versions without a gap', async () => {
      const registers = opened.map(each => each.register)
      const before = (await registers[0]?.versions(1))?.[0]?.number ?? 0
      await Promise.all(
        Array.from({ length: 9 }, (_, i) =>
          registers[i % 3]?.change({ by: 'Li Na', why: 'region', changes: put(nationalRow({ region: `第 ${i} 区` })) }),
        ),
      )
      const versions = (await registers[0]?.versions(100)) ?? []
      expect(versions.map(row => row.number)).to.deep.equal(Array.from({ length: before + 9 }, (_, i) => before + 9 - i))
    })
  })
}
