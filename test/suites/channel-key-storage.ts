import { expect } from 'chai'
import type { PartyKey } from '../../bank-adapters/channel/keys.ts'
import { encryptionKeyOf } from '../../bank-adapters/channel/keys.ts'
import type { AuditEvent } from '../../server/audit/events.ts'
import { openPartyKeys } from '../../server/channel/party-keys.ts'
import { days, hours } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { createSealing } from '../../server/kernel/sealing.ts'
import type { Stores } from '../../server/storage/stores.ts'
import { ownKey, partyOf } from '../bank-adapters/channel/parties.ts'
import { codeOf, type SuiteClock } from './storage.ts'

/** What every database does for banks' keys that an operator registers. `open` is called once; each test has banks of its own. */
export function channelKeyStorageSuite(name: string, start: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`storage of banks’ keys on ${name}`, () => {
    let stores: Stores
    let clock: SuiteClock
    before(async function () {
      this.timeout(60_000)
      ;({ stores, clock } = await open())
    })
    after(() => stores.close())
    beforeEach(() => clock.set(start))
    const refusal = (work: Promise<unknown>) => work.then(() => 'done', codeOf)
    const sealing = createSealing(Buffer.alloc(32, 5))
    const errors: unknown[] = []

    /** a bank with one encryption key in the configuration file, and processes that register others */
    async function bank() {
      const party = `b-${newId()
        .toLowerCase()
        .replaceAll(/[^a-z0-9]/g, '')
        .slice(0, 12)}`
      const events: AuditEvent[] = []
      const trail = { append: async (...more: AuditEvent[]) => void events.push(...more) }
      const first = ownKey('ccb', { use: 'encrypt' })
      const parties = [partyOf(party, [ownKey('ccb'), first])]
      const process = () =>
        openPartyKeys({ parties, store: stores.partyKeys, sealing, trail, clock, log: { error: (line: unknown) => void errors.push(line) } })
      const keys = await process()
      const who = { party, by: '王芳', trace: 'K7QM-3F9T' }
      const add = (key: { key: PartyKey } = ownKey('ccb', { use: 'encrypt' }), more: { from?: string } = {}) =>
        keys.add({ ...who, certificate: key.key.certificate.der, ...more })
      const retire = (id: string, more: { until?: string; revoke?: boolean } = {}) => keys.retire({ ...who, id, revoke: false, ...more })
      const used = (of = keys) => encryptionKeyOf(of.parties[0] ?? partyOf('none', []), clock.now()).id
      return { party, events, first: first.key.id, keys, process, add, retire, used }
    }
    const later = (milliseconds: number) => new Date(clock.now().getTime() + milliseconds).toISOString()

    it('count beside those of the file, the newest first, in every process', async () => {
      const { first, keys, process, add, used, events } = await bank()
      const other = await process()
      expect(used()).to.equal(first)
      const coming = await add(undefined, { from: later(days(2)) })
      expect(coming).to.include({ state: 'coming', where: 'command', use: 'encrypt' })
      expect(used()).to.equal(first)
      clock.advance(days(2))
      expect(used()).to.equal(coming.id)
      expect(used(other), 'before it looks').to.equal(first)
      await other.refresh()
      expect(used(other)).to.equal(coming.id)
      expect((await keys.list()).map(({ use, state, where }) => [use, state, where])).to.deep.equal([
        ['sign', 'in-force', 'file'],
        ['encrypt', 'in-force', 'file'],
        ['encrypt', 'in-force', 'command'],
      ])
      expect(events.map(({ code, facts }) => [code, facts['by']])).to.deep.equal([['channel.key-added', '王芳']])
    })

    it('are registered once, only for a bank of the file, and only where something can be encrypted to them', async () => {
      const { party, keys, add, first } = await bank()
      const key = ownKey('ccb', { use: 'encrypt' })
      const outcomes = await Promise.all(Array.from({ length: 5 }, () => refusal(add(key))))
      expect(outcomes.toSorted()).to.deep.equal(['channel_key_known', 'channel_key_known', 'channel_key_known', 'channel_key_known', 'done'])
      const asked = { by: '王芳', trace: 'K7QM-3F9T' }
      expect(await refusal(keys.add({ ...asked, party: 'nobody', certificate: key.key.certificate.der }))).to.equal('channel_party_unknown')
      for (const certificate of [Buffer.from('no certificate'), ownKey('ccb').key.certificate.der])
        expect(await refusal(keys.add({ ...asked, party, certificate }))).to.equal('channel_key_unfit')
      expect(await refusal(add(undefined, { from: '2099-01-01T00:00:00.000Z' })), 'when it counts it is over').to.equal('channel_key_unfit')
      expect((await keys.list()).map(({ id }) => id)).to.include(first)
    })

    it('are retired only where another was in force a day before; a revoked one is over at once', async () => {
      const { first, add, retire, used } = await bank()
      const one = await add()
      expect(await refusal(retire(first))).to.equal('channel_key_in_file')
      expect(await refusal(retire('0'.repeat(32)))).to.equal('channel_key_unknown')
      expect(await refusal(retire(one.id, { until: later(-1000) }))).to.equal('bad_request')
      expect(await retire(one.id)).to.include({ state: 'in-force', until: later(hours(24)) })
      expect(used()).to.equal(one.id)
      clock.advance(hours(24))
      expect(used()).to.equal(first)
      const two = await add()
      expect(await retire(two.id, { revoke: true })).to.include({ state: 'over', revokedAt: clock.now().toISOString() })
      expect(used()).to.equal(first)
    })

    it('are not retired where nothing, or nothing that overlaps, follows', async () => {
      const party = `b-${newId()
        .toLowerCase()
        .replaceAll(/[^a-z0-9]/g, '')
        .slice(0, 12)}`
      const trail = { append: async () => undefined }
      const keys = await openPartyKeys({
        parties: [partyOf(party, [])],
        store: stores.partyKeys,
        sealing,
        trail,
        clock,
        log: { error: () => undefined },
      })
      const who = { party, by: '王芳', trace: 'K7QM-3F9T' }
      const add = (more: { from?: string } = {}) => keys.add({ ...who, certificate: ownKey('ccb', { use: 'encrypt' }).key.certificate.der, ...more })
      const { id } = await add()
      const retire = (until: string) => refusal(keys.retire({ ...who, id, revoke: false, until }))
      expect(await retire(later(days(3)))).to.equal('channel_key_last')
      const next = await add({ from: later(days(2)) })
      expect(await retire(later(days(3) - 1000)), 'a second too little').to.equal('channel_key_last')
      expect(await retire(later(days(3)))).to.equal('done')
      expect(await refusal(keys.retire({ ...who, id: next.id, revoke: false, until: later(days(5)) })), 'the one that is over is none').to.equal(
        'channel_key_last',
      )
      expect(await refusal(keys.retire({ ...who, id: next.id, revoke: true }))).to.equal('done')
    })

    it('that somebody wrote or changed in the database do not count, and are told', async () => {
      const { party, first, keys, used, add } = await bank()
      const { key } = ownKey('ccb', { use: 'encrypt' })
      const forged = { party, id: key.id, certificate: key.certificate.der.toString('base64'), from: start, version: 1, by: '王芳', createdAt: start }
      errors.splice(0)
      await stores.partyKeys.add({ ...forged, integrity: sealing.code('guessed', 'channel-party-key') })
      await keys.refresh()
      expect(used()).to.equal(first)
      expect(errors).to.have.length(1)
      const mine = await add()
      const row = (await stores.partyKeys.all()).find(({ id }) => id === mine.id)
      if (row === undefined) throw new Error('it was added')
      expect(await stores.partyKeys.end({ ...row, until: later(days(9)), version: 3 }), 'of another version').to.equal(false)
      expect(await stores.partyKeys.end({ ...row, until: later(days(9)), version: 2 })).to.equal(true)
      await keys.refresh()
      expect(used()).to.equal(first)
    })
  })
}
