import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { days, fixedClock, hours } from '../../server/kernel/clock.ts'
import { BrokerError } from '../../server/kernel/errors.ts'
import { createSealing } from '../../server/kernel/sealing.ts'
import { createKeys } from '../../server/provider/keys.ts'
import { Browser, openCenter, openHouse } from './house.ts'
import { memoryStores, memoryTrail } from './memory.ts'

describe('signing keys', () => {
  const open = async (memory = memoryStores(), sealing = createSealing(randomBytes(32)), clock = fixedClock('2026-11-20T08:00:00Z')) => {
    const heard = memoryTrail()
    const { signingKeys: store, onceIds: once } = memory.stores
    const deps = { store, once, sealing, trail: heard.trail, clock, cacheSeconds: 3600, keepSeconds: 36_000, rotateSeconds: 90 * 86_400 }
    return { memory, sealing, clock, heard, keys: await createKeys(deps), again: () => createKeys(deps) }
  }
  const states = (memory: ReturnType<typeof memoryStores>) => [...memory.keys.values()].map(({ state }) => state).sort()

  it('are made once, also where several processes start together', async () => {
    const memory = memoryStores()
    const sealing = createSealing(randomBytes(32))
    const all = await Promise.all(Array.from({ length: 5 }, () => open(memory, sealing)))
    expect(states(memory)).to.deep.equal(['active'])
    expect(new Set(all.map(({ keys }) => keys.jwks().keys[0]?.kid)).size).to.equal(1)
  })

  it('stand sealed in the database, and do not open under another sealing key', async () => {
    const { memory } = await open()
    const [key] = memory.keys.values()
    expect(key?.sealed).to.match(/^v1\./).and.not.include('"d"')
    let thrown: unknown
    await open(memory, createSealing(randomBytes(32))).catch((error: unknown) => {
      thrown = error
    })
    expect(thrown).to.be.instanceOf(Error)
  })

  it('may not sign before centers can know them', async () => {
    const { keys, clock, memory } = await open()
    const [first] = keys.jwks().keys
    await keys.rotate()
    expect(states(memory)).to.deep.equal(['active', 'initial'])
    expect(keys.jwks().keys).to.have.length(2)
    expect(keys.jwks().keys[0]?.kid).to.equal(first?.kid)
    const refused = await keys.rotate().catch((error: unknown) => error)
    expect(refused).to.be.instanceOf(BrokerError).and.include({ code: 'key_not_ready' })
    clock.advance(hours(1))
    await keys.rotate()
    expect(states(memory)).to.deep.equal(['active', 'retired'])
    expect(keys.jwks().keys[0]?.kid).to.not.equal(first?.kid)
  })

  it('keep what they signed verifiable until it is dead, then go', async () => {
    const { keys, clock, memory } = await open()
    const token = await keys.sign('logout+jwt', { iss: 'x' })
    const verifies = () =>
      jwtVerify(token, createLocalJWKSet({ keys: keys.jwks().keys.map(({ d: _, ...jwk }) => jwk) })).then(
        () => true,
        () => false,
      )
    await keys.rotate()
    clock.advance(hours(1))
    expect(await keys.maintain()).to.equal(true)
    expect(decodeProtectedHeader(await keys.sign('logout+jwt', {})).kid).to.not.equal(decodeProtectedHeader(token).kid)
    expect(await verifies()).to.equal(true)
    clock.advance(hours(9))
    expect(await keys.maintain()).to.equal(false)
    expect(await verifies()).to.equal(true)
    clock.advance(hours(2))
    expect(await keys.maintain()).to.equal(true)
    expect(await verifies()).to.equal(false)
    expect(states(memory)).to.deep.equal(['active'])
  })

  it('are replaced by themselves after ninety days, each step recorded', async () => {
    const { keys, clock, heard } = await open()
    clock.advance(days(90))
    await keys.maintain()
    clock.advance(hours(1))
    await keys.maintain()
    clock.advance(hours(12))
    await keys.maintain()
    expect(heard.events.map(({ code, facts }) => [code, facts['state']])).to.deep.equal([
      ['keys.rotated', 'active'],
      ['keys.rotated', 'initial'],
      ['keys.rotated', 'active'],
      ['keys.rotated', 'retired'],
      ['keys.rotated', 'removed'],
    ])
  })

  it('that another process made are published here at the next look', async () => {
    const one = await open()
    const other = await one.again()
    await one.keys.rotate()
    expect(await other.maintain()).to.equal(true)
    expect(other.jwks().keys).to.have.length(2)
    expect(await other.maintain()).to.equal(false)
  })

  it('rotate under a running provider: the old ID token is still a good hint, the new key signs, and no private part is published', async () => {
    const house = await openHouse({ keyLife: { cacheSeconds: 0 } })
    const browser = new Browser()
    house.logins.push(house.granted(house.membership()))
    const center = await openCenter(house)
    const before = await center.login(browser)
    await house.provider.rotateKeys()
    await house.provider.rotateKeys()
    const after = await (await openCenter(house)).login(browser, { id_token_hint: before.id_token ?? '' })
    expect(decodeProtectedHeader(after.id_token ?? '').kid).to.not.equal(decodeProtectedHeader(before.id_token ?? '').kid)
    const answer = await fetch(`${house.issuer}/jwks`)
    const text = await answer.text()
    expect(JSON.parse(text).keys).to.have.length(2)
    expect(text).to.not.include('"d"')
    await house.close()
  })
})
