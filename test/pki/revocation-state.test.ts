import { expect } from 'chai'
import { makeUnder } from './hierarchy.ts'
import { byBoth, byList, ca, HOUR, LIST, openWorld, rule, silence } from './revocation-world.ts'

describe('the table of revocation sources', () => {
  it('names each with host, times, entries, the last error, the next refresh and the rules in force', async () => {
    const { broker, source, clock } = openWorld()
    const began = clock.now()
    source.revoked = [byBoth.serial]
    const { revocation, check } = broker({
      ruleFor: (_issuer, purpose) => rule({ when: purpose === 'encryption' ? 'known-only' : 'always', lastKnownGood: 600 }),
    })
    expect(revocation.state()).to.deep.equal({ sources: [], more: 0 })
    await check(byList, { purpose: 'login' })
    await check(byList, { purpose: 'encryption' })
    clock.advance(60_000)
    const rules = [
      { purpose: 'login', when: 'always', lastKnownGood: 600, recheckAfter: 600 },
      { purpose: 'encryption', when: 'known-only', lastKnownGood: 600, recheckAfter: 600 },
    ]
    expect(revocation.state().sources).to.deep.equal([
      {
        kind: 'crl',
        url: LIST,
        host: 'crl.example',
        issuer: ca.certificate.subject.text,
        condition: 'fresh',
        thisUpdate: began,
        nextUpdate: new Date(began.getTime() + HOUR),
        ageSeconds: 60,
        entries: 1,
        lastAnswer: began,
        nextRefresh: new Date(began.getTime() + 480_000),
        rules,
      },
    ])
  })

  it('says when a list serves beyond its end, when it ended, and what went wrong', async () => {
    const { broker, source, clock } = openWorld()
    const { revocation, check } = broker({ ruleFor: () => rule({ lastKnownGood: 600 }) })
    const row = () => revocation.state().sources[0]
    await check()
    source.instead.set(LIST, silence)
    clock.advance(HOUR + 60_000)
    await check()
    expect(row()).to.include({ condition: 'last-known-good' })
    expect(row()?.lastError).to.deep.equal({ at: clock.now(), code: 'revocation_unknown', facts: `${LIST} cannot be reached` })
    expect(row()?.nextRefresh).to.deep.equal(new Date(clock.now().getTime() + 30_000))
    clock.advance(HOUR)
    expect(row()).to.include({ condition: 'ended' })
    source.instead.delete(LIST)
    await revocation.refresh()
    expect(row()).to.include({ condition: 'fresh' }).and.not.have.property('lastError')
  })

  it('shows those in trouble first, and at most five hundred', async () => {
    const { broker, source } = openWorld()
    source.instead.set('http://dead.example/', silence)
    const { revocation, check } = broker()
    await check()
    await Promise.all(Array.from({ length: 600 }, (_, i) => check(makeUnder(ca, 'x', { keys: ca, crlUrl: `http://dead.example/${i}` }).certificate)))
    const { sources, more } = revocation.state()
    expect([sources.length, more]).to.deep.equal([500, 101])
    expect(new Set(sources.map(each => each.condition))).to.deep.equal(new Set(['nothing']))
  })

  it('is mended in the background: a source that had nothing is asked again before the next person comes', async () => {
    const { broker, source, clock } = openWorld()
    source.instead.set(LIST, silence)
    const { revocation, check } = broker()
    expect(await check()).to.equal('revocation_unknown')
    source.instead.delete(LIST)
    await revocation.refresh()
    expect(source.asked.length).to.equal(1)
    clock.advance(31_000)
    await revocation.refresh()
    source.instead.set(LIST, silence)
    expect(await check()).to.equal('accepted')
  })

  it('refreshes ahead of time, so that nobody waits', async () => {
    const { broker, source, clock } = openWorld()
    const { revocation, check } = broker()
    await check()
    clock.advance(470_000)
    await revocation.refresh()
    expect(source.asked.length).to.equal(1)
    clock.advance(20_000)
    await revocation.refresh()
    expect(source.asked.length).to.equal(2)
    source.instead.set(LIST, () => new Promise(() => undefined))
    clock.advance(590_000)
    expect(await check()).to.equal('accepted')
  })
})
