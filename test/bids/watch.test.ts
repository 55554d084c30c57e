import { expect } from 'chai'
import { adviseRenewal } from '../../server/bids/renewal-advice.ts'
import { type BidNotice, createWatch } from '../../server/bids/watch.ts'
import { type CertificateStatus, troublesOf } from '../../server/bids/watch-rules.ts'
import { days, fixedClock, hours, minutes } from '../../server/kernel/clock.ts'
import { newId } from '../../server/kernel/ids.ts'
import { silentLog } from '../../server/kernel/log.ts'
import type { Uscc } from '../../server/kernel/uscc.ts'
import type { Stores } from '../../server/storage/stores.ts'
import type { Bid, Opening } from '../../server/storage/stores-bids.ts'
import { openTestStores } from '../suites/memory-stores.ts'
import { newUscc } from '../suites/storage.ts'

const opensAt = new Date('2027-06-01T01:30:00.000Z')
const inDays = (n: number) => new Date(opensAt.getTime() + days(n)).toISOString()
const good: CertificateStatus = { notAfter: inDays(100) }

describe('the watch until an opening', () => {
  const clock = fixedClock(inDays(-20))
  let stores: Stores
  let statuses: Map<string, CertificateStatus>
  let told: BidNotice[]
  let broken: boolean
  beforeEach(async () => {
    clock.set(inDays(-20))
    stores = await openTestStores({ clock })
    statuses = new Map()
    told = []
    broken = false
  })
  afterEach(() => stores.close())

  const watching = () =>
    createWatch({
      store: stores.bids,
      notices: stores.bidNotices,
      clock,
      log: silentLog,
      statuses: async bids => {
        const thumbprints = bids.flatMap(({ certificates }) => certificates.map(each => each.thumbprint))
        return new Map([...statuses].filter(([thumbprint]) => thumbprints.includes(thumbprint)))
      },
      notify: async notice => {
        if (broken) throw new Error('the gateway is away')
        told.push(notice)
      },
    })
  const step = { kind: 'announced' as const, at: inDays(-20), by: 'x', facts: {}, trace: '' }
  async function waiting(thumbprints: readonly string[] = ['t1'], wishes: Partial<Bid> = {}): Promise<Bid> {
    const id = newId()
    const opening: Opening = {
      id,
      center: 'c',
      project: 'p',
      title: '示例开标',
      drill: false,
      state: 'announced',
      version: 1,
      opensAt: opensAt.toISOString(),
      decryptBy: inDays(0.1),
      createdAt: inDays(-20),
    }
    await stores.bids.announce(opening, { openingId: id, ...step })
    for (const thumbprint of thumbprints) if (!statuses.has(thumbprint)) statuses.set(thumbprint, good)
    const bid: Bid = {
      openingId: id,
      uscc: newUscc(),
      envelope: newId(),
      name: '演示公司',
      state: 'waiting',
      version: 1,
      file: { size: 1, sm3: '' },
      certificates: thumbprints.map(thumbprint => ({ thumbprint, notAfter: inDays(100) })),
      receivedAt: clock.now().toISOString(),
      attempts: 0,
      selfTest: { at: clock.now().toISOString(), ok: true },
      ...wishes,
    }
    return (await stores.bids.register(bid, { openingId: id, ...step, kind: 'registered', uscc: bid.uscc })) ?? bid
  }
  const causes = () => told.map(({ cause, stage, severity, action }) => [cause, stage, severity, action].join(' '))

  for (const [sentence, status, expected] of [
    ['lost', { ...good, lostAt: inDays(-11) }, 'lost found stop encrypt-again'],
    ['revoked', { ...good, revokedAt: inDays(-11) }, 'revoked found stop encrypt-again'],
    ['replaced', { ...good, newer: { how: 'replaced', at: inDays(-11) } }, 'replaced found stop encrypt-again'],
    ['renewed', { ...good, newer: { how: 'renewed', at: inDays(-11) } }, 'renewed found stop self-test'],
    ['ending before the opening', { notAfter: inDays(-1) }, 'expires-before-opening found stop renew-then-encrypt-again'],
    ['ending while bids are decrypted', { notAfter: inDays(0.05) }, 'expires-before-opening found stop renew-then-encrypt-again'],
    ['expired', { notAfter: inDays(-12) }, 'expired found stop renew-then-encrypt-again'],
  ] as [string, CertificateStatus, string][]) {
    it(`tells the bidder at once, and once, of a certificate ${sentence}, and what to do`, async () => {
      const bid = await waiting()
      clock.set(inDays(-10))
      statuses.set('t1', status)
      const watch = watching()
      expect([await watch.round(), await watch.round(), await watching().round()]).to.deep.equal([1, 0, 0])
      expect(causes()).to.deep.equal([expected])
      expect(told[0]).to.include({ to: bid.uscc, envelope: bid.envelope })
      expect(told[0]?.zh).to.match(/。.+。/u)
      expect((await stores.bids.steps(bid.openingId, 10)).at(-1)).to.deep.include({ kind: 'warned', uscc: bid.uscc })
    })
  }

  it('tells only those whose certificate it is, when a CA or bank reports it', async () => {
    await waiting(['other'])
    const bid = await waiting(['t1'])
    statuses.set('t1', { ...good, revokedAt: inDays(-20) })
    expect(await watching().certificateChanged('t1')).to.equal(1)
    expect(told.map(each => each.to)).to.deep.equal([bid.uscc])
  })

  it('says nothing for days when all is well, then reminds a week, a day and two hours before, once each', async () => {
    await waiting()
    const watch = watching()
    for (let at = opensAt.getTime() - days(20); at < opensAt.getTime() + hours(1); at += minutes(90)) {
      clock.set(new Date(at))
      await watch.round()
    }
    expect(causes()).to.deep.equal(['7d', '1d', '2h'].map(stage => `opening ${stage} remind do-not-renew`))
  })

  it('repeats what is wrong at each stage while it lasts', async () => {
    await waiting()
    statuses.set('t1', { ...good, lostAt: inDays(-19) })
    for (const before of [days(19), days(6), hours(20), minutes(90)]) {
      clock.set(new Date(opensAt.getTime() - before))
      await watching().round()
    }
    expect(told.map(each => each.stage)).to.deep.equal(['found', '7d', '1d', '2h'])
  })

  it('asks for a self-test where there was none since the upload, and not on the day of it', async () => {
    const bid = await waiting(['t1'], { selfTest: { at: inDays(-30), ok: true } })
    await watching().round()
    expect(causes()).to.deep.equal([])
    clock.set(inDays(-6))
    await watching().round()
    expect(causes()).to.deep.equal(['untested 7d care self-test'])
    expect(told[0]?.to).to.equal(bid.uscc)
  })

  it('says at once when the self-test failed', async () => {
    await waiting(['t1'], { selfTest: { at: inDays(-20), ok: false, code: 'bid_not_for_this_key' } })
    await watching().round()
    expect(causes()).to.deep.equal(['self-test-failed found stop encrypt-again'])
  })

  it('does not remind of a stage that began before the bid came', async () => {
    clock.set(new Date(opensAt.getTime() - hours(3)))
    await waiting()
    await watching().round()
    expect(causes()).to.deep.equal([])
    clock.set(new Date(opensAt.getTime() - hours(1)))
    await watching().round()
    expect(causes()).to.deep.equal(['opening 2h remind do-not-renew'])
  })

  it('begins its calendar anew after a postponement', async () => {
    const bid = await waiting()
    clock.set(inDays(-0.5))
    await watching().round()
    const opening = await stores.bids.opening(bid.openingId)
    if (opening === undefined) throw new Error('no opening')
    await stores.bids.changeOpening(
      { ...opening, opensAt: inDays(10), decryptBy: inDays(11) },
      { openingId: bid.openingId, ...step, kind: 'postponed' },
    )
    clock.set(inDays(9.5))
    await watching().round()
    expect(causes()).to.deep.equal(['opening 1d remind do-not-renew', 'opening 1d remind do-not-renew'])
  })

  it('tells nothing any more once the envelope is replaced, and watches the new one', async () => {
    const bid = await waiting(['t1'])
    statuses.set('t2', good)
    await stores.bids.register(
      { ...bid, envelope: newId(), certificates: [{ thumbprint: 't2', notAfter: inDays(100) }] },
      { openingId: bid.openingId, ...step, kind: 'registered', uscc: bid.uscc },
      bid,
    )
    statuses.set('t1', { ...good, lostAt: inDays(-19) })
    expect([await watching().round(), await watching().certificateChanged('t1')]).to.deep.equal([0, 0])
    statuses.set('t2', { ...good, lostAt: inDays(-19) })
    expect(await watching().certificateChanged('t2')).to.equal(1)
  })

  it('sends a notice again that could not be handed on, or whose process died, and never twice otherwise', async () => {
    await waiting()
    statuses.set('t1', { ...good, lostAt: inDays(-19) })
    broken = true
    expect(await watching().round()).to.equal(0)
    broken = false
    expect(await watching().round()).to.equal(0)
    clock.advance(minutes(11))
    expect(await Promise.all([watching().round(), watching().round()])).to.have.members([1, 0])
    expect(told).to.have.length(1)
  })

  it('advises not to renew while a bid waits that the certificate outlives', async () => {
    await waiting()
    expect(await watching().advise('t1', new Date(inDays(30)))).to.deep.include({ verdict: 'wait', notBefore: inDays(0.1), until: inDays(30) })
  })

  it('advises to renew now and encrypt every waiting bid again where the certificate does not last', async () => {
    const bids = [await waiting(), await waiting()]
    const advice = await watching().advise('t1', new Date(inDays(0.05)))
    expect(advice).to.deep.include({ verdict: 'renew-and-encrypt-again', before: opensAt.toISOString() })
    expect('openings' in advice && advice.openings.map(each => each.id).sort()).to.deep.equal(bids.map(each => each.openingId).sort())
  })

  it('advises to renew at leisure where nothing waits', () => {
    const now = new Date(inDays(-20))
    expect(adviseRenewal({ notAfter: new Date(inDays(10)) }, [], now)).to.include({ verdict: 'renew-now' })
    expect(adviseRenewal({ notAfter: new Date(inDays(300)) }, [], now)).to.include({ verdict: 'no-need' })
  })
})

describe('a bid encrypted to two shields', () => {
  const opening: Opening = {
    id: 'o',
    center: 'c',
    project: 'p',
    title: 't',
    drill: false,
    state: 'announced',
    version: 1,
    opensAt: inDays(0),
    decryptBy: inDays(0.1),
    createdAt: inDays(-20),
  }
  const bid: Bid = {
    openingId: 'o',
    uscc: '91350200556207664B' as Uscc,
    envelope: 'e',
    name: 'n',
    state: 'waiting',
    version: 1,
    file: { size: 1, sm3: '' },
    certificates: ['t1', 't2'].map(thumbprint => ({ thumbprint, notAfter: inDays(100) })),
    receivedAt: inDays(-20),
    attempts: 0,
    selfTest: { at: inDays(-19), ok: true },
  }
  const now = new Date(inDays(-10))
  const find = (one: CertificateStatus, other: CertificateStatus, more: Partial<Bid> = {}) =>
    troublesOf(
      { ...bid, ...more },
      opening,
      new Map([
        ['t1', one],
        ['t2', other],
      ]),
      now,
    )
  const lost = { ...good, lostAt: inDays(-11) }
  const renewed: CertificateStatus = { ...good, newer: { how: 'renewed', at: inDays(-11) } }

  it('loses one: use the other', () => expect(find(lost, good)).to.deep.equal([{ cause: 'lost', severity: 'care', action: 'use-other-shield' }]))
  it('loses both: encrypt again', () =>
    expect(find(lost, { ...good, revokedAt: inDays(-11) }).map(each => each.severity)).to.deep.equal(['stop', 'stop']))
  it('was tested after the renewal: nothing is wrong', () =>
    expect(find(renewed, good, { selfTest: { at: inDays(-10.5), ok: true } })).to.deep.equal([
      { cause: 'opening', severity: 'remind', action: 'do-not-renew' },
    ]))
  it('does not sign: told beside what else is wrong, until a shield signs or the bank’s app did', () => {
    const signTest = { at: inDays(-12), ok: false, code: 'certificate_expired' }
    const told = { cause: 'sign-test-failed', severity: 'care', action: 'mend-shield' }
    const phoneTest = (day: number) => ({ at: inDays(day), thumbprint: 't1' })
    expect(find(good, good, { signTest })).to.deep.equal([told])
    expect(find(lost, good, { signTest }))
      .to.deep.include(told)
      .and.have.length(2)
    expect(find(good, good, { signTest, phoneTest: phoneTest(-13) })).to.deep.equal([told])
    for (const more of [{ signTest: { ...signTest, ok: true } }, { signTest, phoneTest: phoneTest(-11) }])
      expect(find(good, good, more).map(({ cause }) => cause)).to.deep.equal(['opening'])
  })
  it('was tested before the renewal, which says nothing', () =>
    expect(find(renewed, renewed)).to.deep.equal([{ cause: 'renewed', severity: 'stop', action: 'self-test' }]))
})
