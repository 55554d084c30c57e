import { expect } from 'chai'
import { days } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { KnownCertificate, TrustProposalRow } from '../../server/storage/stores-trust.ts'
import { codeOf, newUscc, type SuiteClock } from './storage.ts'

/** What every database does for the trust list. `open` is called once, on a database whose list is empty; the tests run in their order. */
export function trustStorageSuite(name: string, open: () => Promise<{ stores: Stores; clock: SuiteClock }>): void {
  describe(`trust list storage on ${name}`, () => {
    let stores: Stores
    let clock: SuiteClock
    before(async function () {
      this.timeout(60_000)
      ;({ stores, clock } = await open())
    })

    const now = () => clock.now().toISOString()
    const version = (rows: { id: string; body: string | null }[]) => ({ at: now(), by: 'Li Na', why: 'test', summary: 'lines', rows })
    const put = async (rows: { id: string; body: string | null }[]) => stores.trust.decide(await stores.trust.head(), { version: version(rows) })

    it('starts with nothing', async () => {
      expect(await stores.trust.head()).to.deep.equal({ version: 0, turn: 0 })
      expect(await stores.trust.rows()).to.deep.equal({ version: 0, rows: [] })
      expect(await stores.trust.versionAt(clock.now())).to.equal(undefined)
    })

    it('lets exactly one of 20 parallel first decisions through, and writes nothing of the others', async () => {
      const head = await stores.trust.head()
      const won = await Promise.all(
        Array.from({ length: 20 }, (_, i) => stores.trust.decide(head, { version: version([{ id: `first-${i}`, body: '{}' }]) })),
      )
      expect(won.filter(Boolean)).to.have.length(1)
      expect(await stores.trust.rows()).to.deep.equal({ version: 1, rows: [{ id: `first-${won.indexOf(true)}`, body: '{}' }] })
      expect(await stores.trust.head()).to.deep.equal({ version: 1, turn: 1 })
    })

    it('answers what each version said, also of a CA that was taken out later', async () => {
      clock.advance(days(1))
      expect(await put([{ id: 'a', body: '{"n":1}' }])).to.equal(true)
      const second = clock.now()
      clock.advance(days(1))
      await put([{ id: 'a', body: '{"n":2}' }])
      await put([{ id: 'a', body: null }])
      const of = async (number?: number) => (await stores.trust.rows(number)).rows.find(row => row.id === 'a')?.body
      expect([await of(1), await of(2), await of(3), await of(4), await of()]).to.deep.equal([undefined, '{"n":1}', '{"n":2}', undefined, undefined])
      expect(await stores.trust.versionAt(second)).to.equal(2)
      expect(await stores.trust.versionAt(new Date(second.getTime() - 1))).to.equal(1)
      expect((await stores.trust.versions(10)).map(row => row.number)).to.deep.equal([4, 3, 2, 1])
      expect((await stores.trust.versions(2, 3)).map(row => row.number)).to.deep.equal([2, 1])
    })

    it('tells versions that the audit record lacks until it is told that it has them', async () => {
      expect((await stores.trust.unaudited(10)).map(row => row.number)).to.deep.equal([1, 2, 3, 4])
      await stores.trust.audited([1, 2, 4])
      expect((await stores.trust.unaudited(10)).map(row => row.number)).to.deep.equal([3])
    })

    const proposal = (): TrustProposalRow => ({
      id: newId(),
      state: 'open',
      by: 'Li Na',
      why: 'test',
      changes: '[]',
      digest: newId(),
      createdAt: now(),
      expiresAt: now(),
    })

    it('ends a proposal once: of an approval and a refusal at the same moment one wins', async () => {
      for (let i = 0; i < 5; i++) {
        const row = proposal()
        await stores.trust.propose(row)
        const head = await stores.trust.head()
        const end = (state: 'applied' | 'rejected') => ({ proposal: { id: row.id, state, by: 'Wang', at: now() } })
        const [applied, rejected] = await Promise.all([
          stores.trust.decide(head, { version: version([{ id: `p-${i}`, body: '{}' }]), ...end('applied') }),
          stores.trust.decide(head, end('rejected')),
        ])
        expect([applied, rejected].filter(Boolean)).to.have.length(1)
        const found = await stores.trust.proposal(row.id)
        expect(found?.state).to.equal(applied ? 'applied' : 'rejected')
        expect(found?.version).to.equal(applied ? head.version + 1 : undefined)
        expect((await stores.trust.rows()).rows.some(each => each.id === `p-${i}`)).to.equal(applied)
      }
      const open = proposal()
      await stores.trust.propose(open)
      expect((await stores.trust.proposals({ state: 'open' }, 10)).map(row => row.id)).to.deep.equal([open.id])
      expect((await stores.trust.proposals({ digest: open.digest }, 10)).map(row => row.id)).to.deep.equal([open.id])
    })

    const known = (more: Partial<KnownCertificate> = {}): KnownCertificate => ({
      thumbprint: newId(),
      issuer: 'i',
      serial: newId(),
      subjectName: 'CN=测试企业,O=\u{20000}',
      notAfter: '2030-01-01T00:00:00.000Z',
      algorithm: 'SM2',
      ...more,
    })

    it('takes certificates in once, and tells those that were there from those whose serial number is taken', async () => {
      const uscc = newUscc()
      const [one, two] = [known({ uscc, caId: 'netca' }), known()]
      expect(await stores.knownCertificates.add([one, two])).to.deep.equal(['added', 'added'])
      const other = known({ serial: one.serial })
      expect(await stores.knownCertificates.add([two, other, known({ serial: one.serial, issuer: 'j' })])).to.deep.equal(['known', 'taken', 'added'])
      expect(await stores.knownCertificates.find(one.thumbprint)).to.deep.equal({ ...one, importedAt: now() })
      expect(await stores.knownCertificates.find(other.thumbprint)).to.equal(undefined)
      expect((await stores.knownCertificates.byUscc(uscc, 10)).map(each => each.thumbprint)).to.deep.equal([one.thumbprint])
    })

    it('of imports at once adds each certificate once, and calls none of them taken', async () => {
      for (let round = 0; round < 5; round++) {
        const same = Array.from({ length: 40 }, () => known())
        const outcomes = await Promise.all(Array.from({ length: 10 }, () => stores.knownCertificates.add(same)))
        for (const [i, { thumbprint }] of same.entries())
          expect(outcomes.map(each => each[i]).sort(), thumbprint).to.deep.equal(['added', ...Array.from({ length: 9 }, () => 'known')])
      }
    })

    it('fills in the CA of a certificate that was taken in before its CA was on the list, and never another', async () => {
      const one = known()
      await stores.knownCertificates.add([one])
      expect(await stores.knownCertificates.add([{ ...one, caId: 'sheca' }])).to.deep.equal(['known'])
      await stores.knownCertificates.add([{ ...one, caId: 'other' }])
      expect((await stores.knownCertificates.find(one.thumbprint))?.caId).to.equal('sheca')
    })

    it('finds those that end in a span, the soonest first', async () => {
      const ends = ['2041-02-03T00:00:00.000Z', '2041-02-01T00:00:00.000Z', '2041-03-01T00:00:00.000Z']
      await stores.knownCertificates.add(ends.map(notAfter => known({ notAfter })))
      const found = await stores.knownCertificates.endingBetween(new Date('2041-02-01'), new Date('2041-03-01'), 10)
      expect(found.map(each => each.notAfter)).to.deep.equal([ends[1], ends[0]])
    })

    it('writes how far an import has come with its rows, or neither', async () => {
      const source = newId()
      expect(await stores.knownCertificates.progress(source)).to.equal(undefined)
      await stores.knownCertificates.add([known()], { source, done: 500, counts: { added: 1 } })
      await stores.knownCertificates.add([], { source, done: 700, counts: { added: 1, bad: 3 } })
      expect(await stores.knownCertificates.progress(source)).to.deep.equal({ source, done: 700, counts: { added: 1, bad: 3 } })
      const bad = stores.knownCertificates.add([known(), known({ notAfter: 'never' })], { source, done: 900, counts: {} })
      expect(await bad.then(() => 'written', codeOf)).not.to.equal('written')
      expect((await stores.knownCertificates.progress(source))?.done).to.equal(700)
    })

    it('carries news from process to process, each topic to its listeners, and none after they left', async () => {
      const heard: string[] = []
      const first = new Promise<void>(resolve => {
        const leave = stores.signals.listen('one', text => {
          heard.push(text)
          leave()
          resolve()
        })
      })
      // a connection that listens is made when somebody first listens: what is sent until then is missed
      const again = setInterval(() => stores.signals.send('one', '7 一'), 20)
      try {
        stores.signals.send('two', 'not for us')
        stores.signals.send('one', 'x'.repeat(8000))
        await first
      } finally {
        clearInterval(again)
      }
      expect(heard).to.deep.equal(['7 一'])
    })
  })
}
