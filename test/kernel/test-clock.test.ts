import { expect } from 'chai'
import { generateSecret, jwtVerify, SignJWT } from 'jose'
import { days, hours } from '../../server/kernel/clock.ts'
import { installTestClock, type TestClock } from '../../server/kernel/test-clock.ts'

describe('test clock', () => {
  let clock: TestClock
  const real = Date.now
  beforeEach(() => {
    clock = installTestClock()
  })
  afterEach(() => clock.uninstall())

  it('moves Date.now, new Date() and its own now() together', () => {
    const before = Date.now()
    clock.advance(days(400))
    const date = new Date()
    for (const at of [Date.now(), date.getTime(), clock.now().getTime(), new Date(Date()).getTime()])
      expect(at - before).to.be.closeTo(days(400), 2000)
  })

  it('lets a library see a token expire', async () => {
    const key = await generateSecret('HS256')
    const token = await new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).setIssuedAt().setExpirationTime('1h').sign(key)
    await jwtVerify(token, key)
    clock.advance(hours(2))
    const refusal = await jwtVerify(token, key).catch((error: Error) => error)
    expect(refusal).to.have.property('code', 'ERR_JWT_EXPIRED')
  })

  it('leaves dates alone that are made from a value', () => {
    clock.advance(days(10))
    expect(new Date('2020-01-01T00:00:00Z').toISOString()).to.equal('2020-01-01T00:00:00.000Z')
    expect(new Date(2020, 0, 1).getFullYear()).to.equal(2020)
    expect(new Date(0).getTime()).to.equal(0)
  })

  it('keeps instanceof and subclasses working', () => {
    class Stamp extends Date {}
    expect(structuredClone(new Date())).to.be.instanceOf(Date)
    expect(new Stamp()).to.be.instanceOf(Stamp)
    clock.advance(days(30))
    expect(new Stamp().getTime() - real()).to.be.closeTo(days(30), 2000)
  })

  it('is one for the process, and goes back to real time', () => {
    clock.advance(hours(5))
    const again = installTestClock()
    expect(again).to.equal(clock)
    expect(again.offset()).to.equal(hours(5))
    again.reset()
    expect(Math.abs(Date.now() - real())).to.be.below(2000)
  })

  it('starts from a stored offset', () => {
    clock.uninstall()
    clock = installTestClock(days(3))
    expect(clock.now().getTime() - real()).to.be.closeTo(days(3), 2000)
  })

  it('refuses to leap more than twenty years', () => {
    expect(() => clock.advance(days(10_000))).to.throw(RangeError)
    expect(() => clock.advance(Number.NaN)).to.throw(RangeError)
  })

  it('gives the process its own Date back', () => {
    clock.advance(days(1))
    clock.uninstall()
    expect(Date.now).to.equal(real)
    const date = new Date()
    expect(Math.abs(date.getTime() - real())).to.be.below(2000)
  })
})
