import { expect } from 'chai'
import { issueCrl } from '../../server/pki/issue-revocation.ts'
import type { ListChange } from '../../server/pki/revocation-cache.ts'
import { from, makeRoot, makeUnder } from './hierarchy.ts'
import { byBoth, byList, bytes, HOUR, LIST, openWorld, rule, silence } from './revocation-world.ts'

const onlyLists = { ruleFor: () => rule({ sources: ['crl'] }) }

describe('a list that one process fetched', () => {
  it('is told to listeners when it is new, and not when it is the one at hand', async () => {
    const { broker, list, source, clock } = openWorld()
    const same = list()
    source.instead.set(LIST, bytes(same))
    const { revocation, check } = broker()
    const heard: ListChange[] = []
    const stop = revocation.onListChanged(change => heard.push(change))
    await check()
    clock.advance(700_000)
    await check()
    expect(source.asked.length).to.equal(2)
    expect(heard.map(({ url, thisUpdate }) => [url, thisUpdate])).to.deep.equal([[LIST, new Date(clock.now().getTime() - 700_000)]])
    expect(heard[0]?.der.equals(same)).to.equal(true)
    source.instead.delete(LIST)
    clock.advance(700_000)
    await check()
    expect(heard.length).to.equal(2)
    stop()
    clock.advance(700_000)
    await check()
    expect(heard.length).to.equal(2)
  })

  it('names the serials that are news: all of the first list, then only those that came', async () => {
    const { broker, source, clock } = openWorld()
    source.revoked = ['0a01', byBoth.serial]
    const { revocation, check } = broker()
    const heard: string[][] = []
    const revoked: string[] = []
    revocation.onListChanged(({ newSerials }) => heard.push([...newSerials()]))
    revocation.onRevoked(({ serial }) => revoked.push(serial))
    await check()
    source.revoked = ['0a01', byBoth.serial, byList.serial]
    clock.advance(700_000)
    expect(await check()).to.equal('certificate_revoked')
    expect(heard.map(serials => serials.toSorted())).to.deep.equal([['0a01', byBoth.serial].toSorted(), [byList.serial]])
    expect(revoked).to.deep.equal([byList.serial])
  })

  it('counts on another at once, though that one’s list is young and its answer remembered', async () => {
    const { broker, source, clock } = openWorld()
    const [one, other] = [broker(), broker()]
    await other.check()
    one.revocation.onListChanged(({ url, der }) => void other.revocation.noteChanged(url, der))
    expect(await other.check()).to.equal('accepted')
    clock.advance(1000)
    source.revoked = [byList.serial]
    expect(await one.check()).to.equal('certificate_revoked')
    // with the bytes in hand nobody needs the source
    source.instead.set(LIST, silence)
    await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
    await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
    expect(await other.check()).to.equal('certificate_revoked')
  })

  it('makes another ask the source where only the address is told', async () => {
    const { broker, source, clock } = openWorld()
    const { revocation, check } = broker()
    await check()
    clock.advance(1000)
    source.revoked = [byList.serial]
    expect(await check()).to.equal('accepted')
    await revocation.noteChanged(LIST)
    expect(await check()).to.equal('certificate_revoked')
    expect(source.asked.length).to.equal(2)
  })

  it('is asked for again when the word comes while an older one is under way', async () => {
    const { broker, source, list, clock } = openWorld()
    const { revocation, check } = broker()
    await check()
    clock.advance(700_000)
    const old = list()
    let release: () => void = () => undefined
    const gate = new Promise<void>(resolve => {
      release = resolve
    })
    source.instead.set(LIST, () => gate.then(bytes(old)))
    const early = check()
    source.instead.delete(LIST)
    source.revoked = [byList.serial]
    clock.advance(1000)
    await revocation.noteChanged(LIST)
    release()
    await early
    expect(await check()).to.equal('certificate_revoked')
  })

  it('that comes as bytes while an older one is under way counts', async () => {
    const { broker, source, list, clock } = openWorld()
    const { revocation, check } = broker()
    const old = list()
    clock.advance(1000)
    const newer = list(undefined, [byList.serial])
    let release: () => void = () => undefined
    const gate = new Promise<void>(resolve => {
      release = resolve
    })
    source.instead.set(LIST, () => gate.then(bytes(old)))
    const early = check()
    await revocation.noteChanged(LIST, newer)
    release()
    expect(await early).to.equal('certificate_revoked')
  })

  it('is not waited for without end: the one at hand serves, and the late one when it comes', async () => {
    const { broker, source, list, clock } = openWorld()
    const { check, revocation } = broker({ wait: 20 })
    await check()
    clock.advance(700_000)
    const late = list(undefined, [byList.serial])
    let release: () => void = () => undefined
    const gate = new Promise<void>(resolve => {
      release = resolve
    })
    source.instead.set(LIST, () => gate.then(bytes(late)))
    const arrived = new Promise(resolve => revocation.onListChanged(resolve))
    expect(await check()).to.equal('accepted')
    release()
    await arrived
    expect(await check()).to.equal('certificate_revoked')
  })

  it('refuses whom it keeps waiting where none is at hand', async () => {
    const { broker, source } = openWorld()
    source.instead.set(LIST, () => new Promise(() => undefined))
    expect(await broker({ wait: 20 }).check()).to.equal('revocation_unknown')
  })

  it('is had although a listener fails', async () => {
    const { broker } = openWorld()
    const { revocation, check } = broker()
    revocation.onListChanged(() => {
      throw new Error('no database')
    })
    expect(await check()).to.equal('accepted')
  })

  it('makes nobody ask who has it already', async () => {
    const { broker, source, clock } = openWorld()
    const { revocation, check } = broker()
    await check()
    await revocation.noteChanged(LIST, undefined, clock.now())
    await check()
    expect(source.asked.length).to.equal(1)
    await revocation.noteChanged(LIST, undefined, new Date(clock.now().getTime() + 1000))
    await check()
    expect(source.asked.length).to.equal(2)
  })

  it('is not told on by who was told', async () => {
    const { broker, list } = openWorld()
    const { revocation, check } = broker()
    await check()
    let heard = 0
    revocation.onListChanged(() => heard++)
    await revocation.noteChanged(LIST, list())
    await check()
    expect(heard).to.equal(0)
  })

  it('serves a process that just started while the source is down, within its time', async () => {
    const { broker, list, source, clock } = openWorld()
    const kept = list(undefined, [byBoth.serial])
    source.instead.set(LIST, silence)
    const { revocation, check } = broker(onlyLists)
    expect(await check()).to.equal('revocation_unknown')
    await revocation.noteChanged(LIST, kept)
    expect([await check(byList), await check(byBoth)]).to.deep.equal(['accepted', 'certificate_revoked'])
    clock.advance(HOUR + 1000)
    expect(await check()).to.equal('revocation_unknown')
  })

  it('serves it also while the source keeps everybody waiting', async () => {
    const { broker, list, source } = openWorld()
    source.instead.set(LIST, () => new Promise(() => undefined))
    const { revocation, check } = broker({ ...onlyLists, wait: 20 })
    await revocation.noteChanged(LIST, list(undefined, [byBoth.serial]))
    expect([await check(byList), await check(byBoth)]).to.deep.equal(['accepted', 'certificate_revoked'])
  })

  it('is preferred to an older one that the source still serves, and gives way to a newer', async () => {
    const { broker, list, source, clock } = openWorld()
    const lagging = list()
    clock.advance(60_000)
    const kept = list(undefined, [byList.serial])
    source.instead.set(LIST, bytes(lagging))
    const { revocation, check } = broker()
    await revocation.noteChanged(LIST, kept)
    expect(await check()).to.equal('certificate_revoked')
    source.instead.delete(LIST)
    clock.advance(700_000)
    expect(await check()).to.equal('accepted')
  })

  it('is verified by each: junk, a stranger’s and an older list change nothing', async () => {
    const { broker, list, clock } = openWorld()
    const old = list(undefined, [byList.serial])
    clock.advance(60_000)
    const { revocation, check } = broker()
    await check()
    const stranger = issueCrl({
      issuer: makeRoot('CA'),
      entries: [{ serial: byList.serial, at: from }],
      number: 99,
      thisUpdate: clock.now(),
      nextUpdate: new Date(clock.now().getTime() + HOUR),
    })
    for (const der of [old, stranger, Buffer.from('junk'), Buffer.alloc(40 * 1024 * 1024)]) {
      await revocation.noteChanged(LIST, der)
      expect(await check()).to.equal('accepted')
    }
  })

  it('of the future does not stand in the way of the right one', async () => {
    const { broker, list, source, clock } = openWorld()
    source.instead.set(LIST, bytes(list(new Date(clock.now().getTime() + 24 * HOUR))))
    const { check } = broker()
    expect(await check()).to.equal('revocation_unknown')
    source.instead.delete(LIST)
    expect(await check()).to.equal('accepted')
  })
})

describe('one address for two CAs', () => {
  it('keeps their lists apart: neither takes the other’s place', async () => {
    const { broker, source, list } = openWorld()
    const other = makeRoot('Other CA')
    const theirs = makeUnder(other, 'theirs', { crlUrl: LIST }).certificate
    const { revocation, check } = broker()
    const checkTheirs = () =>
      revocation.check(theirs, other.certificate).then(
        () => 'accepted',
        (error: { code?: string }) => error.code,
      )
    expect([await check(), await checkTheirs()]).to.deep.equal(['accepted', 'revocation_unknown'])
    source.instead.set(LIST, silence)
    expect(await check()).to.equal('accepted')
    source.instead.set(LIST, bytes(list()))
    expect(await Promise.all([checkTheirs(), check()])).to.deep.equal(['revocation_unknown', 'accepted'])
  })
})
