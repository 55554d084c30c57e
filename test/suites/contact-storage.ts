import { expect } from 'chai'
import { days, hours, minutes } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { Uscc } from '../../server/kernel/uscc.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { ContactAddress, ContactChannel, ContactMessage } from '../../server/storage/stores-contacts.ts'
import { newUscc, type SuiteClock } from './storage.ts'

/** What every database does for addresses of persons, their codes, and messages. `open` is called once; tests use ids of their own, so they run in any order. */
export function contactStorageSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`storage of contacts on ${name}`, () => {
    let stores: Stores
    let clock: SuiteClock
    before(async function () {
      this.timeout(60_000)
      ;({ stores, clock } = await open())
    })
    after(() => stores.close())

    const later = (milliseconds: number) => new Date(clock.now().getTime() + milliseconds)
    const times = <T>(count: number, work: (i: number) => Promise<T>) => Promise.all(Array.from({ length: count }, (_, i) => work(i)))
    const newCode = (membershipId: string, channel: ContactChannel = 'sms') => ({
      id: newId(),
      membershipId,
      channel,
      sealed: `sealed ${newId()}`,
      digest: 'd',
      expiresAt: later(minutes(10)).toISOString(),
    })
    const addressOf = (membershipId: string, channel: ContactChannel = 'sms'): ContactAddress => ({
      membershipId,
      channel,
      sealed: `address ${newId()}`,
      confirmedAt: clock.now().toISOString(),
    })
    async function confirmed(membershipId: string, channel: ContactChannel = 'sms'): Promise<ContactAddress> {
      const [code, address] = [newCode(membershipId, channel), addressOf(membershipId, channel)]
      await stores.contacts.begin(code)
      expect(await stores.contacts.confirm(code.id, address)).to.equal(true)
      return address
    }
    async function somebody(uscc: Uscc): Promise<string> {
      const identity = {
        bank: 'abc',
        subject: newId(),
        person: { name: '示例' },
        seats: [{ uscc, name: '演示公司', role: 'legal-representative' as const }],
        assurance: 'shield' as const,
        methods: ['hwk'],
        authenticatedAt: clock.now().toISOString(),
      }
      return (await stores.parties.recognise(identity, uscc)).membership.id
    }

    describe('addresses', () => {
      it('of a person are there when their code was confirmed, and the one before stands until then', async () => {
        const id = newId()
        const first = await confirmed(id)
        const code = newCode(id)
        await stores.contacts.begin(code)
        expect(await stores.contacts.of(id)).to.deep.equal([first])
        expect(await stores.contacts.waiting(id, clock.now())).to.deep.equal([{ ...code, tries: 0 }])
        const second = addressOf(id)
        expect(await times(10, () => stores.contacts.confirm(code.id, second))).to.have.members([true, ...Array(9).fill(false)])
        const mail = await confirmed(id, 'email')
        expect(await stores.contacts.of(id)).to.deep.equal([second, mail])
        expect(await stores.contacts.waiting(id, clock.now())).to.deep.equal([])
      })

      it('of a company are those of its people, page by page, without those who are suspended', async () => {
        const uscc = newUscc()
        const people = await times(3, () => somebody(uscc))
        const stranger = await somebody(newUscc())
        for (const id of [...people, stranger]) await confirmed(id)
        await confirmed(people[0] ?? '', 'email')
        const [gone = ''] = people.slice(2)
        await stores.parties.suspend(gone, true)
        const first = await stores.contacts.ofCompany(uscc, 2)
        const rest = await stores.contacts.ofCompany(uscc, 2, first.at(-1))
        const all = [...first, ...rest].map(({ membershipId, channel }) => `${membershipId} ${channel}`)
        expect(all).to.have.members([`${people[0]} sms`, `${people[0]} email`, `${people[1]} sms`])
      })

      it('are removed with the code that waits, once', async () => {
        const id = newId()
        await confirmed(id)
        const code = newCode(id)
        await stores.contacts.begin(code)
        expect([await stores.contacts.remove(id, 'sms'), await stores.contacts.remove(id, 'sms')]).to.deep.equal([true, false])
        expect([await stores.contacts.of(id), await stores.contacts.waiting(id, clock.now())]).to.deep.equal([[], []])
        expect(await stores.contacts.confirm(code.id, addressOf(id))).to.equal(false)
      })
    })

    describe('codes', () => {
      it('bear five tries of any number at once, and a new one bears five again', async () => {
        const id = newId()
        await stores.contacts.begin(newCode(id))
        const tries = await times(20, () => stores.contacts.tried(id, 'sms', 5, clock.now()))
        expect(tries.filter(found => found !== undefined)).to.have.length(5)
        await stores.contacts.begin(newCode(id))
        expect((await stores.contacts.tried(id, 'sms', 5, clock.now()))?.tries).to.equal(1)
      })

      it('are none when their time is over, or of another channel', async () => {
        const id = newId()
        await stores.contacts.begin(newCode(id))
        expect(await stores.contacts.tried(id, 'email', 5, clock.now())).to.equal(undefined)
        expect(await stores.contacts.tried(id, 'sms', 5, later(minutes(10)))).to.equal(undefined)
        expect(await stores.contacts.waiting(id, later(minutes(10)))).to.deep.equal([])
      })

      it('go out so often and no more, of any number at once, and again when the time is over', async () => {
        const [key, at, until] = [newId(), clock.now(), later(hours(1))]
        const allowed = await times(20, () => stores.contacts.allow(key, 5, { at, until }))
        expect(allowed.filter(each => each)).to.have.length(5)
        expect(await stores.contacts.allow(newId(), 5, { at, until })).to.equal(true)
        expect(await stores.contacts.allow(key, 5, { at: until, until: later(hours(2)) })).to.equal(true)
      })
    })

    describe('messages', () => {
      const newMessage = (more: Partial<ContactMessage> = {}): ContactMessage => ({
        id: `msg_${newId()}`,
        membershipId: newId(),
        channel: 'sms',
        kind: 'notice',
        about: newId(),
        sealed: 'text',
        state: 'waiting',
        attempts: 0,
        trace: '',
        createdAt: clock.now().toISOString(),
        touchedAt: clock.now().toISOString(),
        usefulUntil: later(days(2)).toISOString(),
        expiresAt: later(days(30)).toISOString(),
        ...more,
      })
      const anHourAgo = () => later(-hours(1))
      async function stored(more: Partial<ContactMessage> = {}): Promise<ContactMessage> {
        const message = newMessage(more)
        await stores.contactMessages.insert(message, anHourAgo())
        return message
      }

      it('are there once, as they came', async () => {
        const message = await stored()
        await stores.contactMessages.insert({ ...message, sealed: 'another' }, anHourAgo())
        expect(await stores.contactMessages.find(message.id)).to.deep.equal(message)
        expect(await stores.contactMessages.find(newId())).to.equal(undefined)
      })

      it('about the same, to the same person by the same channel, are one for a while', async () => {
        const first = await stored()
        const { membershipId, about } = first
        const again = await stored({ membershipId, about })
        const mail = await stored({ membershipId, about, channel: 'email' })
        expect(await stores.contactMessages.find(again.id)).to.equal(undefined)
        expect((await stores.contactMessages.noticesOf(membershipId, 10)).map(({ id }) => id)).to.have.members([first.id, mail.id])
        await stores.contactMessages.insert(again, later(1))
        expect(await stores.contactMessages.find(again.id)).to.include({ id: again.id })
      })

      it('count their tries, and stay delivered', async () => {
        const { id } = await stored()
        await stores.contactMessages.tried(id, { state: 'waiting', status: 503, error: 'status 503', at: later(1) })
        expect(await stores.contactMessages.find(id)).to.include({ attempts: 1, state: 'waiting', lastStatus: 503, lastError: 'status 503' })
        await stores.contactMessages.tried(id, { state: 'delivered', status: 204, at: later(2) })
        await stores.contactMessages.tried(id, { state: 'dead', error: 'no answer', at: later(3) })
        const found = await stores.contactMessages.find(id)
        expect(found).to.include({ attempts: 2, state: 'delivered', lastStatus: 204, sealed: 'text', touchedAt: later(2).toISOString() })
        expect(found).to.not.have.property('lastError')
      })

      it('with a code lose their text when they wait no more', async () => {
        const { id } = await stored({ kind: 'code' })
        await stores.contactMessages.tried(id, { state: 'waiting', error: 'no answer', at: clock.now() })
        expect((await stores.contactMessages.find(id))?.sealed).to.equal('text')
        await stores.contactMessages.tried(id, { state: 'dead', error: 'no answer', at: clock.now() })
        expect((await stores.contactMessages.find(id))?.sealed).to.equal('')
      })

      it('that were given up or left lying wait again while they help, for one of any number of callers', async () => {
        const given = await stored()
        const lying = await stored()
        const [late, code, fresh] = [await stored({ usefulUntil: later(hours(1)).toISOString() }), await stored({ kind: 'code' }), await stored()]
        for (const { id } of [given, late, code]) await stores.contactMessages.tried(id, { state: 'dead', error: 'no answer', at: clock.now() })
        await stores.contactMessages.tried(fresh.id, { state: 'dead', error: 'no answer', at: later(hours(2)) })
        const found = (await times(5, () => stores.contactMessages.again(later(hours(1)), later(hours(2)), 100))).flat()
        const mine = new Set([given, lying, late, code, fresh].map(({ id }) => id))
        expect(found.filter(id => mine.has(id))).to.have.members([given.id, lying.id])
        expect(await stores.contactMessages.find(given.id)).to.include({ state: 'waiting', touchedAt: later(hours(2)).toISOString() })
      })
    })

    it('sweeps codes, allowances and messages when their time is over, and never an address', async () => {
      const id = newId()
      const address = await confirmed(id, 'email')
      await stores.contacts.begin(newCode(id))
      const key = newId()
      await stores.contacts.allow(key, 1, { at: clock.now(), until: later(minutes(1)) })
      clock.advance(days(40))
      while ((await stores.sweep(1000)) === 1000);
      expect(await stores.contacts.waiting(id, new Date(0))).to.deep.equal([])
      expect(await stores.contacts.allow(key, 1, { at: new Date(0), until: clock.now() })).to.equal(true)
      expect(await stores.contacts.of(id)).to.deep.equal([address])
    })
  })
}
