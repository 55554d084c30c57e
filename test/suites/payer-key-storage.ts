import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { readDayFile } from '../../bank-adapters/reconciliation/file.ts'
import { hashOf, type Manifest, readManifest, type SignedManifest, signManifest } from '../../bank-adapters/reconciliation/manifest.ts'
import { payerCode } from '../../bank-adapters/reconciliation/payer.ts'
import type { DayRow } from '../../bank-adapters/reconciliation/row.ts'
import type { AuditEvent } from '../../server/audit/events.ts'
import { createLedger } from '../../server/bonds/ledger/ledger.ts'
import * as move from '../../server/bonds/ledger/movements.ts'
import { chinaDay, nextDay } from '../../server/kernel/china-time.ts'
import { days } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { createSealing } from '../../server/kernel/sealing.ts'
import { openPayerKeys, type PayerKeys } from '../../server/reconciliation/payer-keys.ts'
import { createReconciliation } from '../../server/reconciliation/reconciliation.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { ownKey, partyOf } from '../bank-adapters/channel/parties.ts'
import { codeOf, fileOf, manifestOf } from '../reconciliation/rows.ts'
import { CNY, factsOf } from './ledger-storage.ts'
import type { SuiteClock } from './storage.ts'

/** What every database does for the editions of a payer key, and what reconciliation does while a bank goes from one to the next. `open` is called once; the days of one bank follow each other. */
export function payerKeyStorageSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`editions of payer keys on ${name}`, function () {
    this.timeout(60_000)
    const sealing = createSealing(Buffer.alloc(32, 5))
    const errors: unknown[] = []
    const told: AuditEvent[] = []
    const [bankKey, ourKey] = [ownKey('ccb'), ownKey('shared-shield')]
    let stores: Stores
    let clock: SuiteClock
    let folder: string
    let keys: PayerKeys
    let rec: ReturnType<typeof createReconciliation>
    const process = () => openPayerKeys({ store: stores.payerKeys, sealing, clock, log: { error: (line: unknown) => void errors.push(line) } })
    before(async () => {
      ;({ stores, clock } = await open())
      folder = await mkdtemp(join(tmpdir(), 'shield-payer-keys-'))
      keys = await process()
      const desk = {
        ...{ store: stores.reconciliation, folder, platform: 'shared-shield', clock, parties: ['ccb'], payerKeys: keys },
        partyOf: (party: string) => (party === 'ccb' ? partyOf('ccb', [bankKey]) : undefined),
        ownKey: async () => ourKey,
        reconciled: async () => true,
        audit: { append: async (...events: AuditEvent[]) => void told.push(...events) },
        log: silentLog,
      }
      rec = createReconciliation(desk, { publicUrl: 'https://shield.example.cn', once: stores.onceIds })
    })
    after(async () => {
      await stores.close()
      await rm(folder, { recursive: true, force: true })
    })

    it('are begun once of five who would at once, one at a time, and known to every process', async () => {
      const other = await process()
      const first = keys.newest('icbc')
      expect(first.edition).to.equal(1)
      const outcomes = await Promise.all(Array.from({ length: 5 }, () => codeOf(() => keys.begin('icbc', '王芳'))))
      expect(outcomes.toSorted()).to.deep.equal([...Array(4).fill('channel_payer_key_overlaps'), 'none'])
      const second = keys.newest('icbc')
      expect([second.edition, second.key === first.key]).to.deep.equal([2, false])
      expect(keys.newest('ccb').edition, 'another bank’s').to.equal(1)
      expect(other.newest('icbc').edition, 'before it looks').to.equal(1)
      await other.demand('icbc', 2)
      expect(other.newest('icbc')).to.deep.equal(second)
      expect((await stores.payerKeys.all()).map(({ bank, edition, by }) => [bank, edition, by])).to.deep.equal([['icbc', 2, '王芳']])
    })

    it('that somebody wrote into the database do not count, and are told', async () => {
      const begunAt = clock.now().toISOString()
      await stores.payerKeys.add({ bank: 'abc', edition: 2, begunAt, by: '王芳', integrity: sealing.code('guessed', 'payer-key-edition') })
      errors.splice(0)
      await keys.refresh()
      expect([keys.newest('abc').edition, errors.length]).to.deep.equal([1, 1])
    })

    const PAYER = '440000000001'
    let last: SignedManifest | undefined
    /** the day goes by with one payment, which the ledger has with the codes of its time */
    async function payment(serial: string): Promise<void> {
      const book = createLedger({ store: stores.ledger, trail: { append: async () => undefined } })
      const facts = factsOf()
      const reference = `${serial}~${keys.codes('ccb', serial, PAYER)}`
      const at = { owner: newId(), bank: 'ccb' }
      await book.post(
        { ...facts, ...CNY, bankAt: clock.now().toISOString(), evidence: { ...facts.evidence, reference } },
        move.receipt(at, 500n, 'bond'),
      )
    }
    async function close(): Promise<string> {
      const day = chinaDay(clock.now())
      clock.set(`${day}T17:00:00.000Z`)
      await stores.ledger.closeDay(day, clock.now())
      return day
    }
    /** the bank's file, its payers coded with one key and named as of an edition */
    async function bankFile(day: string, serials: readonly string[], { edition, key = keys.newest('ccb').key, account = PAYER }: Used) {
      const rows = serials.map((serial): DayRow => {
        const money = { direction: 'in' as const, fen: 500n, at: '', value: '2026-05-01', state: 'booked' as const }
        return { kind: 'receipt', reference: `in/${serial}`, serial, ...money, payer: payerCode(key, serial, account) }
      })
      const path = join(folder, newId())
      const before = last === undefined ? undefined : readManifest(last.text)
      const chain = before === undefined || last === undefined ? {} : { sequence: before.sequence + 1, previous: hashOf(last) }
      const named = edition === undefined ? {} : { payerKey: edition }
      const more: Partial<Manifest> = { day, opening: before?.closing ?? '0', ...chain, ...named, madeAt: clock.now().toISOString() }
      return { path, sealed: await signManifest(manifestOf(await fileOf(path, rows), more), [bankKey]) }
    }
    interface Used {
      edition?: number
      key?: string
      account?: string
    }
    const take = async ({ path, sealed }: Awaited<ReturnType<typeof bankFile>>) => {
      await rec.take(sealed, createReadStream(path), 'K7QM-3F9T')
      last = sealed
    }
    const ours = async (day: string) => {
      const file = await rec.produce('ccb', day, 'K7QM-3F9T')
      const rows: DayRow[] = []
      for await (const lot of readDayFile(rec.open(file).path.toString(), readManifest(file.text))) rows.push(...lot)
      return { edition: readManifest(file.text).payerKey, payers: rows.map(({ payer }) => payer) }
    }
    const compare = (day: string) => rec.compare('ccb', day, 'K7QM-3F9T')

    it('are each read as the bank’s file names it, while it goes from one to the next', async () => {
      const first = keys.newest('ccb').key
      await payment('A1')
      const d1 = await close()
      // a file that names none is of the first
      await take(await bankFile(d1, ['A1', 'A2'], { key: first }))
      expect(await ours(d1)).to.deep.equal({ edition: 1, payers: [payerCode(first, 'A1', PAYER)] })
      expect(await compare(d1)).to.deep.include({ agreed: 1, found: {}, doubtful: 1 })

      const { until } = await keys.begin('ccb', '王芳')
      expect(until).to.equal(new Date(clock.now().getTime() + days(14)).toISOString())
      const second = keys.newest('ccb').key
      expect(second).to.not.equal(first)
      // what the bank told under the old key on its day is booked on ours, and waits for no difference of payers
      clock.set(`${nextDay(d1)}T08:00:00.000Z`)
      await payment('A2')
      await payment('B1')
      await payment('B2')
      const d2 = await close()
      told.splice(0)
      expect(await codeOf(async () => take(await bankFile(d2, ['B1'], { edition: 3 })))).to.equal('reconciliation_payer_key_unknown')
      expect(told.map(({ code, facts }) => [code, facts['failure']])).to.deep.equal([['reconciliation.refused', 'reconciliation_payer_key_unknown']])
      await take(await bankFile(d2, ['B1', 'B2'], { edition: 2 }))
      expect((await ours(d2)).edition).to.equal(2)
      expect(await compare(d2)).to.deep.include({ agreed: 3, late: 1, found: {}, doubtful: 0 })
    })

    it('show a payer who is another, under the old one and the new one', async () => {
      const first = sealing.code('ccb', 'reconciliation-payer')
      for (const [serial, used] of [
        ['C1', { edition: 1, key: first }],
        ['D1', { edition: 2 }],
      ] as const) {
        clock.set(`${nextDay(readManifest(last?.text ?? '').day)}T08:00:00.000Z`)
        await payment(serial)
        const day = await close()
        await take(await bankFile(day, [serial], { ...used, account: '990000000009' }))
        expect((await ours(day)).edition).to.equal(used.edition)
        expect((await compare(day)).found, serial).to.deep.equal({ payer: 1 })
      }
    })

    it('compare no payers on a day whose two files name two of them', async () => {
      clock.set(`${nextDay(readManifest(last?.text ?? '').day)}T08:00:00.000Z`)
      await payment('E1')
      const day = await close()
      expect((await ours(day)).edition, 'as the bank’s last').to.equal(2)
      await take(await bankFile(day, ['E1'], { edition: 1, key: sealing.code('ccb', 'reconciliation-payer') }))
      expect(await compare(day)).to.deep.include({ agreed: 1, found: {} })
    })

    it('are retired two weeks after the next was begun, and then refused', async () => {
      const old = { edition: 1, key: sealing.code('ccb', 'reconciliation-payer') }
      let day = readManifest(last?.text ?? '').day
      for (let n = 0; n < 12; n++) {
        clock.set(`${nextDay(day)}T08:00:00.000Z`)
        day = await close()
        const file = await bankFile(day, [], old)
        const outcome = await codeOf(() => take(file))
        if (outcome === 'none') continue
        expect(outcome).to.equal('reconciliation_payer_key_retired')
        break
      }
      expect(day, 'begun at 17:00 UTC of the first of May').to.equal('2026-05-15')
      expect((await ours(day)).edition, 'although the bank’s last was the old one').to.equal(2)
      expect(keys.codes('ccb', 'F1', PAYER)).to.match(/^2:[\w-]{22}$/)
      await take(await bankFile(day, [], { edition: 2 }))
      expect(await codeOf(() => keys.begin('ccb', '王芳'))).to.equal('none')
    })
  })
}
