import { createReadStream, existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { packDifferences } from '../../bank-adapters/reconciliation/difference-file.ts'
import { readDayFile } from '../../bank-adapters/reconciliation/file.ts'
import { hashOf, type Manifest, readManifest, type SignedManifest, signManifest } from '../../bank-adapters/reconciliation/manifest.ts'
import type { DayRow } from '../../bank-adapters/reconciliation/row.ts'
import type { AuditEvent } from '../../server/audit/events.ts'
import { createLedger } from '../../server/bonds/ledger/ledger.ts'
import * as move from '../../server/bonds/ledger/movements.ts'
import { days, minutes } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { silentLog } from '../../server/kernel/log.ts'
import { createSealing } from '../../server/kernel/sealing.ts'
import { type Desk, sweepLeftOvers } from '../../server/reconciliation/desk.ts'
import { openPayerKeys } from '../../server/reconciliation/payer-keys.ts'
import { createReconciliation } from '../../server/reconciliation/reconciliation.ts'
import { resolve } from '../../server/reconciliation/worklist.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { ownKey, partyOf } from '../bank-adapters/channel/parties.ts'
import { codeOf, fileOf, manifestOf } from '../reconciliation/rows.ts'
import { CNY, factsOf } from './ledger-storage.ts'
import type { SuiteClock } from './storage.ts'

/** Reconciliation as a bank and an operator meet it, over any stores. */
const [D1, D2, D3, D4, D5, D6] = ['2026-05-01', '2026-05-02', '2026-05-03', '2026-05-04', '2026-05-05', '2026-05-06'] as const
const TRACE = 'K7QM-3F9T'

export function reconciliationSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`reconciliation on ${name}`, function () {
    this.timeout(60_000)
    const [bankKey, ourKey] = [ownKey('ccb'), ownKey('shared-shield')]
    const told: AuditEvent[] = []
    const reconciled: string[] = []
    let reconcile: 'working' | 'failing' = 'working'
    let stores: Stores
    let clock: SuiteClock
    let desk: Desk
    let folder: string
    let rec: ReturnType<typeof createReconciliation>
    let last: SignedManifest | undefined
    let lastList: SignedManifest | undefined
    before(async () => {
      const opened = await open()
      stores = opened.stores
      clock = opened.clock
      folder = await mkdtemp(join(tmpdir(), 'shield-reconciliation-'))
      desk = {
        ...{ store: stores.reconciliation, folder, platform: 'shared-shield', clock },
        parties: ['ccb'],
        partyOf: party => (party === 'ccb' ? partyOf('ccb', [bankKey]) : undefined),
        ownKey: async () => ourKey,
        payerKeys: await openPayerKeys({ store: stores.payerKeys, sealing: createSealing(Buffer.alloc(32, 5)), clock, log: silentLog }),
        reconciled: async ({ order }) => {
          if (reconcile === 'failing') throw new Error('the ledger is away')
          reconciled.push(order)
          return true
        },
        audit: { append: async (...events) => void told.push(...events) },
        log: silentLog,
      }
      rec = createReconciliation(desk, door())
    })
    after(async () => {
      await stores.close()
      await rm(folder, { recursive: true, force: true })
    })

    const door = () => ({ publicUrl: 'https://shield.example.cn', once: stores.onceIds })
    const book = () => createLedger({ store: stores.ledger, trail: { append: async () => undefined } })
    const receive = async (serial: string, fen: bigint) => {
      const facts = factsOf()
      const at = { owner: newId(), bank: 'ccb' }
      await book().post(
        { ...facts, ...CNY, bankAt: clock.now().toISOString(), evidence: { ...facts.evidence, reference: serial } },
        move.receipt(at, fen, 'bond'),
      )
      return at
    }
    const refund = async (at: move.Place, order: string, serial: string, fen: bigint) => {
      const facts = factsOf()
      await book().hold({ ...facts, ...CNY, key: `refund/${order}`, expiresAt: '9999-01-01T00:00:00.000Z' }, move.refund(at, { bond: fen }))
      await book().postHold({ ...facts, key: `refund/${order}/posted`, evidence: { ...facts.evidence, reference: serial } }, `refund/${order}`)
    }
    const close = async (day: string) => {
      clock.set(new Date(`${day}T17:00:00.000Z`))
      await stores.ledger.closeDay(day, clock.now())
    }
    const filesOf = async (day: string) => (await readdir(folder)).filter(name => name.startsWith(`ccb.${day}.`))
    const rowsOf = async (day: string): Promise<DayRow[]> => {
      const file = await rec.produce('ccb', day, TRACE)
      const rows: DayRow[] = []
      for await (const lot of readDayFile(rec.open(file).path.toString(), readManifest(file.text))) rows.push(...lot)
      return rows
    }
    /** the bank's file with these rows, signed as the next in its line */
    const bankFile = async (day: string, rows: readonly DayRow[], more: Partial<Manifest> = {}) => {
      const path = join(folder, newId())
      const before = last === undefined ? undefined : readManifest(last.text)
      const opening = before?.closing ?? '0'
      const chain = before === undefined || last === undefined ? {} : { sequence: before.sequence + 1, previous: hashOf(last) }
      const manifest = manifestOf(await fileOf(path, rows), { day, opening, ...chain, madeAt: clock.now().toISOString(), ...more })
      return { path, sealed: await signManifest(manifest, [bankKey]) }
    }
    const take = ({ sealed, path }: { sealed: SignedManifest; path: string }) => rec.take(sealed, createReadStream(path), TRACE)
    /** the bank finds what we found, and says so */
    const confirm = async (day: string) => {
      const ours = await stores.reconciliation.fileOf({ bank: 'ccb', sender: 'shared-shield', what: 'differences' }, day)
      if (ours === undefined) throw new Error('no list')
      const [plain, packed] = [join(folder, newId()), join(folder, newId())]
      const { gunzipSync } = await import('node:zlib')
      const { readFileSync } = await import('node:fs')
      await writeFile(plain, gunzipSync(readFileSync(rec.open(ours).path.toString())))
      const before = lastList === undefined ? undefined : { manifest: readManifest(lastList.text), hash: hashOf(lastList) }
      const names = { bank: 'ccb', sender: 'ccb', receiver: 'shared-shield', day, madeAt: clock.now().toISOString() }
      lastList = await signManifest(await packDifferences(plain, packed, names, before), [bankKey])
      await take({ sealed: lastList, path: packed })
      return (await stores.reconciliation.day('ccb', day))?.state
    }

    it('makes no file of a day that is not closed', async () => {
      expect(await codeOf(() => rec.produce('ccb', D1, TRACE))).to.equal('reconciliation_day_open')
      expect(await codeOf(() => rec.produce('nobody', D1, TRACE))).to.equal('not_found')
    })

    it('makes one file of a day, out of the ledger, that opens and closes with its balances', async () => {
      const at = await receive('CCB1', 80_000n)
      await receive('CCB2', 500n)
      await refund(at, 'bond1.task', 'CCB3', 80_000n)
      await close(D1)
      expect((await rowsOf(D1)).map(({ kind, reference, fen }) => [kind, reference, fen])).to.deep.equal([
        ['receipt', 'in/CCB1', 80_000n],
        ['receipt', 'in/CCB2', 500n],
        ['refund', 'order/bond1.task', 80_000n],
      ])
      const file = await rec.produce('ccb', D1, TRACE)
      expect(readManifest(file.text)).to.include({ opening: '0', closing: '500', rows: 3, sequence: 1 })
      expect((await rec.produce('ccb', D1, TRACE)).hash).to.equal(file.hash)
    })

    it('takes a bank’s file once, and refuses others with a code and one event each', async () => {
      const good = await bankFile(D1, (await rowsOf(D1)).slice(0, 2))
      const stranger = { ...good, sealed: await signManifest(readManifest(good.sealed.text), [ownKey('ccb')]) }
      const elsewhere = await bankFile(D1, [], { receiver: 'another' })
      const second = await bankFile(D1, [], { sequence: 2 })
      told.length = 0
      expect(await codeOf(() => take(stranger))).to.equal('channel_key_unknown')
      expect(await codeOf(() => take(elsewhere))).to.equal('channel_misdirected')
      expect(await codeOf(() => take(second))).to.equal('reconciliation_sequence')
      expect(await codeOf(() => take({ ...good, path: second.path }))).to.equal('reconciliation_file_differs')
      expect(told.map(({ code }) => code)).to.deep.equal(Array(4).fill('reconciliation.refused'))
      expect(await codeOf(() => rec.compare('ccb', D1, TRACE))).to.equal('reconciliation_file_missing')
      const all = await Promise.all(Array.from({ length: 5 }, () => take(good)))
      expect(new Set(all.map(({ hash }) => hash)).size).to.equal(1)
      last = good.sealed
      expect(await codeOf(async () => take(await bankFile(D1, [], { sequence: 1, previous: '0'.repeat(64), opening: '0', closing: '0' })))).to.equal(
        'reconciliation_conflict',
      )
    })

    it('holds a one-sided row for a day, agrees when the bank found the same, and counts no refund that is in doubt', async () => {
      const compared = await rec.compare('ccb', D1, TRACE)
      expect(compared).to.include({ agreed: 2, doubtful: 1 })
      expect((await stores.reconciliation.cases('doubtful', '', 10)).map(({ key }) => key)).to.deep.equal(['refund order/bond1.task'])
      expect(await confirm(D1)).to.equal('agreed')
      expect(reconciled).to.deep.equal([])
      // compared again it comes to the same
      expect((await rec.compare('ccb', D1, TRACE)).digest).to.equal(compared.digest)
      expect(await stores.reconciliation.cases('doubtful', '', 10)).to.have.length(1)
    })

    it('matches it with the next day’s file by itself, and then the refund is reconciled', async () => {
      await receive('CCB4', 70n)
      await close(D2)
      const [late] = (await rowsOf(D1)).filter(({ kind }) => kind === 'refund')
      if (late === undefined) throw new Error('no refund')
      const file = await bankFile(D2, [late])
      await take(file)
      last = file.sealed
      const compared = await rec.compare('ccb', D2, TRACE)
      expect(compared).to.include({ late: 1, doubtful: 1 })
      expect((await stores.reconciliation.cases('matched', '', 10)).map(({ key }) => key)).to.deep.equal(['refund order/bond1.task'])
      expect((await rec.compare('ccb', D2, TRACE)).digest).to.equal(compared.digest)
      expect(await confirm(D2)).to.equal('agreed')
      expect(reconciled).to.deep.equal(['bond1.task'])
    })

    it('makes a case of what the next day does not bring either, which one person resolves once', async () => {
      await close(D3)
      const empty = await bankFile(D3, [])
      await take(empty)
      last = empty.sealed
      await rec.work()
      const day = await stores.reconciliation.day('ccb', D3)
      expect(day?.state).to.equal('compared')
      expect(JSON.parse(day?.counts ?? '').found).to.deep.equal({ 'platform-only': 1 })
      const [found] = await stores.reconciliation.cases('open', '', 10)
      expect(found).to.include({ key: 'receipt in/CCB4', kind: 'platform-only' })
      const how = { by: '王芳', note: '银行次日补记', evidence: '回单 1' }
      expect((await resolve(desk, found?.id ?? '', how, TRACE)).state).to.equal('resolved')
      expect(await codeOf(() => resolve(desk, found?.id ?? '', how, TRACE))).to.equal('reconciliation_case_closed')
      expect(await confirm(D3)).to.equal('agreed')
    })

    it('compares a day anew whose comparison died, once nothing was heard of it for a while, and not the days after it before', async () => {
      const at = await receive('CCB5', 900n)
      await refund(at, 'bond2.task', 'CCB6', 900n)
      for (const day of [D4, D5]) {
        await close(day)
        const file = await bankFile(day, await rowsOf(day))
        await take(file)
        last = file.sealed
      }
      const state = async () => await Promise.all([D4, D5].map(async day => (await stores.reconciliation.day('ccb', day))?.state))
      const dying = { ...desk, store: { ...desk.store, addCases: () => Promise.reject(new Error('the process dies')) } }
      await createReconciliation(dying, door()).work()
      expect(await state()).to.deep.equal(['comparing', undefined])
      await rec.work()
      expect(await state()).to.deep.equal(['comparing', undefined])
      clock.advance(minutes(20))
      await rec.work()
      expect(await state()).to.deep.equal(['compared', 'compared'])
    })

    it('agrees on a day whose agreement failed half way, and tells of it once', async () => {
      told.length = 0
      reconciled.length = 0
      reconcile = 'failing'
      await confirm(D4).catch(() => undefined)
      await rec.work()
      expect((await stores.reconciliation.day('ccb', D4))?.state).to.equal('compared')
      reconcile = 'working'
      await Promise.all([rec.work(), rec.work()])
      expect((await stores.reconciliation.day('ccb', D4))?.state).to.equal('agreed')
      expect(new Set(reconciled)).to.deep.equal(new Set(['bond2.task']))
      expect(told.filter(({ code }) => code === 'reconciliation.agreed')).to.have.length(1)
    })

    it('makes one file of a day, whoever asks for it at one moment, and leaves nothing where it fails', async () => {
      await receive('CCB7', 70n)
      await close(D6)
      const keyless = { ...desk, ownKey: () => Promise.reject(new Error('no key')) }
      expect(await codeOf(() => createReconciliation(keyless, door()).produce('ccb', D6, TRACE))).to.equal('internal')
      expect(await filesOf(D6)).to.deep.equal([])
      const made = await Promise.all(Array.from({ length: 5 }, () => rec.produce('ccb', D6, TRACE)))
      expect(new Set(made.map(({ hash }) => hash)).size).to.equal(1)
      expect((await rowsOf(D6)).map(({ serial }) => serial)).to.deep.equal(['CCB7'])
      expect(await filesOf(D6)).to.have.length(1)
    })

    it('keeps the bytes of the file that counts where another of the same day came at one moment, and none of the other', async () => {
      const both = [await bankFile(D6, await rowsOf(D6)), await bankFile(D6, [])]
      let recording = 0
      const store: typeof desk.store = {
        ...desk.store,
        async addFile(file) {
          // both are in their place before either is recorded, and the first is
          const isFirst = recording++ === 0
          while (recording < both.length) await new Promise(done => setTimeout(done, 5))
          if (!isFirst) await new Promise(done => setTimeout(done, 100))
          return await desk.store.addFile(file)
        },
      }
      const { take } = createReconciliation({ ...desk, store }, door())
      const outcomes = await Promise.all(both.map(({ sealed, path }) => codeOf(() => take(sealed, createReadStream(path), TRACE))))
      expect(outcomes.toSorted()).to.deep.equal(['none', 'reconciliation_conflict'])
      const stands = await stores.reconciliation.fileOf({ bank: 'ccb', sender: 'ccb', what: 'day' }, D6)
      if (stands === undefined) throw new Error('no file')
      last = stands
      for await (const _lot of readDayFile(rec.open(stands).path.toString(), readManifest(stands.text)));
      expect((await filesOf(D6)).filter(name => name.includes('.ccb.day'))).to.have.length(1)
    })

    it('sweeps what a process left that died, a day later', async () => {
      const [left, fresh] = [join(folder, `ccb.${D5}.ccb.day.new.left`), join(folder, `ccb.${D5}.ccb.day.new.fresh`)]
      for (const path of [left, fresh]) await writeFile(path, 'x')
      const at = (ago: number) => new Date(clock.now().getTime() - ago)
      await utimes(left, at(days(2)), at(days(2)))
      await utimes(fresh, at(0), at(0))
      await sweepLeftOvers(desk)
      expect(existsSync(left)).to.equal(false)
      expect(existsSync(fresh)).to.equal(true)
      await rm(fresh)
    })

    it('one bank whose days cannot be read holds up no other', async () => {
      const store = {
        ...desk.store,
        lastFile: (whose: Parameters<typeof desk.store.lastFile>[0]) =>
          whose.bank === 'aaa' ? Promise.reject(new Error('unreadable')) : desk.store.lastFile(whose),
      }
      await createReconciliation({ ...desk, store, parties: ['aaa', 'ccb'] }, door()).work()
      expect((await stores.reconciliation.day('ccb', D6))?.state).to.equal('compared')
    })
  })
}
