import { expect } from 'chai'
import { eachWithin, within } from '../../server/http/bounded.ts'
import { asBrokerError } from '../../server/kernel/errors.ts'
import { codeOfAsync } from '../pki/hierarchy.ts'

const never = new Promise<never>(() => undefined)
const calm = new AbortController().signal
const outcome = (each: { result: unknown } | { error: unknown }) => ('result' in each ? each.result : asBrokerError(each.error).code)

describe('work within limits', () => {
  it('what does not end is given up', async () => {
    expect(await codeOfAsync(() => within(5, never))).to.equal('service_too_slow')
    expect(await within(1000, Promise.resolve('done'))).to.equal('done')
  })

  it('a batch whose time is over tells which items have an answer and which have none', async () => {
    const done = await eachWithin([1, 2, 3, 4], { atOnce: 2, milliseconds: 30, signal: calm }, async item => (item === 2 ? never : item))
    expect(done.map(outcome)).to.deep.equal([1, 'service_too_slow', 3, 4])
  })

  it('a late result does not change an answer that was given', async () => {
    let finish: (value: string) => void = () => undefined
    const late = new Promise<string>(resolve => {
      finish = resolve
    })
    const done = await eachWithin(['a'], { atOnce: 1, milliseconds: 5, signal: calm }, () => late)
    finish('late')
    await late
    await new Promise(resolve => setImmediate(resolve))
    expect(done.map(outcome)).to.deep.equal(['service_too_slow'])
  })

  it('never more at a time than allowed, and other work gets its turn in between', async () => {
    let now = 0
    let most = 0
    let turns = 0
    const ticking = setInterval(() => turns++, 0)
    await eachWithin(Array.from({ length: 200 }), { atOnce: 16, milliseconds: 10_000, signal: calm }, async () => {
      most = Math.max(most, ++now)
      const until = performance.now() + 0.5
      while (performance.now() < until);
      await Promise.resolve()
      now--
    })
    clearInterval(ticking)
    expect(most).to.be.at.most(16)
    expect(turns).to.be.greaterThan(3)
  })

  it('nothing more is begun once whoever asked is gone', async () => {
    const gone = new AbortController()
    let begun = 0
    await eachWithin(Array.from({ length: 100 }), { atOnce: 4, milliseconds: 1000, signal: gone.signal }, async () => {
      if (++begun === 8) gone.abort()
    })
    expect(begun).to.be.at.most(12)
  })
})
